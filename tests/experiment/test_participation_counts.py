"""The live page's counts of people, rules and flags, against rows written by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.links import study_link
from experiment.models import Exclusion, Flag, Participant, RuleEvent, Run, Study
from experiment.results.participation import participation
from experiment.results.version import data_version
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.rows import NOW, a_participant, add_study
from tests.experiment.test_results import images_of, live, plan, play
from tests.experiment.visitor import Visitor

SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def crowd(database: Database) -> Database:
    """Ten people of each kind that there is, previews and simulated ones among them."""
    with database.write() as session:
        study = add_study(session)
        study.definition = {"runs_per_participant": 2}
        for name, outcome in (
            *(("a", "completed"), ("b", "completed"), ("c", "attention"), ("d", "stopped")),
            *(("e", "screened_out"), ("f", "no_consent"), ("g", "full")),
        ):
            add_person(session, study, name, outcome=outcome, ended_at=NOW)
        add_person(session, study, "playing", reserved_until=SOON)
        add_person(session, study, "gone")
        half = add_person(session, study, "half-way", reserved_until=SOON)
        add_run(session, study, half, 1, "finished")
        for mode in ("is_preview", "is_simulated"):
            person = add_person(session, study, mode, outcome="completed", ended_at=NOW)
            setattr(person, mode, True)
            fire(session, add_run(session, study, person, 1, "finished"), 1, "slips", "warn")
            session.add(flag(person, 1, "regular"))
    return database


def add_person(session: Session, study: Study, name: str, **fields: Any) -> Participant:
    person = a_participant(study, name)
    for field, value in fields.items():
        setattr(person, field, value)
    session.add(person)
    session.flush()
    return person


def add_run(session: Session, study: Study, person: Participant, number: int, state: str) -> Run:
    run = Run(
        public_id=f"{person.public_id} {number}", token=f"{person.public_id} {number}",
        participant_id=person.id, study_id=study.id, number=number, seed="1", state=state,
        outcome="whole" if state == "finished" else None, device={}, lost_positions=[],
        reserved_until=NOW, created_at=NOW, started_at=NOW,
        finished_at=NOW if state == "finished" else None,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def fire(session: Session, run: Run, level: int, rule: str, action: str) -> None:
    session.add(
        RuleEvent(
            run_id=run.id, level=level, rule=rule, measure="vigilance_hit_rate", value=0.4, n=10,
            threshold=0.5, action=action, position=9, fired_at=NOW,
        )
    )  # fmt: skip


def flag(person: Participant, run_number: int, kind: str) -> Flag:
    return Flag(
        participant_id=person.id, run_number=run_number, kind=kind, detail={}, raised_at=NOW
    )


def test_people_are_counted_by_how_their_participation_ended(crowd: Database) -> None:
    with crowd.read() as session:
        found = participation(session, find_study(session, "study"), include_simulated=False)
    assert found.outcomes == {
        "completed": 2,
        "attention": 1,
        "stopped": 1,
        "screened_out": 1,
        "no_consent": 1,
        "full": 1,
        "in_progress": 2,  # playing, half-way
        "lapsed": 1,
    }
    assert found.n_participants == 10
    assert (found.rules, found.flags) == ((), ())


def test_simulated_people_count_where_they_are_asked_for_and_previews_never(
    crowd: Database,
) -> None:
    with crowd.read() as session:
        found = participation(session, find_study(session, "study"), include_simulated=True)
    assert (found.n_participants, found.outcomes["completed"]) == (11, 3)
    assert [(rule.rule, rule.n_events) for rule in found.rules] == [("slips", 1)]
    assert [(raised.kind, raised.n_participants) for raised in found.flags] == [("regular", 1)]


def test_rules_are_counted_by_how_often_they_fired_and_flags_by_people(crowd: Database) -> None:
    with crowd.write() as session:
        study = find_study(session, "study")
        for name, levels in (("x", (1, 2)), ("y", (3,))):
            person = add_person(session, study, name)
            run = add_run(session, study, person, 1, "in_progress")
            for level in levels:
                fire(session, run, level, "slips", "end_level")
            for number in (0, 1):
                session.add(flag(person, number, "fast"))
        fire(session, run, 1, "slips", "warn")
    with crowd.read() as session:
        found = participation(session, find_study(session, "study"), include_simulated=False)
    assert [(r.rule, r.action, r.n_events, r.n_participants) for r in found.rules] == [
        ("slips", "end_level", 3, 2),
        ("slips", "warn", 1, 1),
    ]
    assert [(raised.kind, raised.n_participants) for raised in found.flags] == [("fast", 2)]


def test_outcomes_without_anybody_are_not_shown_but_for_the_common_ones(
    database: Database,
) -> None:
    with database.write() as session:
        study = add_study(session)
        study.definition = {"runs_per_participant": 1}
        add_person(session, study, "a", outcome="full", ended_at=NOW)
        found = participation(session, study, include_simulated=False)
    assert found.shown == {"completed": 0, "in_progress": 0, "lapsed": 0, "full": 1}


def test_the_page_names_outcomes_rules_and_flags_and_leaves_out_what_rules_did(
    app: Flask, settings: Settings, database: Database
) -> None:
    play(app, database)
    attentive = live(database)
    player = Visitor(app).begin_run()
    trials = plan(database, player.token)
    player.play({trial.position for trial in trials if trial.is_repeat})
    with database.read() as session:
        before = data_version(session, find_study(session, "pictures"))
    with database.write() as session:
        run = session.get_one(Run, trials[0].run_id)
        person = session.get_one(Participant, run.participant_id)
        person.outcome, person.ended_at = "attention", NOW
        fire(session, run, 1, "vigilance", "end_participation")
        session.add(
            Exclusion(
                participant_id=person.id, run_id=run.id, level=None, rule="vigilance", number=0.4,
                decided_by="rule", created_at=NOW,
            )
        )  # fmt: skip
        session.add(flag(person, 0, "honeypot"))
    with database.read() as session:
        assert data_version(session, find_study(session, "pictures")) != before
    with database.write() as session:
        address = study_link(session, settings, "pictures", "results")
    visitor = Visitor(app)
    visitor.submit(visitor.client.get(address.removeprefix(settings.public_url)))
    page = visitor.client.get("/results/pictures").text
    assert "<dt>ended: attention</dt><dd>1</dd>" in page
    assert (
        '<th scope="row">vigilance</th><td>the participation ended</td><td class="num">1</td>'
        in page
    )
    assert '<th scope="row">honeypot</th><td class="num">1</td>' in page
    scored = live(database)
    assert sum(images_of(scored).repeats) == sum(images_of(attentive).repeats) == 3
    assert scored.course.n_responses == 2 * attentive.course.n_responses
