"""Members of a study over the API."""

from datetime import datetime

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from experiment.access import access, asking
from experiment.accounts.memberships import (
    Role,
    add_member,
    change_role,
    find_member,
    members_of,
    remove_member,
)
from experiment.api.blueprint import REFUSALS, api
from experiment.current import instance
from experiment.models import Membership
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.runs import find_study


class Member(BaseModel):
    """A researcher in a study."""

    researcher: int
    email: str
    name: str
    role: Role
    created_at: datetime


class Members(BaseModel):
    """Everybody in a study, owners first."""

    members: list[Member]


class NewMember(BaseModel):
    """A researcher to be let into a study."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(min_length=3, max_length=254)
    role: Role


class RoleChange(BaseModel):
    """Another role."""

    model_config = ConfigDict(extra="forbid")
    role: Role


def member_as_told(member: Membership) -> Member:
    """A member as others of the study are told."""
    return Member(
        researcher=member.researcher_id,
        email=member.researcher.email,
        name=member.researcher.name,
        role=member.role,  # type: ignore[arg-type] # the database knows no other
        created_at=member.created_at,
    )


@api.get("/studies/<slug:slug>/members")
@access("viewer")
@described("Who belongs to a study, and as what.", REFUSALS | {200: Members})
def get_members(slug: str) -> ResponseReturnValue:
    """Who belongs to a study."""
    with instance().database.read() as session:
        found = members_of(session, find_study(session, slug))
    told = Members(members=[member_as_told(member) for member in found])
    return jsonify(told.model_dump(mode="json"))


@api.post("/studies/<slug:slug>/members")
@access("owner", "admin")
@described("Let a researcher into a study.", REFUSALS | {201: Member, 409: Problem}, body=NewMember)
def post_member(slug: str) -> ResponseReturnValue:
    """Let a researcher into a study."""
    new = parse(NewMember)
    with instance().database.write() as session:
        study = find_study(session, slug)
        told = member_as_told(add_member(session, asking(), study, new.email, new.role))
    return jsonify(told.model_dump(mode="json")), 201


@api.patch("/studies/<slug:slug>/members/<number:researcher>")
@access("owner", "admin")
@described("Give a member another role.", REFUSALS | {200: Member, 409: Problem}, body=RoleChange)
def patch_member(slug: str, researcher: int) -> ResponseReturnValue:
    """Give a member another role."""
    change = parse(RoleChange)
    with instance().database.write() as session:
        study = find_study(session, slug)
        member = find_member(session, study, researcher)
        change_role(session, asking(), study, member, change.role)
        told = member_as_told(member)
    return jsonify(told.model_dump(mode="json"))


@api.delete("/studies/<slug:slug>/members/<number:researcher>")
@access("owner", "admin")
@described("Let a member in no more.", REFUSALS | {204: "", 409: Problem})
def delete_member(slug: str, researcher: int) -> ResponseReturnValue:
    """Let a member in no more."""
    with instance().database.write() as session:
        study = find_study(session, slug)
        remove_member(session, asking(), study, find_member(session, study, researcher))
    return "", 204
