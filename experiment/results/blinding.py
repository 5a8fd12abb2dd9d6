"""Blinding: nobody sees what people remember, or how a model does, before a study is closed.

One rule for pages, the report and the API. Hidden are scores of people and of models, and whatever
is made of them: rates, galleries by score, consistency, comparisons with models, the report.
Counts of people, coverage, drop-out and timing stay visible, and so do exports, which are recorded.
Every look at scores while a study takes people is recorded, blinded or not.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.database import Database
from experiment.errors import ConflictError, ForbiddenError
from experiment.models import AuditEntry, Study

ONE_LOOK = timedelta(minutes=15)  # a page that is looked at again within this time is the same look
HIDDEN = (
    "This study is blinded: scores, consistency, models and the report are hidden until it closes. "
    "An owner can end the blinding earlier, which is recorded."
)

Look = Literal["scores.seen", "models.seen"]


class BlindedError(ForbiddenError):
    """Scores of this study are hidden until it closes."""

    code = "blinded"


def is_hidden(study: Study) -> bool:
    """Whether scores and models of a study are hidden now, from everybody."""
    return study.is_blinded and study.state != "closed"


def refuse_hidden(study: Study) -> None:
    """Refuse to show scores or models.

    Raises
    ------
    BlindedError
        While the study is blinded and not closed.
    """
    if is_hidden(study):
        raise BlindedError(HIDDEN)


def set_blinded(session: Session, study: Study, *, is_blinded: bool, by: Actor) -> None:
    """Hide scores until the study closes, or show them again; recorded with the study's state.

    Raises
    ------
    ConflictError
        If the study is closed: it hides nothing any more.
    """
    if study.is_blinded == is_blinded:
        return
    if is_blinded and study.state == "closed":
        raise ConflictError(f"{study.slug} is closed: blinding would hide nothing")
    action = "blinding.begun" if is_blinded else "blinding.ended"
    record(session, action, by, study, state=study.state)
    study.is_blinded = is_blinded
    session.flush()


def note_look(database: Database, study: Study, by: Actor, look: Look, page: str) -> None:
    """Record that somebody looks at scores or models while the study takes people.

    At most once per person and page in a quarter of an hour. Guests are not told apart, and a page
    that hides its scores is not to be noted.
    """
    if study.state not in ("open", "paused"):
        return
    with database.read() as session:
        if is_noted(session, study, by, look, page):
            return
    with database.write() as session:
        if not is_noted(session, study, by, look, page):
            record(session, look, by, session.get_one(Study, study.id), page=page)


def is_noted(session: Session, study: Study, by: Actor, look: Look, page: str) -> bool:
    """Whether the record has this look already."""
    recent = select(AuditEntry.detail).where(
        AuditEntry.study_id == study.id,
        AuditEntry.action == look,
        AuditEntry.who == by.who,
        AuditEntry.at > datetime.now(UTC) - ONE_LOOK,
    )
    return any(detail.get("page") == page for detail in session.scalars(recent))
