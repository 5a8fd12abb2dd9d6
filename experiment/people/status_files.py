"""A recruiter's list of statuses as it was downloaded: CSV of Prolific, MTurk or anybody, saved by
whatever program. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from experiment.errors import InvalidError

MOST_ROWS = 50_000
LONGEST = 200  # characters of an id, a status or a code
DELIMITERS = (",", ";", "\t")
# Columns by their names in small letters, without spaces, hyphens and underscores.
ID_COLUMNS = (
    "participantid",  # Prolific, CloudResearch Connect
    "workerid",  # MTurk
    "prolificpid",
    "surveycode",  # SONA
    "participantlabel",  # lab
    "participant",
    "recruiterid",
    "id",
)
STATUS_COLUMNS = ("assignmentstatus", "status", "submissionstatus")
SUBMISSION_COLUMNS = ("submissionid", "assignmentid", "sessionid")
CODE_COLUMNS = ("completioncode", "enteredcode", "code")
# What recruiters say, in capitals without punctuation, and what we call it.
STATUSES: Mapping[str, str] = {
    "ACTIVE": "active",
    "RESERVED": "active",
    "AWAITING": "awaiting",
    "AWAITING REVIEW": "awaiting",
    "SUBMITTED": "awaiting",
    "PENDING": "awaiting",
    "COMPLETED": "awaiting",
    "APPROVED": "approved",
    "PARTIALLY APPROVED": "approved",
    "SCREENED OUT": "approved",  # paid what Prolific pays for that
    "PAID": "approved",
    "ACCEPTED": "approved",
    "REJECTED": "rejected",
    "RETURNED": "returned",
    "ABANDONED": "returned",
    "CANCELLED": "returned",
    "TIMED OUT": "timed_out",
    "TIMEDOUT": "timed_out",
    "EXPIRED": "timed_out",
}


@dataclass(frozen=True, slots=True)
class StatusLine:
    """What a recruiter's list says of one submission."""

    line: int  # of the file, from 1
    external_id: str
    status: str  # of RECRUITER_STATUSES
    submission: str | None  # the recruiter's number of this submission
    code: str | None  # the completion code that was handed in; "": none was; None: not told


@dataclass(frozen=True, slots=True)
class StatusFile:
    """A list as it was read."""

    lines: tuple[StatusLine, ...]
    not_understood: tuple[str, ...]  # a sentence for each line that says nothing we know


def read_statuses(content: bytes) -> StatusFile:
    """Read a recruiter's list.

    Raises
    ------
    InvalidError
        If it is no table with a column of ids and one of statuses, or too long.
    """
    text = decoded(content)
    header, rows = table_of(text)
    names = [re.sub(r"[\s_-]", "", name).lower() for name in header]
    id_at, status_at = position_of(names, ID_COLUMNS), position_of(names, STATUS_COLUMNS)
    if id_at is None or status_at is None:
        lacking = "ids" if id_at is None else "statuses"
        shown = ", ".join(name.strip()[:40] for name in header[:12]) or "nothing"
        raise InvalidError(
            f"line 1: no column of {lacking} in {shown}; the recruiter's own download has one, or "
            "write two columns with the header id,status"
        )
    submission_at = position_of(names, SUBMISSION_COLUMNS)
    code_at = position_of(names, CODE_COLUMNS)
    lines, odd = [], []
    for number, row in rows:
        external_id, status = cell(row, id_at), cell(row, status_at)
        if not external_id and not status:
            continue
        meant = STATUSES.get(re.sub(r"[\s_-]+", " ", status).upper())
        if not external_id or len(external_id) > LONGEST or not external_id.isprintable():
            odd.append(f"line {number}: there is no id in it that a recruiter could have given")
        elif meant is None:
            odd.append(f"line {number}: the status {status[:40]!r} is not known; write one of ours")
        else:
            submission = None if submission_at is None else cell(row, submission_at) or None
            code = None if code_at is None else cell(row, code_at)
            lines.append(StatusLine(number, external_id, meant, submission, code))
    if not lines and not odd:
        raise InvalidError("the table has a header and no lines below it")
    return StatusFile(tuple(lines), tuple(odd))


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 as Excel saves it, or Latin."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def table_of(text: str) -> tuple[list[str], Iterable[tuple[int, list[str]]]]:
    """Header and rows, each with the number of its line, whatever it is separated by.

    Raises
    ------
    InvalidError
        If it is no table, or too long.
    """
    if "\0" in text:
        raise InvalidError("this is no text file; download the list as CSV")
    lines = text.splitlines(keepends=True)
    first = 1 if lines and lines[0].strip().lower().startswith("sep=") else 0  # Excel's own
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first == len(lines):
        raise InvalidError("the file is empty; download the list again")
    delimiter = max(DELIMITERS, key=lines[first].count)
    reader = csv.reader(io.StringIO("".join(lines[first:]), newline=""), delimiter=delimiter)
    try:
        header = next(reader)
        rows = [(first + reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InvalidError(f"line {first + reader.line_num}: is no CSV ({error})") from None
    if len(rows) > MOST_ROWS:
        raise InvalidError(f"there are {len(rows)} lines; send at most {MOST_ROWS} at once")
    return header, rows


def position_of(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Where the first of the wanted columns is that the table has."""
    return next((names.index(name) for name in wanted if name in names), None)


def cell(row: Sequence[str], at: int) -> str:
    """A field of a row; a short row ends in empty ones. A spreadsheet's text mark is no part."""
    text = row[at].strip() if at < len(row) else ""
    if text.startswith('="') and text.endswith('"') and len(text) > 2:  # Excel's way to keep 007
        text = text[2:-1]
    return text


def written(lines: Iterable[StatusLine]) -> str:
    """The same list as a plain table, for `read_statuses` to read again."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    kept = list(lines)
    with_codes = any(line.code is not None for line in kept)
    writer.writerow(["id", "status", "submission_id", *(["completion_code"] if with_codes else [])])
    for line in kept:
        code = [line.code or ""] if with_codes else []
        writer.writerow([line.external_id, line.status, line.submission or "", *code])
    return out.getvalue()
