"""A researcher makes a study of an imported set, watches what it will do, and opens it."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.lab import ARTIFACTS, Lab
from tests.browser.signed_in import sign_in

# 2 × 6 targets + 2 fillers + 2 × 2 vigilance pictures: 18 trials, 10 of the set's 40 pictures.
SHORTER = {
    "paradigm.n_targets": "6",
    "paradigm.n_fillers": "2",
    "paradigm.n_vigilance": "2",
    "paradigm.target_lags.0.shortest": "4",
    "paradigm.target_lags.0.longest": "12",
    "paradigm.vigilance_lags.0.shortest": "2",
    "paradigm.vigilance_lags.0.longest": "4",
}


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, chromium: Browser, lab: Lab) -> Iterator[Page]:
    """An owner's browser: wide and light, or a phone and dark."""
    scheme: Literal["light", "dark"] = request.param
    width = 1200 if scheme == "light" else 320
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=lab.server.url
    )
    sign_in(context, lab, "owner")
    yield context.new_page()
    context.close()


def look(page: Page, name: str) -> None:
    """Keep a picture of the page, which must be accessible and no wider than its window."""
    assert_accessible(page)
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"studies-{name}-{width}.png", full_page=True)


def test_a_study_is_made_watched_and_opened(page: Page, lab: Lab) -> None:
    slug = f"new-{page.evaluate('innerWidth')}"
    page.goto("/studies")
    look(page, "list")
    page.get_by_role("link", name="New study").click()
    page.get_by_label("Title").fill(slug.replace("-", " "))
    expect(page.get_by_label("Short name in addresses")).to_have_value(slug)
    look(page, "new")
    page.get_by_role("button", name="Make a draft").click()
    side = page.get_by_role("complementary")
    expect(side).to_contain_text("a participant's run needs")
    for name, value in SHORTER.items():
        page.locator(f'[id="{name}"]').fill(value)
    # 40 pictures × 40 responses, 6 a person. The first time, the server loads the statistics.
    expect(side).to_contain_text("267", timeout=60_000)
    expect(side).to_contain_text("18 trials")
    label = page.locator('label[for="paradigm.n_targets"]')
    expect(label).to_contain_text("differs")
    page.locator('[id="goal.responses_per_image"]').fill("30")
    expect(side).to_contain_text("200")
    page.locator('[id="goal.pay"]').fill("2")
    expect(side).to_contain_text("goal.currency is missing")
    page.locator('[id="goal.currency"]').fill("EUR")
    expect(side).to_contain_text("400.00 EUR")
    page.locator('[id="texts.consent"]').fill("We are the **lab**. Do you agree?")
    expect(side).not_to_contain_text("still says [NAME")
    look(page, "form")
    page.get_by_role("button", name="Make a draft").click()
    expect(page.get_by_role("heading", name="A draft: nobody can take part")).to_be_visible()
    look(page, "overview")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Play it (opens in a new tab)").click()
    expect(opened.value.get_by_text("Preview: nothing here counts.")).to_be_visible()
    opened.value.close()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("heading", name="Open: it takes people now")).to_be_visible()
    page.goto(f"/s/{slug}")
    expect(page.get_by_role("button", name="Take part")).to_be_visible()


def test_every_other_page_is_accessible(page: Page, lab: Lab) -> None:
    page.goto(f"/studies/{lab.slug}/edit?view=text")
    look(page, "text")
    page.goto(f"/studies/{lab.slug}/pages")
    look(page, "pages")
    page.goto(f"/studies/{lab.slug}/edit")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing was different")).to_be_visible()
    look(page, "open")
