"""The record: of one study for its owners, the whole of it for administrators."""

from datetime import date
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from experiment.access import access, asking
from experiment.accounts.audit import ACTIONS, record
from experiment.accounts.record_lookup import Wanted, csv_lines, detail_words, entries, said
from experiment.current import instance
from experiment.errors import InvalidError
from experiment.models import Study
from experiment.researcher.accounts import accounts
from experiment.runs import find_study

FILTERS = ("who", "action", "since", "until")


@accounts.get("/record")
@access("admin", "admin")
def whole_record() -> ResponseReturnValue:
    """Everything that was done, the newest first."""
    return record_page(None)


@accounts.get("/record.csv")
@access("admin", "admin")
def whole_record_table() -> ResponseReturnValue:
    """The same as a table."""
    return record_table(None)


@accounts.get("/studies/<slug:slug>/record")
@access("owner", "admin")
def study_record(slug: str) -> ResponseReturnValue:
    """What was done in one study, the newest first."""
    return record_page(slug)


@accounts.get("/studies/<slug:slug>/record.csv")
@access("owner", "admin")
def study_record_table(slug: str) -> ResponseReturnValue:
    """The same as a table."""
    return record_table(slug)


def record_page(slug: str | None) -> ResponseReturnValue:
    """A page of entries that fit the filter of the address."""
    error = None
    with instance().database.read() as db:
        study = None if slug is None else find_study(db, slug)
        try:
            wanted = read_filter(study)
        except InvalidError as refusal:
            error, wanted = refusal, Wanted(study=study)
        before = read_place(request.args.get("before", ""))
        found, has_more = entries(db, wanted, before=before)
    kept = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    page = render_template(
        "researcher/study_record.html" if study else "researcher/record.html",
        study=study,
        rows=[(entry, said(entry), detail_words(entry)) for entry in found],
        older=found[-1].id if has_more else None,
        is_latest=before is None,
        actions=sorted(ACTIONS.items(), key=lambda action: action[1]),
        kept=kept,
        error=error,
    )
    return page, 200 if error is None else error.status


def record_table(slug: str | None) -> ResponseReturnValue:
    """All entries that fit the filter, as a file; that somebody took them is an entry too."""
    database = instance().database
    with database.write() as db:
        study = None if slug is None else find_study(db, slug)
        wanted = read_filter(study)
        record(db, "record.downloaded", asking(), study)

    def lines() -> Any:
        with database.read() as db:
            yield from csv_lines(db, wanted)

    name = "record.csv" if slug is None else f"{slug}-record.csv"
    return Response(
        stream_with_context(lines()),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def read_filter(study: Study | None) -> Wanted:
    """Which entries the address asks for.

    Raises
    ------
    InvalidError
        If it asks for what cannot be.
    """
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    if asked["action"] and asked["action"] not in ACTIONS:
        raise InvalidError("action: choose one of the list")
    if not asked["who"].isprintable():
        raise InvalidError("who: write a part of an address")
    return Wanted(
        study=study,
        who=asked["who"],
        action=asked["action"],
        since=read_day("from", asked["since"]),
        until=read_day("to", asked["until"]),
    )


def read_day(name: str, text: str) -> date | None:
    """A day of a filter, or InvalidError."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidError(f"{name}: {text!r} is no day; write it as 2026-01-31") from None


def read_place(text: str) -> int | None:
    """The entry before which a page begins; the newest where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
