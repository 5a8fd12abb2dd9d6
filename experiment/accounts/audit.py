"""The record: who saw, exported, changed or deleted what."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.models import AuditEntry, Study

# Every action, as the page of the record says it.
ACTIONS = {
    "export.deleted": "deleted an export",
    "export.downloaded": "downloaded an export",
    "export.made": "exported the data",
    "job.started": "started a job",
    "job.stopped": "stopped a job",
}


def record(
    session: Session, action: str, by: Actor, study: Study | None = None, **detail: Any
) -> None:
    """Keep that somebody did something; in the transaction that does it.

    `detail` holds numbers and names of things, never a recruiter's id, a code or a password.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not in ACTIONS")
    session.add(
        AuditEntry(
            at=datetime.now(UTC),
            researcher_id=None if by.researcher is None else by.researcher.id,
            who=by.who,
            via=by.via,
            study_id=None if study is None else study.id,
            study=None if study is None else study.slug,
            action=action,
            detail=detail if by.token is None else detail | {"token": by.token},
        )
    )
    session.flush()
