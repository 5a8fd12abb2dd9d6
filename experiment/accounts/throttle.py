"""How often somebody may try: per account from the record, and per client in each worker's memory.

No address of a computer is kept anywhere: a client is known by a hash under a key that each process
draws for itself.
"""

import hashlib
import hmac
import logging
import math
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.accounts.researchers import clean_email
from experiment.current import instance
from experiment.database import Database
from experiment.errors import InvalidError, TooManyRequestsError
from experiment.models import AuditEntry, Researcher

MOST_WRONG = 10  # passwords for one account, within
WINDOW = timedelta(minutes=15)
# What one client may ask of one worker. Thousands of photographs are uploaded over the API.
API, API_LIMIT = "researcher_api", "3000/minute"
LIMITS = {
    "accounts.send_sign_in": "20/minute;200/hour",
    "accounts.send_password": "20/minute;200/hour",
    "accounts.send_account": "30/minute",
    "researcher_api.put_password": "20/minute;200/hour",
}

PROCESS_KEY = secrets.token_bytes(32)


def count_attempt(
    database: Database, email: str, action: str = "sign_in.failed"
) -> tuple[int, Researcher | None]:
    """Note that somebody is about to try a password for an address, whether it has an account or
    not: the entry of the record, which says for now that it failed, and the researcher.

    Raises
    ------
    TooManyRequestsError
        If too many have failed lately.
    """
    with database.write() as session:
        researcher = researcher_with(session, email)
        by = Actor("page", researcher)
        name = by.who if researcher is not None else nobody(email)
        wait = seconds_to_wait(session, name, datetime.now(UTC))
        if wait:
            raise TooManyRequestsError(
                f"too many wrong passwords for this address; try again in {-(-wait // 60)} minutes",
                wait,
            )
        entry = record(session, action, by)
        entry.who = name
        session.flush()
        return entry.id, researcher


def researcher_with(session: Session, email: str) -> Researcher | None:
    """The researcher with this address, if there is one and it is an address."""
    try:
        cleaned = clean_email(email)
    except InvalidError:
        return None
    return session.scalar(select(Researcher).where(Researcher.email == cleaned))


def nobody(email: str) -> str:
    """What the record calls an address without an account: somebody may have typed their password
    into that field, so it is not kept itself."""
    key = instance().settings.secret_key.encode()
    digest = hmac.new(
        key, email.strip().casefold().encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()
    return f"unknown address {digest[:12]}"


def seconds_to_wait(session: Session, who: str, now: datetime) -> int:
    """For how long no further password of theirs is checked; 0 if one may be tried now."""
    since = now - WINDOW
    mine = select(AuditEntry.at).where(AuditEntry.who == who, AuditEntry.at > since)
    last_right = session.scalar(
        select(func.max(AuditEntry.at)).where(
            AuditEntry.who == who,
            AuditEntry.action.in_(("sign_in.done", "password.chosen")),
            AuditEntry.at > since,
        )
    )
    wrong = mine.where(AuditEntry.action.in_(("sign_in.failed", "password.refused")))
    if last_right is not None:
        wrong = wrong.where(AuditEntry.at > last_right)
    failures = session.scalars(wrong.order_by(AuditEntry.at.desc()).limit(MOST_WRONG)).all()
    if len(failures) < MOST_WRONG:
        return 0
    return max(1, math.ceil((failures[-1] + WINDOW - now).total_seconds()))


def tell_attempt(session: Session, entry_id: int, action: str) -> None:
    """Say in the record how an attempt ended after all."""
    session.get_one(AuditEntry, entry_id).action = action


def add_limits(app: Flask) -> None:
    """Limit how fast one client may ask; 429 with `Retry-After` beyond that."""
    limiter = Limiter(client, app=app, storage_uri="memory://")
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)  # the app logs each refusal itself
    limiter.limit(API_LIMIT)(app.blueprints[API])  # type: ignore[call-overload] # a Blueprint of Flask's sansio
    for endpoint, limit in LIMITS.items():
        app.view_functions[endpoint] = limiter.limit(limit)(app.view_functions[endpoint])  # type: ignore[assignment] # the same view

    @app.errorhandler(RateLimitExceeded)
    def refuse(error: RateLimitExceeded) -> Any:  # noqa: ARG001 (Flask's signature)
        reached = limiter.current_limit
        wait = 60 if reached is None else max(1, reached.reset_at - int(time.time()))
        return app.handle_user_exception(
            TooManyRequestsError(f"that was too fast; wait {wait} seconds and try again", wait)
        )


def client() -> str:
    """Who asks, for as long as this process lives."""
    whence = (request.remote_addr or "").encode()
    return hmac.new(PROCESS_KEY, whence, hashlib.sha256).hexdigest()
