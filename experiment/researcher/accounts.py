"""Pages to get in and out: signing in, signing out, opening an account by a link."""

import re

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from experiment.access import access, asking, guard
from experiment.accounts.links import find_link, open_account
from experiment.accounts.passwords import LONGEST, SHORTEST
from experiment.accounts.researchers import nobody_yet
from experiment.accounts.sessions import begin_session, end_session
from experiment.accounts.sign_in import check_password_of
from experiment.current import instance
from experiment.errors import ExperimentError, InvalidError, TooManyRequestsError

accounts = Blueprint("accounts", __name__)
guard(accounts)


@accounts.get("/")
@access("anyone")
def home() -> ResponseReturnValue:
    """Where a researcher begins."""
    return redirect(url_for("studies.index"), 303)


@accounts.get("/sign-in")
@access("anyone")
def sign_in() -> ResponseReturnValue:
    """The form to sign in with."""
    if asking().researcher is not None:
        return redirect(own_path(request.args.get("next", "")), 303)
    with instance().database.read() as db:
        is_new = nobody_yet(db)
    return render_template("researcher/sign_in.html", is_new=is_new, email="", error=None)


@accounts.post("/sign-in")
@access("anyone")
def send_sign_in() -> ResponseReturnValue:
    """Sign in, and go on to where somebody wanted to."""
    email = request.form.get("email", "")
    try:
        researcher = check_password_of(email, request.form.get("password", ""))
    except ExperimentError as error:
        if error.status >= 500:
            raise
        page = render_template("researcher/sign_in.html", is_new=False, email=email, error=error)
        return with_wait(page, error)
    begin_session(researcher)
    return redirect(own_path(request.args.get("next", "")), 303)


def with_wait(page: str, error: ExperimentError) -> ResponseReturnValue:
    """A page that says what was refused, and to programs for how long."""
    answer = make_response(page, error.status)
    if isinstance(error, TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def own_path(path: str) -> str:
    """A path of this server to go on to; the studies where it is none, or leads elsewhere."""
    is_ours = re.fullmatch(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?", path)
    is_way_in = path.startswith(("/sign-in", "/sign-out"))
    return path if is_ours and not is_way_in else url_for("studies.index")


@accounts.post("/sign-out")
@access("anyone")
def sign_out() -> ResponseReturnValue:
    """Sign out in this browser."""
    end_session()
    return redirect(url_for("accounts.sign_in"), 303)


@accounts.get("/open-account/<token:token>")
@access("anyone")
def offer_account(token: str) -> ResponseReturnValue:
    """The form to choose a password with; looking at it does not use the link up."""
    return account_form(token)


@accounts.post("/open-account/<token:token>")
@access("anyone")
def send_account(token: str) -> ResponseReturnValue:
    """Choose a password; the browser is signed in afterwards."""
    password = request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise InvalidError("the two passwords differ; type the same one twice")
        with instance().database.write() as db:
            researcher = open_account(
                db,
                token,
                password,
                email=request.form.get("email", ""),
                name=request.form.get("name", ""),
            )
    except InvalidError as error:
        return account_form(token, error)
    begin_session(researcher)
    return redirect(url_for("studies.index"), 303)


def account_form(token: str, error: InvalidError | None = None) -> ResponseReturnValue:
    """The form of a link that opens something, with what was wrong."""
    with instance().database.read() as db:
        link, researcher = find_link(db, token)
    page = render_template(
        "researcher/open_account.html",
        purpose=link.purpose,
        researcher=researcher,
        given=request.form,
        error=error,
        shortest=SHORTEST,
        longest=LONGEST,
    )
    return page, 200 if error is None else error.status
