"""How a run ends, and with it, perhaps, a participation."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.attention import (
    Judged,
    ends_participation,
    is_ended_by_rule,
    judge_level,
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
        run.end_position = end_of_level(session, run, max(stored | given_up, default=-1))
    end = n_trials if run.end_position is None else run.end_position
    run.lost_positions = sorted(position for position in given_up if position < end)
    missing = [p for p in range(end) if p not in stored and p not in given_up]
    if not missing:
        close(session, run)
    session.flush()
    return run, missing


def end_of_level(session: Session, run: Run, last: int) -> int:
    """Where a run ends that is stopped after its last shown position.

    Raises
    ------
    ConflictError
        If the paradigm offers no stop, or not there.
    """
    levels = session.scalars(
        select(Trial.level).where(
            Trial.run_id == run.id, Trial.position.in_([max(last, 0), last + 1])
        )
    ).all()
    if run.study.paradigm["rests"] != "offered" or last < 0 or len(set(levels)) < len(levels):
        raise ConflictError("a run can be stopped at a rest only, where the game offers one")
    return last + 1


def close(session: Session, run: Run) -> None:
    """Finish a run, and the participation where nothing more is to be played."""
    now = datetime.now(UTC)
    is_ended = is_ended_by_rule(session, run)
    run.state = "finished"
    run.finished_at = now
    run.outcome = "attention" if is_ended else "whole" if run.end_position is None else "stopped"
    session.flush()
    if not is_ended:
        judged = Judged.of(run)
        last = 0 if run.end_position is None else run.end_position
        for level in levels_without_rest(session, run, last):
            judge_level(session, judged, level)
        judge_run(session, judged)
    flag_oddities(session, run)
    participant = run.participant
    paradigm = run.study.paradigm
    ended = ends_participation(session, participant.id, paradigm["most_ended_levels"])
    if not ended and run.outcome == "attention":
        # The level is over, and another run may be begun while the study allows one.
        ended = run.number >= run.study.definition["runs_per_participant"]
        if not ended:
            return
    participant.outcome = (
        "attention" if ended else "completed" if run.outcome == "whole" else "stopped"
    )
    participant.ended_at = now


def levels_without_rest(session: Session, run: Run, end: int) -> list[int]:
    """Levels whose end nobody has judged: all where there are no rests, else the last one shown."""
    query = select(Trial.level).where(Trial.run_id == run.id).distinct().order_by(Trial.level)
    if end:
        query = query.where(Trial.position < end)
    levels = list(session.scalars(query))
    return levels if run.study.paradigm["rests"] == "none" else levels[-1:]
