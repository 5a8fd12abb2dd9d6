"""What the server asks of a game that is played: a warning, an end, another tab; feedback."""

from typing import Any

from playwright.sync_api import Request

from tests.browser.lab import N_TRIALS, Lab
from tests.browser.people import Person
from tests.browser.stand_in import answer, change_answers, change_run


def hurry(person: Person) -> None:
    """Send every response at once."""
    person.change_script("outbox.js", {"gather_ms = 3000": "gather_ms = 50"})
    person.shorten_practice()


def test_a_warning_is_shown_once_and_moves_no_image(person: Person, lab: Lab) -> None:
    def warn(receipt: dict[str, Any]) -> None:
        if receipt.get("stored"):
            receipt["verdict"] = {"action": "warn", "warning": 4}

    hurry(person)
    change_answers(person.context, "**/responses", warn)
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.wait_for_image(0)
    before = person.page.locator("#stage canvas").bounding_box()
    message = person.page.locator(".stage-message", has_text="look carefully")
    message.wait_for()
    person.look("warning")
    assert message.get_attribute("role") == "status"
    assert person.page.locator("#stage canvas").bounding_box() == before
    message.wait_for(state="hidden", timeout=4000)
    person.wait_for_thanks()
    assert sorted(lab.responses()) == list(range(N_TRIALS))
    assert [event.detail for event in lab.events() if event.event == "warning"] == [{"warning": 4}]
    assert person.surprises() == []


def test_an_end_lets_the_present_image_finish_and_no_other_begin(person: Person, lab: Lab) -> None:
    def end(receipt: dict[str, Any]) -> None:
        if any(position >= 3 for position in receipt["stored"]):
            receipt["verdict"] = {"action": "end", "warning": None}

    hurry(person)
    change_answers(person.context, "**/responses", end)
    finished = answer(
        person.context, "**/finish", {"state": "finished", "next_url": f"/s/{lab.slug}"}
    )
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.page.wait_for_url(f"**/s/{lab.slug}")
    seen = person.seen_before()["images"]
    stored = sorted(lab.responses())
    assert 4 < len(seen) <= 8
    assert stored == list(range(len(seen)))  # what was on the screen is whole
    assert finished == [{"lost": [], "stop": False}]


def test_nothing_is_shown_from_the_end_position_on(person: Person, lab: Lab) -> None:
    change_run(person.context, lambda run: run.update(end_position=5))
    answer(person.context, "**/finish", {"state": "finished", "next_url": f"/s/{lab.slug}"})
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.page.wait_for_url(f"**/s/{lab.slug}")
    assert len(person.seen_before()["images"]) == 5
    assert sorted(lab.responses()) == list(range(5))


def test_a_game_that_moved_elsewhere_stops_and_may_come_back(person: Person, lab: Lab) -> None:
    moved = {"n": 0}

    def elsewhere(receipt: dict[str, Any]) -> None:
        moved["n"] += 1
        if moved["n"] == 3:
            receipt["verdict"] = {"action": "elsewhere", "warning": None}

    hurry(person)
    starts: list[Any] = []

    def note(request: Request) -> None:
        if request.url.endswith("/start"):
            starts.append(request.post_data_json)

    person.page.on("request", note)
    change_answers(person.context, "**/responses", elsewhere)
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.page.get_by_role("button", name="Play here").wait_for()
    person.look("elsewhere")
    person.press_button()
    person.wait_for_thanks()
    assert len(starts) == 2
    assert starts[0]["tab"] == starts[1]["tab"]
    run = lab.the_run()
    assert sorted([*lab.responses(), *run.lost_positions]) == list(range(N_TRIALS))
    assert len(run.lost_positions) <= 1  # the image that was on the screen
    assert person.surprises(without_network=True) == []


def test_feedback_comes_with_the_answer_and_its_time_is_kept(person: Person, lab: Lab) -> None:
    change_run(person.context, lambda run: run.update(feedback="border", feedback_ms=150))
    asked = answer(
        person.context, "**/feedback", lambda question: {"is_correct": question["position"] == 2}
    )
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    person.start_game()
    for position in range(5):
        person.wait_for_image(position)
        if position in (2, 4):
            person.page.keyboard.press(" ")
            person.page.wait_for_timeout(60)
            person.look("feedback-right" if position == 2 else "feedback-wrong")
    person.wait_for_thanks()
    answered = {position: r for position, r in lab.responses().items() if r.key is not None}
    assert [question["position"] for question in asked] == sorted(answered)
    shown = [r for r in answered.values() if r.feedback_onset_ms is not None]
    assert shown
    for response in shown:
        assert response.rt_ms is not None
        assert response.feedback_onset_ms is not None
        assert response.onset_ms + response.rt_ms <= response.feedback_onset_ms
        assert response.feedback_onset_ms <= response.onset_ms + 700 - 149
    silent = [r for position, r in lab.responses().items() if position not in answered]
    assert all(response.feedback_onset_ms is None for response in silent)
    assert all(response.had_focus for response in lab.responses().values())
    assert person.surprises() == []
