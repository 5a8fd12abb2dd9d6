"""Windows that change during a game: too small, zoomed, out of full screen, left by a button."""

from typing import Any

from tests.browser.conftest import DESKTOP
from tests.browser.lab import N_TRIALS, Lab
from tests.browser.people import Person
from tests.browser.stand_in import change_run


def resize(person: Person, width: int, height: int) -> None:
    """Another size of the window, on the same screen."""
    screen = person.context.new_cdp_session(person.page)
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    screen.send(
        "Emulation.setDeviceMetricsOverride",
        {**size, "screenWidth": DESKTOP["width"], "screenHeight": DESKTOP["height"]},
    )


def events_of(lab: Lab) -> list[str]:
    """Names of the events in order of time."""
    return [event.event for event in lab.events()]


def test_a_window_that_is_too_small_is_waited_for(person: Person, lab: Lab) -> None:
    person.shorten_practice()
    person.go_to_game()
    resize(person, 500, 380)
    for _ in range(2):  # instructions, practice
        person.press_button()
    person.wait_for_stage(is_open=True)
    person.wait_for_stage(is_open=False)
    person.press_button()
    person.press_button("#jspsych-fullscreen-btn")
    person.page.get_by_text("This window is too small").wait_for()
    person.look("too-small")
    resize(person, **DESKTOP)
    person.page.locator("h1", has_text="Ready?").wait_for()
    person.start_game()
    person.wait_for_image(3)
    resize(person, 500, 380)
    person.page.get_by_text("This window is too small").wait_for()
    resize(person, **DESKTOP)
    person.wait_for_stage(is_open=True)  # by itself
    person.wait_for_thanks()
    run = lab.the_run()
    assert sorted([*lab.responses(), *run.lost_positions]) == list(range(N_TRIALS))
    assert len(run.lost_positions) == 1  # the image that did not fit any more
    assert events_of(lab).count("too_small") == 2
    assert person.surprises(without_network=True) == []


def test_without_the_full_screen_the_game_goes_on_and_records_zoom_and_made_up_keys(
    person: Person, lab: Lab
) -> None:
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.wait_for_image(4)
    person.page.evaluate("document.exitFullscreen()")
    person.page.get_by_text("The full screen is gone").wait_for()
    person.look("full-screen-gone")
    person.page.get_by_role("button", name="Switch to full screen").click()
    person.wait_for_stage(is_open=True)
    assert person.page.evaluate("document.fullscreenElement !== null")
    person.wait_for_image(8)
    person.page.evaluate("document.exitFullscreen()")
    person.page.get_by_role("button", name="Go on in this window").click()
    person.wait_for_stage(is_open=True)
    assert person.page.evaluate("document.fullscreenElement === null")
    make_up_keys_and_zoom(person)
    person.wait_for_thanks()
    assert sorted(lab.responses()) == list(range(N_TRIALS))  # no trial was cut
    assert events_of(lab).count("fullscreenexit") == 2
    assert_recorded_and_no_answer(lab)
    assert person.surprises(without_network=True) == []


def make_up_keys_and_zoom(person: Person) -> None:
    """What a program and the browser's menu might do."""
    person.page.evaluate(
        """() => {
          for (let n = 0; n < 12; n += 1)
            dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
        }"""
    )
    screen = person.context.new_cdp_session(person.page)
    # As at 125 %: a window of 1280 × 800 has room for 1024 × 640 CSS pixels.
    zoomed: dict[str, Any] = {"width": 1024, "height": 640, "deviceScaleFactor": 1.25}
    screen.send("Emulation.setDeviceMetricsOverride", {**zoomed, "mobile": False})


def assert_recorded_and_no_answer(lab: Lab) -> None:
    """Made-up keys are counted and answer nothing, and the zoom is known."""
    assert all(response.key is None for response in lab.responses().values())
    made_up = [event.detail["n"] for event in lab.events() if event.event == "untrusted_key"]
    assert made_up == [1, 11]
    [zoom] = [event.detail for event in lab.events() if event.event == "zoom"]
    assert zoom == {"device_pixel_ratio": 1.25, "before": 1}


def test_the_back_button_asks_and_nothing_is_lost(person: Person, lab: Lab) -> None:
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.wait_for_image(3)
    person.page.evaluate("history.back()")
    dialog = person.page.get_by_role("dialog", name="Leave the game?")
    dialog.wait_for()
    person.look("leave")
    person.page.keyboard.press("Enter")  # to stay has the focus
    dialog.wait_for(state="detached")
    person.page.get_by_role("button", name="Go on").click()
    person.wait_for_image(4)
    person.page.evaluate("history.back()")
    person.page.get_by_role("button", name="Leave", exact=True).click()
    person.page.wait_for_url(lab.url)
    person.page.goto(f"{lab.url}/play")
    person.page.locator("h1", has_text="Welcome back").wait_for()
    person.press_button()
    person.fill_screen()
    person.start_game()
    person.wait_for_thanks()
    run = lab.the_run()
    assert sorted([*lab.responses(), *run.lost_positions]) == list(range(N_TRIALS))
    assert len(run.lost_positions) == 2  # what was on the screen at each press
    assert events_of(lab).count("back") == 2


def test_the_screen_is_calibrated_with_a_card_and_the_keyboard_alone(
    person: Person, lab: Lab
) -> None:
    change_run(person.context, lambda run: run["display"].update(size_deg=8, fixation=True))
    person.shorten_practice()
    person.go_to_game()
    keyboard = person.page.keyboard
    for _ in range(2):
        person.page.locator(".jspsych-btn.primary:focus").wait_for()
        keyboard.press("Enter")
    person.wait_for_stage(is_open=True)
    person.wait_for_stage(is_open=False)
    person.page.locator(".jspsych-btn.primary:focus").wait_for()
    keyboard.press("Enter")
    person.page.locator("#jspsych-fullscreen-btn:focus").wait_for()
    keyboard.press("Enter")
    slider = person.page.get_by_role("slider", name="Width of the card")
    slider.wait_for()
    for _ in range(3):
        keyboard.press("ArrowRight")
    card = person.page.locator(".card").bounding_box()
    assert card is not None
    assert (card["width"], round(card["height"])) == (326, round(326 * 53.98 / 85.6))
    person.look("calibration")
    keyboard.press("Tab")
    keyboard.press("Enter")
    person.page.locator("h1", has_text="Ready?").wait_for()
    keyboard.press("Enter")
    person.wait_for_stage(is_open=True)
    person.page.wait_for_timeout(200)
    person.look("fixation")
    canvas = person.page.locator("#stage canvas").bounding_box()
    assert canvas is not None
    # 8 degrees at 57 cm are 7.9717 cm, and a card of 8.56 cm is 326 pixels wide.
    assert canvas["width"] == int(7.97166 * 326 / 8.56)
    person.wait_for_thanks()
    device = lab.the_run().device
    assert (device["card_px"], round(device["px_per_degree"], 2)) == (326, 37.89)
    assert "calibrated" in events_of(lab)
    assert person.surprises(without_network=True) == []
