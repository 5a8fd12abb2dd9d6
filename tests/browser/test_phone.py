"""The game on a telephone: fingers, little room, upright and on its side."""

import time

from tests.browser.lab import N_TRIALS, Lab
from tests.browser.people import Person


def tap(person: Person, selector: str) -> None:
    """A finger on the middle of an element."""
    box = person.page.locator(selector).bounding_box()
    assert box is not None
    person.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_game_is_played_with_a_thumb(phone_user: Person, lab: Lab) -> None:
    person = phone_user
    person.shorten_practice()
    person.go_to_game(look=True)
    person.page.locator("button.primary").wait_for()
    person.look("instructions")
    person.press_button()
    person.look("practice")
    person.press_button()
    person.wait_for_stage(is_open=False)
    person.look("practice-result")
    person.press_button()
    person.page.locator("#jspsych-fullscreen-btn").wait_for()
    person.look("full-screen")
    person.fill_screen()
    person.look("ready")
    person.start_game()
    tapped = {2: ".stage-touch", 5: "#stage canvas", 9: ".stage-touch"}
    for position in range(16):
        person.wait_for_image(position)
        if position in tapped:
            tap(person, tapped[position])
        if position == 3:
            person.look("game-upright")
        if position == 12:
            size = person.page.viewport_size
            assert size is not None
            person.page.set_viewport_size({"width": size["height"], "height": size["width"]})
        if position == 14:
            person.look("game-on-its-side")
            assert_image_has_room(person)
    person.wait_for_thanks()
    person.look("thanks")

    stored = lab.responses()
    assert sorted(stored) == list(range(N_TRIALS))
    answered = {position: response.key for position, response in stored.items() if response.key}
    assert answered == dict.fromkeys(tapped, "touch")
    device = lab.the_run().device
    assert (device["device_class"], device["touch"]) == ("phone", True)
    assert "resize" in {event.event for event in lab.events()}
    assert person.surprises() == []


def assert_image_has_room(person: Person) -> None:
    """The canvas lies within the window and under nothing; the button is large."""
    image = person.page.locator("#stage canvas").bounding_box()
    button = person.page.locator(".stage-touch").bounding_box()
    size = person.page.viewport_size
    assert image is not None
    assert button is not None
    assert size is not None
    assert image["x"] >= 0
    assert image["y"] >= 0
    assert image["x"] + image["width"] <= min(size["width"], button["x"])
    assert image["y"] + image["height"] <= size["height"]
    assert button["width"] >= 96
    assert button["height"] >= 96


def test_the_game_can_be_read_in_the_dark(phone_user: Person, lab: Lab) -> None:
    person = phone_user
    person.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    person.go_to_game()
    person.page.locator("button.primary").wait_for()
    time.sleep(0.2)
    person.look("instructions-dark")
    contrast = person.page.evaluate(
        """() => {
          const light = (colour) => {
            const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => {
              const share = part / 255;
              return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ratio = (one, other) => {
            const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
          };
          const button = getComputedStyle(document.querySelector("button.primary"));
          const text = getComputedStyle(document.querySelector(".game-instructions"));
          const page = getComputedStyle(document.body).backgroundColor;
          return [ratio(button.color, button.backgroundColor), ratio(text.color, page)];
        }"""
    )
    assert min(contrast) >= 4.5  # WCAG 2.2, level AA


def test_large_text_in_either_direction_can_be_read_to_both_ends(
    phone_user: Person, lab: Lab
) -> None:
    person = phone_user
    person.go_to_game()
    person.page.locator("button.primary").wait_for()
    for direction in ("ltr", "rtl"):
        person.page.evaluate(
            """direction => {
              document.documentElement.style.fontSize = "200%";
              document.documentElement.dir = direction;
            }""",
            direction,
        )
        person.look(f"instructions-large-{direction}")
        assert_all_can_be_reached(person)
    person.press_button()
    person.page.locator("h1", has_text="A short practice").wait_for()
    person.look("practice-large")
    assert_all_can_be_reached(person)


def assert_all_can_be_reached(person: Person) -> None:
    """Nothing sticks out to a side, and scrolling gets to the first line and to the button."""
    wide, top, bottom = person.page.evaluate(
        """() => {
          const main = document.querySelector("main");
          const { top, bottom } = main.getBoundingClientRect();
          main.scrollTop = 0;
          const first = document.querySelector(".game-page").getBoundingClientRect().top;
          main.scrollTop = main.scrollHeight;
          const last = document.querySelector(".jspsych-btn.primary").getBoundingClientRect();
          return [main.scrollWidth - main.clientWidth, first - top, bottom - last.bottom];
        }"""
    )
    assert wide <= 0
    assert top >= 0
    assert bottom >= 0
