"""What a study collected, in numbers: for the method in words and the pages about an export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from experiment.export.rows import wanted
from experiment.export.snapshot import Snapshot
from experiment.models import Exclusion, Participant, Response, Run


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


def facts_of(snapshot: Snapshot) -> Facts:
    """Count them, in the database."""
    session, study, options = snapshot.session, snapshot.study, snapshot.options
    people = wanted(study, options.include_simulated, options.include_preview)
    n_runs, n_whole, n_played, n_finished, last_run = session.execute(
        select(
            func.count(),
            func.count().filter(Run.outcome == "whole"),
            func.count(Run.participant_id.distinct()).filter(Run.state != "created"),
            func.count(Run.participant_id.distinct()).filter(Run.state == "finished"),
            func.max(func.coalesce(Run.finished_at, Run.started_at, Run.created_at)),
        )
        .select_from(Run)
        .join(Participant, Participant.id == Run.participant_id)
        .where(Run.study_id == study.id, *people)
    ).one()
    n_trials, last_response = session.execute(
        select(func.count(), func.max(Response.received_at))
        .select_from(Response)
        .join(Run, Run.id == Response.run_id)
        .join(Participant, Participant.id == Run.participant_id)
        .where(Run.study_id == study.id, *people)
    ).one()
    first_at, last_seen = session.execute(
        select(
            func.min(Participant.created_at),
            func.max(func.coalesce(Participant.ended_at, Participant.created_at)),
        ).where(*people)
    ).one()
    counted = session.execute(
        select(Participant.outcome, func.count())
        .where(Participant.outcome.is_not(None), *people)
        .group_by(Participant.outcome)
    )
    return Facts(
        n_people=len(snapshot.people),
        n_played=n_played,
        n_finished=n_finished,
        outcomes=tuple(
            sorted(((str(name), n) for name, n in counted), key=lambda row: (-row[1], row[0]))
        ),
        n_runs=n_runs,
        n_whole_runs=n_whole,
        n_trials=n_trials,
        first_at=first_at,
        last_at=max(filter(None, (last_run, last_response, last_seen)), default=None),
        left_out=left_out(snapshot, people),
    )


def left_out(snapshot: Snapshot, people: Sequence[ColumnElement[bool]]) -> tuple[LeftOut, ...]:
    """What is left out of the scores: whole participants first, then runs, then levels."""
    found = snapshot.session.execute(
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
