"""The live results in Chromium: charts without evaluating text, updates without a reload."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from experiment.links import study_link
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.play import simulate_study
from tests.browser.lab import Lab
from tests.browser.people import change_script


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
    assert finished.text_content() == "2"
    page.wait_for_selector("#rates-chart svg")
    assert page.evaluate("window.isSamePage") is True
    page.click("#updates")
    assert page.get_attribute("#updates", "aria-pressed") == "false"
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.wait_for_timeout(2_500)
    assert requests == []


def test_without_scripts_the_numbers_are_there(chromium: Browser, lab: Lab) -> None:
    play(lab, range(1, 3))
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    open_results(page, lab)
    assert page.locator("#live .figures dd").first.text_content() == "2"
    assert page.locator(".gallery li").count() > 0
    assert page.locator("#updates").is_hidden()
    context.close()
