"""Flask-Login's view of a researcher: who this browser's cookie says is signed in."""

from dataclasses import dataclass

from flask import Flask
from flask_login import LoginManager, UserMixin
from sqlalchemy import select

from experiment.current import instance
from experiment.models import Researcher


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):  # type: ignore[misc] # Flask-Login has no types
    """A researcher who has signed in."""

    researcher: Researcher

    def get_id(self) -> str:
        """What the cookie holds: another password makes another key, which ends every session."""
        return self.researcher.session_key


def add_login(app: Flask) -> None:
    """Let Flask-Login find researchers by the key in their cookie."""
    manager = LoginManager(app)
    manager.session_protection = None  # it would keep a hash of the address

    @manager.user_loader  # type: ignore[untyped-decorator] # Flask-Login has no types
    def load(session_key: str) -> SignedIn | None:
        with instance().database.read() as db:
            researcher = db.scalar(
                select(Researcher).where(
                    Researcher.session_key == session_key, Researcher.disabled_at.is_(None)
                )
            )
        return None if researcher is None else SignedIn(researcher)
