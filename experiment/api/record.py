"""The record over the API."""

from datetime import date, datetime
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from experiment.access import access
from experiment.accounts.record_lookup import PAGE, Wanted, entries
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.current import instance
from experiment.openapi import described
from experiment.runs import find_study


class RecordQuery(BaseModel):
    """Which entries, and where to go on."""

    model_config = ConfigDict(extra="forbid")
    who: str = Field("", max_length=254, pattern=r"^[^\x00-\x1f]*$", description="Part of it.")
    action: str = Field("", max_length=60, pattern=r"^[a-z_.]*$")
    since: date | None = Field(None, description="The first day, UTC.")
    until: date | None = Field(None, description="The last day, UTC.")
    after: int | None = Field(
        None, ge=1, lt=2**31, description="`next` of the page before: go on after it."
    )
    limit: int = Field(PAGE, ge=1, le=1000, description="How many at most.")


class Entry(BaseModel):
    """What somebody did."""

    entry: int
    at: datetime
    who: str
    via: str
    study: str | None
    action: str
    detail: dict[str, Any]


class Entries(BaseModel):
    """A page of the record, the newest first."""

    entries: list[Entry]
    next: int | None = Field(description="`after` of the page that follows; null on the last.")


@api.get("/record")
@access("admin", "admin")
@described("What everybody did.", REFUSALS | {200: Entries}, query=RecordQuery)
def get_record() -> ResponseReturnValue:
    """What everybody did."""
    return answer_entries(None)


@api.get("/studies/<slug:slug>/record")
@access("owner", "admin")
@described("What was done in a study.", REFUSALS | {200: Entries}, query=RecordQuery)
def get_study_record(slug: str) -> ResponseReturnValue:
    """What was done in a study."""
    return answer_entries(slug)


def answer_entries(slug: str | None) -> ResponseReturnValue:
    """A page of entries that the query asks for."""
    query = parse_query(RecordQuery)
    with instance().database.read() as session:
        study = None if slug is None else find_study(session, slug)
        wanted = Wanted(study, query.who, query.action, query.since, query.until)
        found, has_more = entries(session, wanted, before=query.after, limit=query.limit)
    told = Entries(
        entries=[
            Entry(
                entry=entry.id,
                at=entry.at,
                who=entry.who,
                via=entry.via,
                study=entry.study,
                action=entry.action,
                detail=entry.detail,
            )
            for entry in found
        ],
        next=found[-1].id if has_more else None,
    )
    return jsonify(told.model_dump(mode="json"))
