"""Fixtures of the browser tests: Chromium, a real server, a small study, and somebody who plays.

`BROWSER=no` leaves these tests out, by name.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    sync_playwright,
)

from tests.browser.chromium import launch_chromium
from tests.browser.lab import ARTIFACTS, House, Lab, open_house
from tests.browser.people import Person

pytest.register_assert_rewrite("tests.browser.everyone", "tests.browser.lab_study")
HERE = Path(__file__).parent
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and leave them out where the environment says so."""
    for item in items:
        if HERE not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        if os.environ.get("BROWSER") == "no":
            item.add_marker(pytest.mark.skip(reason="BROWSER=no"))


@pytest.fixture(autouse=True)
def requests_elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What any page of a test asks of another machine, which must be nothing.

    A test that follows people on to their recruiter takes those addresses out of the list.
    """
    elsewhere: list[str] = []

    def watch(context: BrowserContext) -> BrowserContext:
        context.on("request", lambda request: note(request.url))
        return context

    def note(url: str) -> None:
        if not is_at_home(url):
            elsewhere.append(url)

    make_context, make_page = Browser.new_context, Browser.new_page

    def new_page(browser: Browser, **options: Any) -> Page:
        page = make_page(browser, **options)
        watch(page.context)
        return page

    monkeypatch.setattr(
        Browser, "new_context", lambda browser, **options: watch(make_context(browser, **options))
    )
    monkeypatch.setattr(Browser, "new_page", new_page)
    yield elsewhere
    assert elsewhere == []


def is_at_home(url: str) -> bool:
    """Whether an address leads to the servers under test, or nowhere at all."""
    address = urlsplit(url)
    if address.scheme in ("data", "blob", "about", "file"):
        return True
    return address.hostname == "127.0.0.1"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, once for the session."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, once for the session."""
    browser = launch_chromium(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def house(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server process, once for the session."""
    with open_house(migrated_sqlite, tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def lab(house: House) -> Lab:
    """A study of 18 short trials that is open, for this test alone."""
    return house.new_lab()


@pytest.fixture
def person(chromium: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Person]:
    """Somebody at a desktop computer, with a browser that has never been here."""
    context = chromium.new_context(viewport=DESKTOP)
    somebody = Person(context, lab, ARTIFACTS / request.node.name)
    yield somebody
    context.close()


@pytest.fixture
def phone_user(
    chromium: Browser, playwright: Playwright, lab: Lab, request: pytest.FixtureRequest
) -> Iterator[Person]:
    """Somebody with a phone."""
    context = chromium.new_context(**playwright.devices["Pixel 7"])
    somebody = Person(context, lab, ARTIFACTS / request.node.name)
    yield somebody
    context.close()
