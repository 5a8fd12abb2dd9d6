"""Who belongs to a study, and as what."""

from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.accounts.researchers import researcher_at
from experiment.errors import ConflictError, InvalidError, NotFoundError
from experiment.models import ROLES, Membership, Researcher, Study

Role = Literal["viewer", "editor", "owner"]


def members_of(session: Session, study: Study) -> list[Membership]:
    """Everybody in a study, owners first."""
    found = session.scalars(
        select(Membership)
        .join(Researcher)
        .where(Membership.study_id == study.id)
        .options(joinedload(Membership.researcher))
        .order_by(Researcher.email)
    )
    return sorted(found, key=lambda member: -ROLES.index(member.role))


def find_member(session: Session, study: Study, researcher_id: int) -> Membership:
    """A member of a study, or NotFoundError."""
    member = session.get(Membership, (study.id, researcher_id))
    if member is None:
        raise NotFoundError(f"{study.slug} has no such member")
    return member


def add_member(session: Session, by: Actor, study: Study, email: str, role: str) -> Membership:
    """Let a researcher into a study.

    Raises
    ------
    NotFoundError
        If nobody has this address.
    ConflictError
        If they are a member already, or may not sign in.
    """
    check_role_name(role)
    researcher = researcher_at(session, email)
    if researcher.disabled_at is not None:
        raise ConflictError(f"{researcher.email} may not sign in; an administrator can change that")
    if session.get(Membership, (study.id, researcher.id)) is not None:
        raise ConflictError(f"{researcher.email} is a member already; change their role instead")
    return let_in(session, by, study, researcher, role)


def let_in(
    session: Session, by: Actor, study: Study, researcher: Researcher, role: str
) -> Membership:
    """Make a researcher a member who is none; whoever makes a study becomes its owner by this."""
    member = Membership(
        study_id=study.id, researcher_id=researcher.id, role=role, created_at=datetime.now(UTC)
    )
    session.add(member)
    session.flush()
    record(session, "member.added", by, study, researcher=researcher.email, role=role)
    return member


def change_role(session: Session, by: Actor, study: Study, member: Membership, role: str) -> None:
    """Give a member another role.

    Raises
    ------
    ConflictError
        If the study would have no owner.
    """
    check_role_name(role)
    if role == member.role:
        return
    keep_an_owner(session, by, study, member)
    member.role = role
    record(session, "member.changed", by, study, researcher=member.researcher.email, role=role)


def remove_member(session: Session, by: Actor, study: Study, member: Membership) -> None:
    """Let a member in no more.

    Raises
    ------
    ConflictError
        If the study would have no owner.
    """
    keep_an_owner(session, by, study, member)
    record(session, "member.removed", by, study, researcher=member.researcher.email)
    session.delete(member)
    session.flush()


def share(session: Session, by: Actor, study: Study, email: str, role: str) -> None:
    """Give a researcher this role in a study, whether they are a member or not."""
    member = session.get(Membership, (study.id, researcher_at(session, email).id))
    if member is None:
        add_member(session, by, study, email, role)
    else:
        change_role(session, by, study, member, role)


def keep_an_owner(session: Session, by: Actor, study: Study, leaving: Membership) -> None:
    """Refuse to take a study's last owner away; administrators and commands may."""
    if leaving.role != "owner" or by.researcher is None or by.researcher.is_admin:
        return
    # Two owners who leave at the same time wait for each other here.
    session.scalar(select(Study.id).where(Study.id == study.id).with_for_update())
    n_owners = session.scalar(
        select(func.count())
        .select_from(Membership)
        .where(Membership.study_id == study.id, Membership.role == "owner")
    )
    if n_owners == 1:
        raise ConflictError(
            f"{leaving.researcher.email} is the only owner of {study.slug}; make somebody else "
            "owner first"
        )


def check_role_name(role: str) -> None:
    """Refuse what is no role."""
    if role not in ROLES:
        raise InvalidError(f"role: {role!r} is none; choose one of {', '.join(ROLES)}")
