"""The verbs of exclusion: leave data out of the scores, take that back, decide again.

Coverage, scores and exports read the table `exclusion`, so that each follows at once. What was
taken back, whether a rule or a researcher had decided it, is kept beside it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError, InvalidError, NotFoundError
from experiment.models import (
    Computed,
    Exclusion,
    LiftedExclusion,
    Participant,
    Run,
    Study,
    Trial,
)
from experiment.places import queue_up

BY_HAND = "by_hand"  # the rule of an exclusion that a researcher decided
LONGEST_REASON = 500  # characters
KEPT = ("participant_id", "run_id", "level", "rule", "number", "decided_by", "reason", "created_at")


def exclude(
    session: Session,
    study: Study,
    person: Participant,
    by: Actor,
    *,
    reason: str,
    run: str | None = None,
    level: int | None = None,
) -> Exclusion:
    """Leave all of a participant, a run of theirs, or a level of it out of the scores.

    Parameters
    ----------
    reason
        In the researcher's words; it stays in this database.
    run, level
        The run's public id; the level within it, from 1.

    Raises
    ------
    InvalidError
        If there is no reason, or a level without its run.
    NotFoundError
        If the participant has no such run, or the run no such level.
    ConflictError
        If it is left out already, or is a preview's.
    """
    reason = reason_of(reason)
    if level is not None and run is None:
        raise InvalidError("run: name the run that the level is in")
    if person.is_preview:
        raise ConflictError("a preview counts nowhere; there is nothing to leave out")
    queue_up(session, study.id)
    run_id = None if run is None else find_run_of(session, study, person, run)
    if level is not None and level not in levels_of(session, run_id):
        raise NotFoundError(f"the run {run} has no level {level}")
    same = select(Exclusion.id).where(
        Exclusion.participant_id == person.id,
        Exclusion.run_id.is_(None) if run_id is None else Exclusion.run_id == run_id,
        Exclusion.level.is_(None) if level is None else Exclusion.level == level,
    )
    if session.scalar(same.limit(1)) is not None:
        raise ConflictError("this is left out already; see the exclusions of this participant")
    excluded = Exclusion(
        participant_id=person.id,
        run_id=run_id,
        level=level,
        rule=BY_HAND,
        decided_by="researcher",
        reason=reason,
        created_at=datetime.now(UTC),
    )
    session.add(excluded)
    forget_statistics(session, study)
    record(session, "exclusion.made", by, study, participant=person.public_id, **part(run, level))
    return excluded


def lift(
    session: Session,
    study: Study,
    person: Participant,
    by: Actor,
    exclusion_id: int,
    *,
    reason: str | None = None,
) -> LiftedExclusion:
    """Take an exclusion back: what a rule decided is overruled, which needs a reason.

    Raises
    ------
    NotFoundError
        If the participant has no such exclusion (any more).
    InvalidError
        If a rule decided and there is no reason.
    """
    queue_up(session, study.id)
    found = exclusions_of(session, person).get(exclusion_id)
    if found is None:
        raise NotFoundError("this exclusion is not there any more; load the page again")
    is_rule = found.decided_by == "rule"
    why = reason_of(reason or "") if is_rule or (reason or "").strip() else None
    lifted = LiftedExclusion(
        **{name: getattr(found, name) for name in KEPT},
        lifted_reason=why,
        lifted_at=datetime.now(UTC),
    )
    session.add(lifted)
    session.delete(found)
    forget_statistics(session, study)
    detail = {"rule": found.rule} if is_rule else {}
    action = "exclusion.overruled" if is_rule else "exclusion.undone"
    record(session, action, by, study, participant=person.public_id, **detail)
    return lifted


def exclude_again(
    session: Session, study: Study, person: Participant, by: Actor, lifted_id: int
) -> Exclusion:
    """Let a lifted exclusion hold again, as it was decided first.

    Raises
    ------
    NotFoundError
        If the participant has no such lifted exclusion (any more).
    """
    queue_up(session, study.id)
    found = lifted_of(session, person).get(lifted_id)
    if found is None:
        raise NotFoundError("this decision is not there any more; load the page again")
    excluded = Exclusion(**{name: getattr(found, name) for name in KEPT})
    session.add(excluded)
    session.delete(found)
    forget_statistics(session, study)
    record(session, "exclusion.restored", by, study, participant=person.public_id, rule=found.rule)
    return excluded


def exclusions_of(session: Session, person: Participant) -> dict[int, Exclusion]:
    """What is left out of this participant's data, by id, in the order of the decisions."""
    query = select(Exclusion).where(Exclusion.participant_id == person.id).order_by(Exclusion.id)
    return {excluded.id: excluded for excluded in session.scalars(query)}


def lifted_of(session: Session, person: Participant) -> dict[int, LiftedExclusion]:
    """What was left out and is not any more, by id, in the order of the decisions."""
    query = select(LiftedExclusion).where(LiftedExclusion.participant_id == person.id)
    return {lifted.id: lifted for lifted in session.scalars(query.order_by(LiftedExclusion.id))}


def find_run_of(session: Session, study: Study, person: Participant, public_id: str) -> int:
    """The database id of a participant's run, or NotFoundError."""
    run_id = session.scalar(
        select(Run.id).where(
            Run.participant_id == person.id, Run.study_id == study.id, Run.public_id == public_id
        )
    )
    if run_id is None:
        raise NotFoundError(f"the participant {person.public_id} has no run {public_id}")
    return run_id


def levels_of(session: Session, run_id: int | None) -> set[int]:
    """The levels of a run."""
    return set(session.scalars(select(Trial.level).where(Trial.run_id == run_id).distinct()))


def reason_of(text: str) -> str:
    """A reason as it is kept.

    Raises
    ------
    InvalidError
        If there is none, or it is too long.
    """
    reason = text.strip()
    if not reason or "\0" in reason:
        raise InvalidError("reason: say why, so that it can be answered for later")
    if len(reason) > LONGEST_REASON:
        raise InvalidError(f"reason: shorten it to {LONGEST_REASON} characters")
    return reason


def part(run: str | None, level: int | None) -> dict[str, Any]:
    """What is excluded, for the record."""
    named = {"run": run, "level": level}
    return {name: value for name, value in named.items() if value is not None}


def forget_statistics(session: Session, study: Study) -> None:
    """Let what was computed of this study's data be computed again."""
    session.execute(delete(Computed).where(Computed.study_id == study.id))
