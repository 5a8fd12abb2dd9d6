"""Tokens with which a program acts for a researcher: shown once, kept as a hash."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from experiment.database import Database
from experiment.models import ApiToken, Researcher

USED_TO = timedelta(minutes=1)  # how exactly it is kept when a token was last used


def find_token(database: Database, given: str) -> ApiToken | None:
    """The token that was given, with its researcher; None if it is none that may be used now. When
    it was last used is kept."""
    now = datetime.now(UTC)
    with database.read() as session:
        token = session.scalar(
            select(ApiToken)
            .join(Researcher)
            .options(joinedload(ApiToken.researcher))
            .where(
                ApiToken.token_sha256 == token_sha256(given),
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at.is_(None) | (ApiToken.expires_at > now),
                Researcher.disabled_at.is_(None),
            )
        )
    if token is not None and (token.last_used_at is None or now - token.last_used_at > USED_TO):
        with database.write() as session:
            session.execute(
                update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now)
            )
    return token


def token_sha256(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
