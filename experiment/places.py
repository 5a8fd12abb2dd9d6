"""A study's quota: who has a place in it."""

from datetime import UTC, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from experiment.coverage import PROMISE
from experiment.models import Participant, Study
from experiment.participation import end_participation


def queue_up(session: Session, study_id: int) -> None:
    """Let starters of this study go one at a time, so that each sees the others' places and images.

    SQLite's writers are one at a time anyway.
    """
    session.execute(select(Study.id).where(Study.id == study_id).with_for_update(key_share=True))


def places_left(session: Session, study: Study, *, is_simulated: bool = False) -> int | None:
    """How many more people the study takes; None: as many as come.

    A place is taken by who has completed it and by who is on the way and still has it reserved.
    Simulated participants have as many places of their own; previews need none.
    """
    quota: int | None = study.definition["goal"].get("participants")
    if quota is None:
        return None
    on_the_way = and_(Participant.outcome.is_(None), Participant.reserved_until > datetime.now(UTC))
    taken = session.scalar(
        select(func.count())
        .select_from(Participant)
        .where(
            Participant.study_id == study.id,
            Participant.is_preview.is_(False),
            Participant.is_simulated.is_(is_simulated),
            or_(Participant.outcome == "completed", on_the_way),
        )
    )
    return max(quota - (taken or 0), 0)


def is_full(session: Session, study: Study, *, is_simulated: bool = False) -> bool:
    """Whether the study takes nobody more now."""
    return places_left(session, study, is_simulated=is_simulated) == 0


def keep_place(session: Session, study: Study, participant: Participant) -> bool:
    """Keep this participant's place from now on, or take a free one; False if there is none."""
    queue_up(session, study.id)
    now = datetime.now(UTC)
    holds = participant.is_preview or participant.reserved_until > now
    if not holds and is_full(session, study, is_simulated=participant.is_simulated):
        return False
    participant.reserved_until = now + PROMISE
    session.flush()
    return True


def let_in(session: Session, study: Study, participant: Participant) -> bool:
    """Keep a place for somebody who has not begun to play, or give them one; without one the study
    is full for them, until they come again and a place is free."""
    if not keep_place(session, study, participant):
        end_participation(session, participant, "full")
        return False
    if participant.outcome == "full":
        participant.outcome = participant.ended_at = None
        session.flush()
    return True
