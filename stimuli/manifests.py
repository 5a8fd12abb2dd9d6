"""A researcher's CSV manifest: which files, and what is known about each."""

import contextlib
import os
import posixpath
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, Literal, Protocol

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


class Place(Protocol):
    """Where a table's paths lead: files by their path relative to it, with '/'."""

    def folders(self) -> list[str]:
        """Names of the folders directly in it, sorted."""

    def has(self, path: str) -> bool:
        """Is there a file of this path?"""

    def check(self, path: str, label: str) -> None:
        """Stop with StimuliError if this path leads out."""

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading."""

    def told(self, base: str) -> str:
        """What people call a folder in it."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A place on disk."""

    root: Path  # resolved

    def folders(self) -> list[str]:
        with contextlib.suppress(OSError):
            found = (path for path in self.root.iterdir() if path.is_dir())
            return sorted(path.name for path in found if not path.is_symlink())
        return []

    def has(self, path: str) -> bool:
        file = self.root / path
        return os.path.lexists(file) and not file.is_dir()

    def check(self, path: str, label: str) -> None:
        inside(self.root, self.root / path, label)

    def open(self, path: str) -> BinaryIO:
        return open_regular(self.root / path)

    def told(self, base: str) -> str:
        return str(self.root / base)


@dataclass(frozen=True, slots=True)
class Among:
    """The files of another source, by their labels."""

    files: Mapping[str, Entry]

    def folders(self) -> list[str]:
        return sorted({path.partition("/")[0] for path in self.files if "/" in path})

    def has(self, path: str) -> bool:
        return posixpath.normpath(path) in self.files

    def check(self, path: str, label: str) -> None:
        if posixpath.normpath(path).startswith("../"):
            raise StimuliError(f"{label} leads out of what was uploaded; nothing was imported")

    def open(self, path: str) -> BinaryIO:
        entry = self.files[posixpath.normpath(path)]
        if entry.refused is not None:
            raise entry.refused
        return entry.open()

    def told(self, base: str) -> str:
        return f"{base}/ of what was uploaded" if base else "what was uploaded"


def csv_source(path: Path) -> Source:
    """Every row of a CSV manifest as an entry, in the table's order.

    Raises
    ------
    StimuliError
        If it is no table, no column names files, or any path leaves the manifest's folder.
    """
    return table_source(read_table(path, KNOWN_COLUMNS), str(path), Folder(path.resolve().parent))


def described_source(path: Path, name: str, files: Source) -> Source:
    """Every row of a table as an entry whose file is one of another source's.

    Parameters
    ----------
    path, name
        Where the table lies now, and what people call it.
    files
        Their labels are paths; those that the table does not name are noted.
    """
    among = Among({entry.label: entry for entry in files.entries if entry.label != name})
    source = table_source(read_table(path, KNOWN_COLUMNS, name), name, among)
    source.skipped.update(files.skipped)
    source.notes[:0] = files.notes
    named_files = sum(entry.refused is None for entry in source.entries)
    if len(among.files) > named_files:
        source.notes.append(
            f"{name} names {named_files} of {len(among.files)} files that came with it; the rest "
            "was left out"
        )
    return source


def table_source(table: Table, name: str, place: Place) -> Source:
    """Every row of a table as an entry, in the table's order."""
    source = Source(notes=list(table.notes))
    short = PurePosixPath(name).name
    file_column, base = find_files(name, table, place)
    if file_column != FILE_COLUMNS[0]:
        source.notes.append(f"column {file_column!r} names the files")
    if base:
        source.notes.append(f"the files lie in {base}/")
    dropped = [column for column in table.columns if column in MEASURED]
    if dropped:
        source.notes.append(f"{' and '.join(dropped)} are measured, not taken from the table")
    if file_column != "file" and "file" in table.columns:
        source.notes.append("column 'file' is not kept: image sets have one of their own")
    entries = []
    for line, row in table.rows:
        label = f"{short} line {line}"
        refuse_leaving(place, row[file_column], printable(f"{label}: {row[file_column]}"))
        entries.append((line, row_entry(place, base, label, row, file_column)))
    for line, reason in table.wrong:
        refused = RefusedImageError(Refusal.BAD_ROW, reason)
        entries.append((line, refused_entry(f"{short} line {line}", refused)))
    source.entries = [entry for _, entry in sorted(entries, key=lambda numbered: numbered[0])]
    return source


def find_files(name: str, table: Table, place: Place) -> tuple[str, str]:
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
            f"{name} has no column of files (its columns: {', '.join(table.columns)}): call it "
            "'file', with paths relative to the table's folder"
        )
    guesses = [(column, base) for column in columns for base in ("", *place.folders())]

    def found(guess: tuple[str, str]) -> int:
        column, base = guess
        return sum(find_file(place, base, row[column]) is not None for row in sample)

    return max(guesses, key=found)


def suffix_of(cell: str) -> str:
    """Extension of a path, lower case."""
    return PurePosixPath(cell).suffix.lower()


def refuse_leaving(place: Place, cell: str, label: str) -> None:
    """Stop if a path is absolute or leaves the table's folder."""
    for text in (cell, cell.replace("\\", "/")):
        if text.startswith("/") or PureWindowsPath(text).drive:
            raise StimuliError(
                f"{label} is an absolute path; nothing was imported: write it relative to "
                f"{place.told('')}"
            )
        place.check(text, label)


def find_file(place: Place, base: str, cell: str) -> str | None:
    """The path, within the place, of the file that a cell means.

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
            path = posixpath.join(base, name)
            if place.has(path):
                return path
    return None


def row_entry(place: Place, base: str, label: str, row: dict[str, str], file_column: str) -> Entry:
    """One row of the table as an entry."""
    cell = row[file_column]
    if not cell:
        reason = f"column {file_column!r} is empty"
        return refused_entry(label, RefusedImageError(Refusal.BAD_ROW, reason))
    path = find_file(place, base, cell)
    label = printable(f"{label} ({cell})")
    if path is None:
        found = "is a web address: download it first" if "://" in cell else "there is no such file"
        refused = RefusedImageError(Refusal.MISSING, f"{found} (looked in {place.told(base)})")
        return refused_entry(label, refused)
    place.check(path, label)
    image_id, folder = named(path[len(base) + 1 :] if base else path)
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
        open=lambda: place.open(path),
        suffix=PurePosixPath(path).suffix.lower(),
        sha256=row.get("sha256", "").lower() or None,
        refused=check_id(image_id),
    )
