"""The verbs that change the state of runs. Each works in the caller's transaction.

Those of participants are in `participation.py`; what happens to single responses and events is in
`recording.py`.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from experiment.coverage import PROMISE
from experiment.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    RunFinishedError,
    StudyUnavailableError,
    TooEarlyError,
    TooLateError,
)
from experiment.inserts import insert_ignoring
from experiment.models import (
    BrowserEvent,
    Interruption,
    Participant,
    Response,
    Run,
    Study,
    Trial,
)
from experiment.participation import has_agreed
from experiment.places import queue_up
from experiment.plan import plan_trials

# What the browser is told of the paradigm.
TOLD = ("keys", "early_key_ms", "rests", "shows_score", "feedback", "feedback_ms", "display")


def find_study(session: Session, slug: str) -> Study:
    """The study of this slug, or NotFoundError."""
    study = session.scalar(select(Study).where(Study.slug == slug))
    if study is None:
        raise NotFoundError(f"there is no study {slug!r}; `hitrate study list` shows all")
    return study


def latest_run(session: Session, study: Study, participant: Participant) -> Run | None:
    """The last run of this participant in this study."""
    return session.scalar(
        select(Run)
        .where(Run.participant_id == participant.id, Run.study_id == study.id)
        .order_by(Run.number.desc())
        .limit(1)
    )


def start_run(session: Session, study: Study, participant: Participant) -> Run:
    """The participant's run that is not finished, or a new one: its whole sequence is drawn from a
    stored seed, verified and stored before the first image is shown.

    Raises
    ------
    ConflictError
        If the participant has not agreed, has played all runs that the study allows, or was ended
        by a rule.
    TooEarlyError, TooLateError
        If the paradigm has the next run begin at another time.
    StudyUnavailableError
        If a new run is needed and the study is not open (a preview may always play).
    AllocationError
        If too few images are left.
    """
    queue_up(session, study.id)
    if not has_agreed(session, study, participant):
        raise ConflictError("there is no consent yet; agree on the consent page first")
    latest = latest_run(session, study, participant)
    if latest is not None and latest.state != "finished":
        return latest
    if participant.outcome == "attention":
        raise ConflictError("the participation was ended; no further run can be begun")
    number = 1 if latest is None else latest.number + 1
    if number > study.definition["runs_per_participant"]:
        raise ConflictError("this participant has played every run that the study allows")
    if latest is not None and latest.finished_at is not None:
        check_return(study, latest.finished_at)
    if study.state != "open" and not participant.is_preview:
        raise StudyUnavailableError(f"the study {study.slug} is {study.state}")
    now = datetime.now(UTC)
    run = Run(
        public_id=secrets.token_hex(8),
        token=secrets.token_urlsafe(24),
        participant_id=participant.id,
        study_id=study.id,
        number=number,
        seed=secrets.token_hex(16),
        state="created",
        device={},
        lost_positions=[],
        created_at=now,
        reserved_until=now + PROMISE,
    )
    trials = plan_trials(session, study, participant, run.seed, number)
    session.add(run)
    session.flush()
    session.execute(insert(Trial), [{"run_id": run.id, **trial} for trial in trials])
    return run


def check_return(study: Study, finished_at: datetime) -> None:
    """Refuse a further run before or after the time that the paradigm gives.

    Raises
    ------
    TooEarlyError, TooLateError
        With the time from which, or until which, it may begin.
    """
    earliest, latest = study.paradigm["return_after_hours"]
    now = datetime.now(UTC)
    if now < (opens := finished_at + timedelta(hours=earliest)):
        raise TooEarlyError(opens)
    if latest is not None and now > (closes := finished_at + timedelta(hours=latest)):
        raise TooLateError(closes)


def find_run(session: Session, token: str, *, for_update: bool = False) -> Run:
    """The run of this token, or NotFoundError; locked against other writers if asked."""
    query = select(Run).where(Run.token == token)
    # key_share: rows that only point at the run are inserted meanwhile.
    run = session.scalar(query.with_for_update(key_share=True) if for_update else query)
    if run is None:
        raise NotFoundError("there is no such run; open the study's address again")
    return run


def stored_positions(session: Session, run: Run) -> list[int]:
    """Positions with a stored response, ascending."""
    return list(
        session.scalars(
            select(Response.position).where(Response.run_id == run.id).order_by(Response.position)
        )
    )


def count_trials(session: Session, run: Run) -> int:
    """Length of the run."""
    count = session.scalar(select(func.max(Trial.position)).where(Trial.run_id == run.id))
    return 0 if count is None else count + 1


def run_config(session: Session, token: str) -> dict[str, Any]:
    """What the browser may know of a run: `schemas.RunConfig` but the addresses' beginning."""
    run = find_run(session, token)
    study, participant = run.study, run.participant
    stored = stored_positions(session, run)
    trials = session.execute(
        select(
            Trial.position,
            Trial.level,
            Trial.phase,
            Trial.address,
            Trial.stimulus_ms,
            Trial.gap_ms,
        )
        .where(Trial.run_id == run.id)
        .order_by(Trial.position)
    ).all()
    return {
        "state": run.state,
        "n_trials": len(trials),
        "next_position": stored[-1] + 1 if stored else 0,
        "origin_epoch_ms": run.origin_epoch_ms,
        "is_preview": participant.is_preview,
        "is_simulated": participant.is_simulated,
        "end_position": run.end_position,
        **{name: study.paradigm[name] for name in TOLD},
        "stored": stored,
        "lost": run.lost_positions,
        "trials": [row._asdict() for row in trials],
    }


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where a run begins or goes on, whatever browser it was begun in."""

    position: int
    interrupted: bool  # something had been shown before
    origin_epoch_ms: float | None  # wall clock of the first image, as first told


def resume_run(
    session: Session,
    token: str,
    *,
    device: dict[str, Any],
    origin_epoch_ms: float | None,
    last_shown: int | None,
    tab: str | None = None,
) -> Resumed:
    """Start a run, or go on after a reload.

    Positions that were shown or skipped without a response become lost until one arrives after all.
    A run that a rule has ended goes on at its very end. Coming back at a rest is no interruption,
    as the rest is one anyway; it is kept as an event.
    The tab that started last is the one that plays.

    Raises
    ------
    RunFinishedError
        If the run is finished.
    InvalidError
        If the run has no position `last_shown`.
    """
    run = find_run(session, token, for_update=True)
    if run.state == "finished":
        raise RunFinishedError("this run is finished; there is nothing to go on with")
    n_trials = count_trials(session, run)
    if last_shown is not None and last_shown >= n_trials:
        raise InvalidError(f"last_shown is {last_shown}, but the run has {n_trials} trials")
    if run.state == "created":
        run.state = "in_progress"
        run.started_at = datetime.now(UTC)
        run.device = device
    run.tab = tab
    run.reserved_until = max(run.reserved_until, datetime.now(UTC) + PROMISE)
    if run.origin_epoch_ms is None:
        run.origin_epoch_ms = origin_epoch_ms
    stored = stored_positions(session, run)
    last_stored = stored[-1] if stored else None
    position = 1 + max(-1 if last is None else last for last in (last_stored, last_shown))
    if position == 0:
        return Resumed(0, False, run.origin_epoch_ms)
    end = n_trials if run.end_position is None else run.end_position
    shown = range(min(position, end))
    run.lost_positions = sorted({*run.lost_positions, *shown}.difference(stored))
    session.flush()
    if position >= end:
        return Resumed(n_trials, True, run.origin_epoch_ms)
    now = datetime.now(UTC)
    if is_rest_before(session, run, position):
        returned = {
            "run_id": run.id,
            "event_id": f"returned-at-rest-{position}",
            "event": "returned_at_rest",
            "position": position,
            "at_ms": now.timestamp() * 1000 - (run.origin_epoch_ms or now.timestamp() * 1000),
            "detail": {"clock": "server"},
            "received_at": now,
        }
        insert_ignoring(session, BrowserEvent, ("run_id", "event_id"), [returned])
    else:
        interruption = {
            "run_id": run.id,
            "position": position,
            "last_stored": last_stored,
            "last_shown": last_shown,
            "resumed_at": now,
        }
        insert_ignoring(session, Interruption, ("run_id", "position"), [interruption])
    return Resumed(position, True, run.origin_epoch_ms)


def is_rest_before(session: Session, run: Run, position: int) -> bool:
    """Whether the game rests before this position, at the beginning of a level."""
    if run.study.paradigm["rests"] == "none":
        return False
    around = select(Trial.level).where(
        Trial.run_id == run.id, Trial.position.in_([position - 1, position])
    )
    return len(set(session.scalars(around))) == 2
