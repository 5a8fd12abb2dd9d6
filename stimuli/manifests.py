"""A researcher's CSV manifest: which files, and what is known about each."""

import contextlib
import os
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

from stimuli.errors import Refusal, RefusedImageError, StimuliError
from stimuli.sources import (
    Entry,
    Source,
    check_id,
    inside,
    named,
    open_regular,
    printable,
    refused_entry,
)
from stimuli.tables import Table, read_table

FILE_COLUMNS = (
    *("file", "path", "image", "filename", "file_name", "filepath", "file_path", "image_file"),
    *("image_path", "image_name", "picture", "stimulus", "img", "src"),
)
LICENCE_COLUMNS = ("licence", "license")
MEASURED = ("width_px", "height_px", "thumbnail")  # ours; a table's own are not kept
KNOWN_COLUMNS = frozenset(
    {*FILE_COLUMNS, *LICENCE_COLUMNS, *MEASURED, "image_id", "category", "sha256"}
)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
SAMPLE = 50  # rows that are looked at to guess


def csv_source(path: Path) -> Source:
    """Every row of a CSV manifest as an entry, in the table's order.

    Raises
    ------
    StimuliError
        If it is no table, no column names files, or any path leaves the manifest's folder.
    """
    root = path.resolve().parent
    table = read_table(path, KNOWN_COLUMNS)
    source = Source(notes=list(table.notes))
    file_column, base = find_files(path, root, table)
    if file_column != FILE_COLUMNS[0]:
        source.notes.append(f"column {file_column!r} names the files")
    if base != root:
        source.notes.append(f"the files lie in {base.relative_to(root)}/")
    dropped = [column for column in table.columns if column in MEASURED]
    if dropped:
        source.notes.append(f"{' and '.join(dropped)} are measured, not taken from the table")
    if file_column != "file" and "file" in table.columns:
        source.notes.append("column 'file' is not kept: image sets have one of their own")
    entries = []
    for line, row in table.rows:
        label = f"{path.name} line {line}"
        refuse_leaving(root, row[file_column], printable(f"{label}: {row[file_column]}"))
        entries.append((line, row_entry(root, base, label, row, file_column)))
    for line, reason in table.wrong:
        refused = RefusedImageError(Refusal.BAD_ROW, reason)
        entries.append((line, refused_entry(f"{path.name} line {line}", refused)))
    source.entries = [entry for _, entry in sorted(entries, key=lambda numbered: numbered[0])]
    return source


def find_files(path: Path, root: Path, table: Table) -> tuple[str, Path]:
    """The column that names the files, and the folder that its paths start from.

    Columns are known by name, else by their cells' extensions; folders are the table's own and
    those directly in it. The pair under which most files exist is taken, the first of equals.
    """
    columns = [column for column in FILE_COLUMNS if column in table.columns]
    sample = [row for _, row in table.rows[:SAMPLE]]
    if not columns:
        columns = [c for c in table.columns if any(suffix_of(row[c]) in SUFFIXES for row in sample)]
    if not columns:
        raise StimuliError(
            f"{path} has no column of files (its columns: {', '.join(table.columns)}): call it "
            "'file', with paths relative to the table's folder"
        )
    folders = [root]
    with contextlib.suppress(OSError):
        folders += sorted(p for p in root.iterdir() if p.is_dir() and not p.is_symlink())
    guesses = [(column, folder) for column in columns for folder in folders]

    def found(guess: tuple[str, Path]) -> int:
        column, folder = guess
        return sum(find_file(folder, row[column]) is not None for row in sample)

    return max(guesses, key=found)


def suffix_of(cell: str) -> str:
    """Extension of a path, lower case."""
    return PurePosixPath(cell).suffix.lower()


def refuse_leaving(root: Path, cell: str, label: str) -> None:
    """Stop if a path is absolute or leaves the table's folder."""
    for text in (cell, cell.replace("\\", "/")):
        if text.startswith("/") or PureWindowsPath(text).drive:
            raise StimuliError(
                f"{label} is an absolute path; nothing was imported: write it relative to {root}"
            )
        inside(root, root / text, label)


def find_file(base: Path, cell: str) -> Path | None:
    """The file that a cell means.

    It may be written with Windows's separators, in the other Unicode form, or without its
    extension.
    """
    if not cell:
        return None
    texts = [cell, cell.replace("\\", "/")]
    if suffix_of(cell) not in SUFFIXES:
        texts += [texts[1] + end for suffix in SUFFIXES for end in (suffix, suffix.upper())]
    for text in dict.fromkeys(texts):
        for name in dict.fromkeys((text, *(unicodedata.normalize(form, text) for form in FORMS))):
            path = base / name
            if os.path.lexists(path) and not path.is_dir():
                return path
    return None


def row_entry(root: Path, base: Path, label: str, row: dict[str, str], file_column: str) -> Entry:
    """One row of the table as an entry."""
    cell = row[file_column]
    if not cell:
        reason = f"column {file_column!r} is empty"
        return refused_entry(label, RefusedImageError(Refusal.BAD_ROW, reason))
    path = find_file(base, cell)
    label = printable(f"{label} ({cell})")
    if path is None:
        found = "is a web address: download it first" if "://" in cell else "there is no such file"
        refused = RefusedImageError(Refusal.MISSING, f"{found} (looked in {base})")
        return refused_entry(label, refused)
    inside(root, path, label)
    image_id, folder = named(path.relative_to(base).as_posix())
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
