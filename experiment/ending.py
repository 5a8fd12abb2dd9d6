"""How a run ends, and with it, perhaps, a participation."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.attention import (
    Judged,
    ends_participation,
    is_ended_by_rule,
    judge_levels,
    judge_run,
)
from experiment.errors import ConflictError, InvalidError, RunNotStartedError
from experiment.models import Run, Trial
from experiment.oddities import flag_oddities
from experiment.runs import count_trials, find_run, stored_positions


def finish_run(
    session: Session, token: str, lost: Sequence[int], *, stop: bool = False
) -> tuple[Run, list[int]]:
    """Finish a run if every response that exists is stored: (run, positions still missing).

    With positions missing the run stays in progress; what the browser gave up is kept either way.
    A run that a rule has ended, or that the participant stops at a rest, needs only what comes
    before. A finished run stays finished.

    Raises
    ------
    RunNotStartedError
        If the run has not begun.
    InvalidError
        If the run has no such position.
    ConflictError
        If it is to be stopped where that is not offered.
    """
    run = find_run(session, token, for_update=True)
    if run.state == "created":
        raise RunNotStartedError("this run has not begun; post its start first")
    if run.state == "finished":
        return run, []
    n_trials = count_trials(session, run)
    if lost and max(lost) >= n_trials:
        raise InvalidError(f"lost has {max(lost)}, but the run has {n_trials} trials")
    stored = set(stored_positions(session, run))
    given_up = {*run.lost_positions, *lost}.difference(stored)
    if stop and run.end_position is None:
        run.end_position = end_of_stop(session, run, max(stored | given_up, default=-1), n_trials)
    end = n_trials if run.end_position is None else run.end_position
    run.lost_positions = sorted(position for position in given_up if position < end)
    missing = [p for p in range(end) if p not in stored and p not in given_up]
    if not missing:
        close(session, run, end, is_whole=end == n_trials)
    session.flush()
    return run, missing


def end_of_stop(session: Session, run: Run, last: int, n_trials: int) -> int | None:
    """Where a run ends that is stopped after its last shown position; None: it is whole anyway.

    Raises
    ------
    ConflictError
        If the paradigm offers no stop, or not there.
    """
    if last == n_trials - 1:
        return None
    levels = session.scalars(
        select(Trial.level).where(Trial.run_id == run.id, Trial.position.in_([last, last + 1]))
    ).all()
    if run.study.paradigm["rests"] != "offered" or len(set(levels)) < 2:
        raise ConflictError("a run can be stopped at a rest only, where the game offers one")
    return last + 1


def close(session: Session, run: Run, end: int, *, is_whole: bool) -> None:
    """Finish a run that is stored up to its end, and the participation where it is over."""
    is_ended = not is_whole and is_ended_by_rule(session, run)
    run.state = "finished"
    run.finished_at = datetime.now(UTC)
    run.outcome = "whole" if is_whole else "attention" if is_ended else "stopped"
    session.flush()
    judged = Judged.of(run)
    judge_levels(session, judged, played_levels(session, run, end), end)
    if not is_ended:
        judge_run(session, judged, end)
    flag_oddities(session, run)
    outcome = outcome_after(session, run)
    if outcome is not None:
        run.participant.outcome = outcome
        run.participant.ended_at = run.finished_at


def played_levels(session: Session, run: Run, end: int) -> list[int]:
    """The levels that are over before a position."""
    return list(
        session.scalars(
            select(Trial.level)
            .where(Trial.run_id == run.id)
            .group_by(Trial.level)
            .having(func.max(Trial.position) < end)
            .order_by(Trial.level)
        )
    )


def outcome_after(session: Session, run: Run) -> str | None:
    """How the participation stands once this run is finished; None: as it stood.

    One whole run completes it, as one may leave after any; what rules end stays ended. After a run
    that a rule has ended another one may be begun, as long as the study allows one.
    """
    before = run.participant.outcome
    if before not in (None, "completed", "stopped"):
        return None
    if ends_participation(session, run.participant_id, run.study.paradigm["most_ended_levels"]):
        return "attention"
    if run.outcome == "attention":
        is_last = run.number >= run.study.definition["runs_per_participant"]
        return "attention" if is_last else None
    return "completed" if run.outcome == "whole" or before == "completed" else "stopped"
