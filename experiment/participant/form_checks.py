"""Checks of forms that no person notices: a field that only programs fill in, and the time on a
page. They raise flags for the researcher, and never stop anybody."""

import time
from datetime import UTC, datetime
from typing import Any

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from experiment.current import instance
from experiment.inserts import insert_ignoring
from experiment.models import Flag, Participant

# Nobody reads so fast; people read 200 to 300 words a minute (Brysbaert 2019: 238 on average).
FASTEST_WORDS_PER_MINUTE = 1000
TRAP = "website"  # the field that no person sees
LONGEST_KEPT = 200  # characters of what a program wrote into it


def form_stamp() -> str:
    """The hidden field that says when this page was opened, signed; a page that comes back with an
    error keeps the first one."""
    given = request.form.get("stamp", "")
    return given if opened_at(given) is not None else signer().dumps(round(time.time(), 1))


def opened_at(stamp: str) -> float | None:
    """When the page was opened, in seconds; None if the stamp is not ours."""
    try:
        value = signer().loads(stamp)
    except BadSignature:
        return None
    return value if isinstance(value, float) else None


def signer() -> Any:
    """What signs the stamps of this instance."""
    return URLSafeSerializer(instance().settings.secret_key, salt="form-stamp")


def raise_form_flags(session: Session, participant: Participant, words: int = 0) -> None:
    """Flag a posted form that a program seems to have filled in: `honeypot` if the hidden field has
    something in it, `fast_reading` if `words` were read faster than anybody reads."""
    if trapped := request.form.get(TRAP, ""):
        raise_flag(session, participant, "honeypot", {"text": trapped[:LONGEST_KEPT]})
    opened = opened_at(request.form.get("stamp", ""))
    if opened is not None:
        seconds = round(max(time.time() - opened, 0), 1)
        is_too_fast = words > FASTEST_WORDS_PER_MINUTE * seconds / 60
        if is_too_fast and not participant.is_simulated:  # for whom time is virtual
            raise_flag(session, participant, "fast_reading", {"words": words, "seconds": seconds})


def raise_flag(
    session: Session, participant: Participant, kind: str, detail: dict[str, Any]
) -> None:
    """Keep a flag of the pages around the game; the first of a kind stays."""
    page = request.endpoint or ""
    flag = {
        "participant_id": participant.id,
        "run_number": 0,
        "kind": kind,
        "detail": {"page": page.partition(".")[2], **detail},
        "raised_at": datetime.now(UTC),
    }
    insert_ignoring(session, Flag, ("participant_id", "run_number", "kind"), [flag])
