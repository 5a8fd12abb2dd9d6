"""Researchers over the API, for administrators."""

from datetime import datetime
from typing import Literal

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from experiment.access import access, asking
from experiment.accounts.links import Purpose, address_of, link_for
from experiment.accounts.people import AccountState, account_state
from experiment.accounts.researchers import (
    add_researcher,
    disable,
    enable,
    find_researcher,
    rename,
    set_admin,
)
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.current import instance
from experiment.models import Researcher
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem


class ResearcherQuery(BaseModel):
    """Where to go on."""

    model_config = ConfigDict(extra="forbid")
    after: int | None = Field(
        None, ge=1, lt=2**31, description="`next` of the page before: go on after it."
    )
    limit: int = Field(100, ge=1, le=1000, description="How many at most.")


class ResearcherState(BaseModel):
    """Somebody who has an account."""

    researcher: int
    email: str
    name: str
    is_admin: bool
    account: AccountState
    created_at: datetime


class Researchers(BaseModel):
    """A page of researchers, in the order in which they were added."""

    researchers: list[ResearcherState]
    next: int | None = Field(description="`after` of the page that follows; null on the last.")


class NewResearcher(BaseModel):
    """Somebody to be added."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(min_length=3, max_length=254)
    name: str | None = Field(None, min_length=1, max_length=100)
    is_admin: bool = False


class ResearcherChange(BaseModel):
    """What is to be changed of a researcher; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(None, min_length=1, max_length=100)
    is_admin: bool | None = None
    account: Literal["active", "disabled"] | None = Field(
        None, description="Whether they may sign in."
    )


class AccountAddress(BaseModel):
    """A link that opens once, to choose a password with."""

    link: str
    purpose: Purpose


class AddedResearcher(ResearcherState):
    """Somebody who was added, and the link to send them."""

    link: str


def as_told(researcher: Researcher) -> ResearcherState:
    """A researcher as administrators are told."""
    return ResearcherState(
        researcher=researcher.id,
        email=researcher.email,
        name=researcher.name,
        is_admin=researcher.is_admin,
        account=account_state(researcher),
        created_at=researcher.created_at,
    )


@api.get("/researchers")
@access("admin", "admin")
@described("Everybody who has an account.", REFUSALS | {200: Researchers}, query=ResearcherQuery)
def get_researchers() -> ResponseReturnValue:
    """Everybody who has an account."""
    query = parse_query(ResearcherQuery)
    with instance().database.read() as session:
        found = session.scalars(
            select(Researcher)
            .where(Researcher.id > (query.after or 0))
            .order_by(Researcher.id)
            .limit(query.limit + 1)
        ).all()
    page = found[: query.limit]
    told = Researchers(
        researchers=[as_told(researcher) for researcher in page],
        next=page[-1].id if len(found) > query.limit else None,
    )
    return jsonify(told.model_dump(mode="json"))


@api.post("/researchers")
@access("admin", "admin")
@described(
    "Add a researcher; the answer holds the link to send them.",
    REFUSALS | {201: AddedResearcher, 409: Problem},
    body=NewResearcher,
)
def post_researcher() -> ResponseReturnValue:
    """Add a researcher."""
    new = parse(NewResearcher)
    with instance().database.write() as session:
        added = add_researcher(session, asking(), new.email, name=new.name, is_admin=new.is_admin)
        token, _ = link_for(session, asking(), added)
    link = address_of(instance().settings, token)
    told = AddedResearcher(**as_told(added).model_dump(), link=link)
    return jsonify(told.model_dump(mode="json")), 201


@api.patch("/researchers/<number:researcher>")
@access("admin", "admin")
@described(
    "Rename a researcher, make them administrator or no longer, let them in or not.",
    REFUSALS | {200: ResearcherState, 409: Problem},
    body=ResearcherChange,
)
def patch_researcher(researcher: int) -> ResponseReturnValue:
    """Change a researcher."""
    change = parse(ResearcherChange)
    with instance().database.write() as session:
        who = find_researcher(session, researcher)
        if change.name is not None:
            rename(session, asking(), who, change.name)
        if change.is_admin is not None:
            set_admin(session, asking(), who, change.is_admin)
        if change.account is not None:
            (enable if change.account == "active" else disable)(session, asking(), who)
        told = as_told(who)
    return jsonify(told.model_dump(mode="json"))


@api.post("/researchers/<number:researcher>/link")
@access("admin", "admin")
@described(
    "Make a link with which a researcher can choose a password; earlier ones are void.",
    REFUSALS | {201: AccountAddress},
)
def post_researcher_link(researcher: int) -> ResponseReturnValue:
    """Make a link to choose a password with."""
    with instance().database.write() as session:
        token, purpose = link_for(session, asking(), find_researcher(session, researcher))
    told = AccountAddress(link=address_of(instance().settings, token), purpose=purpose)
    return jsonify(told.model_dump(mode="json")), 201
