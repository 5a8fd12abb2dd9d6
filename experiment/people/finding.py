"""Finding one person: by the random id, by the withdrawal code, by what a recruiter calls them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.errors import NotFoundError
from experiment.models import Identity, Participant, Study
from experiment.recruitment.arrivals import recruitment_of
from experiment.withdrawal import find_by_code


def find_participant(session: Session, study: Study, public_id: str) -> Participant:
    """The participant of this study with this random id.

    Raises
    ------
    NotFoundError
        If there is none (any more).
    """
    person = session.scalar(
        select(Participant).where(
            Participant.study_id == study.id, Participant.public_id == public_id
        )
    )
    if person is None:
        raise NotFoundError(f"{study.slug} has no participant {public_id}; perhaps they withdrew")
    return person


def find_by_withdrawal_code(session: Session, study: Study, code: str) -> Participant:
    """The participant of this study whose withdrawal code this is.

    Raises
    ------
    NotFoundError
        If it is nobody's, or of somebody in another study.
    """
    person = find_by_code(session, code)
    if person is None or person.study_id != study.id:
        raise NotFoundError(
            f"no data in {study.slug} have this code; look for a misread letter, or for another "
            "study, or they are deleted already"
        )
    return person


def find_by_recruiter_id(session: Session, study: Study, external_id: str) -> Participant:
    """The participant of this study whom its recruiter calls so.

    Raises
    ------
    NotFoundError
        If there is none, or the identity has been erased.
    """
    external_id = external_id.strip()
    person = (
        None
        if "\0" in external_id
        else session.scalar(
            select(Participant)
            .join(Identity, Identity.participant_id == Participant.id)
            .where(
                Identity.study_id == study.id,
                Identity.recruiter == recruitment_of(study)["kind"],
                Identity.external_id == external_id,
                Participant.is_preview.is_(False),
                Participant.is_simulated.is_(False),
            )
        )
    )
    if person is None:
        raise NotFoundError(
            f"{study.slug} knows nobody by this id: they never came, or their identity is erased "
            "(their withdrawal code still finds them)"
        )
    return person
