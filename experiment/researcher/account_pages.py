"""Pages of one's own account: name, password, tokens, sessions."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from experiment.access import access, asking
from experiment.accounts.audit import record
from experiment.accounts.own_tokens import add_token, revoke, tokens_of
from experiment.accounts.passwords import LONGEST, SHORTEST
from experiment.accounts.researchers import end_sessions, find_researcher, rename
from experiment.accounts.sessions import begin_session
from experiment.accounts.sign_in import change_password
from experiment.current import instance
from experiment.errors import ExperimentError, InvalidError, NotSignedInError
from experiment.models import Researcher
from experiment.researcher.accounts import accounts, with_wait

# What a token may be allowed, as the page says it.
SCOPES = {
    "read": "look at studies, results and jobs",
    "write": "make and change studies and image sets, start and stop jobs",
    "export": "take data out",
    "people": "see participants one by one; exclude, pay and withdraw them",
    "admin": "your account and tokens, members, the record; for administrators also researchers",
}
LIFETIMES = {"30": "30 days", "90": "90 days", "365": "a year", "": "until it is revoked"}


def me() -> Researcher:
    """Who has signed in."""
    researcher = asking().researcher
    if researcher is None:
        raise NotSignedInError("sign in first")
    return researcher


def account_page(**shown: Any) -> str:
    """The page, with what an act has to show."""
    with instance().database.read() as db:
        researcher = find_researcher(db, me().id)
        tokens = tokens_of(db, researcher)
    return render_template(
        "researcher/account.html",
        researcher=researcher,
        tokens=tokens,
        scopes=SCOPES,
        lifetimes=LIFETIMES,
        shortest=SHORTEST,
        longest=LONGEST,
        given=request.form,
        chosen=request.form.getlist("scope") or ["read"],
        **shown,
    )


@accounts.get("/account")
@access("researcher")
def account() -> ResponseReturnValue:
    """One's own account."""
    return account_page()


@accounts.post("/account/name")
@access("researcher", "admin")
def change_name() -> ResponseReturnValue:
    """Take another name."""
    try:
        with instance().database.write() as db:
            rename(db, asking(), find_researcher(db, me().id), request.form.get("name", ""))
    except InvalidError as error:
        return account_page(name_error=error), error.status
    flash("Your name is changed.")
    return redirect(url_for("accounts.account"), 303)


@accounts.post("/account/password")
@access("researcher", "admin")
def send_password() -> ResponseReturnValue:
    """Take another password: every other browser is signed out."""
    new = request.form.get("password", "")
    try:
        if new != request.form.get("again", ""):
            raise InvalidError("the two new passwords differ; type the same one twice")
        changed = change_password(asking(), me(), request.form.get("current", ""), new)
    except ExperimentError as error:
        if error.status >= 500:
            raise
        return with_wait(account_page(password_error=error), error)
    begin_session(changed)
    flash("Your password is changed, and you are signed out in every other browser.")
    return redirect(url_for("accounts.account"), 303)


@accounts.post("/account/sessions/end")
@access("researcher", "admin")
def sign_out_elsewhere() -> ResponseReturnValue:
    """Sign out in every browser but this one."""
    with instance().database.write() as db:
        researcher = find_researcher(db, me().id)
        end_sessions(researcher)
        record(db, "sessions.ended", asking())
    begin_session(researcher)
    flash("You are signed out in every other browser.")
    return redirect(url_for("accounts.account"), 303)


@accounts.post("/account/tokens")
@access("researcher", "admin")
def make_token() -> ResponseReturnValue:
    """Make a token, and show it this once."""
    days = request.form.get("days", "")
    try:
        if days not in LIFETIMES:
            raise InvalidError("how long: choose one of the list")
        with instance().database.write() as db:
            token, secret = add_token(
                db,
                asking(),
                request.form.get("name", ""),
                request.form.getlist("scope"),
                days=int(days) if days else None,
            )
    except InvalidError as error:
        return account_page(token_error=error), error.status
    return account_page(new_token=token, secret=secret), 201


@accounts.post("/account/tokens/<token:api_token>/revoke")
@access("researcher", "admin")
def revoke_token(api_token: str) -> ResponseReturnValue:
    """Let a token be used no more."""
    with instance().database.write() as db:
        token = revoke(db, asking(), api_token)
    flash(f"The token “{token.name}” can be used no more.")
    return redirect(url_for("accounts.account"), 303)
