"""Plain tables, written row by row: CSV, TSV or Parquet, the same bytes for the same rows."""

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

Kind = Literal["text", "typed", "whole", "number", "boolean"]  # "typed": text that people typed
Value = str | int | float | bool | None

ENDS = str.maketrans("\t\r\n", "   ")
CHUNK_ROWS = 10_000  # one row group of a Parquet file, and what is held in memory at most


@dataclass(frozen=True, slots=True)
class Form:
    """How the tables of an export are written down."""

    suffix: str  # of the files
    delimiter: str = ","
    missing: str = ""
    quotes_all: bool = False
    has_quotes: bool = True  # without: line ends and delimiters in a text become spaces
    line_end: str = "\n"


CSV = Form("csv")
PARQUET = Form("parquet")
TSV = Form("tsv", "\t", missing="n/a", has_quotes=False)  # as BIDS has it
JSPSYCH = Form("csv", missing="null", quotes_all=True, line_end="\r\n")  # as jsPsych's .csv()


def spreadsheet_safe(text: str) -> str:
    """Typed text as a spreadsheet may open it: what would be run as a formula gets a leading ``'``.

    Numbers (``-3.5``) and single characters (the key ``-``) are no formulas and stay as they are.
    """
    if len(text) < 2 or text[0] not in "=+-@\t\r":
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def iso(time: datetime | None) -> str | None:
    """UTC, ISO 8601, to the millisecond: ``2026-01-31T12:00:00.000Z``."""
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def boolean_text(value: Value) -> Value:
    return None if value is None else "true" if value else "false"


def typed_text(value: Value) -> Value:
    return None if value is None else spreadsheet_safe(str(value))


def on_one_line(value: Value) -> Value:
    """Text without what ends a field or a line."""
    return value.translate(ENDS) if isinstance(value, str) else value


class TextTable:
    """Separated text in UTF-8 with a header row; booleans are ``true``/``false``."""

    def __init__(
        self, path: Path, columns: Mapping[str, Kind], form: Form = CSV, *, header: bool = True
    ) -> None:
        self.missing = form.missing
        self.changes: list[tuple[int, Callable[[Value], Value]]] = []  # column, what it becomes
        for index, kind in enumerate(columns.values()):
            if kind == "boolean":
                self.changes.append((index, boolean_text))
            elif kind == "typed":
                self.changes.append((index, typed_text))
            if kind in ("text", "typed") and not form.has_quotes:
                self.changes.append((index, on_one_line))
        self.n_columns = len(columns)
        self.n_rows = 0
        self.file = path.open("w", encoding="utf-8", newline="")
        quoting: dict[str, Any] = {"quoting": csv.QUOTE_ALL if form.quotes_all else 0}
        if not form.has_quotes:
            quoting = {"quoting": csv.QUOTE_NONE, "quotechar": None}
        self.writer = csv.writer(
            self.file, delimiter=form.delimiter, lineterminator=form.line_end, **quoting
        )
        if header:
            self.writer.writerow(spreadsheet_safe(name) for name in columns)

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows; each has one value for each column."""
        for row in rows:
            values = list(row)
            if len(values) != self.n_columns:
                raise ValueError(f"{len(values)} values for {self.n_columns} columns")
            for index, change in self.changes:
                values[index] = change(values[index])
            if self.missing:
                values = [self.missing if value is None else value for value in values]
            self.writer.writerow(values)  # which writes None as an empty field
            self.n_rows += 1

    def close(self) -> None:
        self.file.close()


class ParquetTable:
    """The same rows with their types; texts as they were typed, as no spreadsheet runs them."""

    def __init__(self, path: Path, columns: Mapping[str, Kind]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        types = {
            "text": pa.string(),
            "typed": pa.string(),
            "whole": pa.int64(),
            "number": pa.float64(),
            "boolean": pa.bool_(),
        }
        self.table = pa.Table
        self.schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
        self.writer: Any = parquet.ParquetWriter(path, self.schema)
        self.waiting: list[Sequence[Value]] = []
        self.n_rows = 0

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows; each has one value for each column."""
        iterator = iter(rows)
        while more := list(islice(iterator, CHUNK_ROWS - len(self.waiting))):
            self.waiting += more
            self.n_rows += len(more)
            if len(self.waiting) == CHUNK_ROWS:
                self.flush()

    def flush(self) -> None:
        names = self.schema.names
        rows = [dict(zip(names, row, strict=True)) for row in self.waiting]
        self.writer.write_table(self.table.from_pylist(rows, schema=self.schema))
        self.waiting = []

    def append(self, file: Path) -> None:
        """Append the rows of another file with the same columns."""
        from pyarrow import parquet

        self.writer.write_table(parquet.read_table(file, schema=self.schema))

    def close(self) -> None:
        if self.waiting:
            self.flush()
        self.writer.close()


class Table:
    """One table of an export: ``with Table(…) as table: table.write(rows)``."""

    def __init__(
        self, path: Path, columns: Mapping[str, Kind], form: Form = CSV, *, header: bool = True
    ) -> None:
        self.writer: TextTable | ParquetTable = (
            ParquetTable(path, columns)
            if form is PARQUET
            else TextTable(path, columns, form, header=header)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.writer.close()

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows; each has one value for each column."""
        self.writer.write(rows)

    @property
    def n_rows(self) -> int:
        """Rows written so far, without the header."""
        return self.writer.n_rows


def join_tables(
    parts: Iterable[Path], path: Path, columns: Mapping[str, Kind], form: Form = CSV
) -> None:
    """One table of parts that were written without a header, in their order."""
    if form is PARQUET:
        whole = ParquetTable(path, columns)
        for part in parts:
            whole.append(part)
        whole.close()
        return
    TextTable(path, columns, form).close()
    with path.open("ab") as file:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, file)
