"""Pages of accounts: signing in, one's own account, researchers, members of a study, the record."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from experiment.access import access, guard

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
    return render_template("researcher/layout.html")
