"""Exclusions by researchers: coverage, scores and exports follow at once, and what is taken back is
kept."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import COMMAND
from experiment.coverage import coverage
from experiment.database import Database
from experiment.errors import ConflictError, InvalidError, NotFoundError
from experiment.export.people import exclusion_rows
from experiment.models import Computed, Exclusion, LiftedExclusion, Participant, Study
from experiment.people import excluding
from experiment.runs import find_study
from tests.experiment.people_rows import (
    T0,
    entries,
    write_exclusion,
    write_person,
    write_run,
    write_trials,
)
from tests.experiment.test_results import images_of, live

Act = Callable[[Session, Study, Participant], object]


@pytest.fixture
def played(app: Flask, database: Database) -> Database:
    """One person with a run of two levels: three pairs, two of them in the second level."""
    with database.write() as session:
        study = find_study(session, "pictures")
        person = write_person(session, study, 1)
        write_trials(session, write_run(session, person), "CHCCHM", "112222")
    return database


def do(database: Database, act: Act) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        act(session, study, session.scalars(select(Participant)).one())


def n_covered(database: Database) -> int:
    with database.read() as session:
        return sum(coverage(session, find_study(session, "pictures")).values())


def n_scored(database: Database) -> int:
    """Repeats that count for the scores."""
    return sum(images_of(live(database)).repeats)


def run_id(number: int = 1) -> str:
    return f"{number:014x}01"


@pytest.mark.parametrize(
    ("what", "left"),
    [({}, 0), ({"run": run_id()}, 0), ({"run": run_id(), "level": 2}, 1)],
    ids=["participant", "run", "level"],
)
def test_coverage_and_scores_follow_an_exclusion_and_its_end(
    played: Database, what: dict[str, Any], left: int
) -> None:
    assert (n_covered(played), n_scored(played)) == (3, 3)
    do(played, lambda s, study, who: excluding.exclude(s, study, who, COMMAND, reason="R", **what))
    assert (n_covered(played), n_scored(played)) == (left, left)
    with played.read() as session:
        chosen = {"include_simulated": False, "include_preview": False}
        [row] = exclusion_rows(session, find_study(session, "pictures"), **chosen)
    # The reason stays here: a researcher may have written anything about a person.
    assert row == [
        "0000000000000001", what.get("run"), what.get("level"), "by_hand", None, "researcher",
    ]  # fmt: skip

    def undo(session: Session, study: Study, who: Participant) -> None:
        [own_id] = excluding.exclusions_of(session, who)
        excluding.lift(session, study, who, COMMAND, own_id)

    do(played, undo)
    assert (n_covered(played), n_scored(played)) == (3, 3)


def test_what_a_rule_decided_is_overruled_with_a_reason_kept_and_decided_again(
    played: Database,
) -> None:
    def decide(session: Session, study: Study, who: Participant) -> None:
        own_id = write_exclusion(session, who).id
        assert sum(coverage(session, study).values()) == 0
        with pytest.raises(InvalidError, match="say why"):
            excluding.lift(session, study, who, COMMAND, own_id, reason="  ")
        excluding.lift(session, study, who, COMMAND, own_id, reason=" Fire alarm. ")
        assert sum(coverage(session, study).values()) == 3
        assert session.scalars(select(Exclusion)).all() == []
        [lifted] = excluding.lifted_of(session, who).values()
        assert (lifted.rule, lifted.number, lifted.decided_by) == ("vigilance", 0.25, "rule")
        assert (lifted.created_at, lifted.lifted_reason) == (T0, "Fire alarm.")
        excluding.exclude_again(session, study, who, COMMAND, lifted.id)
        [again] = excluding.exclusions_of(session, who).values()
        assert (again.rule, again.decided_by, again.created_at) == ("vigilance", "rule", T0)
        assert session.scalars(select(LiftedExclusion)).all() == []
        assert sum(coverage(session, study).values()) == 0

    do(played, decide)
    with played.read() as session:
        recorded = entries(session, "exclusion")
    assert [entry.action for entry in recorded] == ["exclusion.overruled", "exclusion.restored"]
    assert "Fire" not in str([entry.detail for entry in recorded])


def test_every_decision_lets_statistics_be_computed_again(played: Database) -> None:
    def decide(session: Session, study: Study, who: Participant) -> None:
        kept = {"study_id": study.id, "version": "1", "value": {}, "computed_at": T0, "seconds": 1}
        session.add(Computed(kind="scores", **kept))
        session.flush()
        excluding.exclude(session, study, who, COMMAND, reason="R")
        assert session.scalars(select(Computed)).all() == []

    do(played, decide)


def test_what_cannot_be_left_out_is_refused(played: Database) -> None:
    def refuse(session: Session, study: Study, who: Participant) -> None:
        def attempt(**what: object) -> None:
            values = {"reason": "R"} | what
            excluding.exclude(session, study, who, COMMAND, **values)  # type: ignore[arg-type] # what a form may send

        for reason in ("", " \n", "x" * 501, "a\0b"):
            with pytest.raises(InvalidError, match="reason"):
                attempt(reason=reason)
        with pytest.raises(NotFoundError, match="no run"):
            attempt(run=run_id(2))
        with pytest.raises(NotFoundError, match="no level 3"):
            attempt(run=run_id(), level=3)
        with pytest.raises(InvalidError, match="name the run"):
            attempt(level=1)
        with pytest.raises(NotFoundError):
            excluding.lift(session, study, who, COMMAND, 10**30)
        attempt()
        with pytest.raises(ConflictError, match="left out already"):
            attempt()
        attempt(run=run_id())  # a part of it may have a reason of its own
        preview = write_person(session, study, 2, is_preview=True)
        with pytest.raises(ConflictError, match="preview"):
            excluding.exclude(session, study, preview, COMMAND, reason="R")
        with pytest.raises(NotFoundError):  # somebody else's exclusion
            [own_id, _] = excluding.exclusions_of(session, who)
            excluding.lift(session, study, preview, COMMAND, own_id)

    do(played, refuse)
