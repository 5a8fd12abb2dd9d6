"""Who is who: a recruiter's id finds a participant again, and related studies know one person."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.coverage import related
from experiment.models import Identity, Participant, Study
from experiment.recruitment.arrivals import Arrival


def find_identity(session: Session, study: Study, arrival: Arrival) -> Participant | None:
    """The participant whom the arrival's recruiter called so before; None if there is none."""
    if arrival.external_id is None:
        return None
    return session.scalar(
        select(Participant)
        .join(Identity, Identity.participant_id == Participant.id)
        .where(
            Identity.study_id == study.id,
            Identity.recruiter == arrival.recruiter,
            Identity.external_id == arrival.external_id,
        )
    )


def keep_identity(
    session: Session, study: Study, participant: Participant, arrival: Arrival
) -> None:
    """Keep what the link carried; a later link of the same person adds to it.

    Whom no recruiter named, and who only looks or simulates, is called by our own random id, so
    that a link never leads to them.
    """
    known = session.get(Identity, participant.id)
    if known is not None:
        known.parameters = known.parameters | arrival.parameters
        session.flush()
        return
    if not arrival.parameters:
        return
    is_named = not participant.is_preview and not participant.is_simulated
    session.add(
        Identity(
            participant_id=participant.id,
            study_id=study.id,
            recruiter=arrival.recruiter,
            external_id=(is_named and arrival.external_id) or participant.public_id,
            parameters=arrival.parameters,
            created_at=datetime.now(UTC),
        )
    )
    session.flush()


def person_in_related(
    session: Session, study: Study, arrival: Arrival, public_ids: Iterable[str]
) -> str | None:
    """What the same person is called in related studies: who has the same recruiter and id there,
    or else whom this browser's cookie (`public_ids`) names; None if they are new.

    On a shared computer the cookie may be another's: one with another id of the same recruiter is.
    """
    people = (
        select(Participant.person, Identity.external_id)
        .outerjoin(
            Identity,
            (Identity.participant_id == Participant.id) & (Identity.recruiter == arrival.recruiter),
        )
        .where(
            Participant.study_id.in_(related(study)),
            Participant.is_preview.is_(False),
            Participant.is_simulated.is_(False),
        )
        .order_by(Participant.id)
    )
    if arrival.external_id is not None:
        same = people.where(Identity.external_id == arrival.external_id).limit(1)
        found: str | None = session.scalar(same)
        if found is not None:
            return found
    by_cookie = people.where(Participant.public_id.in_(list(public_ids)))
    if arrival.external_id is not None:
        by_cookie = by_cookie.where(Identity.external_id.is_(None))
    known: str | None = session.scalar(by_cookie.limit(1))
    return known
