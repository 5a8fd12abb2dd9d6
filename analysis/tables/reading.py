"""Read one table of a dataset, CSV or Parquet, and check every field against its column.

Problems are collected, not raised: a person mends twenty fields in one go, not one in twenty.
"""

import csv
import difflib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.tables.schema import Column, Table

SHOWN = 20  # problems told one by one; the rest are counted


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken promise: where (file, line or row as a person counts, column) and what."""

    file: str
    message: str
    line: int | None = None
    column: str | None = None
    counted_in: str = "line"  # of a CSV file, or "row" of a Parquet file

    def __str__(self) -> str:
        where = self.file
        if self.line is not None:
            where += f" {self.counted_in} {self.line}"
        if self.column is not None:
            where += f", column {self.column}"
        return f"{where}: {self.message}"


@dataclass(slots=True)
class Problems:
    """Collects problems: the first ones whole, all of them by number."""

    shown: list[Problem] = field(default_factory=list)
    total: int = 0

    def add(self, problem: Problem) -> None:
        """Count one problem; keep it if there is room."""
        self.total += 1
        if len(self.shown) < SHOWN:
            self.shown.append(problem)

    def error(self, path: Path) -> DatasetError:
        """All of it as one message."""
        count = "1 problem" if self.total == 1 else f"{self.total} problems"
        lines = [f"{path}: {count}", *(f"  {problem}" for problem in self.shown)]
        if self.total > len(self.shown):
            lines.append(f"  … and {self.total - len(self.shown)} more")
        return DatasetError("\n".join(lines))


class Origin(Protocol):
    """Where the rows of a table came from."""

    @property
    def is_csv(self) -> bool:
        """Whether fields are text and an empty one is missing."""

    @property
    def counted_in(self) -> str:
        """What a row is called: line, row or trial."""

    def line(self, row: int) -> int:
        """Number of a row, as a person counts."""

    def problem(self, row: int | None, column: str | None, message: str) -> Problem:
        """A problem at a row."""


@dataclass(slots=True)
class Source:
    """A table as its file holds it, and the line of the file that each row came from."""

    file: str
    frame: pd.DataFrame  # fields as they are; the index is the row's number from 0
    is_csv: bool
    _lines: "np.ndarray[Any, np.dtype[np.int64]] | None" = None

    @property
    def counted_in(self) -> str:
        """What a row is called: a line of a CSV file, a row of a Parquet file."""
        return "line" if self.is_csv else "row"

    def line(self, row: int) -> int:
        """Line of the CSV file (the header is line 1) or row of the Parquet file (from 1)."""
        if not self.is_csv:
            return row + 1
        if self._lines is None:  # a quoted field may itself hold line breaks
            breaks = np.zeros(len(self.frame), dtype=np.int64)
            for name in self.frame.columns:
                breaks += self.frame[name].str.count("\n").to_numpy(dtype=np.int64)
            before = np.concatenate([[0], np.cumsum(breaks)[:-1]]) if len(breaks) else breaks
            self._lines = np.arange(len(self.frame)) + 2 + before
        return int(self._lines[row])

    def rows(self) -> pd.DataFrame:
        """The rows that hold anything: a CSV file may have blank lines."""
        return self.frame[(self.frame != "").any(axis=1)] if self.is_csv else self.frame

    def problem(self, row: int | None, column: str | None, message: str) -> Problem:
        """A problem at a row of this file."""
        line = None if row is None else self.line(row)
        return Problem(self.file, message, line, column, self.counted_in)


def read_source(path: Path, problems: Problems) -> Source | None:
    """Read a CSV file as text, or a Parquet file with its own types.

    None, and a problem noted, if the file cannot be read as a table at all: its encoding,
    separator, header or rows of unequal length.
    """
    if path.suffix == ".parquet":
        try:
            return Source(path.name, pd.read_parquet(path), is_csv=False)
        except (OSError, ValueError) as error:
            problems.add(Problem(path.name, f"cannot be read as Parquet: {error}"))
            return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            fault = _header_fault(next(csv.reader(file), []))
        if fault:
            problems.add(Problem(path.name, fault, line=1))
            return None
        with warnings.catch_warnings():
            # pandas warns where every row is longer than the header, and drops the surplus.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                dtype=str,
                na_filter=False,
                index_col=False,
                skip_blank_lines=False,
                encoding="utf-8-sig",
            )
    except UnicodeDecodeError as error:
        fault = f"is not UTF-8 (byte {error.start}); save it as CSV UTF-8"
    except pd.errors.ParserWarning:
        fault = "its rows have more fields than its header has names"
    except (pd.errors.ParserError, csv.Error) as error:
        fault = f"is not a well-formed CSV file: {error}"
    else:
        return Source(path.name, frame.fillna(""), is_csv=True)
    problems.add(Problem(path.name, fault))
    return None


def _header_fault(header: list[str]) -> str:
    if not header:
        return "is empty; a table begins with a row of column names"
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            return f"separates by {name}; use commas, and points in decimal numbers (0.5)"
    twice = sorted({name for name in header if header.count(name) > 1})
    return f"column {twice[0]!r} is there twice" if twice else ""


def parse_table(table: Table, source: Source, problems: Problems) -> pd.DataFrame:
    """Give every column of the codebook its type; note each field that breaks its promise.

    Returns
    -------
    The codebook's columns first, in its order, then the file's other columns as they are. The
    index keeps the row numbers of the file; rows without any field are left out.
    """
    raw = source.rows()
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name in raw.columns:
            columns[column.name] = parse_column(column, raw[column.name], source, problems)
        elif column.missing or column.if_absent is not None:
            value = column.if_absent or ""
            filled = pd.Series(value, index=raw.index, dtype=str)
            columns[column.name] = parse_column(column, filled, source, problems)
        else:
            message = "is not there; every table needs it" + _like(column.name, table, raw)
            problems.add(source.problem(None, column.name, message))
            columns[column.name] = pd.Series(pd.NA, index=raw.index, dtype=object)
    for name in raw.columns:
        if name not in columns:
            columns[name] = raw[name].mask(raw[name] == "") if source.is_csv else raw[name]
    return pd.DataFrame(columns, index=raw.index)


def _like(name: str, table: Table, raw: pd.DataFrame) -> str:
    """A hint at a column of the researcher's own that is nearly called so."""
    known = {column.name for column in table.columns}
    near = difflib.get_close_matches(name, [n for n in raw.columns if n not in known], 1, 0.75)
    return f"; is it '{near[0]}'?" if near else ""


