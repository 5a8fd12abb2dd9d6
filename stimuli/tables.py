"""A researcher's CSV manifest: which files, and what is known about each."""

import codecs
import csv
import io
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from stimuli.errors import Refusal, RefusedImageError, StimuliError
from stimuli.sources import Entry, Source, check_id, inside, named, open_regular

if TYPE_CHECKING:
    from _csv import Reader

FILE_COLUMNS = (
    *("file", "path", "image", "filename", "file_name", "filepath", "file_path", "image_file"),
    *("image_path", "image_name", "picture", "stimulus", "img", "src"),
)
LICENCE_COLUMNS = ("licence", "license")
MEASURED = ("width_px", "height_px", "thumbnail")  # ours; a table's own are not kept
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
MAX_TABLE_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Table:
    """A table's header and rows; every row has exactly the header's columns."""

    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]  # line in the file, cells without outer spaces
    wrong: list[tuple[int, str]]  # line, and why it was left out
    notes: list[str]


def csv_source(path: Path) -> Source:
    """Every row of a CSV manifest as an entry, in the table's order.

    Raises
    ------
    StimuliError
        If it is no table, no column names files, or any path leaves the manifest's folder.
    """
    root = path.resolve().parent
    table = read_table(path)
    source = Source(notes=list(table.notes))
    file_column = find_file_column(path, table)
    if file_column != FILE_COLUMNS[0]:
        source.notes.append(f"column {file_column!r} names the files")
    for line, row in table.rows:
        refuse_leaving(root, row[file_column], f"{path.name} line {line}: {row[file_column]}")
    base = find_base(root, [row[file_column] for _, row in table.rows])
    if base != root:
        source.notes.append(f"the files lie in {base.relative_to(root)}/")
    dropped = [column for column in table.columns if column in MEASURED]
    if dropped:
        source.notes.append(f"{' and '.join(dropped)} are measured, not taken from the table")
    entries = [
        (line, row_entry(root, base, f"{path.name} line {line}", row, file_column))
        for line, row in table.rows
    ]
    entries += [
        (line, wrong_row(f"{path.name} line {line}", reason)) for line, reason in table.wrong
    ]
    source.entries = [entry for _, entry in sorted(entries, key=lambda numbered: numbered[0])]
    return source


