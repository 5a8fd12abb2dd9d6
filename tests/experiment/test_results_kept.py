"""Scores that are computed aside: when again, by whom, and what a page shows meanwhile."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.models import (
    Computed,
    Consent,
    Exclusion,
    Participant,
    Response,
    Run,
    Study,
    Withdrawal,
)
from experiment.results import background
from experiment.results.background import compute_in_turn, compute_now, freshen, turn
from experiment.results.kept import LONGEST, Kept, find_kept
from experiment.results.version import data_version
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.lab import Lab
from tests.experiment.rows import NOW, a_response
from tests.experiment.test_results import play
from tests.experiment.visitor import Visitor, response

PEOPLE = {"include_simulated": False}


def version(database: Database) -> str:
    with database.read() as session:
        return data_version(session, find_study(session, "pictures"))


def kept_rows(database: Database) -> dict[str, tuple[str, datetime]]:
    with database.read() as session:
        rows = session.execute(select(Computed.kind, Computed.version, Computed.computed_at))
        return {row.kind: (row.version, row.computed_at) for row in rows}


def the_run(session: Session) -> Run:
    return session.scalars(select(Run)).one()


def exclude(session: Session) -> None:
    person = the_run(session).participant_id
    session.add(
        Exclusion(participant_id=person, rule="researcher", decided_by="researcher", created_at=NOW)
    )


def exclude_a_level(session: Session) -> None:
    run = the_run(session)
    session.add(
        Exclusion(
            participant_id=run.participant_id, run_id=run.id, level=1, rule="slips",
            decided_by="rule", created_at=NOW,
        )
    )  # fmt: skip


def lose(session: Session) -> None:
    """As when a browser gives a response up."""
    run = the_run(session)
    session.execute(delete(Response).where(Response.run_id == run.id, Response.position == 3))
    run.lost_positions = [3]


def withdraw(session: Session) -> None:
    person = the_run(session).participant_id
    session.execute(delete(Participant).where(Participant.id == person))
    study = session.scalars(select(Study)).one()
    session.add(Withdrawal(study_id=study.id, n_runs=1, n_responses=14, withdrawn_at=NOW))


def revoke(session: Session) -> None:
    session.execute(update(Consent).values(revoked_at=NOW))


def edit(session: Session) -> None:
    session.execute(update(Study).values(revision=Study.revision + 1))


@pytest.mark.parametrize(
    "change", [exclude, exclude_a_level, lose, withdraw, revoke, edit], ids=lambda c: c.__name__
)
def test_the_version_changes_with_whatever_changes_scores(
    app: Flask, database: Database, change: Callable[[Session], None]
) -> None:
    play(app, database)
    before = version(database)
    assert version(database) == before
    with database.write() as session:
        change(session)
    assert version(database) != before


def test_the_version_changes_with_every_stored_response_also_with_late_ones(
    app: Flask, database: Database
) -> None:
    player = Visitor(app).begin_run()
    seen = [version(database)]
    for position in (0, 1):
        player.send(response(position))
        seen.append(version(database))
    play_on = range(2, 13)
    for position in play_on:
        player.send(response(position))
    player.finish(13)
    seen.append(version(database))
    player.send(response(13))  # it was not lost after all
    seen.append(version(database))
    assert len(set(seen)) == len(seen)


def test_a_late_response_of_a_run_that_ended_early_changes_the_version(
    app: Flask, database: Database
) -> None:
    play(app, database)
    with database.write() as session:
        run = the_run(session)
        run.end_position, run.outcome = 9, "attention"
        session.execute(delete(Response).where(Response.run_id == run.id, Response.position == 12))
    before = version(database)
    with database.write() as session:
        session.add(Response(**a_response(the_run(session).id, 12)))
    assert version(database) != before


def test_nothing_is_computed_where_nothing_is_new(app: Flask, database: Database) -> None:
    play(app, database)
    assert compute_now(database, "pictures", **PEOPLE) == ["results"]
    first = kept_rows(database)
    assert compute_now(database, "pictures", **PEOPLE) == []
    assert kept_rows(database) == first
    play(app, database)
    assert compute_now(database, "pictures", **PEOPLE) == ["results"]
    assert kept_rows(database) != first


def test_what_another_version_of_hitrate_has_kept_is_computed_anew(
    lab: Lab, app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(app, database)
    compute_now(database, "pictures", **PEOPLE)
    with database.write() as session:
        session.execute(update(Computed).values(value={"what": "was kept before"}))
    monkeypatch.setattr("hitrate.__version__", "99.0")
    page = lab.browser("viewer").get("/results/pictures").text  # computed within the test's request
    assert "Scores are being computed for the first time" in page
    assert "Scores as of" in lab.browser("viewer").get("/results/pictures").text


def test_with_simulated_people_is_kept_beside_without(app: Flask, database: Database) -> None:
    play(app, database)
    compute_now(database, "pictures", **PEOPLE)
    compute_now(database, "pictures", include_simulated=True)
    assert set(kept_rows(database)) == {"results", "results with simulated people"}


@pytest.mark.parametrize(
    ("age_s", "seconds", "is_due"),
    [
        (4, 0.1, False),
        (7, 0.1, True),
        (40, 3.0, False),
        (64, 3.0, True),
        (350, 60.0, False),
        (LONGEST + 61, 60.0, True),
    ],
)
def test_scores_are_due_after_a_pause_that_grows_with_what_they_cost(
    age_s: float, seconds: float, is_due: bool
) -> None:
    as_of = datetime.now(UTC) - timedelta(seconds=age_s)
    assert Kept({}, as_of, seconds, is_current=False).is_due is is_due
    assert not Kept({}, as_of, seconds, is_current=True).is_due


def test_scores_are_due_at_once_when_a_researcher_has_decided(
    app: Flask, database: Database
) -> None:
    play(app, database)
    compute_now(database, "pictures", **PEOPLE)
    with database.write() as session:
        session.execute(update(Computed).values(seconds=60.0))

    def kept() -> Kept:
        with database.read() as session:
            study = find_study(session, "pictures")
            found = find_kept(session, study, "results", data_version(session, study))
        assert found is not None
        return found

    play(app, database)
    assert (kept().is_current, kept().is_due) == (False, False)
    with database.write() as session:
        first = session.scalars(select(Run).order_by(Run.id)).first()
        assert first is not None
        left_out = {"participant_id": first.participant_id, "rule": "slips", "created_at": NOW}
        session.add(Exclusion(decided_by="rule", **left_out))
    assert not kept().is_due
    with database.write() as session:
        session.add(Exclusion(decided_by="researcher", **left_out))
    assert kept().is_due


def test_only_one_at_a_time_is_asked_to_compute_and_again_only_after_a_failure(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []

    def compute(_: Settings, slug: str, include_simulated: bool) -> None:
        asked.append((slug, include_simulated))

    for _ in range(3):
        freshen(settings, compute, "a", None, **PEOPLE)
    freshen(settings, compute, "b", None, **PEOPLE)
    freshen(settings, compute, "a", None, include_simulated=True)
    assert asked == [("a", False), ("b", False), ("a", True)]
    with turn(settings, "c") as mine:  # another process is at it
        assert mine
        freshen(settings, compute, "c", None, **PEOPLE)
    assert len(asked) == 3
    monkeypatch.setattr(background, "AFTER_FAILURE", 0.0)
    freshen(settings, compute, "a", None, **PEOPLE)
    assert len(asked) == 4


def test_once_it_is_done_it_is_asked_for_again_when_it_is_due(settings: Settings) -> None:
    asked: list[str] = []

    def compute(_: Settings, slug: str, include_simulated: bool) -> None:
        asked.append(slug)

    freshen(settings, compute, "a", None, **PEOPLE)
    soon = datetime.now(UTC) + timedelta(seconds=1)  # computed after it was asked for
    kept = Kept({}, soon, 0.1, is_current=False)
    freshen(settings, compute, "a", kept, **PEOPLE)
    assert asked == ["a"]
    long_ago = timedelta(minutes=10)
    for mark in (settings.instance / "computing").iterdir():
        os.utime(mark, times=(0, (datetime.now(UTC) - 2 * long_ago).timestamp()))
    freshen(settings, compute, "a", replace(kept, as_of=datetime.now(UTC) - long_ago), **PEOPLE)
    assert asked == ["a", "a"]


def test_while_one_process_computes_another_one_leaves_it_alone(
    app: Flask, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(app, database)
    monkeypatch.setattr(background, "A_LOOK", 0.1)
    with turn(settings, "pictures"):
        assert compute_in_turn(settings, database, "pictures", **PEOPLE) == []
        with turn(settings, "pictures") as mine:
            assert not mine
    assert compute_in_turn(settings, database, "pictures", **PEOPLE) == ["results"]


def test_two_processes_at_once_compute_once(
    app: Flask, settings: Settings, database: Database
) -> None:
    play(app, database)
    environment = os.environ | {
        "HITRATE_INSTANCE": str(settings.instance),
        "HITRATE_DATABASE_URL": settings.database_url,
        "HITRATE_SECRET_KEY": settings.secret_key,
    }
    command = [sys.executable, "-m", "hitrate", "study", "compute", "pictures"]
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=120)[0].strip() for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said == ["pictures: nothing is new", "pictures: results"]
    with database.read() as session:
        value = session.scalars(select(Computed.value)).one()
    json.dumps(value, allow_nan=False)
    assert sum(value["images"]["columns"]["hits"]) == 3


def test_a_page_with_older_scores_says_of_when_and_shows_counts_as_they_are_now(
    lab: Lab, app: Flask, database: Database
) -> None:
    play(app, database)
    compute_now(database, "pictures", **PEOPLE)
    viewer = lab.browser("viewer")
    assert "newer ones follow" not in viewer.get("/results/pictures").text
    play(app, database)
    page = viewer.get("/results/pictures").text
    assert "newer ones follow" in page
    assert "<dt>completed</dt><dd>2</dd>" in page
    assert "<dt>trials stored</dt><dd>28</dd>" in page
    told = viewer.get("/api/v1/studies/pictures/results").get_json()
    assert (told["n_responses"], told["n_counted"], told["is_current"]) == (28, 1, False)
