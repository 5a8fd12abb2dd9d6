"""The verbs that delete: a person's data, who they are, identities whose time is over, previews."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError
from experiment.models import AuditEntry, Identity, Participant, Response, Run, Study
from experiment.people.excluding import forget_statistics
from experiment.places import queue_up
from experiment.withdrawal import Holdings, lock_runs, withdraw
from experiment.withdrawal_list import note_withdrawal

IDENTITIES_DAYS = 90  # where a study says nothing


def delete_person(
    session: Session, study: Study, person: Participant, by: Actor, noted_in: Path
) -> Holdings:
    """Delete all that is stored of a participant, as if they had withdrawn (`withdraw`)."""
    held = withdraw(session, person, noted_in)
    forget_statistics(session, study)
    record(session, "participant.deleted", by, study, runs=held.n_runs, responses=held.n_responses)
    return held


def erase_identity(
    session: Session, study: Study, person: Participant, by: Actor, noted_in: Path
) -> None:
    """Forget who a participant is at the recruiter; what they did stays, under the random id.

    It is noted in the instance's list (`Settings.withdrawals`), so that a restored backup forgets
    it, too.

    Raises
    ------
    ConflictError
        If nothing of it is kept.
    """
    note_withdrawal(noted_in, person.withdrawal_sha256, "identity")
    erased = session.scalar(
        delete(Identity)
        .where(Identity.participant_id == person.id)
        .returning(Identity.participant_id)
    )
    if erased is None:
        raise ConflictError("no identity of this participant is kept; it may be erased already")
    record(session, "identity.erased", by, study, participant=person.public_id)


def delete_previews(session: Session, study: Study, by: Actor) -> int:
    """Delete every preview of a study; returns how many there were."""
    queue_up(session, study.id)
    previews = select(Participant.id).where(
        Participant.study_id == study.id, Participant.is_preview.is_(True)
    )
    lock_runs(session, select(Run.id).where(Run.participant_id.in_(previews)))
    deleted = session.scalars(
        delete(Participant).where(Participant.id.in_(previews)).returning(Participant.id)
    ).all()
    if deleted:
        record(session, "previews.deleted", by, study, n=len(deleted))
    return len(deleted)


def identities_days(study: Study) -> int:
    """For how many days after a participation the recruiter's ids are kept; 0: for ever."""
    days: int = study.definition.get("privacy", {}).get("identities_days", IDENTITIES_DAYS)
    return days


def erase_expired(session: Session, by: Actor, now: datetime | None = None) -> Mapping[str, int]:
    """Erase the identities whose participation has been over, or unmoved, for longer than the study
    keeps them.

    Returns
    -------
    How many were erased, by the slug of the study; only studies with some.
    """
    now = now or datetime.now(UTC)
    erased = {}
    for study in studies_with_expired(session, now):
        keys = session.scalars(
            delete(Identity)
            .where(Identity.participant_id.in_(select(Participant.id).where(*is_over(study, now))))
            .returning(Identity.participant_id)
        ).all()
        erased[study.slug] = len(keys)
        record(
            session, "identity.expired", by, study, n=len(keys), after_days=identities_days(study)
        )
    return erased


def studies_with_expired(session: Session, now: datetime) -> list[Study]:
    """The studies that keep an identity for too long; only reads."""
    some = session.scalars(
        select(Study).where(Study.id.in_(select(Identity.study_id).distinct())).order_by(Study.id)
    )
    return [
        study for study in some if identities_days(study) > 0 and has_expired(session, study, now)
    ]


def has_expired(session: Session, study: Study, now: datetime) -> bool:
    """Whether a study keeps an identity for too long."""
    query = (
        select(Identity.participant_id)
        .join(Participant, Participant.id == Identity.participant_id)
        .where(*is_over(study, now))
    )
    return session.scalar(query.limit(1)) is not None


def is_over(study: Study, now: datetime) -> list[ColumnElement[bool]]:
    """Which participations ended, or last moved, before the time that their identities are kept."""
    since = now - timedelta(days=identities_days(study))
    moved = exists().where(
        Run.participant_id == Participant.id,
        or_(Run.created_at >= since, Run.started_at >= since, Run.finished_at >= since),
    )
    answered = exists().where(
        Run.participant_id == Participant.id,
        Run.state != "finished",
        Response.run_id == Run.id,
        Response.received_at >= since,
    )
    last = func.coalesce(Participant.ended_at, Participant.created_at)
    return [Participant.study_id == study.id, last < since, ~moved, ~answered]


def exports_since(session: Session, study: Study, person: Participant) -> int:
    """How many exports of the study were made since this person came; each may hold them."""
    return (
        session.scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(
                AuditEntry.study_id == study.id,
                AuditEntry.action == "export.made",
                AuditEntry.at >= person.created_at,
            )
        )
        or 0
    )