def read_table(path: Path) -> Table:
    """Read a CSV file of any of the usual encodings and separators, and note what was guessed."""
    text, notes = decode(path)
    header = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header.count)
    if delimiter != ",":
        notes.append(f"{path.name} is separated by {DELIMITERS[delimiter]}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: tuple[str, ...] = ()
    rows: list[tuple[int, dict[str, str]]] = []
    wrong: list[tuple[int, str]] = []
    for line, cells in numbered_rows(path, reader):
        if not columns:
            columns = check_header(path, line, cells)
        elif len(cells) > len(columns) and any(cells[len(columns) :]):
            reason = f"has {len(cells)} cells where the header has {len(columns)}"
            wrong.append((line, f"{reason}: put cells with separators in double quotes"))
        else:
            padded = [*cells, *[""] * (len(columns) - len(cells))]
            rows.append((line, dict(zip(columns, padded, strict=False))))
    if not rows and not wrong:
        raise StimuliError(f"{path} has no rows: give a header row and one row per image")
    return Table(columns, rows, wrong, notes)


def decode(path: Path) -> tuple[str, list[str]]:
    """The text of a table, and a note if it is not UTF-8."""
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise StimuliError(
                f"{path} has more than {MAX_TABLE_BYTES // 1024**2} MiB: is it a CSV?"
            )
        content = path.read_bytes()
    except OSError as error:
        raise StimuliError(f"{path} cannot be read: {error.strerror}") from error
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise StimuliError(f"{path} is a spreadsheet or a zip file, not CSV: save it as CSV UTF-8")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, notes = "utf-16", [f"{path.name} is UTF-16"]
    else:
        encoding, notes = "utf-8-sig", []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = content.decode("latin-1" if b"\x81" in content else "cp1252", "replace")
        word = text.splitlines()[line - 1].strip()[:60] if text.splitlines()[line - 1 :] else ""
        notes = [
            f"{path.name} is not UTF-8 (first seen in line {line}) and was read as Latin-1 "
            f"(Windows-1252): check that {word!r} looks right, or save it as CSV UTF-8"
        ]
    if "\x00" in text:
        raise StimuliError(f"{path} holds binary data, not CSV: save the table as CSV UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def numbered_rows(path: Path, reader: "Reader") -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with its first line in the file, cells stripped."""
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise StimuliError(f"{path} line {line} is not CSV: {error}") from error
        if any(cells):
            yield line, cells


def check_header(path: Path, line: int, cells: list[str]) -> tuple[str, ...]:
    """Column names; those that we know are lower-cased. No name may be empty or there twice."""
    known = {*FILE_COLUMNS, *LICENCE_COLUMNS, *MEASURED, "image_id", "category", "sha256"}
    while cells and not cells[-1]:
        cells = cells[:-1]
    columns = tuple(cell.lower() if cell.lower() in known else cell for cell in cells)
    for number, column in enumerate(columns, start=1):
        if not column:
            raise StimuliError(f"{path} line {line}: column {number} has no name; give it one")
        if column in columns[: number - 1]:
            raise StimuliError(f"{path} line {line}: two columns are called {column!r}")
        if not column.isprintable():
            raise StimuliError(
                f"{path} line {line}: column {column!r} cannot be printed; rename it"
            )
    return columns


def find_file_column(path: Path, table: Table) -> str:
    """The column that names the files: by its name, else by its cells' extensions."""
    for column in FILE_COLUMNS:
        if column in table.columns:
            return column
    images = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
    for column in table.columns:
        if any(PurePosixPath(row[column]).suffix.lower() in images for _, row in table.rows[:20]):
            return column
    raise StimuliError(
        f"{path} has no column of files (its columns: {', '.join(table.columns)}): call it 'file', "
        "with paths relative to the table's folder"
    )


def refuse_leaving(root: Path, cell: str, label: str) -> None:
    """Stop if a path is absolute or leaves the table's folder."""
    for text in (cell, cell.replace("\\", "/")):
        if text.startswith("/") or PureWindowsPath(text).drive:
            raise StimuliError(
                f"{label} is an absolute path; nothing was imported: write it relative to {root}"
            )
        if "\x00" not in text:
            inside(root, root / text, label)


def find_base(root: Path, files: list[str]) -> Path:
    """The folder that the paths start from: the table's, or the one in it with most files."""
    sample = [file for file in files if file][:200]
    folders = [root, *sorted(path for path in root.iterdir() if path.is_dir())]
    folders = [folder for folder in folders if folder.resolve().is_relative_to(root)]
    counts = [sum(find_file(folder, file) is not None for file in sample) for folder in folders]
    return folders[counts.index(max(counts))]


def find_file(base: Path, cell: str) -> Path | None:
    """The file that a cell means: as written, with Windows's separators, in either Unicode form."""
    for text in dict.fromkeys((cell, cell.replace("\\", "/"))):
        for form in ("NFC", "NFD"):
            for name in dict.fromkeys((text, unicodedata.normalize(form, text))):
                path = base / name
                try:
                    if os.path.lexists(path) and not path.is_dir():
                        return path
                except (OSError, ValueError):
                    continue
    return None


def wrong_row(label: str, reason: str) -> Entry:
    """An entry for a row that is refused as it stands."""
    return Entry(
        label=label,
        image_id="",
        category=None,
        licence=None,
        attributes={},
        open=open_nothing,
        suffix="",
        refused=RefusedImageError(Refusal.BAD_ROW, reason),
    )


def open_nothing() -> io.BytesIO:
    """The content of a row without a file."""
    return io.BytesIO()


def row_entry(root: Path, base: Path, label: str, row: dict[str, str], file_column: str) -> Entry:
    """One row of the table as an entry."""
    cell = row[file_column]
    if not cell:
        return wrong_row(label, f"column {file_column!r} is empty")
    path = find_file(base, cell)
    label = f"{label} ({cell})"
    if path is None:
        missing = wrong_row(label, "")
        advice = "is a web address: download it first" if "://" in cell else "there is no such file"
        return replace_refusal(missing, RefusedImageError(Refusal.MISSING, f"{advice} in {base}"))
    inside(root, path, label)
    relative = path.relative_to(base).as_posix()
    image_id, folder = named(str(PurePosixPath(os.path.normpath(relative))))
    if row.get("image_id"):
        image_id = unicodedata.normalize("NFC", row["image_id"])
    licence_column = next((column for column in LICENCE_COLUMNS if column in row), None)
    taken = {file_column, licence_column, "image_id", "category", "sha256", "file", *MEASURED}
    return Entry(
        label=label,
        image_id=image_id,
        category=(row["category"] or None) if "category" in row else folder,
        licence=(row[licence_column] or None) if licence_column else None,
        attributes={k: v for k, v in row.items() if k not in taken and v},
        open=lambda: open_regular(path),
        suffix=path.suffix.lower(),
        sha256=row.get("sha256", "").lower() or None,
        refused=check_id(image_id),
    )


def replace_refusal(entry: Entry, refused: RefusedImageError) -> Entry:
    """The same entry, refused for another reason."""
    return Entry(
        label=entry.label,
        image_id=entry.image_id,
        category=None,
        licence=None,
        attributes={},
        open=entry.open,
        suffix="",
        refused=refused,
    )
