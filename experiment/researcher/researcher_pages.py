"""Pages of administrators: every researcher, and one."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import Actor, access, asking
from experiment.accounts.links import address_of, link_for
from experiment.accounts.people import account_state, last_sign_ins, studies_of
from experiment.accounts.researchers import (
    add_researcher,
    all_researchers,
    disable,
    enable,
    find_researcher,
    rename,
    set_admin,
)
from experiment.current import instance
from experiment.errors import ConflictError, InvalidError
from experiment.models import Researcher
from experiment.researcher.accounts import accounts

Verb = Callable[[Session, Actor, Researcher], None]


def researchers_page(**shown: Any) -> str:
    """Everybody, with what an act has to show."""
    with instance().database.read() as db:
        found = all_researchers(db)
        last = last_sign_ins(db)
    return render_template(
        "researcher/researchers.html",
        researchers=[(who, account_state(who), last.get(who.id)) for who in found],
        given=request.form,
        **shown,
    )


@accounts.get("/researchers")
@access("admin", "admin")
def researchers() -> ResponseReturnValue:
    """Everybody who has an account."""
    return researchers_page()


@accounts.post("/researchers")
@access("admin", "admin")
def send_researcher() -> ResponseReturnValue:
    """Add somebody, and show the link to send them."""
    form = request.form
    try:
        with instance().database.write() as db:
            added = add_researcher(
                db,
                asking(),
                form.get("email", ""),
                name=form.get("name", "").strip() or None,
                is_admin=form.get("is_admin") == "yes",
            )
            token, _ = link_for(db, asking(), added)
    except (InvalidError, ConflictError) as error:
        return researchers_page(error=error), error.status
    return researchers_page(added=added, link=address_of(instance().settings, token)), 201


def researcher_page(researcher_id: int, **shown: Any) -> str:
    """One researcher, with what an act has to show."""
    with instance().database.read() as db:
        who = find_researcher(db, researcher_id)
        studies = studies_of(db, who)
        last = last_sign_ins(db).get(who.id)
    return render_template(
        "researcher/one_researcher.html",
        who=who,
        state=account_state(who),
        studies=studies,
        last=last,
        **shown,
    )


@accounts.get("/researchers/<number:researcher>")
@access("admin", "admin")
def one_researcher(researcher: int) -> ResponseReturnValue:
    """One researcher: their studies, and what an administrator may do."""
    return researcher_page(researcher)


@accounts.post("/researchers/<number:researcher>")
@access("admin", "admin")
def change_researcher(researcher: int) -> ResponseReturnValue:
    """Another name; administrator or not."""

    def change(db: Session, by: Actor, who: Researcher) -> None:
        rename(db, by, who, request.form.get("name", ""))
        set_admin(db, by, who, request.form.get("is_admin") == "yes")

    return do_and_return(researcher, change, "Changed.")


@accounts.post("/researchers/<number:researcher>/disable")
@access("admin", "admin")
def disable_researcher(researcher: int) -> ResponseReturnValue:
    """Let somebody in no more."""
    return do_and_return(researcher, disable, "They can sign in no more.")


@accounts.post("/researchers/<number:researcher>/enable")
@access("admin", "admin")
def enable_researcher(researcher: int) -> ResponseReturnValue:
    """Let somebody in again."""
    return do_and_return(researcher, enable, "They can sign in again.")


@accounts.post("/researchers/<number:researcher>/link")
@access("admin", "admin")
def link_researcher(researcher: int) -> ResponseReturnValue:
    """A link with which somebody can choose a password, shown this once."""
    with instance().database.write() as db:
        token, purpose = link_for(db, asking(), find_researcher(db, researcher))
    link = address_of(instance().settings, token)
    return researcher_page(researcher, link=link, purpose=purpose), 201


def do_and_return(researcher_id: int, verb: Verb, done: str) -> ResponseReturnValue:
    """Do something to a researcher, and go back to their page, which says what came of it."""
    try:
        with instance().database.write() as db:
            verb(db, asking(), find_researcher(db, researcher_id))
    except (InvalidError, ConflictError) as error:
        return researcher_page(researcher_id, error=error), error.status
    flash(done)
    return redirect(url_for("accounts.one_researcher", researcher=researcher_id), 303)
