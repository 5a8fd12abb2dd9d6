"""Who runs studies, what they may do in which, how they sign in, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from experiment.models.base import Base, one_of
from experiment.models.studies import Study

# What a researcher may do in a study; each may do what those before may.
ROLES = ("viewer", "editor", "owner")
# What a token may be allowed.
SCOPES = ("read", "write", "export", "people", "admin")


class Researcher(Base):
    """Somebody who signs in."""

    __tablename__ = "researcher"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # in small letters
    name: Mapped[str]
    password_hash: Mapped[str | None]  # argon2id; NULL until they choose one
    session_key: Mapped[str]  # random, in the cookie; another one ends every session
    is_admin: Mapped[bool]  # may add and remove researchers, and is an owner of every study
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]  # signs in no more


class AccountLink(Base):
    """A link that opens once, to choose a password with."""

    __tablename__ = "account_link"
    __table_args__ = (
        one_of("purpose", "first", "invitation", "reset"),
        UniqueConstraint("token_sha256"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str]
    purpose: Mapped[str]
    researcher_id: Mapped[int | None] = mapped_column(  # NULL: whoever opens the first account
        ForeignKey("researcher.id", ondelete="CASCADE")
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Membership(Base):
    """A researcher's role in a study."""

    __tablename__ = "membership"
    __table_args__ = (one_of("role", *ROLES),)
    study_id: Mapped[int] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    researcher_id: Mapped[int] = mapped_column(
        ForeignKey("researcher.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str]
    created_at: Mapped[datetime]
    researcher: Mapped[Researcher] = relationship()
    study: Mapped[Study] = relationship()


class ApiToken(Base):
    """A key with which a program acts for a researcher; shown once, kept as a hash."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    researcher_id: Mapped[int] = mapped_column(
        ForeignKey("researcher.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    token_sha256: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]  # some of SCOPES
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]  # to the minute
    revoked_at: Mapped[datetime | None]
    researcher: Mapped[Researcher] = relationship()


class AuditEntry(Base):
    """Who saw, exported, changed or deleted what; outlives the researcher and the study."""

    __tablename__ = "audit_entry"
    __table_args__ = (one_of("via", "page", "api", "command", "server"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    researcher_id: Mapped[int | None] = mapped_column(
        ForeignKey("researcher.id", ondelete="SET NULL"), index=True
    )
    who: Mapped[str]  # their address then; "command" or "server" where nobody was signed in
    via: Mapped[str]
    study_id: Mapped[int | None] = mapped_column(
        ForeignKey("study.id", ondelete="SET NULL"), index=True
    )
    study: Mapped[str | None]  # its slug then
    action: Mapped[str] = mapped_column(index=True)  # such as "export.made"
    detail: Mapped[dict[str, Any]]  # never a recruiter's id, a code or a password
