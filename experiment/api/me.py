"""One's own account over the API: who one is, name, password, tokens."""

from datetime import datetime
from typing import Literal

from flask import g, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.accounts.memberships import Role
from experiment.accounts.own_tokens import MOST_DAYS, add_token, owner_of, revoke, tokens_of
from experiment.accounts.people import studies_of
from experiment.accounts.researchers import find_researcher, rename
from experiment.accounts.sessions import begin_session
from experiment.accounts.sign_in import change_password
from experiment.api.blueprint import REFUSALS, api
from experiment.current import instance
from experiment.models import SCOPES, ApiToken, Researcher
from experiment.openapi import described
from experiment.participant.api import parse

ScopeName = Literal["read", "write", "export", "people", "admin"]


class OwnStudy(BaseModel):
    """A study that somebody is a member of."""

    study: str
    role: Role


class Me(BaseModel):
    """Who is asking, and what they may do."""

    researcher: int
    email: str
    name: str
    is_admin: bool
    studies: list[OwnStudy]
    scopes: list[ScopeName] = Field(description="What this token is allowed.")


class NameChange(BaseModel):
    """Another name."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)


class PasswordChange(BaseModel):
    """Another password, by who knows the current one."""

    model_config = ConfigDict(extra="forbid")
    current_password: str = Field(max_length=1000)
    new_password: str = Field(max_length=1000)


class Token(BaseModel):
    """A token, without its secret."""

    token: str = Field(description="Its id.")
    name: str
    scopes: list[ScopeName]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")


class Tokens(BaseModel):
    """One's tokens that are not revoked, the newest first."""

    tokens: list[Token]


class NewToken(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100, description="What it is for.")
    scopes: list[ScopeName] = Field(min_length=1)
    days: int | None = Field(
        None, ge=1, le=MOST_DAYS, description="For how long it can be used; null: without end."
    )


class MadeToken(Token):
    """A new token, with its secret, which is told this once."""

    secret: str


def own_scopes() -> list[str]:
    """What whoever asks is allowed; with a page's cookie everything."""
    return list(g.get("scopes", SCOPES))


def me_as_told(session: Session, researcher: Researcher) -> Me:
    """A researcher as they are told of themself."""
    return Me(
        researcher=researcher.id,
        email=researcher.email,
        name=researcher.name,
        is_admin=researcher.is_admin,
        studies=[
            OwnStudy(study=study.slug, role=role)  # type: ignore[arg-type] # the database knows no other
            for study, role in studies_of(session, researcher)
        ],
        scopes=own_scopes(),  # type: ignore[arg-type] # nor does it know other scopes
    )


def token_as_told(token: ApiToken) -> Token:
    """A token as its owner is told of it."""
    return Token(
        token=token.public_id,
        name=token.name,
        scopes=token.scopes,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


@api.get("/me")
@access("researcher")
@described("Who is asking: account, studies, what the token is allowed.", REFUSALS | {200: Me})
def get_me() -> ResponseReturnValue:
    """Who is asking."""
    with instance().database.read() as session:
        told = me_as_told(session, owner_of(asking()))
    return jsonify(told.model_dump(mode="json"))


@api.patch("/me")
@access("researcher", "admin")
@described("Take another name.", REFUSALS | {200: Me}, body=NameChange)
def patch_me() -> ResponseReturnValue:
    """Take another name."""
    change = parse(NameChange)
    with instance().database.write() as session:
        researcher = find_researcher(session, owner_of(asking()).id)
        rename(session, asking(), researcher, change.name)
        told = me_as_told(session, researcher)
    return jsonify(told.model_dump(mode="json"))


@api.put("/me/password")
@access("researcher", "admin")
@described(
    "Choose another password; it ends every session in a browser but the one that asks.",
    REFUSALS | {204: ""},
    body=PasswordChange,
)
def put_password() -> ResponseReturnValue:
    """Choose another password."""
    change = parse(PasswordChange)
    changed = change_password(
        asking(), owner_of(asking()), change.current_password, change.new_password
    )
    if asking().token is None:
        begin_session(changed)
    return "", 204


@api.get("/me/tokens")
@access("researcher", "admin")
@described("One's tokens.", REFUSALS | {200: Tokens})
def get_tokens() -> ResponseReturnValue:
    """One's tokens."""
    with instance().database.read() as session:
        found = tokens_of(session, owner_of(asking()))
    told = Tokens(tokens=[token_as_told(token) for token in found])
    return jsonify(told.model_dump(mode="json"))


@api.post("/me/tokens")
@access("researcher", "admin")
@described(
    "Make a token with some of the scopes that whoever asks has; its secret is told this once.",
    REFUSALS | {201: MadeToken},
    body=NewToken,
)
def post_token() -> ResponseReturnValue:
    """Make a token."""
    new = parse(NewToken)
    with instance().database.write() as session:
        token, secret = add_token(
            session, asking(), new.name, new.scopes, days=new.days, may_give=own_scopes()
        )
    told = MadeToken(**token_as_told(token).model_dump(), secret=secret)
    return jsonify(told.model_dump(mode="json")), 201


@api.delete("/me/tokens/<token:api_token>")
@access("researcher", "admin")
@described("Revoke a token.", REFUSALS | {204: ""})
def delete_token(api_token: str) -> ResponseReturnValue:
    """Revoke a token."""
    with instance().database.write() as session:
        revoke(session, asking(), api_token)
    return "", 204
