"""What an import finds in a folder or a zip file, before any picture is opened.

Nothing that leaves the folder or the zip file is ever read: such a path stops the whole import.
"""

import contextlib
import io
import os
import posixpath
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from stimuli.errors import Refusal, RefusedImageError, StimuliError

MAX_FILE_BYTES = 256 * 1024**2  # an encoded picture is read whole
MAX_ZIP_RATIO, MAX_ZIP_BYTES = 200, 4 * 1024**3  # a zip that unpacks beyond both is a bomb
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
    """Every file below a folder, sorted by path."""
    root = folder.resolve()
    source = Source()
    tables = []
    for relative in walk(root, source):
        path = root / relative
        inside(root, path, relative)
        if path.suffix.lower() in {".csv", ".tsv"}:
            tables.append(relative)
        source.entries.append(
            file_entry(relative, relative, lambda path=path: open_regular(path))  # type: ignore[misc] # mypy cannot infer lambdas with defaults
        )
    if tables:
        source.notes.append(
            f"{folder} holds a table ({tables[0]}), which was not read: "
            f"import {folder / tables[0]} itself if it describes the images"
        )
    return source


def walk(root: Path, source: Source) -> list[str]:
    """Paths of all files below ``root``, relative, sorted.

    Hidden ones are counted in ``source`` instead, and folders that cannot be read are refused.
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
            if linked:
                inside(root, here / name, str((here / name).relative_to(root)))
            if is_clutter(name) or linked:
                source.skipped["links to folders" if linked else "hidden folders"] += 1
                folders.remove(name)
        for name in files:
            if is_clutter(name):
                source.skipped["hidden files"] += 1
            else:
                found.append((here / name).relative_to(root).as_posix())
    return sorted(found)


@contextmanager
def zip_source(path: Path) -> Iterator[Source]:
    """Every file in a zip, sorted by path; a folder named like the zip around all is left out."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise StimuliError(f"{path} cannot be opened as a zip file: {error}") from error
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for member in members:
            refuse_leaving(path, archive, member)
        refuse_bomb(path, members)
        source = Source()
        wanted = []
        for member in members:
            if any(
                is_clutter(part)
                for part in PurePosixPath(posixpath.normpath(member.filename)).parts
            ):
                source.skipped["hidden files"] += 1
            else:
                wanted.append(member)
        wrapper = f"{path.stem}/"
        wrapped = bool(wanted) and all(member.filename.startswith(wrapper) for member in wanted)
        if wrapped:
            source.notes.append(f"everything lies in {wrapper}, which is left out of the image ids")
        for member in sorted(wanted, key=lambda member: member.filename):
            relative = member.filename.removeprefix(wrapper) if wrapped else member.filename
            relative = relative.replace("\\", "/")  # some Windows programs write them
            source.entries.append(
                file_entry(relative, relative, lambda member=member: open_member(archive, member))  # type: ignore[misc] # mypy cannot infer lambdas with defaults
            )
        yield source


def refuse_leaving(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Stop if a member's name, or a link's target, leaves the zip."""
    names = [member.orig_filename, member.filename]
    if stat.S_ISLNK(member.external_attr >> 16):
        with contextlib.suppress(RefusedImageError), open_member(archive, member) as link:
            target = link.read(4096).decode("utf-8", "replace")
            names += [target] if target.startswith("/") else [f"{member.filename}/../{target}"]
    for name in names:
        if leaves(name):
            raise StimuliError(
                f"{path}: {name!r} leads out of the zip file; nothing was imported: make the zip "
                "from inside the folder of images"
            )


def leaves(name: str) -> bool:
    """Is a relative path absolute on some system, or does it climb out by ``..``?"""
    depth = 0
    for part in name.replace("\\", "/").split("/"):
        depth += -1 if part == ".." else part not in {"", "."}
        if depth < 0:
            return True
    windows = PureWindowsPath(name)
    return name.startswith(("/", "\\")) or bool(windows.drive)


def refuse_bomb(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Stop if the zip would unpack to absurdly more than it is."""
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_ZIP_BYTES and unpacked > MAX_ZIP_RATIO * path.stat().st_size:
        raise StimuliError(
            f"{path} would unpack to {unpacked / 1e9:.0f} GB, {MAX_ZIP_RATIO} times more than it "
            "is: a zip bomb? Unpack it yourself and import the folder"
        )


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    """Open a file within a zip."""
    if member.flag_bits & 1:
        raise RefusedImageError(
            Refusal.ENCRYPTED, "has a password: unpack it and import the folder"
        )
    try:
        return archive.open(member)  # type: ignore[return-value] # IO[bytes] reads like BinaryIO
    except NotImplementedError as error:
        reason = f"packed by a method that Python cannot unpack ({error}): import the folder"
        raise RefusedImageError(Refusal.MISSING, reason) from error
    except (OSError, zipfile.BadZipFile) as error:
        raise RefusedImageError(Refusal.TRUNCATED, f"damaged in the zip: {error}") from error


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
