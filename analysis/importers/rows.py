"""Rows of somebody's table, each with the file and line that it came from, and notes on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.tables.reading import SHOWN, Problem, Problems

Integers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

EXAMPLES = 5  # rows that a sentence names


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Text fields of one or more files; a field that is missing is empty."""

    frame: pd.DataFrame  # text; the index is 0…n−1
    files: tuple[str, ...]  # their names without folders
    file: Integers  # of each row, its place in files
    lines: Integers  # of each row, as a person counts
    counted_in: str = "line"  # of a text file, "row" of a Parquet file, "trial" of a JSON file
    detected: tuple[str, ...] = ()  # what was found out about the files
    has_header: bool = True
    form: Mapping[str, str] = field(
        default_factory=dict
    )  # separator, encoding and decimal, if text

    @property
    def is_csv(self) -> bool:
        """Whether an empty field is a missing one, as it always is here."""
        return True

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [str(name) for name in self.frame.columns]

    def rows(self) -> pd.DataFrame:
        """The fields."""
        return self.frame

    def line(self, row: int) -> int:
        """Line (or row, or trial) of the file that a row came from."""
        return int(self.lines[row])

    def place(self, row: int) -> str:
        """File and line of a row, in words."""
        return f"{self.files[self.file[row]]} {self.counted_in} {self.line(row)}"

    def places(self, index: "Sequence[int] | Integers | pd.Index[Any]") -> str:
        """The first few of these rows, in words: ``t.csv lines 3, 7, …``."""
        shown = [int(row) for row in list(index[:EXAMPLES])]
        names = {self.files[self.file[row]] for row in shown}
        more = ", …" if len(index) > EXAMPLES else ""
        if len(names) == 1:
            plural = "" if len(index) == 1 else "s"
            numbers = ", ".join(str(self.line(row)) for row in shown)
            return f"{names.pop()} {self.counted_in}{plural} {numbers}{more}"
        return ", ".join(self.place(row) for row in shown) + more

    def problem(self, row: int | None, column: str | None, message: str) -> Problem:
        """A problem at a row."""
        if row is None:
            return Problem(self.files[0], message, None, column, self.counted_in)
        name = self.files[self.file[row]]
        return Problem(name, message, self.line(row), column, self.counted_in)

    def take(self, kept: "pd.Series[bool] | Flags") -> "Rows":
        """Some of the rows."""
        chosen = np.asarray(kept, dtype=bool)
        return replace(
            self,
            frame=self.frame[chosen].reset_index(drop=True),
            file=self.file[chosen],
            lines=self.lines[chosen],
        )

    def with_columns(self, columns: "Mapping[str, Any]") -> "Rows":
        """The same rows with some columns added or replaced."""
        return replace(self, frame=self.frame.assign(**columns))


def stack(parts: Sequence[Rows]) -> Rows:
    """The rows of several files below one another; a column that a file lacks is empty there."""
    if len(parts) == 1:
        return parts[0]
    files = tuple(name for part in parts for name in part.files)
    offsets = np.cumsum([0, *(len(part.files) for part in parts[:-1])])
    detected: dict[str, None] = {}
    for part in parts:
        detected.update(dict.fromkeys(part.detected))
    return Rows(
        pd.concat([part.frame for part in parts], ignore_index=True).fillna(""),
        files,
        np.concatenate([part.file + offset for part, offset in zip(parts, offsets, strict=True)]),
        np.concatenate([part.lines for part in parts]),
        parts[0].counted_in,
        tuple(detected),
        parts[0].has_header,
        parts[0].form,
    )


@dataclass(slots=True)
class Notes:
    """What was understood, what was left out, and what is wrong."""

    understood: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    values: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # what: meaning: values
    units: dict[str, str] = field(default_factory=dict)  # what: ms or s

    def say(self, sentence: str) -> None:
        """Note something that was understood."""
        self.understood.append(sentence)

    def leave_out(self, rows: Rows, index: "Integers | pd.Index[Any]", reason: str) -> None:
        """Note rows that are left out, if there are any."""
        if len(index):
            count = "1 row" if len(index) == 1 else f"{len(index)} rows"
            self.left_out.append(f"{count}: {reason} ({rows.places(index)})")

    def wrong(
        self, rows: Rows, index: "Integers | pd.Index[Any]", column: str | None, message: str
    ) -> None:
        """Note a problem at each of these rows; ``{}`` in the message is the row's field."""

        def text(row: int) -> str:
            if "{}" not in message or column is None:
                return message
            return message.replace("{}", repr(str(rows.frame.loc[row, column])), 1)

        self.each(rows, index, column, text)

    def each(
        self,
        rows: Rows,
        index: "Integers | pd.Index[Any]",
        column: str | None,
        message: Callable[[int], str],
    ) -> None:
        """Note a problem at each of these rows, with a message of its own."""
        for row in index[:SHOWN]:
            self.problems.add(rows.problem(int(row), column, message(int(row))))
        self.problems.total += max(0, len(index) - SHOWN)

    def check(self, name: str) -> None:
        """Raise what is wrong, if anything is."""
        if self.problems.total:
            count = "1 problem" if self.problems.total == 1 else f"{self.problems.total} problems"
            lines = [f"{name}: {count}", *(f"  {problem}" for problem in self.problems.shown)]
            if self.problems.total > len(self.problems.shown):
                lines.append(f"  … and {self.problems.total - len(self.problems.shown)} more")
            raise DatasetError("\n".join(lines))
