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
    "backup.made": "made a backup of everything",
    "backup.restored": "restored a backup",
    "images.uploaded": "added photographs to an image set",
    "image_set.deleted": "deleted an image set",
    "job.started": "started a job",
    "job.stopped": "stopped a job",
    "sign_in.done": "signed in",
    "sign_in.failed": "failed to sign in",
    "password.chosen": "chose a password",
    "password.refused": "did not know the current password",
    "sessions.ended": "signed out in every browser",
    "researcher.added": "added a researcher",
    "researcher.renamed": "renamed a researcher",
    "researcher.made_admin": "made a researcher administrator",
    "researcher.no_admin": "made a researcher administrator no longer",
    "researcher.disabled": "let a researcher in no more",
    "researcher.enabled": "let a researcher in again",
    "link.made": "made a link to an account",
    "token.made": "made a token",
    "token.revoked": "revoked a token",
    "member.added": "added a member",
    "member.changed": "changed a member's role",
    "member.removed": "removed a member",
    "record.downloaded": "downloaded the record",
    "blinding.begun": "blinded the study until it closes",
    "blinding.ended": "ended the blinding of the study",
    "scores.seen": "looked at scores while people took part",
    "models.seen": "looked at models while people took part",
    "predictions.imported": "imported predictions of a model",
    "predictions.scored": "scored the images with a model",
    "predictions.deleted": "deleted the predictions of a model",
    "report.written": "wrote the report",
    "exclusion.made": "left data out of the scores",
    "exclusion.undone": "took an exclusion of a researcher's back",
    "exclusion.overruled": "overruled an exclusion of a rule's",
    "exclusion.restored": "left data out again that had been taken back in",
    "held.reported": "made a report of what is held about one person",
    "identity.seen": "looked up who a participant is at the recruiter",
    "identity.erased": "erased who a participant is at the recruiter",
    "identity.expired": "erased the recruiter's ids whose time was over",
    "participant.deleted": "deleted a participant's data",
    "payments.downloaded": "downloaded a list of recruiter's ids to pay",
    "previews.deleted": "deleted the previews",
    "statuses.imported": "read in the recruiter's list of statuses",
    "study.created": "made a study",
    "study.replaced": "made a study anew from its file",
    "study.copied": "copied a study",
    "study.changed": "changed a study",
    "study.deleted": "deleted a study that nobody had played in",
    "study.opened": "opened a study",
    "study.paused": "paused a study",
    "study.closed": "closed a study",
    "study.shared": "made a link to a study's results",
    "study.labels": "made links for people of a lab",
}


def record(
    session: Session, action: str, by: Actor, study: Study | None = None, **detail: Any
) -> AuditEntry:
    """Keep that somebody did something; in the transaction that does it.

    `detail` holds numbers and names of things, never a recruiter's id, a code or a password.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not in ACTIONS")
    entry = AuditEntry(
        at=datetime.now(UTC),
        researcher_id=None if by.researcher is None else by.researcher.id,
        who=by.who,
        via=by.via,
        study_id=None if study is None else study.id,
        study=None if study is None else study.slug,
        action=action,
        detail=detail if by.token is None else detail | {"token": by.token},
    )
    session.add(entry)
    session.flush()
    return entry
