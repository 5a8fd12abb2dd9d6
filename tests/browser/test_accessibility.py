"""Every page is for everybody: WCAG 2.2 AA, large text, keyboard, dark and light."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from experiment.app import create_app
from tests.browser.axe import assert_accessible, violations
from tests.browser.everyone import (
    assert_calm,
    assert_edges_in_forced_colours,
    assert_keyboard_reaches_everything,
    assert_reflows,
    assert_targets_are_large,
)
from tests.browser.lab import ARTIFACTS, House
from tests.browser.people import STATIC, Person
from tests.browser.researcher_walk import ELSEWHERE
from tests.browser.walks import NO_PAGES, WALKS, Walk

DESKTOP: ViewportSize = {"width": 1200, "height": 850}
PHONE: ViewportSize = {"width": 375, "height": 760}
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
HERE = Path(__file__).parent
MOVING_ON = {"stage"}  # plays while it is looked at: one look, no keys


def test_every_page_is_on_one_of_the_walks(house: House) -> None:
    app = create_app(house.settings)
    app.extensions["hitrate"].database.close()
    rules = [rule for rule in app.url_map.iter_rules() if "/api/" not in rule.rule]
    # What researchers send leads back to one of their pages.
    pages = {
        rule.endpoint
        for rule in rules
        if "GET" in (rule.methods or ())
        or rule.endpoint.startswith(("participant.", "withdrawals."))
    }
    looked_at = set().union(*WALKS.values(), *ELSEWHERE.values())
    assert pages == NO_PAGES | looked_at


def test_pages_that_are_looked_at_elsewhere_are_held_to_axe_there() -> None:
    for file in ELSEWHERE:
        assert "assert_accessible(" in (HERE / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_page_is_for_everybody(walk: Walk, person: Person) -> None:
    for number, name in enumerate(walk(person)):
        look_in_both_sizes(person, name, is_checked_narrow=number % 2 == 0)
        if name not in MOVING_ON:
            assert_targets_are_large(person.page)
            assert_keyboard_reaches_everything(person.page)
            assert_calm(person.page)
            assert_edges_in_forced_colours(person.page)
            assert_reflows(person.page)


def look_in_both_sizes(person: Person, name: str, *, is_checked_narrow: bool) -> None:
    """A picture, wide and light, and narrow and dark; axe-core looks at one of them, in turn."""
    page = person.page
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    if is_checked_narrow or name in MOVING_ON:
        assert_accessible(page)
    person.look(f"{name}-375-dark")
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    if not is_checked_narrow and name not in MOVING_ON:
        assert_accessible(page)
    person.look(f"{name}-1200-light")


def test_what_forms_are_made_of_is_for_everybody(blank: Page) -> None:
    names = ("hitrate.css", "prose.css", "forms.css")
    sheets = [(STATIC / name).read_text(encoding="utf-8") for name in names]
    blank.set_content((HERE / "specimen.html").read_text(encoding="utf-8"))
    for sheet in sheets:
        blank.add_style_tag(content=sheet)
    folder = ARTIFACTS / "forms"
    folder.mkdir(parents=True, exist_ok=True)
    for size in (PHONE, DESKTOP):
        blank.set_viewport_size(size)
        for scheme in SCHEMES:
            blank.emulate_media(color_scheme=scheme)
            assert_accessible(blank)
            blank.screenshot(path=folder / f"{size['width']}-{scheme}.png", full_page=True)
    assert_targets_are_large(blank)
    assert_keyboard_reaches_everything(blank)
    assert_calm(blank)
    assert_edges_in_forced_colours(blank)
    assert_reflows(blank)


@pytest.fixture
def blank(chromium: Browser) -> Page:
    """A page for planted faults."""
    return chromium.new_page()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('<main><h1>A</h1><img src="data:,"></main>', "image-alt"),
        ('<main><h1>A</h1><p style="color: #aaa">Pale</p></main>', "color-contrast"),
        ("<main><h1>A</h1><input></main>", "label"),
        (
            '<main><h1>A</h1><button style="width: 9px; height: 9px; padding: 0">A</button>'
            '<button style="width: 9px; height: 9px; padding: 0">B</button></main>',
            "target-size",
        ),
        ("<p>Outside of everything</p>", "region"),
    ],
)
def test_a_planted_fault_is_found_by_axe(blank: Page, body: str, rule: str) -> None:
    blank.set_content(f"<!doctype html><html lang=en><title>A</title>{body}")
    assert rule in [found.partition(":")[0] for found in violations(blank)]


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (assert_reflows, "<div style='width: 500px'>Too wide for 320 pixels</div>"),
        (assert_keyboard_reaches_everything, "<button style='outline: none'>No ring</button>"),
        (assert_targets_are_large, "<button style='min-height: 0; height: 9px'>Flat</button>"),
        (assert_calm, "<p style='transition: color 1s'>Moves</p>"),
        (assert_edges_in_forced_colours, "<button style='border: 0'>No edge</button>"),
    ],
)
def test_a_planted_fault_is_found_by_our_own_checks(
    blank: Page, check: Callable[[Page], None], fault: str
) -> None:
    fine = "button { min-height: 30px; border: 1px solid } :focus-visible { outline: 3px solid }"
    blank.set_content(f"<style>{fine}</style><main><button>Fine</button></main>")
    check(blank)
    blank.set_content(f"<style>{fine}</style><main>{fault}</main>")
    with pytest.raises(AssertionError):
        check(blank)


def test_a_request_to_another_machine_is_noticed(
    blank: Page, requests_elsewhere: list[str]
) -> None:
    blank.route("http://elsewhere.invalid/**", lambda route: route.fulfill(body=""))
    blank.set_content("<img src='http://elsewhere.invalid/x.gif' alt=''>")
    blank.wait_for_load_state()
    assert requests_elsewhere == ["http://elsewhere.invalid/x.gif"]
    requests_elsewhere.clear()