def parse_column(column: Column, raw: pd.Series, source: Origin, problems: Problems) -> pd.Series:
    """One column as its type; a field that does not fit becomes missing and is noted."""
    is_text = pd.api.types.is_string_dtype(raw) or raw.dtype == object
    absent = raw.isna()
    if is_text:
        absent |= raw == ""

    def note(wrong: pd.Series, message: str) -> None:
        for row in raw.index[wrong.to_numpy(dtype=bool)]:
            field_text = f"'{raw.loc[row]}' " if "{}" in message else ""
            problems.add(source.problem(int(row), column.name, message.replace("{} ", field_text)))

    if not column.missing:
        note(absent, "is empty; it needs a value")
    if column.kind in ("text", "sha256", "choice"):
        if not is_text and not absent.all() and raw.dtype != "category":
            problems.add(source.problem(None, column.name, f"holds {raw.dtype}, not text"))
        values = raw.astype(str).astype(object).mask(absent)
        if column.kind == "sha256":
            note(~absent & ~values.astype(str).str.fullmatch("[0-9a-f]{64}"), _SHA256)
        if column.kind == "choice":
            allowed = ", ".join(column.choices)
            note(~absent & ~values.isin(column.choices), f"{{}} is none of: {allowed}")
        return values
    if column.kind == "boolean":
        values = _boolean(raw, absent, is_text, note)
        return values.astype("boolean").mask(absent) if column.missing else values
    if column.kind == "time":
        return _time(raw, absent, is_text, note)
    return _number(column, raw, absent, note)


_SHA256 = "{} is not a sha256; it has 64 characters of 0-9 and a-f"


def _boolean(raw: pd.Series, absent: pd.Series, is_text: bool, note: Any) -> pd.Series:
    if not is_text and pd.api.types.is_bool_dtype(raw):
        return raw.mask(absent, False).astype(bool)
    lower = raw.astype(str).str.lower()
    note(~absent & ~lower.isin(["true", "false"]), "{} is neither true nor false")
    return cast("pd.Series", lower == "true")


def _time(raw: pd.Series, absent: pd.Series, is_text: bool, note: Any) -> pd.Series:
    times = pd.to_datetime(raw.mask(absent), format="ISO8601", utc=True, errors="coerce")
    wrong = ~absent & times.isna()
    if is_text:
        wrong |= ~absent & ~raw.astype(str).str.endswith("Z")
    note(wrong, "{} is not a time in UTC, such as 2026-01-31T12:00:00Z")
    return times


def _number(column: Column, raw: pd.Series, absent: pd.Series, note: Any) -> pd.Series:
    numbers = pd.to_numeric(raw.mask(absent), errors="coerce").astype("Float64").astype(float)
    finite = pd.Series(np.isfinite(numbers.to_numpy()), index=raw.index)
    note(~absent & ~finite, "{} is not a number; leave a missing field empty")
    good = ~absent & finite
    if column.kind == "whole":
        whole = numbers.where(good) % 1 == 0
        note(good & ~whole, "{} is not a whole number")
        good &= whole
    if column.low is not None:
        note(good & (numbers < column.low), f"{{}} is below {column.low:g}")
    if column.above is not None:
        note(good & (numbers <= column.above), f"{{}} is not above {column.above:g}")
    if column.kind == "number":
        return numbers
    if column.missing or not good.all():
        return numbers.where(good).astype("Int64")
    return numbers.astype("int64")
