"""The report of what is held about one person: every column of every row that hangs on them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.export.tables import iso
from experiment.models import (
    Answer,
    Base,
    BrowserEvent,
    Consent,
    ConsentDocument,
    Exclusion,
    FeedbackRequest,
    Flag,
    Identity,
    Image,
    Interruption,
    LiftedExclusion,
    Participant,
    Response,
    ResponseConflict,
    RuleEvent,
    Run,
    Study,
    Trial,
)
from experiment.people.erasing import exports_since, identities_days

# Keys between our own tables, and what opens something.
OURS = {
    *("id", "participant_id", "study_id", "run_id", "image_id", "first_run_id"),
    *("consent_document_id", "token", "tab", "withdrawal_sha256", "address"),
}
OF_PERSON: Mapping[str, Any] = {
    "answers": Answer,
    "flags": Flag,
    "exclusions": Exclusion,
    "exclusions_taken_back": LiftedExclusion,
}
OF_RUN: Mapping[str, Any] = {
    "trials": Trial,
    "responses": Response,
    "responses_that_came_twice_and_differed": ResponseConflict,
    "keys_asked_about": FeedbackRequest,
    "browser_events": BrowserEvent,
    "interruptions": Interruption,
    "attention_rules_that_fired": RuleEvent,
}


def report_held(
    session: Session, study: Study, person: Participant, by: Actor, *, with_identity: bool
) -> dict[str, Any]:
    """Everything that is held about one person, as JSON.

    Parameters
    ----------
    with_identity
        Also what the recruiter calls them and what their link carried; that it was looked at is
        recorded.
    """
    record(session, "held.reported", by, study, participant=person.public_id)
    if with_identity:
        record(session, "identity.seen", by, study, participant=person.public_id)
    return held_about(session, study, person, with_identity=with_identity)


def held_about(
    session: Session, study: Study, person: Participant, *, with_identity: bool
) -> dict[str, Any]:
    """The content of the report."""
    runs = session.scalars(
        select(Run).where(Run.participant_id == person.id).order_by(Run.study_id, Run.number)
    ).all()
    return {
        "report": "What is held about one participant",
        "made_at": iso(datetime.now(UTC)),
        "study": study.slug,
        "title": study.title,
        "participant": columns_of(person),
        "identity": identity_of(session, study, person, with_identity=with_identity),
        "consent": consent_of(session, person),
        **{
            name: [columns_of(row, run_names(runs)) for row in rows_of(session, table, person)]
            for name, table in OF_PERSON.items()
        },
        "runs": [run_of(session, run) for run in runs],
        "withdrawal_code": "not held: only its SHA-256, with which the code is recognised",
        "elsewhere": {
            "exports_made_since": exports_since(session, study, person),
            "participations_in_related_studies": other_participations(session, person),
            "note": "Backups, exports and reports made before, and the recruiter's own records, "
            "are not part of this report.",
        },
    }


def columns_of(row: Base, runs: Mapping[int, str] | None = None) -> dict[str, Any]:
    """The columns of a row but those that only join tables; a run by its random id."""
    found: dict[str, Any] = {}
    for column in row.__table__.columns:
        value = getattr(row, column.key)
        if column.key == "run_id" and runs is not None:
            found["run"] = None if value is None else runs[value]
        elif column.key not in OURS:
            found[column.key] = iso(value) if isinstance(value, datetime) else value
    return found


def run_names(runs: Iterable[Run]) -> dict[int, str]:
    """Public ids of runs by their database ids."""
    return {run.id: run.public_id for run in runs}


def rows_of(session: Session, table: Any, person: Participant) -> Iterable[Any]:
    """Rows of a table that hang on a person, in the order of their keys."""
    order = list(table.__table__.primary_key.columns)
    query = select(table).where(table.participant_id == person.id).order_by(*order)
    return session.scalars(query).all()


def identity_of(
    session: Session, study: Study, person: Participant, *, with_identity: bool
) -> dict[str, Any] | None:
    """What is kept of who a person is at the recruiter, and until when; None: nothing is."""
    identity = session.get(Identity, person.id)
    if identity is None:
        return None
    days = identities_days(study)
    last = person.ended_at or person.created_at
    kept = {
        "recruiter": identity.recruiter,
        "created_at": iso(identity.created_at),
        "kept_until": iso(last + timedelta(days=days)) if days else None,
    }
    if not with_identity:
        return kept | {"n_parameters": len(identity.parameters)}
    return kept | {"external_id": identity.external_id, "parameters": identity.parameters}


def consent_of(session: Session, person: Participant) -> list[dict[str, Any]]:
    """What a person agreed to, in its words."""
    rows = session.execute(
        select(Consent, ConsentDocument)
        .join(ConsentDocument, ConsentDocument.id == Consent.consent_document_id)
        .where(Consent.participant_id == person.id)
        .order_by(Consent.id)
    )
    return [
        columns_of(consent) | {"sha256": document.sha256, "text": document.text}
        for consent, document in rows
    ]


def run_of(session: Session, run: Run) -> dict[str, Any]:
    """A run with everything that hangs on it; images by their names."""
    found = columns_of(run)
    for name, table in OF_RUN.items():
        order = list(table.__table__.primary_key.columns)
        rows = session.scalars(select(table).where(table.run_id == run.id).order_by(*order))
        found[name] = [columns_of(row) for row in rows]
    images = session.scalars(
        select(Image.image_id)
        .join(Trial, Trial.image_id == Image.id)
        .where(Trial.run_id == run.id)
        .order_by(Trial.position)
    )
    for trial, image in zip(found["trials"], images, strict=True):
        trial["image"] = image
    return found


def other_participations(session: Session, person: Participant) -> int:
    """In how many related studies the same person is known to have taken part."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Participant)
            .where(Participant.person == person.person, Participant.id != person.id)
        )
        or 0
    )
