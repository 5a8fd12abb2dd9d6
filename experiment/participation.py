"""The verbs that change the state of participants. Each works in the caller's transaction."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from experiment.coverage import PROMISE
from experiment.errors import StudyUnavailableError
from experiment.inserts import insert_ignoring
from experiment.models import Consent, Participant, Study

Mode = Literal["preview", "simulated"] | None
Outcome = Literal["completed", "attention", "stopped", "screened_out", "no_consent", "full"]


def start_participant(
    session: Session, study: Study, mode: Mode = None, *, person: str | None = None
) -> Participant:
    """Register somebody who pressed the button of the welcome page; a place is kept for them.

    A preview may look at a study in any state; everybody else needs an open one. `person` is what
    they are called in related studies, if they have been there.

    Raises
    ------
    StudyUnavailableError
        If the study is a draft, paused or closed.
    """
    if study.state != "open" and mode != "preview":
        raise StudyUnavailableError(f"the study {study.slug} is {study.state}")
    now = datetime.now(UTC)
    participant = Participant(
        public_id=secrets.token_hex(8),
        study_id=study.id,
        person=person or secrets.token_hex(16),
        withdrawal_sha256=hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
        created_at=now,
        reserved_until=now + PROMISE,
        is_preview=mode == "preview",
        is_simulated=mode == "simulated",
    )
    session.add(participant)
    session.flush()
    return participant


def has_agreed(session: Session, study: Study, participant: Participant) -> bool:
    """Whether this participant has agreed to the consent text of the study, and still does."""
    return (
        session.scalar(
            select(Consent.id).where(
                Consent.participant_id == participant.id,
                Consent.study_id == study.id,
                Consent.revoked_at.is_(None),
            )
        )
        is not None
    )


def agree(session: Session, study: Study, participant: Participant) -> None:
    """Keep that this participant agreed to the study's consent text; twice is once.

    A place that is still kept for them is kept longer. Who had said no has changed their mind, and
    gets a place again if one is free when the game begins.
    """
    now = datetime.now(UTC)
    consent = {
        "participant_id": participant.id,
        "study_id": study.id,
        "consent_document_id": study.consent_document_id,
        "agreed_at": now,
    }
    if not insert_ignoring(session, Consent, ("participant_id", "study_id"), [consent]):
        session.execute(
            update(Consent)
            .where(
                Consent.participant_id == participant.id,
                Consent.study_id == study.id,
                Consent.revoked_at.is_not(None),
            )
            .values(consent | {"revoked_at": None})
        )
    if participant.outcome == "no_consent":
        participant.outcome = participant.ended_at = None
        participant.reserved_until = now
    elif participant.reserved_until > now:
        participant.reserved_until = now + PROMISE
    session.flush()


def revoke(session: Session, study: Study, participant: Participant) -> None:
    """Keep that this participant no longer agrees; that they once did stays known."""
    session.execute(
        update(Consent)
        .where(
            Consent.participant_id == participant.id,
            Consent.study_id == study.id,
            Consent.revoked_at.is_(None),
        )
        .values(revoked_at=datetime.now(UTC))
    )


def end_participation(session: Session, participant: Participant, outcome: Outcome) -> None:
    """Say how this participation ended, which frees its place unless it is completed; what has
    ended stays as it ended."""
    if participant.outcome is None:
        participant.outcome = outcome
        participant.ended_at = datetime.now(UTC)
        session.flush()
