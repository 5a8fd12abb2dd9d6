"""What is shown of researchers: how their account stands, their studies, when they were here."""

from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.models import AuditEntry, Membership, Researcher, Study

AccountState = Literal["active", "invited", "disabled"]


def account_state(researcher: Researcher) -> AccountState:
    """Whether somebody can sign in, has to open their link first, or may not."""
    if researcher.disabled_at is not None:
        return "disabled"
    return "invited" if researcher.password_hash is None else "active"


def last_sign_ins(session: Session) -> dict[int, datetime]:
    """When each researcher signed in last, by id."""
    query = (
        select(AuditEntry.researcher_id, func.max(AuditEntry.at))
        .where(AuditEntry.action == "sign_in.done")
        .group_by(AuditEntry.researcher_id)
    )
    return {row[0]: row[1] for row in session.execute(query) if row[0] is not None}


def studies_of(session: Session, researcher: Researcher) -> list[tuple[Study, str]]:
    """The studies that somebody is a member of, and as what."""
    query = (
        select(Study, Membership.role)
        .join(Membership, Membership.study_id == Study.id)
        .where(Membership.researcher_id == researcher.id)
        .order_by(Study.slug)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
