"""One participant: timing by hand arithmetic, the strip, findings in words."""

import pytest
from flask import Flask
from sqlalchemy import select

from experiment.database import Database
from experiment.design.attention import MEASURES
from experiment.models import Flag, Participant, RuleEvent, Run
from experiment.oddities import odd_presses, odd_screen
from experiment.people.person import person_of
from experiment.people.timing import ShownTrial, timing_of
from experiment.people.words import FLAGS, event_in_words, flag_in_words
from experiment.questions.definition import parse_questions
from experiment.runs import find_study
from tests.experiment.people_rows import T0, write_person, write_run, write_trials
from tests.experiment.recruiting import change_study
from tests.experiment.visitor import Visitor, event, response


def shown(position: int, onset_ms: float, on_ms: float, dropped: int = 0) -> ShownTrial:
    """A trial of 600 + 800 ms on a screen with a frame every 10 ms."""
    return ShownTrial(position, 1, 600, 800, onset_ms, onset_ms + on_ms, 10.0, dropped)


def test_timing_is_that_of_hand_arithmetic() -> None:
    timing = timing_of(
        [
            shown(0, 0, 600),
            shown(1, 1400, 605),  # off by half a frame, which a screen cannot help
            shown(2, 2810, 611, dropped=1),  # came a frame late, stayed one too long
            shown(3, 4210, 560, dropped=4),  # four frames too short
            shown(5, 7010, 600),  # position 4 was lost: no interval leads here
        ],
    )
    assert timing is not None
    assert (timing.n_images, timing.frame_ms, timing.n_dropped) == (5, 10.0, 5)
    assert timing.share_with_dropped == 2 / 5
    assert timing.share_off == 2 / 5
    assert (timing.median_error_ms, timing.worst_error_ms) == (0, -40)
    assert (timing.n_intervals, timing.share_intervals_off) == (3, 1 / 3)
    assert {bar.frames: bar.n for bar in timing.frames_off} == {
        -3: 1, -2: 0, -1: 0, 0: 3, 1: 1, 2: 0, 3: 0,
    }  # fmt: skip


def test_intervals_over_a_break_or_a_rest_are_none() -> None:
    first, second = shown(0, 0, 600), shown(1, 60_000, 600)
    for resumed, share in (((1,), None), ((), 1.0)):
        timing = timing_of([first, second], resumed)
        assert timing is not None
        assert timing.share_intervals_off == share
    assert timing_of([]) is None


def test_the_strip_shows_what_became_of_every_image(app: Flask, database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        run = write_run(session, write_person(session, study, 1), lost_positions=[3])
        write_trials(session, run, "FCH.M..", "1112222")
    with database.read() as session:
        study = find_study(session, "pictures")
        person = person_of(session, study, session.scalars(select(Participant)).one())
    [played] = person.runs
    assert [(level.level, len(level.showings)) for level in played.levels] == [(1, 3), (2, 2)]
    outcomes = [showing.outcome for level in played.levels for showing in level.showings]
    assert outcomes == ["false_alarm", "correct_rejection", "hit", "lost", "miss"]
    again = played.levels[0].showings[2]
    # The third trial shows the first one's image again, two trials later; its key took 412 ms.
    assert (again.image_id, again.lag, again.rt_ms) == ("picture_000", 2, 412.0)
    assert (played.n_planned, played.n_shown, played.n_lost) == (7, 4, 1)
    assert played.minutes == pytest.approx(10)


def test_answers_are_told_in_the_words_of_the_study(visitor: Visitor, database: Database) -> None:
    asked = [
        {"id": "hand", "when": "before", "kind": "choice", "label": "Which hand?",
         "options": [{"value": "l", "label": "the left"}, {"value": "r", "label": "the right"}]},
        {"use": "age", "when": "before", "required": False},
    ]  # fmt: skip
    change_study(database, questions=parse_questions(asked, "pictures.toml"))
    visitor.submit(visitor.get())
    visitor.submit(visitor.get("/consent"), agree="yes", answer="yes")
    visitor.submit(visitor.get("/questions/before"), **{"q-hand": "r"})
    with database.read() as session:
        study = find_study(session, "pictures")
        person = person_of(session, study, session.scalars(select(Participant)).one())
        sha256 = study.consent_document.sha256
    told = {answer.question: answer.values for answer in person.answers}
    assert told == {"Which hand?": ("the right",), "age": ()}
    assert person.consent is not None
    assert (person.consent.sha256, person.consent.revoked_at) == (sha256, None)


def test_disturbances_conflicts_and_interruptions_are_counted(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    player.send(
        *(response(position) for position in range(5)),
        events=[event("1"), event("2"), event("3", "zoom"), event("4", "focus")],
    )
    player.send(response(0, " ", 300.0))
    player.start(last_shown=6)
    with database.read() as session:
        study = find_study(session, "pictures")
        person = person_of(session, study, session.scalars(select(Participant)).one())
    [played] = person.runs
    assert played.disturbances == {"left the window": 2, "zoomed": 1}
    assert (played.n_conflicts, played.interruptions, played.n_lost) == (1, (7,), 2)


def test_every_flag_that_is_raised_has_words_with_its_numbers() -> None:
    pressing = [*odd_presses([True] * 40, [100.0] * 40), *odd_presses([False] * 40, [None] * 40)]
    found = dict([*pressing, *odd_screen([1] * 40, [False] * 40)])
    found |= {
        "many_interruptions": {"n": 4},
        "untrusted_keys": {"n": 2},
        "feedback_denied": {"positions": [3, 9], "n": 2},
        "honeypot": {"page": "consent", "text": "http"},
        "fast_reading": {"page": "consent", "words": 250, "seconds": 1.5},
    }
    assert set(found) == set(FLAGS)
    words = {kind: flag_in_words(Flag(kind=kind, detail=detail)) for kind, detail in found.items()}
    assert words["fast_responding"] == "100 % of 40 keys came within 200 ms"
    assert words["feedback_denied"].endswith("(positions 3, 9)")
    assert words["fast_reading"].startswith("read 250 words in 1.5 s")
    assert "spread by only 0.0 ms" in words["regular_responding"]
    assert all(":" not in told for told in words.values())
    assert flag_in_words(Flag(kind="of_later", detail={"n": 3})) == "n: 3"
    assert flag_in_words(Flag(kind="honeypot", detail={})) != ""
    assert flag_in_words(Flag(kind="untrusted_keys", detail={"m": 1})) == "m: 1"


@pytest.mark.parametrize("measure", MEASURES)
def test_a_rule_is_told_with_what_it_judged(measure: str) -> None:
    fired = RuleEvent(
        level=1, rule="x", measure=measure, value=0.4, n=10, threshold=0.5,
        action="end_level", position=4, fired_at=T0,
    )  # fmt: skip
    words = event_in_words(fired, "below")
    assert "was 0.4 over 10 " in words
    assert words.endswith("which is below 0.5; the run ended there")
    assert event_in_words(fired, None).endswith("against 0.5; the run ended there")


def test_what_is_told_of_a_device_is_the_browsers_own(app: Flask, database: Database) -> None:
    Visitor(app).begin_run()
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        study = find_study(session, "pictures")
        person = person_of(session, study, session.scalars(select(Participant)).one())
    assert person.runs[0].device == run.device
    assert person.runs[0].timing is None
