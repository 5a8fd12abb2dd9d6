"""Links that open once, to choose a password with: the first account, an invitation, a reset.

Only a hash is kept. Another link of the same purpose makes the earlier ones void, and so does a
password that was chosen.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.accounts.researchers import add_researcher, choose_password, nobody_yet
from experiment.accounts.tokens import token_sha256
from experiment.errors import ExperimentError
from experiment.models import AccountLink, Researcher
from experiment.settings import Settings

Purpose = Literal["first", "invitation", "reset"]
LIVES = {
    "first": timedelta(hours=24),
    "invitation": timedelta(days=7),
    "reset": timedelta(hours=24),
}


class AccountLinkError(ExperimentError):
    """A link to an account was used before, is too old, or never was one."""

    status = 410
    code = "account_link_used"


def add_link(session: Session, researcher: Researcher | None, purpose: Purpose) -> str:
    """A new link's secret; None makes the first account."""
    void_links(session, researcher)
    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    session.add(
        AccountLink(
            token_sha256=token_sha256(token),
            purpose=purpose,
            researcher_id=None if researcher is None else researcher.id,
            created_at=now,
            expires_at=now + LIVES[purpose],
        )
    )
    session.flush()
    return token


def void_links(session: Session, researcher: Researcher | None) -> None:
    """Make every link of a researcher (None: to the first account) open nothing."""
    whose = AccountLink.researcher_id
    session.execute(
        update(AccountLink)
        .where(
            whose.is_(None) if researcher is None else whose == researcher.id,
            AccountLink.used_at.is_(None),
        )
        .values(used_at=datetime.now(UTC))
    )


def link_for(session: Session, by: Actor, researcher: Researcher) -> tuple[str, Purpose]:
    """A link for a researcher: an invitation until they have a password, then a reset."""
    purpose: Purpose = "invitation" if researcher.password_hash is None else "reset"
    token = add_link(session, researcher, purpose)
    record(session, "link.made", by, researcher=researcher.email, purpose=purpose)
    return token, purpose


def first_link(session: Session) -> str | None:
    """A link to the first account; None where somebody has an account."""
    return add_link(session, None, "first") if nobody_yet(session) else None


def address_of(settings: Settings, token: str) -> str:
    """The whole address of a link."""
    return f"{settings.public_url}/open-account/{token}"


def find_link(
    session: Session, token: str, *, to_use: bool = False
) -> tuple[AccountLink, Researcher | None]:
    """A link that opens something now, and whose account it is; locked if it is to be used.

    Raises
    ------
    AccountLinkError
        If it was used, is too old, never was one, or leads to an account that may not be used.
    """
    query = select(AccountLink).where(AccountLink.token_sha256 == token_sha256(token))
    link = session.scalar(query.with_for_update() if to_use else query)
    refusal = AccountLinkError(
        "this link has been used, or is too old; ask an administrator for another one, or on the "
        "server: hitrate researcher reset EMAIL"
    )
    if link is None or link.used_at is not None or link.expires_at <= datetime.now(UTC):
        raise refusal
    if link.researcher_id is None:
        if not nobody_yet(session):
            raise refusal
        return link, None
    researcher = session.get_one(Researcher, link.researcher_id)
    if researcher.disabled_at is not None:
        raise refusal
    return link, researcher


def open_account(
    session: Session, token: str, password: str, *, email: str = "", name: str = ""
) -> Researcher:
    """Use a link up: choose the password of its account, or make the first account.

    Raises
    ------
    AccountLinkError
        If the link opens nothing now.
    InvalidError
        If the password would be guessed, or the first account's address or name is none.
    """
    link, researcher = find_link(session, token, to_use=True)
    if researcher is None:
        researcher = add_researcher(session, Actor("page"), email, name=name, is_admin=True)
    choose_password(session, Actor("page", researcher), researcher, password)
    link.used_at = datetime.now(UTC)
    void_links(session, None)
    void_links(session, researcher)
    return researcher
