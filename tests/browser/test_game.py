"""Whole games in Chromium, played with real keys; the database is the judge."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser

from experiment.models import Trial
from tests.browser.conftest import DESKTOP
from tests.browser.lab import ARTIFACTS, N_TRIALS, House, Lab
from tests.browser.people import Person

FRAME_MS = 1000 / 60  # of headless Chromium


def choose_keys(plan: list[Trial]) -> dict[int, list[str]]:
    """Keys by position, as somebody might press them: on most repeats and on some new pictures."""
    keys: dict[int, list[str]] = {}
    repeats = [trial.position for trial in plan if trial.is_repeat]
    for number, position in enumerate(repeats):
        if number % 3 != 2:
            keys[position] = [" "]
    news = [trial.position for trial in plan if not trial.is_repeat]
    for position in news[3::5]:
        keys[position] = [" "]
    keys[repeats[0]] = [" ", " "]  # twice
    keys[news[1]] = ["x"]  # a key that is no answer
    keys[news[2]] = ["pointer"]  # nor is a click
    return keys


def play(person: Person, keys: dict[int, list[str]], first: int, last: int) -> None:
    """Press the keys of positions first … last, each when its image has come up.

    On a slow machine a key may come only with the next image; what the observer saw decides.

    The images that this page has shown begin with position `first`.
    """
    chance = random.Random(7)
    for position in range(first, last + 1):
        person.wait_for_image(position - first)
        for key in keys.get(position, ()):
            time.sleep(chance.uniform(0.0, 0.15))
            if key == "pointer":
                person.page.locator("#stage canvas").click()
            else:
                person.page.keyboard.press(key)


def expected_responses(seen: dict[str, Any], first: int) -> dict[int, list[tuple[str, float]]]:
    """Keys and their times after the onset, by position, from what the observer saw alone."""
    onsets = [image["onset"] for image in seen["images"]]
    expected: dict[int, list[tuple[str, float]]] = {}
    for press in seen["keys"]:
        before = [index for index, onset in enumerate(onsets) if onset <= press["at"]]
        if before:
            index = before[-1]
            expected.setdefault(first + index, []).append(
                (press["key"], press["at"] - onsets[index])
            )
    return expected


def assert_as_seen(lab: Lab, seen: dict[str, Any], first: int, last: int) -> None:
    """For these positions the database has exactly the keys that were seen, within one frame."""
    expected = expected_responses(seen, first)
    stored = lab.responses()
    for position in range(first, last + 1):
        response = stored[position]
        keys = expected.get(position, [])
        assert [key["key"] for key in response.keys] == [key for key, _ in keys], position
        for key, (_, at_ms) in zip(response.keys, keys, strict=True):
            assert key["at_ms"] == pytest.approx(at_ms, abs=FRAME_MS)
        answers = [at_ms for key, at_ms in keys if key == " "]
        if answers:
            assert response.key == " "
            assert response.rt_ms == pytest.approx(answers[0], abs=FRAME_MS)
        else:
            assert (response.key, response.rt_ms) == (None, None)
        image = seen["images"][position - first]
        assert response.offset_ms - response.onset_ms == pytest.approx(
            image["offset"] - image["onset"], abs=FRAME_MS
        )


def test_a_whole_game_is_in_the_database_as_it_was_played(person: Person, lab: Lab) -> None:
    person.shorten_practice(450, 550)
    person.go_to_game(look=True)
    person.page.locator("button.primary").wait_for()
    person.look("instructions")
    person.press_button()
    person.look("practice")
    person.press_button()
    play_practice(person)
    person.look("practice-result")
    assert "4" in person.page.locator(".game-page").inner_text()
    person.press_button()
    person.page.locator("#jspsych-fullscreen-btn").wait_for()
    person.look("full-screen")
    person.fill_screen()
    person.look("ready")
    keys = choose_keys(lab.plan())
    person.start_game()
    person.look("get-ready")
    play(person, keys, 0, 9)
    person.look("game")
    play(person, {p: k for p, k in keys.items() if p > 9}, 0, N_TRIALS - 1)
    person.wait_for_thanks()
    person.look("thanks")
    seen_to_the_end = person.seen_before()

    assert lab.the_run().state == "finished"
    assert sorted(lab.responses()) == list(range(N_TRIALS))
    assert_as_seen(lab, seen_to_the_end, 0, N_TRIALS - 1)
    sent = [key for position in sorted(keys) for key in keys[position]]
    stored = [key["key"] for response in lab.responses().values() for key in response.keys]
    assert stored == sent
    assert (lab.n_conflicts(), lab.the_run().lost_positions, lab.interruptions()) == (0, [], [])
    assert "fullscreenenter" in {event.event for event in lab.events()}
    assert person.surprises() == []


def play_practice(person: Person) -> None:
    """A key on every drawing that comes back, and on one that is new."""
    page = person.page
    person.wait_for_stage(is_open=True)
    drawings = ["sun", "boat", "sun", "apple", "tree", "boat", "cup", "cup", "fish", "house"]
    drawings += ["apple", "flower"]
    page.evaluate("seen.images.length = 0")
    for number, drawing in enumerate(drawings):
        person.wait_for_image(number)
        if number == 1 or drawing in drawings[:number]:
            page.keyboard.press(" ")
            page.locator(".stage-message:not(:empty)").wait_for()
        if number in (1, 2):
            person.look("practice-new" if number == 1 else "practice-back")
    person.wait_for_stage(is_open=False)


def test_a_reload_in_mid_game_loses_no_more_than_what_was_on_the_screen(
    person: Person, lab: Lab
) -> None:
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    keys = choose_keys(lab.plan())
    person.start_game()
    play(person, keys, 0, 9)
    person.page.reload()
    person.page.locator("h1", has_text="Welcome back").wait_for()
    before = person.seen_before()
    person.look("welcome-back")
    person.press_button()
    person.fill_screen()
    person.start_game()
    [gap] = lab.interruptions()
    first, shown = gap.position, gap.last_shown
    assert shown == first - 1
    # An image may have come up in the very frame in which the page went, before it was looked at.
    assert len(before["images"]) in (shown, shown + 1)
    play(person, keys, first, N_TRIALS - 1)
    person.wait_for_thanks()

    run = lab.the_run()
    stored = lab.responses()
    assert run.state == "finished"
    assert shown - 1 <= max(position for position in stored if position < first) <= shown
    assert sorted([*stored, *run.lost_positions]) == list(range(N_TRIALS))
    assert set(run.lost_positions) <= {shown - 1, shown}
    assert person.acknowledged() <= set(stored)
    assert_as_seen(lab, before, 0, min(run.lost_positions) - 1)
    assert len(lab.interruptions()) == 1
    onsets = [stored[position].onset_ms for position in sorted(stored)]
    assert onsets == sorted(onsets)
    assert lab.n_conflicts() == 0
    assert person.surprises() == []


def test_ten_seconds_without_a_network_lose_nothing(person: Person, lab: Lab) -> None:
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    keys = choose_keys(lab.plan())
    person.start_game()
    play(person, keys, 0, 8)
    person.context.set_offline(True)
    went_away = time.monotonic()
    play(person, {p: k for p, k in keys.items() if p > 8}, 0, N_TRIALS - 1)
    person.page.get_by_text("There is no connection").wait_for()
    person.look("no-network")
    assert len(lab.responses()) < N_TRIALS
    time.sleep(max(0.0, went_away + 10 - time.monotonic()))
    person.context.set_offline(False)
    person.wait_for_thanks()
    seen = person.seen_before()

    assert lab.the_run().state == "finished"
    assert sorted(lab.responses()) == list(range(N_TRIALS))
    assert_as_seen(lab, seen, 0, N_TRIALS - 1)
    assert (lab.n_conflicts(), lab.the_run().lost_positions, lab.interruptions()) == (0, [], [])
    assert person.surprises(without_network=True) == []


def test_a_server_that_is_killed_in_mid_game_loses_nothing(person: Person, lab: Lab) -> None:
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    keys = choose_keys(lab.plan())
    person.start_game()
    play(person, keys, 0, 7)
    lab.server.kill()
    acknowledged = person.acknowledged()
    assert acknowledged  # some batch was on its way
    assert acknowledged <= set(lab.responses())
    play(person, {p: k for p, k in keys.items() if p > 7}, 0, 12)
    # The game goes on meanwhile, and may be over before the server is there again.
    with ThreadPoolExecutor(1) as elsewhere:
        restart = elsewhere.submit(lab.server.start)
        play(person, {p: k for p, k in keys.items() if p > 12}, 0, N_TRIALS - 1)
        restart.result()
    person.wait_for_thanks()
    seen = person.seen_before()

    assert lab.the_run().state == "finished"
    assert sorted(lab.responses()) == list(range(N_TRIALS))
    assert_as_seen(lab, seen, 0, N_TRIALS - 1)
    assert (lab.n_conflicts(), lab.the_run().lost_positions, lab.interruptions()) == (0, [], [])
    assert person.surprises(without_network=True) == []


def test_at_real_timings_images_last_as_long_as_planned(chromium: Browser, house: House) -> None:
    few = {"n_targets": 3, "n_fillers": 2, "n_vigilance": 1}
    lags = {"target_lags": [2, 7], "vigilance_lags": [1, 4]}
    lab = house.new_lab(few | lags)  # lamem2015: 600 and 800 ms
    context = chromium.new_context(viewport=DESKTOP)
    person = Person(context, lab, ARTIFACTS / "real-timings")
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    keys = choose_keys(lab.plan())
    person.start_game()
    play(person, keys, 0, 9)
    person.wait_for_thanks()
    stored = lab.responses()
    assert sorted(stored) == list(range(10))
    for response in stored.values():
        late_ms = response.dropped_frames * FRAME_MS  # only a frame that never came makes it longer
        lasted_ms = response.offset_ms - response.onset_ms
        assert 600 - FRAME_MS / 2 - 1 <= lasted_ms <= 600 + FRAME_MS / 2 + 1 + late_ms
    context.close()
