"""The verbs of one's own tokens: list, make, revoke."""

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.accounts.tokens import token_sha256
from experiment.errors import ForbiddenError, InvalidError, NotFoundError, NotSignedInError
from experiment.models import SCOPES, ApiToken, Researcher

PREFIX = "hitrate_"  # programs that look for secrets in published code know it by this
LONGEST_NAME = 100
MOST_DAYS = 3650


def tokens_of(session: Session, researcher: Researcher) -> list[ApiToken]:
    """A researcher's tokens that are not revoked, the newest first."""
    return list(
        session.scalars(
            select(ApiToken)
            .where(ApiToken.researcher_id == researcher.id, ApiToken.revoked_at.is_(None))
            .order_by(ApiToken.id.desc())
        )
    )


def add_token(
    session: Session,
    by: Actor,
    name: str,
    scopes: Collection[str],
    *,
    days: int | None = None,
    may_give: Collection[str] = SCOPES,
) -> tuple[ApiToken, str]:
    """A new token, and the secret that is shown this once.

    Parameters
    ----------
    days
        For how long it can be used; None without end.
    may_give
        The scopes of whoever asks: a token makes none that may more than itself.

    Raises
    ------
    InvalidError
        If the name, a scope or the days cannot be.
    ForbiddenError
        If a scope is asked for that whoever asks does not have.
    """
    label = " ".join(name.split())
    if not label or len(label) > LONGEST_NAME or not label.isprintable():
        raise InvalidError(f"name: say what the token is for, in 1 to {LONGEST_NAME} characters")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidError(f"scopes: choose at least one of {', '.join(SCOPES)}")
    if not set(scopes) <= set(may_give):
        raise ForbiddenError("a token can make only tokens with scopes that it has itself")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InvalidError(f"days: write a whole number from 1 to {MOST_DAYS}, or nothing")
    secret = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    token = ApiToken(
        public_id=secrets.token_urlsafe(9),
        researcher_id=owner_of(by).id,
        name=label,
        token_sha256=token_sha256(secret),
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    record(session, "token.made", by, made=token.public_id, scopes=token.scopes)
    return token, secret


def revoke(session: Session, by: Actor, public_id: str) -> ApiToken:
    """Let one of one's own tokens be used no more; NotFoundError if one has no such."""
    token = session.scalar(
        select(ApiToken).where(
            ApiToken.public_id == public_id,
            ApiToken.researcher_id == owner_of(by).id,
            ApiToken.revoked_at.is_(None),
        )
    )
    if token is None:
        raise NotFoundError("you have no such token; it may have been revoked before")
    token.revoked_at = datetime.now(UTC)
    record(session, "token.revoked", by, revoked=token.public_id)
    return token


def owner_of(by: Actor) -> Researcher:
    """Whose tokens are meant: nobody has any but their own."""
    if by.researcher is None:
        raise NotSignedInError("sign in first")
    return by.researcher
