"""What an import finds in a zip file, before any picture is opened.

Nothing that leaves the zip file is ever read: such a path stops the whole import.
"""

import contextlib
import posixpath
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from stimuli.errors import Refusal, RefusedImageError, StimuliError
from stimuli.sources import Source, file_entry, is_clutter

MAX_ZIP_RATIO, MAX_ZIP_BYTES = 200, 4 * 1024**3  # a zip that unpacks beyond both is a bomb


@contextmanager
def zip_source(path: Path, name: str | None = None) -> Iterator[Source]:
    """Every file in a zip, sorted by path; a folder named like the zip around all is left out.

    `name` is what people call the file, if it is not its path.
    """
    name = name or str(path)
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise StimuliError(f"{name} cannot be opened as a zip file: {error}") from error
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for member in members:
            refuse_leaving(name, archive, member)
        refuse_bomb(path, name, members)
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
        wrapper = f"{PurePath(name).stem}/"
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


def refuse_leaving(zip_name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Stop if a member's name, or a link's target, leaves the zip."""
    names = [member.orig_filename, member.filename]
    if stat.S_ISLNK(member.external_attr >> 16):
        with contextlib.suppress(RefusedImageError), open_member(archive, member) as link:
            target = link.read(4096).decode("utf-8", "replace")
            names += [target] if target.startswith("/") else [f"{member.filename}/../{target}"]
    for name in names:
        if leaves(name):
            raise StimuliError(
                f"{zip_name}: {name!r} leads out of the zip file; nothing was imported: make the "
                "zip from inside the folder of images"
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


def refuse_bomb(path: Path, name: str, members: list[zipfile.ZipInfo]) -> None:
    """Stop if the zip would unpack to absurdly more than it is."""
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_ZIP_BYTES and unpacked > MAX_ZIP_RATIO * path.stat().st_size:
        raise StimuliError(
            f"{name} would unpack to {unpacked / 1e9:.0f} GB, {MAX_ZIP_RATIO} times more than it "
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
