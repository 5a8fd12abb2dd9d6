"""A study of a lab from its link to the withdrawal, played against the server as it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from experiment.models import Exclusion, Participant, RuleEvent, Run, Withdrawal
from tests.browser.conftest import DESKTOP
from tests.browser.lab import ARTIFACTS, House, Lab
from tests.browser.lab_study import (
    LEVEL,
    LEVELS,
    TABLES,
    agree_and_answer,
    arrive,
    finish_at_questions,
    hurry,
    kept_of,
    press_at_repeats,
    score_of_level,
    tells_a_code,
    the_participant,
    wait_for_border,
    withdraw,
)
from tests.browser.people import Person

STUDY_AND_TEST: dict[str, Any] = {
    "stimulus_ms": 300,
    "gap_ms": 400,
    "phases": "study_test",
    "rests": "required",
    "n_targets": 4,
    "n_lures": 2,
    "n_vigilance": 1,
    "n_fillers": 2,
    "vigilance_lags": [1, 4],
}


@pytest.fixture
def lab(house: House) -> Lab:
    """A study with everything: questions, levels, feedback, rules, codes, a debriefing."""
    return house.new_lab(LEVELS, TABLES)


@pytest.fixture
def other(chromium: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Person]:
    """The same person at another computer."""
    context = chromium.new_context(viewport=DESKTOP)
    yield Person(context, lab, ARTIFACTS / f"{request.node.name}-other")
    context.close()


def test_an_attentive_person_sees_the_score_and_the_code_and_has_everything_deleted(
    person: Person, lab: Lab
) -> None:
    fetched: list[str] = []
    person.page.on("request", lambda request: fetched.append(request.url))
    person.shorten_practice()
    arrive(person, "P01")
    code = agree_and_answer(person)
    person.get_ready()
    assert sum("/images/" in address for address in fetched) == LEVEL  # the first level's
    person.start_game()
    first = min(trial.position for trial in lab.plan() if trial.is_repeat)
    press_at_repeats(person, 0, first)
    wait_for_border(person)
    person.look("feedback")
    press_at_repeats(person, first + 1, LEVEL - 1)
    person.page.locator("h1", has_text="Part 1 of 2").wait_for()
    assert sorted(lab.responses()) == list(range(LEVEL))  # the outbox was empty before
    assert score_of_level(lab) in person.page.locator(".game-page").inner_text()
    assert person.page.get_by_role("button", name="Stop here").is_visible()
    assert not tells_a_code(person)
    person.look("rest")
    person.page.wait_for_timeout(300)
    assert sum("/images/" in address for address in fetched) == 2 * LEVEL  # while resting
    person.page.keyboard.press("Enter")  # the button to go on has the focus
    press_at_repeats(person, LEVEL, 2 * LEVEL - 1)
    assert finish_at_questions(person) == "WHOLE-1"
    assert person.page.get_by_text("It was about memory.").is_visible()
    assert person.page.locator(".code-box code").inner_text() == code

    run, somebody, stored = lab.the_run(), the_participant(lab), lab.responses()
    assert (run.outcome, somebody.outcome, run.lost_positions) == ("whole", "completed", [])
    assert sorted(stored) == list(range(2 * LEVEL))
    assert all(response.had_focus for response in stored.values())
    shown = [response for response in stored.values() if response.feedback_onset_ms is not None]
    assert shown
    for response in shown:
        assert response.rt_ms is not None
        assert response.feedback_onset_ms is not None
        assert response.onset_ms + response.rt_ms <= response.feedback_onset_ms
    assert all(
        response.feedback_onset_ms is None for response in stored.values() if not response.key
    )
    assert lab.interruptions() == []
    assert not {"pause", "trial_cut", "resume"} & {event.event for event in lab.events()}
    kept = kept_of(lab, somebody.id, run.id)
    assert kept["response"] == kept["trial"] == 2 * LEVEL
    assert (kept["answer"], kept["consent"], kept["identity"]) == (2, 1, 1)
    assert "rule_event" not in kept
    assert "exclusion" not in kept
    assert person.surprises() == []

    withdraw(person, code)
    assert kept_of(lab, somebody.id, run.id) == {}
    with lab.database.read() as session:
        assert session.get(Participant, somebody.id) is None
        left = session.scalars(select(Withdrawal).where(Withdrawal.study_id == run.study_id)).one()
    assert (left.n_runs, left.n_responses) == (1, 2 * LEVEL)


def test_who_presses_always_is_warned_once_and_then_ended_kindly(person: Person, lab: Lab) -> None:
    hurry(person)
    arrive(person, "P01")
    agree_and_answer(person)
    person.get_ready()
    person.start_game()
    before = person.page.locator("#stage canvas").bounding_box()
    message = person.page.locator(".stage-message", has_text="look carefully")
    firsts = [trial.position for trial in lab.plan() if not trial.is_repeat]
    for position in range(firsts[5] + 2):  # what ends the game comes with the image after
        person.wait_for_image(position)
        person.page.keyboard.press(" ")
        if position == firsts[2] + 2:
            message.wait_for()
            assert message.get_attribute("role") == "status"
            assert person.page.locator("#stage canvas").bounding_box() == before
            person.look("warning")
    person.page.wait_for_url("**/questions/after")
    n_seen = len(person.seen_before()["images"])
    assert finish_at_questions(person) == "CARELESS-2"
    assert person.page.get_by_role("heading", name="The game has ended early").is_visible()

    run = lab.the_run()
    assert sorted(lab.responses()) == list(range(n_seen))  # what was on the screen is whole
    assert n_seen < LEVEL
    assert (run.outcome, the_participant(lab).outcome) == ("attention", "attention")
    events = lab.of_run(RuleEvent, RuleEvent.id)
    assert [(event.rule, event.action) for event in events] == [
        ("hints", "warn"),
        ("presses_always", "end_participation"),
    ]
    shown = [event.detail for event in lab.events() if event.event == "warning"]
    assert shown == [{"warning": events[0].id}]
    with lab.database.read() as session:
        [left_out] = session.scalars(
            select(Exclusion).where(Exclusion.participant_id == run.participant_id)
        )
    assert (left_out.rule, left_out.decided_by) == ("presses_always", "rule")
    assert (left_out.run_id, left_out.level) == (None, None)  # all that they gave
    assert left_out.number == events[1].value > 0.8
    assert person.surprises() == []


def test_who_goes_on_at_another_computer_and_comes_back_loses_nothing(
    person: Person, other: Person, lab: Lab
) -> None:
    hurry(person)
    hurry(other)
    arrive(person, "P01")
    agree_and_answer(person)
    person.get_ready()
    arrive(other, "P01")
    other.page.wait_for_url("**/play")  # nothing is asked twice
    other.get_ready()
    person.start_game()
    person.wait_for_image(3)
    other.start_game()
    other.wait_for_image(2)
    play_here = person.page.get_by_role("button", name="Play here")
    play_here.wait_for()
    person.look("elsewhere")
    play_here.click()
    other.page.get_by_role("button", name="Play here").wait_for()
    person.page.get_by_role("button", name="Stop here").click()
    assert finish_at_questions(person) == "STOPPED-3"
    other.press_button()  # to play here, where nothing is left to play
    other.wait_for_thanks()
    assert other.page.locator("#completion-code").inner_text() == "STOPPED-3"

    run, stored = lab.the_run(), lab.responses()
    assert (run.outcome, the_participant(lab).outcome) == ("stopped", "stopped")
    assert sorted(stored) == list(range(LEVEL))
    assert run.lost_positions == []
    onsets = [stored[position].onset_ms for position in range(LEVEL)]
    assert onsets == sorted(onsets)  # one clock for both
    assert 1 <= len(lab.interruptions()) <= 2
    assert person.surprises(without_network=True) == []
    assert other.surprises(without_network=True) == []


def test_a_run_that_was_ended_meanwhile_shows_nothing_from_there_on(
    person: Person, lab: Lab
) -> None:
    person.shorten_practice()
    arrive(person, "P01")
    agree_and_answer(person)
    with lab.database.write() as session:
        session.get_one(Run, lab.the_run().id).end_position = 4
    person.page.reload()
    person.get_ready()
    person.start_game()
    person.page.wait_for_url("**/questions/after")
    assert len(person.seen_before()["images"]) == 4
    assert sorted(lab.responses()) == list(range(4))


def test_between_study_and_test_the_rest_says_what_the_test_is(
    chromium: Browser, house: House
) -> None:
    lab = house.new_lab(STUDY_AND_TEST, "[texts]\ntest_instructions = 'Now a **test**.'")
    context = chromium.new_context(viewport=DESKTOP)
    person = Person(context, lab, ARTIFACTS / "study-and-test")
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.page.get_by_text("Now a test.").wait_for()
    assert sorted(lab.responses()) == list(range(8))  # 4 targets, 2 fillers, 1 vigilance twice
    assert person.page.get_by_role("button", name="Stop here").count() == 0
    person.look("test-instructions")
    person.press_button()
    person.wait_for_thanks()
    assert sorted(lab.responses()) == list(range(14))  # and 4 targets with 2 lures
    assert lab.interruptions() == []
    assert person.surprises() == []
    context.close()
