"""The sequence of a seed in Chromium: whole pictures, both directions of a link, on a phone too."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from experiment.links import study_link
from tests.browser.lab import ARTIFACTS, N_TRIALS, Lab

DESKTOP: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}


def open_sequence(page: Page, lab: Lab, seed: str) -> None:
    with lab.database.write() as session:
        page.goto(study_link(session, lab.settings, lab.slug, "sequence", lab.server.url))
    page.click("button.primary")
    page.fill("#seed", seed)
    page.click("form.seed button")
    page.wait_for_url(f"**/sequence?seed={seed}")


@pytest.mark.parametrize(
    ("name", "viewport", "scheme"), [("desktop", DESKTOP, "light"), ("phone", PHONE, "dark")]
)
def test_the_strip_fits_the_window_and_its_links_lead_to_the_other_showing(
    chromium: Browser,
    lab: Lab,
    name: str,
    viewport: ViewportSize,
    scheme: Literal["light", "dark"],
) -> None:
    context = chromium.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    open_sequence(page, lab, "a-seed")
    cards = page.locator(".strip li")
    assert cards.count() == N_TRIALS
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    for number in range(N_TRIALS):
        cards.nth(number).scroll_into_view_if_needed()
    widths = page.evaluate(
        "Promise.all([...document.querySelectorAll('.strip img')]"
        ".map(image => image.decode().then(() => image.naturalWidth)))"
    )
    assert min(widths) > 0
    repeat = page.locator(".strip li.repeat").last
    picture = repeat.locator("img").get_attribute("alt")
    repeat.locator("a").click()
    assert page.locator(".strip li:target img").get_attribute("alt") == picture
    assert page.locator(".strip li:target.repeat").count() == 0
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"sequence-{name}.png", full_page=True)
    page.click("text=Another seed")
    page.wait_for_url(lambda address: "a-seed" not in address)
    assert cards.count() == N_TRIALS
    assert complaints == []
    context.close()
