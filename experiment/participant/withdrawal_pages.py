"""Withdrawal: with the code, or with one button for who has declined, everything is deleted."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from experiment import withdrawal
from experiment.current import instance
from experiment.errors import TooManyRequestsError
from experiment.participant.pace import Pace
from experiment.participant.views import find_participant, here, participant, text_of
from experiment.security import check_form

withdrawals = Blueprint("withdrawals", __name__)

# Codes are tried slowly: by one browser, and by all together. Nothing is kept of who tries.
OF_BROWSER = Pace(burst=10, per_second=0.1)
OF_ALL = Pace(burst=300, per_second=20)


@withdrawals.get("/withdraw")
@participant.get("/withdraw")
def enter_code() -> ResponseReturnValue:
    """A form for the code."""
    return render_template("participant/withdraw.html", code="", error=None)


@withdrawals.post("/withdraw")
@participant.post("/withdraw")
def use_code() -> ResponseReturnValue:
    """Show what the code would delete; with the second button, delete it."""
    check_form()
    code = request.form.get("code", "")[:100]
    try:
        OF_BROWSER.count(session["form_token"])
        OF_ALL.count("all")
    except TooManyRequestsError as refusal:
        error = _("That was too fast. Please wait a minute, and try again.")
        return render_template("participant/withdraw.html", code=code, error=error), refusal.status
    with instance().database.write() as db:
        person = withdrawal.find_by_code(db, code)
        if person is None:
            error = _(
                "There are no data with this code. Perhaps a letter is wrong, "
                "or they are deleted already."
            )
            return render_template("participant/withdraw.html", code=code, error=error), 404
        if request.form.get("confirm") != "yes":
            return render_template(
                "participant/withdraw_confirm.html",
                code=code,
                title=person.study.title,
                began_at=person.created_at,
                held=withdrawal.holdings(db, person),
            )
        public_id = person.public_id
        withdrawal.withdraw(db, person, instance().settings.withdrawals)
    forget(public_id)
    return redirect(url_for(".withdrawn", **study_address()), 303)


@participant.post("/withdraw/mine")
def withdraw_mine() -> ResponseReturnValue:
    """The button of who has declined: delete what is stored of this browser's participant."""
    check_form()
    with instance().database.write() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        public_id = person.public_id
        withdrawal.withdraw(db, person, instance().settings.withdrawals)
    forget(public_id)
    return here("withdrawn")


@withdrawals.get("/withdrawn")
@participant.get("/withdrawn")
def withdrawn() -> ResponseReturnValue:
    """Everything is deleted."""
    return render_template("participant/withdrawn.html")


def forget(public_id: str) -> None:
    """Take a participant out of this browser's cookie."""
    known: Mapping[str, str] = session.get("participants", {})
    session["participants"] = {place: who for place, who in known.items() if who != public_id}


def study_address() -> dict[str, Any]:
    """The slug, on a page of a study."""
    return {"slug": g.study.slug} if "study" in g else {}


@withdrawals.context_processor
@participant.context_processor
def last_words() -> dict[str, Any]:
    """What the last page and the pages of withdrawal may show."""
    return {"own_code": own_code, "debrief": debrief, "study_address": study_address()}


def own_code() -> str | None:
    """The withdrawal code of who sees this page; None where nobody is known."""
    key = instance().settings.secret_key
    with instance().database.read() as db:
        person = find_participant(db)
    if person is None:
        return None
    if withdrawal.has_code(key, person):
        return withdrawal.withdrawal_code(key, person.public_id)
    with instance().database.write() as db:
        return withdrawal.give_code(db, key, db.merge(person))


def debrief() -> str | None:
    """What the study was about as HTML, if it says so."""
    return text_of("debrief") if "debrief" in g.study.definition["texts"] else None
