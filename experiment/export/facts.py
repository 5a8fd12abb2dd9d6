"""What a study collected, in numbers: for the method in words and the pages about an export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from experiment.export.options import Options
from experiment.export.rows import wanted
from experiment.models import Exclusion, Image, Participant, Response, Run, Study


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many are left out of the scores under one name."""

    what: str  # participants, runs or levels
    rule: str
    decided_by: str
    n: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts over those whom an export takes in."""

    n_images: int  # in the set
    n_people: int  # agreed to take part
    n_played: int  # began a run
    n_finished: int  # finished one at least
    outcomes: tuple[tuple[str, int], ...]  # of participations, most first
    n_runs: int
    n_whole_runs: int  # played to the planned end
    n_trials: int  # shown and stored
    first_at: datetime | None  # somebody came
    last_at: datetime | None  # the latest that happened
    left_out: tuple[LeftOut, ...]


def facts_of(session: Session, study: Study, options: Options) -> Facts:
    """Count them, in the database."""
    people = wanted(study, options.include_simulated, options.include_preview)
    n_people, first_at, last_seen = session.execute(
        select(
            func.count(),
            func.min(Participant.created_at),
            func.max(func.coalesce(Participant.ended_at, Participant.created_at)),
        ).where(*people)
    ).one()
    runs = (
        select(Run.id)
        .join(Participant, Participant.id == Run.participant_id)
        .where(Run.study_id == study.id, *people)
    )
    n_runs, n_whole, n_played, n_finished, last_run = session.execute(
        select(
            func.count(),
            func.count().filter(Run.outcome == "whole"),
            func.count(Run.participant_id.distinct()).filter(Run.state != "created"),
            func.count(Run.participant_id.distinct()).filter(Run.state == "finished"),
            func.max(func.coalesce(Run.finished_at, Run.started_at, Run.created_at)),
        ).where(Run.id.in_(runs))
    ).one()
    playing = runs.where(Run.state == "in_progress")
    last_response = session.scalar(
        select(func.max(Response.received_at)).where(Response.run_id.in_(playing))
    )
    counted = session.execute(
        select(Participant.outcome, func.count())
        .where(Participant.outcome.is_not(None), *people)
        .group_by(Participant.outcome)
    )
    return Facts(
        n_images=count(session, select(Image.id).where(Image.image_set_id == study.image_set_id)),
        n_people=n_people,
        n_played=n_played,
        n_finished=n_finished,
        outcomes=tuple(
            sorted(((str(name), n) for name, n in counted), key=lambda row: (-row[1], row[0]))
        ),
        n_runs=n_runs,
        n_whole_runs=n_whole,
        n_trials=count(session, select(Response.run_id).where(Response.run_id.in_(runs))),
        first_at=first_at,
        last_at=max(filter(None, (last_run, last_response, last_seen)), default=None),
        left_out=left_out(session, people),
    )


def count(session: Session, rows: Select[Any]) -> int:
    """How many rows a query has."""
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def left_out(session: Session, people: Sequence[ColumnElement[bool]]) -> tuple[LeftOut, ...]:
    """What is left out of the scores: whole participants first, then runs, then levels."""
    found = session.execute(
        select(
            Exclusion.run_id.is_(None),
            Exclusion.level.is_(None),
            Exclusion.rule,
            Exclusion.decided_by,
            func.count(),
        )
        .join(Participant, Participant.id == Exclusion.participant_id)
        .where(*people)
        .group_by(
            Exclusion.run_id.is_(None),
            Exclusion.level.is_(None),
            Exclusion.rule,
            Exclusion.decided_by,
        )
    )
    kinds = ("participants", "runs", "levels")
    counted = [
        LeftOut("participants" if no_run else "runs" if no_level else "levels", rule, who, n)
        for no_run, no_level, rule, who, n in found
    ]
    return tuple(sorted(counted, key=lambda out: (kinds.index(out.what), out.rule, out.decided_by)))
