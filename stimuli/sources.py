"""What an import finds in a folder, before any picture is opened.

Nothing that leaves the folder is ever read: such a path stops the whole import.
"""

import io
import os
import posixpath
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from stimuli.errors import Refusal, RefusedImageError, StimuliError

MAX_FILE_BYTES = 256 * 1024**2  # an encoded picture is read whole
MAX_ID = 255
CLUTTER = {"thumbs.db", "desktop.ini", "__macosx", "icon\r"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that may become an image."""

    label: str  # what the researcher calls it: its path, or the manifest's line and its path
    image_id: str
    category: str | None
    licence: str | None
    attributes: Mapping[str, str]
    open: Callable[[], BinaryIO]
    suffix: str  # of its name, lower case
    sha256: str | None = None  # what the manifest promises
    refused: RefusedImageError | None = None  # known before the file is opened


@dataclass(slots=True)
class Source:
    """All files of an import in their order, what was passed over, and what was guessed."""

    entries: list[Entry] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def named(relative: str) -> tuple[str, str | None]:
    """Image id and category of a path within a set: without extension, and its first folder."""
    path = PurePosixPath(posixpath.normpath(unicodedata.normalize("NFC", relative)))
    category = path.parts[0] if len(path.parts) > 1 else None
    return str(path.with_suffix("")), category


def check_id(image_id: str) -> RefusedImageError | None:
    """Why a text cannot be an image id, or None."""
    if not image_id or len(image_id) > MAX_ID:
        reason = f"an image_id has 1 to {MAX_ID} characters, not {len(image_id)}"
    elif not image_id.isprintable():
        reason = f"{image_id!r} has characters that cannot be printed; rename it"
    else:
        return None
    return RefusedImageError(Refusal.BAD_NAME, reason)


def printable(text: str) -> str:
    """A file's name as it can be shown: whatever cannot be printed becomes an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def is_clutter(name: str) -> bool:
    """Hidden files, and what operating systems leave in folders."""
    return name.startswith(".") or name.lower() in CLUTTER


def file_entry(label: str, relative: str, opener: Callable[[], BinaryIO]) -> Entry:
    """An entry whose id and category are its path's."""
    image_id, category = named(relative)
    return Entry(
        label=printable(label),
        image_id=image_id,
        category=category,
        licence=None,
        attributes={},
        open=opener,
        suffix=PurePosixPath(relative).suffix.lower(),
        refused=check_id(image_id),
    )


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; refuses pipes and devices, which might never end."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedImageError(Refusal.MISSING, f"cannot be read: {error.strerror}") from error
    file = os.fdopen(handle, "rb")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        file.close()
        raise RefusedImageError(Refusal.MISSING, "is not a regular file")
    return file


def inside(root: Path, path: Path, label: str) -> Path:
    """The real place of a file; StimuliError if it is not within ``root`` (which is resolved)."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # link loops, impossible names
        raise StimuliError(f"{label}: this path cannot be followed ({error})") from error
    if not real.is_relative_to(root):
        raise StimuliError(
            f"{label} leads out of {root} (to {real}); nothing was imported: put the file itself "
            "there"
        )
    return real


def refused_entry(label: str, refused: RefusedImageError) -> Entry:
    """An entry that is refused as it stands."""
    return Entry(
        label=printable(label),
        image_id="",
        category=None,
        licence=None,
        attributes={},
        open=io.BytesIO,
        suffix="",
        refused=refused,
    )


def folder_source(folder: Path) -> Source:
    """Every file below a folder, sorted by path.

    Raises
    ------
    StimuliError
        If the folder has a manifest of its own, or links lead out of it: all of them are named.
    """
    root = folder.resolve()
    if (root / "manifest.csv").is_file():
        raise StimuliError(
            f"{folder} holds manifest.csv, which would be lost: import {folder / 'manifest.csv'} "
            "instead, or move it away to import the pictures without it"
        )
    source = Source()
    tables: list[str] = []
    leaving: list[str] = []
    for relative in walk(root, source, leaving):
        path = root / relative
        if path.is_symlink() and not path.exists():
            refused = RefusedImageError(Refusal.MISSING, "this link leads to no file")
            source.entries.append(refused_entry(relative, refused))
            continue
        if not path.resolve().is_relative_to(root):
            leaving.append(relative)
        if path.suffix.lower() in {".csv", ".tsv"}:
            tables.append(relative)
        source.entries.append(
            file_entry(relative, relative, lambda path=path: open_regular(path))  # type: ignore[misc] # mypy cannot infer lambdas with defaults
        )
    if leaving:
        names = ", ".join(map(printable, sorted(leaving)))
        raise StimuliError(
            f"{names} {'leads' if len(leaving) == 1 else 'lead'} out of {root}; nothing was "
            "imported: put the files themselves there"
        )
    if tables:
        source.notes.append(
            f"{folder} holds a table ({tables[0]}), which was not read: "
            f"import {folder / tables[0]} itself if it describes the images"
        )
    return source


def walk(root: Path, source: Source, leaving: list[str]) -> list[str]:
    """Paths of all files below ``root``, relative, sorted.

    Hidden ones are counted in ``source`` instead, and folders that cannot be read are refused.
    Links to folders outside are added to ``leaving``.
    """
    found: list[str] = []

    def unreadable(error: OSError) -> None:
        reason = f"this folder cannot be read: {error.strerror}"
        source.entries.append(
            refused_entry(str(error.filename), RefusedImageError(Refusal.MISSING, reason))
        )

    for folder, folders, files in os.walk(root, onerror=unreadable):
        here = Path(folder)
        for name in list(folders):
            linked = (here / name).is_symlink()
            if linked and not (here / name).resolve().is_relative_to(root):
                leaving.append((here / name).relative_to(root).as_posix())
            if is_clutter(name) or linked:
                source.skipped["links to folders" if linked else "hidden folders"] += 1
                folders.remove(name)
        for name in files:
            if is_clutter(name):
                source.skipped["hidden files"] += 1
            else:
                found.append((here / name).relative_to(root).as_posix())
    return sorted(found)


def read_whole(entry: Entry) -> bytes:
    """The bytes of an entry's file, at most ``MAX_FILE_BYTES``."""
    try:
        with entry.open() as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except RefusedImageError:
        raise
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise RefusedImageError(Refusal.TRUNCATED, f"cannot be read to its end: {error}") from error
    except Exception as error:  # zlib, bz2 and lzma have errors of their own
        raise RefusedImageError(Refusal.TRUNCATED, f"damaged in the zip: {error}") from error
    if len(content) > MAX_FILE_BYTES:
        reason = f"the file has more than {MAX_FILE_BYTES // 1024**2} MiB: make it smaller"
        raise RefusedImageError(Refusal.BOMB, reason)
    return content
