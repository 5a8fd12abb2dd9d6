"""What the cookie holds of a researcher who has signed in.

Flask-Login keeps their session key in it; `seen_at` beside it ends a session that nobody has used
for twelve hours. The cookie's other parts are participants' and stay.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user
from sqlalchemy import select

from experiment.current import instance
from experiment.models import Researcher

IDLE = timedelta(hours=12)
SEEN_TO = timedelta(minutes=10)  # how exactly the cookie says when somebody was last here
# What of the cookie is no participant's: gone after signing out, new after signing in.
OURS = ("seen_at", "form_token", "results", "_flashes", "_id")


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
    manager.session_protection = None
    manager._session_identifier_generator = lambda: None  # it would keep a hash of the address

    @manager.user_loader  # type: ignore[untyped-decorator] # Flask-Login has no types
    def load(session_key: str) -> SignedIn | None:
        if time.time() - session.get("seen_at", 0) > IDLE.total_seconds():
            return None
        with instance().database.read() as db:
            researcher = db.scalar(
                select(Researcher).where(
                    Researcher.session_key == session_key, Researcher.disabled_at.is_(None)
                )
            )
        return None if researcher is None else SignedIn(researcher)


def begin_session(researcher: Researcher) -> None:
    """Sign a researcher in, in this browser: every form that was open before is void."""
    session.pop("form_token", None)
    login_user(SignedIn(researcher))
    del session["_id"]  # Flask-Login's, for a protection that is not used
    session["seen_at"] = int(time.time())


def end_session() -> None:
    """Sign out in this browser; what a participant's game keeps in the cookie stays."""
    logout_user()
    for name in OURS:
        session.pop(name, None)


def note_presence() -> None:
    """Keep in the cookie that somebody is here: a page that asks by itself again and again, such as
    one with live results, does not count."""
    is_by_itself = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") not in (
        None,
        "navigate",
    )
    now = int(time.time())
    if not is_by_itself and now - session["seen_at"] > SEEN_TO.total_seconds():
        session["seen_at"] = now
