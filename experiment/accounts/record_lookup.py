"""Looking into the record: by study, who, what and when."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from experiment.accounts.audit import ACTIONS
from experiment.export.tables import iso, spreadsheet_safe
from experiment.models import AuditEntry, Study

PAGE = 100  # entries
COLUMNS = ("at", "who", "via", "study", "action", "detail")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; what is empty does not matter."""

    study: Study | None = None
    who: str = ""  # part of an address
    action: str = ""
    since: date | None = None  # the first and the last day, in UTC
    until: date | None = None


def entries(
    session: Session, wanted: Wanted, *, before: int | None = None, limit: int = PAGE
) -> tuple[list[AuditEntry], bool]:
    """Entries, the newest first, and whether there are more before them.

    Parameters
    ----------
    before
        The id of the last entry that is known.
    """
    query = chosen(wanted).limit(limit + 1)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    found = list(session.scalars(query))
    return found[:limit], len(found) > limit


def chosen(wanted: Wanted) -> Select[Any]:
    """The query of these entries."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc())
    if wanted.study is not None:
        query = query.where(AuditEntry.study_id == wanted.study.id)
    if wanted.who:
        query = query.where(AuditEntry.who.icontains(wanted.who.strip(), autoescape=True))
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= datetime.combine(wanted.since, time.min, UTC))
    if wanted.until is not None:
        query = query.where(AuditEntry.at <= datetime.combine(wanted.until, time.max, UTC))
    return query


def csv_lines(session: Session, wanted: Wanted) -> Iterator[str]:
    """The entries as a table, a line at a time; no spreadsheet runs anything in it."""
    yield csv_line(COLUMNS)
    for entry in session.scalars(chosen(wanted).execution_options(yield_per=500)):
        detail = json.dumps(entry.detail, ensure_ascii=False, sort_keys=True)
        at = iso(entry.at)
        yield csv_line((at or "", entry.who, entry.via, entry.study or "", entry.action, detail))


def csv_line(values: tuple[str, ...]) -> str:
    """One line of a table."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([spreadsheet_safe(value) for value in values])
    return line.getvalue()


def said(entry: AuditEntry) -> str:
    """An action in words."""
    return ACTIONS.get(entry.action, entry.action)


def detail_words(entry: AuditEntry) -> list[tuple[str, str]]:
    """What an entry says besides, as names and values in words."""
    words = {"True": "yes", "False": "no"}
    return [
        (name.replace("_", " "), words.get(str(value), str(value)))
        for name, value in entry.detail.items()
    ]
