"""Plain tables, written row by row: CSV or Parquet, the same bytes for the same rows."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

TableFormat = Literal["csv", "parquet"]
Kind = Literal["text", "typed", "whole", "number", "boolean"]  # "typed": text that people typed
Value = str | int | float | bool | None

CHUNK_ROWS = 10_000  # one row group of a Parquet file, and what is held in memory at most


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


class CsvTable:
    """UTF-8, comma, ``\\n``, header row; missing is an empty field; booleans ``true``/``false``."""

    def __init__(self, path: Path, columns: Mapping[str, Kind]) -> None:
        self.kinds = tuple(columns.values())
        self.n_rows = 0
        self.file = path.open("w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file, lineterminator="\n")
        self.writer.writerow(spreadsheet_safe(name) for name in columns)

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows; each has one value for each column."""
        for row in rows:
            self.writer.writerow(
                [csv_field(value, kind) for value, kind in zip(row, self.kinds, strict=True)]
            )
            self.n_rows += 1

    def close(self) -> None:
        self.file.close()


def csv_field(value: Value, kind: Kind) -> Value:
    if value is None:
        return ""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "typed":
        return spreadsheet_safe(str(value))
    return value


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

    def close(self) -> None:
        if self.waiting:
            self.flush()
        self.writer.close()


class Table:
    """One table of a dataset folder: ``with Table(…) as table: table.write(rows)``."""

    def __init__(
        self, folder: Path, name: str, columns: Mapping[str, Kind], table_format: TableFormat
    ) -> None:
        self.file_name = f"{name}.{table_format}"
        writer = CsvTable if table_format == "csv" else ParquetTable
        self.writer = writer(folder / self.file_name, columns)

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
