"""The file of a backup: a tar of plain files, each with its SHA-256, the manifest last."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from experiment.backup.manifest import MANIFEST, BackupError, KeptFile, Manifest, read_manifest

Progress = Callable[[int], object]  # is told the bytes since it was told last
CHUNK = 1024 * 1024
LONGEST_MANIFEST = 256 * 1024 * 1024  # bytes; a million files have about 150 MB


class Hashing(io.RawIOBase):
    """Reads from a file, and knows the SHA-256 of what was read."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        super().__init__()
        self.file = file
        self.progress = progress
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.sha256.update(piece)
        self.progress(len(piece))
        return piece


def add_file(archive: tarfile.TarFile, name: str, path: Path, progress: Progress) -> KeptFile:
    """Put a file into the archive as it is when it is opened; it may be replaced meanwhile."""
    with path.open("rb") as file:
        member = archive.gettarinfo(arcname=name, fileobj=file)
        member.mode = 0o600
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        reader = Hashing(file, progress)
        archive.addfile(member, reader)
    return KeptFile(sha256=reader.sha256.hexdigest(), bytes=member.size)


def add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> KeptFile:
    """Put a small file into the archive."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o600
    archive.addfile(member, io.BytesIO(content))
    return KeptFile(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def check_backup(path: Path, progress: Progress) -> Manifest:
    """Read the whole backup and compare every file with what the manifest says of it.

    Raises
    ------
    BackupError
        If a file is absent, changed or not in the manifest, or the backup is cut off.
    """
    found: dict[str, KeptFile] = {}
    manifest: Manifest | None = None
    with reading(path) as archive:
        for name, content in members(archive, path):
            if name in found or (manifest is not None and name == MANIFEST):
                raise BackupError(f"{path} is no backup of hitrate: it holds {name} twice")
            if name == MANIFEST:
                manifest = read_manifest(content.read(LONGEST_MANIFEST), str(path))
                continue
            reader = Hashing(content, progress)
            size = 0
            while piece := reader.read(CHUNK):
                size += len(piece)
            found[name] = KeptFile(sha256=reader.sha256.hexdigest(), bytes=size)
    if manifest is None:
        raise BackupError(f"{path} has no {MANIFEST}: it was cut off, or it is no backup")
    for name in sorted(manifest.files.keys() | found.keys()):
        if found.get(name) != manifest.files.get(name):
            what = (
                "is missing"
                if name not in found
                else "is not in the manifest"
                if name not in manifest.files
                else "is not what was put into it"
            )
            raise BackupError(f"{path} is damaged: {name} {what}; use another backup")
    return manifest


def unpack(path: Path, manifest: Manifest, folder: Path, progress: Progress) -> None:
    """Write the files of a backup that was checked into an empty folder.

    Raises
    ------
    BackupError
        If the file has changed since it was checked.
    """
    with reading(path) as archive:
        for name, content in members(archive, path):
            if name == MANIFEST:
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            reader = Hashing(content, progress)
            with target.open("xb") as file:
                while piece := reader.read(CHUNK):
                    file.write(piece)
            if reader.sha256.hexdigest() != manifest.files[name].sha256:
                raise BackupError(f"{path}: {name} changed while it was restored; try again")


def members(archive: tarfile.TarFile, path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of each file of a backup, in order.

    Raises
    ------
    BackupError
        If it holds anything but files below a folder.
    """
    for member in archive:
        place = PurePosixPath(member.name)
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or place.is_absolute() or ".." in place.parts:
            raise BackupError(f"{path} is no backup of hitrate: it holds {member.name!r}")
        yield member.name, content


@contextmanager
def reading(path: Path) -> Iterator[tarfile.TarFile]:
    """The archive, opened; what is wrong with it as an error of ours."""
    try:
        archive = tarfile.open(path, "r:")  # noqa: SIM115 (closed below; its errors are others)
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror or error}") from None
    except tarfile.TarError:
        raise BackupError(f"{path} is no backup of hitrate: it is no tar file") from None
    with archive:
        try:
            yield archive
        except tarfile.TarError:
            raise BackupError(f"{path} was cut off or damaged; use another backup") from None
