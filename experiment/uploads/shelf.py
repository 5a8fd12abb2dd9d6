"""The folder of one upload: what was announced, and what of it has come.

    INSTANCE/uploads/ID/list.sqlite   every file that was announced: its path, size and mark
                        files/KEY     those that are whole
                        parts/KEY     the beginning of one that is sent in pieces

A key is made from the path; the path itself is data and names nothing on disk. What has come is
told by the disk alone, so that no crash can make the list and the files disagree.
"""

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from experiment.errors import InvalidError, NotFoundError, TooLargeError
from experiment.settings import MEGABYTE, UploadLimits
from experiment.uploads.files import (
    Announced,
    Listed,
    OffsetError,
    Readable,
    tidy,
    told,
    too_large,
)

MOST_FILES = 100_000
PIECE = MEGABYTE  # read at a time
TABLE = """CREATE TABLE IF NOT EXISTS file (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, size INTEGER NOT NULL, mark TEXT NOT NULL,
    refused TEXT)"""


class Shelf:
    """One upload's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.parts = folder / "parts"

    def make(self) -> None:
        """Make the folder, with an empty list."""
        self.files.mkdir(parents=True)
        self.parts.mkdir()
        with self._list() as rows:
            rows.execute(TABLE)

    def announce(self, files: Iterable[Announced], limits: UploadLimits) -> list[Listed]:
        """Put files on the list, and say of each what has come of it before, in their order.

        Raises
        ------
        InvalidError
            If a path leads out of what was chosen; then nothing is listed.
        TooLargeError
            If the upload becomes larger, or has more files, than is taken, or the disk is too full.
        """
        keys = []
        with self._list() as rows:
            for file in files:
                path = tidy(file.path)
                key = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:32]
                before = rows.execute(
                    "SELECT size, mark FROM file WHERE key = ?", (key,)
                ).fetchone()
                if before is not None and before != (file.size, file.mark):
                    self._forget(key)
                refused = too_large(path, file.size, limits)
                rows.execute(
                    "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
                    (key, path, file.size, file.mark, refused),
                )
                keys.append(key)
            n, size = rows.execute(
                "SELECT count(*), coalesce(sum(size), 0) FROM file WHERE refused IS NULL"
            ).fetchone()
            self._check_room(n, size, limits)
        listed = {one.key: one for one in self.listed(keys)}
        for one in listed.values():
            if one.size == 0 and one.refused is None:
                (self.files / one.key).touch()  # nothing of it has to be sent
        self.folder.touch()
        return [listed[key] for key in keys]

    def listed(self, keys: Iterable[str] | None = None) -> list[Listed]:
        """The files of these keys, or all, sorted by path."""
        wanted = None if keys is None else list(dict.fromkeys(keys))
        here = {}
        for folder in (self.parts, self.files):
            here.update(sizes(folder) if wanted is None else sizes_of(folder, wanted))
        query = "SELECT key, path, size, mark, refused FROM file"
        with self._list() as rows:
            if wanted is None:
                found = rows.execute(query).fetchall()
            else:
                one = f"{query} WHERE key = ?"
                found = [row for key in wanted for row in rows.execute(one, (key,))]
        files = [
            Listed(key, path, size, mark, refused, received=here.get(key, 0))
            for key, path, size, mark, refused in found
        ]
        return sorted(files, key=lambda file: file.path)

    def find(self, key: str) -> Listed:
        """One file, or NotFoundError."""
        for file in self.listed([key]):
            return file
        raise NotFoundError("no file of this key was announced; announce it first")

    def put_piece(self, key: str, offset: int, stream: Readable) -> Listed:
        """Store the next bytes of a file; of one that is whole, nothing.

        Raises
        ------
        NotFoundError
            If it was not announced.
        OffsetError
            If the piece begins elsewhere than the last one ended.
        InvalidError
            If it is refused, or there are more bytes than were announced.
        """
        file = self.find(key)
        if file.refused is not None:
            raise InvalidError(f"{file.path}: {file.refused}")
        if (self.files / key).is_file():
            return file
        with full_disk_told(), (self.parts / key).open("ab") as part:
            if not locked(part):
                raise OffsetError(part.tell())
            if part.tell() != offset:
                raise OffsetError(part.tell())
            while chunk := stream.read(PIECE):
                if part.tell() + len(chunk) > file.size:
                    part.truncate(0)
                    raise InvalidError(
                        f"{file.path}: more than the {file.size} bytes that were announced; "
                        "it was changed meanwhile: announce it again"
                    )
                part.write(chunk)
            part.flush()
            if part.tell() == file.size:
                self._settle(file, Path(part.name))
        self.folder.touch()
        return self.find(key)

    def put_bundle(self, files: Mapping[str, BinaryIO]) -> tuple[list[str], dict[str, str]]:
        """Store whole files: the keys of those that are here now, and why others are not."""
        stored, refused = [], {}
        known = {file.key: file for file in self.listed(files)}
        for key, stream in files.items():
            file = known.get(key)
            if file is None or file.refused is not None:
                refused[key] = "not announced" if file is None else str(file.refused)
                continue
            aside = self.parts / f"{key}.{secrets.token_hex(4)}"
            try:
                with full_disk_told(), aside.open("xb") as place:
                    shutil.copyfileobj(stream, place, PIECE)
                if aside.stat().st_size != file.size:
                    refused[key] = f"not the {file.size} bytes that were announced: announce again"
                    continue
                self._settle(file, aside)
            except InvalidError as error:
                refused[key] = str(error)
            else:
                stored.append(key)
            finally:
                aside.unlink(missing_ok=True)
        self.folder.touch()
        return stored, refused

    def clear(self) -> None:
        """Delete the files and the list; what else lies in the folder stays."""
        for folder in (self.files, self.parts):
            shutil.rmtree(folder, ignore_errors=True)
        for name in ("list.sqlite", "table.csv"):
            (self.folder / name).unlink(missing_ok=True)

    def _settle(self, file: Listed, aside: Path) -> None:
        """Give a file that has come its place, if it is what was announced."""
        if len(file.mark) == 64:
            with aside.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            if digest != file.mark:
                aside.unlink()
                raise InvalidError(f"{file.path}: its sha256 is not the announced one; send again")
        aside.replace(self.files / file.key)
        (self.parts / file.key).unlink(missing_ok=True)

    def _forget(self, key: str) -> None:
        for folder in (self.files, self.parts):
            (folder / key).unlink(missing_ok=True)

    def _check_room(self, n: int, size: int, limits: UploadLimits) -> None:
        if n > MOST_FILES:
            raise TooLargeError(f"{n} files in one upload; at most {MOST_FILES} are taken: use two")
        if size > limits.upload_bytes:
            raise TooLargeError(
                f"{told(size)} in one upload; at most {told(limits.upload_bytes)} are taken: use "
                "several, into the same image set"
            )
        here = sum(sizes(self.files).values()) + sum(sizes(self.parts).values())
        free = shutil.disk_usage(self.folder).free
        wanted = 2 * size - here  # the image set has a copy of its own
        if free - wanted < limits.free_bytes:
            raise TooLargeError(
                f"the server has {told(free)} left, and this upload needs {told(wanted)} besides "
                f"the {told(limits.free_bytes)} that are kept free: ask who runs it for more room"
            )

    @contextmanager
    def _list(self) -> Iterator[sqlite3.Connection]:
        """The list, in a transaction."""
        if not self.files.is_dir():
            raise NotFoundError("this upload is over")
        path = self.folder / "list.sqlite"
        with closing(sqlite3.connect(path, timeout=20)) as rows, rows:
            yield rows


def sizes(folder: Path) -> dict[str, int]:
    """Name and bytes of every file in a folder; nothing where there is none."""
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        return {entry.name: entry.stat().st_size for entry in found}
    return {}


def sizes_of(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Name and bytes of these files, of those that are there."""
    found = {}
    for name in names:
        with suppress(FileNotFoundError):
            found[name] = (folder / name).stat().st_size
    return found


def locked(file: BinaryIO) -> bool:
    """Lock an open file until it is closed; False if another request has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    file.seek(0, os.SEEK_END)
    return True


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Say in words that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise TooLargeError("the server's disk is full; ask who runs it for more room") from error
