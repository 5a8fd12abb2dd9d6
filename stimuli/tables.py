"""Read a researcher's CSV file, whatever program wrote it, and say what was guessed."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stimuli.errors import StimuliError
from stimuli.sources import printable

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
MAX_TABLE_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Table:
    """A table's header and rows; every row has exactly the header's columns."""

    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]  # line in the file, cells without outer spaces
    wrong: list[tuple[int, str]]  # line, and why it is no row
    notes: list[str]


def read_table(path: Path, known: frozenset[str], name: str | None = None) -> Table:
    """Read a CSV file of any of the usual encodings and separators.

    Parameters
    ----------
    path, known, name
        The file; column names that are ours, found in any mixture of capitals; what people call
        the file, if it is not its path.

    Raises
    ------
    StimuliError
        If the file is no CSV, has no rows, or its header has empty or repeated names.
    """
    name = name or str(path)
    text, notes = decode(path, name)
    header, _, rest = text.partition("\n")
    first_line = 1
    if header.lower().startswith("sep=") and len(header) == 5:  # Excel's own hint
        header, text, first_line = header[4], rest, 2
    delimiter = max(DELIMITERS, key=header.count)
    if delimiter != ",":
        notes.append(f"{PurePath(name).name} is separated by {DELIMITERS[delimiter]}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: tuple[str, ...] = ()
    rows: list[tuple[int, dict[str, str]]] = []
    wrong: list[tuple[int, str]] = []
    for line, cells in numbered_rows(name, reader, first_line):
        if not columns:
            columns = check_header(name, line, cells, known)
        elif any(cells[len(columns) :]):
            reason = f"has {len(cells)} cells where the header has {len(columns)}"
            wrong.append((line, f"{reason}: put cells with separators in double quotes"))
        else:
            padded = [*cells, *[""] * (len(columns) - len(cells))]
            rows.append((line, dict(zip(columns, padded, strict=False))))
    if not rows and not wrong:
        raise StimuliError(f"{name} has no rows: give a header row and one row per image")
    return Table(columns, rows, wrong, notes)


def decode(path: Path, name: str) -> tuple[str, list[str]]:
    """The text of a table with ``\\n`` line ends, and a note if it is not UTF-8."""
    short = PurePath(name).name
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            limit = MAX_TABLE_BYTES // 1024**2
            raise StimuliError(f"{name} has more than {limit} MiB: is it a CSV file?")
        content = path.read_bytes()
    except OSError as error:
        raise StimuliError(f"{name} cannot be read: {error.strerror}") from error
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise StimuliError(f"{name} is a spreadsheet or a zip file, not CSV: save it as CSV UTF-8")
    encoding, notes = "utf-8-sig", list[str]()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, notes = "utf-16", [f"{short} is UTF-16"]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise StimuliError(f"{name} is damaged UTF-16: save it as CSV UTF-8") from error
        text = content.decode("cp1252", "replace")
        line = content.count(b"\n", 0, error.start) + 1
        start = content.rfind(b"\n", 0, error.start) + 1
        word = content[start : error.start + 20].decode("cp1252", "replace").strip()
        notes = [
            f"{short} is not UTF-8 (first seen in line {line}) and was read as Latin-1 "
            f"(Windows-1252): check that '{printable(word)}' looks right, or save it as CSV UTF-8"
        ]
    if "\x00" in text:
        raise StimuliError(f"{name} holds binary data, not CSV: save the table as CSV UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def numbered_rows(name: str, reader: "Reader", first_line: int) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with its first line in the file, cells stripped."""
    while True:
        line = reader.line_num + first_line
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise StimuliError(f"{name} line {line} is not CSV: {error}") from error
        if any(cells):
            yield line, cells


def check_header(name: str, line: int, cells: list[str], known: frozenset[str]) -> tuple[str, ...]:
    """Column names, those that we know in lower case; each has a name of its own."""
    while not cells[-1]:
        cells = cells[:-1]
    columns = tuple(cell.lower() if cell.lower() in known else cell for cell in cells)
    for number, column in enumerate(columns, start=1):
        if not column:
            raise StimuliError(f"{name} line {line}: column {number} has no name; give it one")
        if column in columns[: number - 1]:
            raise StimuliError(f"{name} line {line}: two columns are called {column!r}")
        if not column.isprintable():
            raise StimuliError(
                f"{name} line {line}: column {column!r} cannot be printed; rename it"
            )
    return columns
