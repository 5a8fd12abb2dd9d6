"""The page of a study's members."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import access, asking, role_in
from experiment.accounts.memberships import (
    add_member,
    change_role,
    find_member,
    members_of,
    remove_member,
)
from experiment.current import instance
from experiment.errors import ConflictError, ExperimentError, InvalidError, NotFoundError
from experiment.models import Study
from experiment.researcher.account_pages import me
from experiment.researcher.accounts import accounts
from experiment.runs import find_study

# What each role may do, as the page says it.
ROLES = {
    "viewer": "sees results and participants, and downloads exports",
    "editor": "also runs the study: edits, opens and closes it, exports, excludes, pays, withdraws",
    "owner": "also says who belongs to it, reads its record and deletes it",
}


def members_page(slug: str, error: ExperimentError | None = None) -> ResponseReturnValue:
    """Who belongs to the study, with what was wrong."""
    with instance().database.read() as db:
        study = find_study(db, slug)
        members = members_of(db, study)
    page = render_template(
        "researcher/members.html",
        study=study,
        members=members,
        roles=ROLES,
        given=request.form,
        error=error,
    )
    return page, 200 if error is None else error.status


@accounts.get("/studies/<slug:slug>/members")
@access("viewer")
def members(slug: str) -> ResponseReturnValue:
    """Who belongs to the study."""
    return members_page(slug)


@accounts.post("/studies/<slug:slug>/members")
@access("owner", "admin")
def send_member(slug: str) -> ResponseReturnValue:
    """Let a researcher into the study."""
    email, role = request.form.get("email", ""), request.form.get("role", "")
    return do_and_return(
        slug, lambda db, study: add_member(db, asking(), study, email, role), "A member is added."
    )


@accounts.post("/studies/<slug:slug>/members/<number:researcher>/role")
@access("owner", "admin")
def change_member(slug: str, researcher: int) -> ResponseReturnValue:
    """Give a member another role."""
    role = request.form.get("role", "")

    def change(db: Session, study: Study) -> None:
        change_role(db, asking(), study, find_member(db, study, researcher), role)

    return do_and_return(slug, change, "The role is changed.")


@accounts.post("/studies/<slug:slug>/members/<number:researcher>/remove")
@access("owner", "admin")
def send_removal(slug: str, researcher: int) -> ResponseReturnValue:
    """Let a member in no more."""

    def remove(db: Session, study: Study) -> None:
        remove_member(db, asking(), study, find_member(db, study, researcher))

    return do_and_return(slug, remove, "The member is removed.")


def do_and_return(
    slug: str, verb: Callable[[Session, Study], object], done: str
) -> ResponseReturnValue:
    """Do something to the members, and go back to them; the page says what came of it."""
    try:
        with instance().database.write() as db:
            verb(db, find_study(db, slug))
    except (InvalidError, ConflictError, NotFoundError) as error:
        return members_page(slug, error)
    flash(done)
    with instance().database.read() as db:
        is_member = role_in(db, me(), slug) is not None
    if not is_member:  # somebody has removed themself
        return redirect(url_for("studies.index"), 303)
    return redirect(url_for("accounts.members", slug=slug), 303)
