"""Who is asking, and whether they may. Every view of researchers says who may use it.

`@access("viewer")` stands below a view's route; a blueprint that is guarded refuses a view that
says nothing. Roles in a study are of `models.ROLES`; an administrator is an owner everywhere. Who
may not know that a study exists is told that it does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Blueprint, current_app, g, request, session
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.accounts.sessions import note_presence
from experiment.accounts.tokens import find_token
from experiment.current import instance
from experiment.errors import ForbiddenError, NotFoundError, NotSignedInError
from experiment.models import ROLES, Membership, Researcher, Study
from experiment.security import check_form

View = TypeVar("View", bound=Callable[..., Any])
# "guest": a viewer, or a browser that has opened a link to the study's results.
Who = Literal["anyone", "researcher", "admin", "guest", "viewer", "editor", "owner"]
Scope = Literal["read", "write", "export", "people", "admin"]
Via = Literal["page", "api", "command", "server"]
SAFE = ("GET", "HEAD", "OPTIONS")
IN_A_STUDY = ("guest", *ROLES)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use a view, and what a token must be allowed."""

    who: Who
    scope: Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for the record of what was done."""

    via: Via
    researcher: Researcher | None = None
    token: str | None = None  # its public id

    @property
    def who(self) -> str:
        """What the record calls them."""
        return self.via if self.researcher is None else self.researcher.email


COMMAND = Actor("command")
SERVER = Actor("server")


def access(who: Who, scope: Scope = "read") -> Callable[[View], View]:
    """Say who may use a view; over the API with a token, also the scope that the token needs."""

    def keep(view: View) -> View:
        view.access = Rule(who, scope)  # type: ignore[attr-defined] # read by guard()
        return view

    return keep


def guard(blueprint: Blueprint) -> None:
    """Let nobody use a view of this blueprint who may not."""

    @blueprint.before_request
    def check() -> None:
        slug = (request.view_args or {}).get("slug")
        rule = rule_of(request.endpoint)
        if rule.who in IN_A_STUDY and slug is None:
            raise RuntimeError(f"{request.endpoint} is for members, and its address has no study")
        identify()
        if rule.who == "anyone":
            return
        actor = asking()
        if rule.who == "guest" and is_guest(slug):
            note_role(actor.researcher, str(slug))
            return
        if actor.researcher is None:
            raise NotSignedInError("sign in first")
        check_scope(rule.scope)
        if rule.who == "admin" and not actor.researcher.is_admin:
            raise ForbiddenError("only an administrator may do this")
        if slug is not None:
            check_role(actor.researcher, slug, "viewer" if rule.who == "guest" else rule.who)


def rule_of(endpoint: str | None) -> Rule:
    """The rule of a view; a view without one is a mistake of ours."""
    rule: Rule | None = getattr(current_app.view_functions[str(endpoint)], "access", None)
    if rule is None:
        raise RuntimeError(f"{endpoint} does not say who may use it")
    return rule


def is_guest(slug: str | None) -> bool:
    """Whether this browser has opened a link to the study's results; guests look and do no more."""
    return request.method in SAFE and slug in session.get("results", [])


def identify() -> None:
    """Find out who is asking: by a token, or by the cookie with the token of a form.

    Raises
    ------
    NotSignedInError
        If a token is given that is unknown, expired or revoked.
    FormError
        If a request by cookie changes something and its form is not ours.
    """
    is_api = request.path.startswith("/api/")
    via: Via = "api" if is_api else "page"
    given = bearer()
    if is_api and given is not None:
        token = find_token(instance().database, given)
        if token is None:
            raise NotSignedInError("the token is unknown, expired or revoked; make another one")
        g.actor, g.scopes = Actor(via, token.researcher, token.public_id), tuple(token.scopes)
        return
    if not current_user.is_authenticated:
        g.actor = Actor(via)
        if is_api:
            return  # nothing to protect: what needs somebody who signed in is refused
    else:
        g.actor = Actor(via, current_user.researcher)
    if request.method not in SAFE:
        check_form()
    if current_user.is_authenticated:
        note_presence()


def bearer() -> str | None:
    """The token that the request holds; another scheme is for whatever stands before the server."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else None


def asking() -> Actor:
    """Who is asking in this request."""
    actor: Actor = g.actor
    return actor


def check_scope(scope: Scope) -> None:
    """Refuse a token that was not given this scope; somebody who signed in has every scope."""
    if scope not in g.get("scopes", (scope,)):
        raise ForbiddenError(f"the token lacks the scope {scope!r}; make one that has it")


def note_role(researcher: Researcher | None, slug: str) -> None:
    """Keep the role in the study for the templates; None for who has none."""
    g.role = None
    if researcher is not None:
        with instance().database.read() as db:
            g.role = role_in(db, researcher, slug)


def check_role(researcher: Researcher, slug: str, needed: Who) -> None:
    """Refuse a researcher whose role in the study does not suffice."""
    note_role(researcher, slug)
    if g.role is None:
        raise NotFoundError(f"there is no study {slug!r}")
    if needed in ROLES and ROLES.index(g.role) < ROLES.index(needed):
        raise ForbiddenError(f"you are {g.role} of {slug}; this needs {needed}")


def role_in(db: Session, researcher: Researcher, slug: str) -> str | None:
    """A researcher's role in a study; None if there is no such study for them."""
    study_id = db.scalar(select(Study.id).where(Study.slug == slug))
    if study_id is None:
        return None
    if researcher.is_admin:
        return "owner"
    membership = db.get(Membership, (study_id, researcher.id))
    return None if membership is None else membership.role


def may(needed: str) -> bool:
    """Whether who is asking has this role in the study of the page; for templates."""
    role = g.get("role")
    return role is not None and ROLES.index(role) >= ROLES.index(needed)
