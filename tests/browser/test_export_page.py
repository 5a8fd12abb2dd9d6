"""The page of exports in a browser: an export is chosen, made by another process, and saved."""

import zipfile
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import assert_accessible
from tests.browser.lab import Lab
from tests.browser.signed_in import sign_in


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, chromium: Browser, lab: Lab) -> Iterator[Page]:
    """The page as an editor sees it, on a narrow phone."""
    scheme: Literal["light", "dark"] = request.param
    context = chromium.new_context(
        viewport={"width": 320, "height": 640}, color_scheme=scheme, base_url=lab.server.url
    )
    sign_in(context, lab, "editor")
    page = context.new_page()
    page.goto(f"/studies/{lab.slug}/export")
    yield page
    context.close()


def test_an_export_is_made_and_saved(page: Page, lab: Lab) -> None:
    assert_accessible(page)
    page.get_by_role("radio", name="BIDS").check()
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_text("The export has begun.").wait_for()
    page.get_by_role("link", name="Download").wait_for(timeout=60_000)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename.startswith(f"{lab.slug}-bids-")
    with zipfile.ZipFile(saved.value.path()) as archive:
        assert f"{lab.slug}-bids/dataset_description.json" in archive.namelist()
    page.get_by_text("Delete…").click()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("button", name="Delete this export").click()
    page.get_by_text("The export was deleted.").wait_for()
    assert page.get_by_role("link", name="Download").count() == 0
