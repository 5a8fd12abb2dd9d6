"""What happens within and after a level: feedback on a key, the score, and whether it goes on."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.attention import Judged, judge_levels, outcomes_of, standing_verdict
from experiment.coverage import PROMISE
from experiment.design.judging import Outcome
from experiment.errors import ConflictError, InvalidError, RunNotStartedError
from experiment.inserts import insert_ignoring
from experiment.models import FeedbackRequest, Response, Run, Trial
from experiment.runs import find_run

# A browser asks before it has sent the trials just before; not about all that is to come, as who
# asks is told the answer.
AHEAD = 20


def give_feedback(session: Session, token: str, position: int, key: str, rt_ms: float) -> bool:
    """Whether a key press was right. The first one asked about counts, whatever is sent later.

    Raises
    ------
    ConflictError
        If the paradigm has no feedback, the run is not in progress, the trial is stored already, or
        another key was asked about.
    InvalidError
        If the run has no such position, has ended before it, or cannot have shown it yet.
    """
    run = find_run(session, token)
    if run.study.paradigm["feedback"] == "off":
        raise ConflictError("this game gives no feedback")
    require_in_progress(run)
    trial = session.get(Trial, (run.id, position))
    if trial is None:
        raise InvalidError(f"the run has no position {position}")
    asked = session.get(FeedbackRequest, (run.id, position))
    if asked is not None:
        return same_answer(asked, key, rt_ms)
    if run.end_position is not None and position >= run.end_position:
        raise InvalidError(f"position {position} is not shown: the run ends before it")
    stored, told = (
        session.scalar(select(func.max(table.position)).where(table.run_id == run.id))
        for table in (Response, FeedbackRequest)
    )
    if session.get(Response, (run.id, position)) is not None:
        raise ConflictError(f"position {position} is stored already")
    if position > max(stored or 0, told or 0) + AHEAD:
        raise InvalidError(f"position {position} cannot have been shown yet")
    question = {
        "run_id": run.id,
        "position": position,
        "key": key,
        "rt_ms": rt_ms,
        "is_correct": trial.is_repeat,
        "asked_at": datetime.now(UTC),
    }
    insert_ignoring(session, FeedbackRequest, ("run_id", "position"), [question])
    # Somebody may have asked at the same moment; the first one counts.
    first = session.get_one(FeedbackRequest, (run.id, position))
    return same_answer(first, key, rt_ms)


def same_answer(asked: FeedbackRequest, key: str, rt_ms: float) -> bool:
    """The answer that was given, to the same question only."""
    if (asked.key, asked.rt_ms) != (key, rt_ms):
        raise ConflictError(f"another key was asked about at position {asked.position}")
    return asked.is_correct


def after_level(session: Session, token: str, level: int) -> dict[str, Any]:
    """Judge a level that is over: `schemas.AfterLevel`.

    The run's images stay promised to it while the participant rests.

    Raises
    ------
    ConflictError
        If the run is not in progress, the paradigm has no rests, or the level is not over.
    InvalidError
        If the run has no such level.
    """
    run = find_run(session, token, for_update=True)
    paradigm = run.study.paradigm
    if paradigm["rests"] == "none":
        raise ConflictError("this game has no rests")
    require_in_progress(run)
    last_level = session.scalar(select(func.max(Trial.level)).where(Trial.run_id == run.id)) or 0
    if level > last_level:
        raise InvalidError(f"the run has {last_level} levels; there is no level {level}")
    run.reserved_until = datetime.now(UTC) + PROMISE
    if run.end_position is None:
        end = end_of_level(session, run, level)
        judge_levels(session, Judged.of(run), [level], end)
    session.flush()
    of_level = [o for o in outcomes_of(session, run.id, run.end_position) if o.level == level]
    verdict = standing_verdict(session, run.id)
    return {
        "score": score(of_level) if paradigm["shows_score"] else None,
        "may_stop": paradigm["rests"] == "offered" and level < last_level,
        "verdict": {"action": verdict.action, "warning": verdict.warning},
    }


def end_of_level(session: Session, run: Run, level: int) -> int:
    """The position after a level whose last trial is stored or lost.

    Raises
    ------
    ConflictError
        If it is neither.
    """
    last, stored = (
        session.scalar(query)
        for query in (
            select(func.max(Trial.position)).where(Trial.run_id == run.id, Trial.level == level),
            select(func.max(Response.position)).where(Response.run_id == run.id),
        )
    )
    if last is None or last > max([stored or 0, *run.lost_positions]):
        raise ConflictError(f"level {level} is not over; send its responses first")
    return last + 1


def score(outcomes: list[Outcome]) -> dict[str, int]:
    """How a level went, of what is stored."""
    repeats = [outcome.responded for outcome in outcomes if outcome.is_repeat]
    firsts = [outcome.responded for outcome in outcomes if not outcome.is_repeat]
    return {
        "hits": sum(repeats),
        "repeats": len(repeats),
        "false_alarms": sum(firsts),
        "firsts": len(firsts),
    }


def require_in_progress(run: Run) -> None:
    """Refuse what only makes sense while somebody plays."""
    if run.state == "created":
        raise RunNotStartedError("this run has not begun; post its start first")
    if run.state == "finished":
        raise ConflictError("this run is finished")
