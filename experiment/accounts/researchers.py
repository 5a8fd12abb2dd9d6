"""The verbs of researchers: add, rename, disable, make administrator, choose a password."""

import re
import secrets
import unicodedata
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.accounts.passwords import check_password, hash_password
from experiment.errors import ConflictError, InvalidError, NotFoundError
from experiment.models import Researcher

LONGEST_EMAIL = 254  # RFC 5321
LONGEST_NAME = 100


def clean_email(text: str) -> str:
    """An address in small letters.

    Raises
    ------
    InvalidError
        If it cannot be an address.
    """
    email = unicodedata.normalize("NFC", text).strip().casefold()
    if len(email) > LONGEST_EMAIL or not re.fullmatch(r"[^\s@]+@[^\s@]+", email):
        raise InvalidError("email: write one address, such as ada@lab.example")
    if not email.isprintable():
        raise InvalidError("email: it holds characters that cannot be seen; type it in")
    return email


def clean_name(text: str) -> str:
    """A name on one line.

    Raises
    ------
    InvalidError
        If there is none, or it is no name.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidError(f"name: write a name of 1 to {LONGEST_NAME} characters")
    return name


def find_researcher(session: Session, researcher_id: int) -> Researcher:
    """A researcher by id, or NotFoundError."""
    researcher = session.get(Researcher, researcher_id)
    if researcher is None:
        raise NotFoundError("there is no such researcher")
    return researcher


def researcher_at(session: Session, email: str) -> Researcher:
    """A researcher by address, or NotFoundError."""
    cleaned = clean_email(email)
    researcher = session.scalar(select(Researcher).where(Researcher.email == cleaned))
    if researcher is None:
        raise NotFoundError(
            f"there is no researcher {cleaned}; an administrator can add them, or on the server: "
            f"hitrate researcher add {cleaned}"
        )
    return researcher


def all_researchers(session: Session) -> list[Researcher]:
    """Everybody, by address."""
    return list(session.scalars(select(Researcher).order_by(Researcher.email)))


def nobody_yet(session: Session) -> bool:
    """Whether the first account is still to be made."""
    return session.scalar(select(Researcher.id).limit(1)) is None


def add_researcher(
    session: Session, by: Actor, email: str, *, name: str | None = None, is_admin: bool = False
) -> Researcher:
    """Somebody new, who chooses a password by a link.

    Raises
    ------
    ConflictError
        If the address has an account.
    """
    cleaned = clean_email(email)
    if session.scalar(select(Researcher.id).where(Researcher.email == cleaned)) is not None:
        raise ConflictError(f"{cleaned} is a researcher already; a reset link lets them in again")
    researcher = Researcher(
        email=cleaned,
        name=clean_name(name or cleaned.partition("@")[0][:LONGEST_NAME]),
        session_key=secrets.token_urlsafe(32),
        is_admin=is_admin,
        created_at=datetime.now(UTC),
    )
    session.add(researcher)
    session.flush()
    record(session, "researcher.added", by, researcher=cleaned, is_admin=is_admin)
    return researcher


def rename(session: Session, by: Actor, researcher: Researcher, name: str) -> None:
    """Give a researcher another name."""
    cleaned = clean_name(name)
    if cleaned != researcher.name:
        researcher.name = cleaned
        record(session, "researcher.renamed", by, researcher=researcher.email)


def set_admin(session: Session, by: Actor, researcher: Researcher, is_admin: bool) -> None:
    """Make somebody an administrator, or no longer.

    Raises
    ------
    ConflictError
        If nobody would be left who is one.
    """
    if researcher.is_admin == is_admin:
        return
    if not is_admin:
        keep_an_admin(session, researcher)
    researcher.is_admin = is_admin
    action = "researcher.made_admin" if is_admin else "researcher.no_admin"
    record(session, action, by, researcher=researcher.email)


def disable(session: Session, by: Actor, researcher: Researcher) -> None:
    """Let somebody in no more: their sessions end, their tokens and links do nothing.

    Raises
    ------
    ConflictError
        If they are the last administrator.
    """
    if researcher.disabled_at is not None:
        return
    if researcher.is_admin:
        keep_an_admin(session, researcher)
    researcher.disabled_at = datetime.now(UTC)
    end_sessions(researcher)
    record(session, "researcher.disabled", by, researcher=researcher.email)


def enable(session: Session, by: Actor, researcher: Researcher) -> None:
    """Let somebody in again, with the password and the tokens that they had."""
    if researcher.disabled_at is not None:
        researcher.disabled_at = None
        record(session, "researcher.enabled", by, researcher=researcher.email)


def keep_an_admin(session: Session, leaving: Researcher) -> None:
    """Refuse to let the last administrator go; who has no password yet does not replace who has."""
    admins = select(Researcher).where(Researcher.is_admin, Researcher.disabled_at.is_(None))
    # Two who leave at the same time wait for each other here (SQLite has one writer anyway).
    others = [who for who in session.scalars(admins.with_for_update()) if who.id != leaving.id]
    if leaving.password_hash is not None:
        others = [who for who in others if who.password_hash is not None]
    if not others:
        raise ConflictError(
            f"{leaving.email} is the only administrator who can sign in; make somebody else one "
            "first"
        )


def choose_password(session: Session, by: Actor, researcher: Researcher, password: str) -> None:
    """Keep another password, which ends every session.

    Raises
    ------
    InvalidError
        If it would be guessed.
    """
    check_password(password, researcher.email)
    researcher.password_hash = hash_password(password)
    end_sessions(researcher)
    record(session, "password.chosen", by, researcher=researcher.email)


def end_sessions(researcher: Researcher) -> None:
    """Sign a researcher out in every browser."""
    researcher.session_key = secrets.token_urlsafe(32)
