"""The live results in Chromium: charts without evaluating text, updates without a reload."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from experiment.links import study_link
from experiment.results.background import compute_now
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.play import simulate_study
from tests.browser.axe import assert_accessible
from tests.browser.lab import ARTIFACTS, N_PICTURES, SHORT, House, Lab
from tests.browser.people import change_script

# A rule that fires for many: who misses a vigilance repeat is reminded.
WITHOUT_RULES = {name: value for name, value in SHORT.items() if name != "attention"}
SLIPS = """
[[paradigm.attention]]
name = "vigilance"
measure = "vigilance_miss_rate"
fires = "above"
threshold = 0.1
when = "run_end"
action = "warn"
"""


def play(lab: Lab, players: range) -> None:
    """Let simulated people play."""
    summary = simulate_study(
        lab.settings,
        lab.database,
        lab.slug,
        lab.server.url,
        lambda image_ids: draw_memorability(image_ids, 1),
        players,
        seed=1,
    )
    assert summary.n_finished == len(players), summary.failures


def compute(lab: Lab) -> None:
    """Compute what the page does not wait for."""
    compute_now(lab.database, lab.slug, include_simulated=True)


def open_results(page: Page, lab: Lab) -> None:
    with lab.database.write() as session:
        page.goto(study_link(session, lab.settings, lab.slug, "results", lab.server.url))
    page.click("button.primary")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that must not complain."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_the_charts_are_drawn_and_show_the_picture_under_the_pointer(page: Page, lab: Lab) -> None:
    play(lab, range(1, 6))
    open_results(page, lab)
    page.wait_for_selector("#coverage-chart svg")
    points = page.locator("#rates-chart svg path[aria-roledescription=point]")
    points.first.wait_for()
    page.evaluate("document.querySelector('#rates-chart').scrollIntoView({block: 'center'})")
    box = points.last.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    picture = page.locator("#vg-tooltip-element.visible img")
    picture.wait_for()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_new_participants_appear_without_a_reload_until_that_is_switched_off(
    page: Page, lab: Lab
) -> None:
    every_second = {"EVERY_MS = 10_000": "EVERY_MS = 1_000"}
    change_script(page.context, "results/results.js", every_second)
    open_results(page, lab)
    page.wait_for_selector("text=Nobody has taken part yet")
    page.evaluate("window.isSamePage = true")
    play(lab, range(1, 3))
    finished = page.locator("#live .figures dd").first
    page.wait_for_selector("text=These are simulated participants", timeout=60_000)
    expect(finished).to_have_text("2", timeout=60_000)
    page.wait_for_selector("#rates-chart svg", timeout=60_000)
    assert page.evaluate("window.isSamePage") is True
    page.click("#updates")
    assert page.get_attribute("#updates", "aria-pressed") == "false"
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.wait_for_timeout(2_500)
    assert requests == []


def test_without_scripts_the_numbers_are_there(chromium: Browser, lab: Lab) -> None:
    play(lab, range(1, 3))
    compute(lab)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    open_results(page, lab)
    assert page.locator("#live .figures dd").first.text_content() == "2"
    assert page.locator("#updates").is_hidden()
    page.click("text=All images by score")
    assert page.locator(".gallery li").count() == N_PICTURES
    page.select_option("#sort", "repeats")
    page.click("text=Show")
    counts = page.locator(".gallery li .count").all_text_contents()
    assert counts[0].endswith("/1")
    context.close()


def test_the_picture_under_the_pointer_or_the_focus_is_enlarged(page: Page, lab: Lab) -> None:
    play(lab, range(1, 3))
    compute(lab)
    open_results(page, lab)
    page.click("text=All images by score")
    picture = page.locator(".gallery li img").nth(3)
    box = picture.bounding_box()
    assert box is not None
    picture.hover()
    expect(picture).to_have_css("transform", "matrix(1.6, 0, 0, 1.6, 0, 0)")
    page.mouse.move(0, 0)
    expect(picture).to_have_css("transform", "none")
    page.locator(".gallery li a").nth(2).focus()
    page.keyboard.press("Tab")
    expect(picture).to_have_css("transform", "matrix(1.6, 0, 0, 1.6, 0, 0)")


LOOKS = {
    "1200 light": (1200, "light", 100),
    "375 dark": (375, "dark", 100),
    "320 light, text 200 %": (320, "light", 200),
}


@pytest.fixture(scope="module")
def played(house: House) -> Lab:
    """A study that fourteen simulated people have played, some with a rule that fired."""
    lab = house.new_lab(WITHOUT_RULES, SLIPS)
    play(lab, range(1, 15))
    compute(lab)
    return lab


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_are_accessible_and_fit_every_screen(
    chromium: Browser, lab: Lab, played: Lab, look: str
) -> None:
    width, scheme, percent = LOOKS[look]
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    open_results(page, lab)
    look_at(page, "results, nobody yet", look, percent)
    open_results(page, played)
    for chart in ("course", "coverage", "rates", "consistency"):
        page.wait_for_selector(f"#{chart}-chart svg")
    look_at(page, "results", look, percent)
    page.click("text=All images by score")
    look_at(page, "images", look, percent)
    context.close()


def look_at(page: Page, name: str, look: str, percent: int) -> None:
    """A picture of the page, and what a program can tell of it."""
    if percent != 100:
        page.evaluate(f"document.documentElement.style.fontSize = '{1.0625 * percent}%'")
    page.screenshot(path=ARTIFACTS / "live page" / f"{name}, {look}.png", full_page=True)
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{name}: {wide} px too wide"
    assert_accessible(page)
