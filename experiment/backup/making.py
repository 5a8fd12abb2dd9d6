"""Making a backup: the database at one moment, then the files that it speaks of."""

import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import hitrate
from experiment.access import COMMAND
from experiment.accounts.audit import record
from experiment.backup.archive import add_bytes, add_file
from experiment.backup.databases import DatabaseCopy, copy_database, database_files
from experiment.backup.manifest import (
    FORMAT,
    MANIFEST,
    RESTORING,
    SECRET_KEY,
    BackupError,
    KeptFile,
    Manifest,
)
from experiment.database import Database, current_revision, head_revision
from experiment.settings import Settings
from stimuli.image_set import ORIGINALS

# What of an instance is not kept: what can be made or sent again (logs of jobs, exports, uploads
# on their way, the mark of the day's work), and the key, which is kept even if it is no file.
NOT_KEPT = frozenset(
    {"computing", "daily", "exports", "jobs", "renditions", "uploads", RESTORING, SECRET_KEY}
)


def make_backup(
    settings: Settings, out: Path, progress: Callable[[int, int], object] = lambda *_: None
) -> tuple[Path, Manifest]:
    """Write one file with everything that an instance needs to live on elsewhere.

    The database is copied first, within one transaction; images are added to a set before the
    database knows them, and the list of withdrawals is copied after it, so that what the copy
    speaks of is in the backup. `progress` is told bytes done and bytes in all. `out` is a file, or
    a folder in which a name is given.

    Raises
    ------
    BackupError
        If there is something of this name, or it cannot be written, or is in the instance itself.
    """
    target = backup_path(settings, out)
    keep_record(settings)
    made_at = datetime.now(UTC)
    try:
        with tempfile.TemporaryDirectory(prefix=".hitrate-backup-", dir=target.parent) as folder:
            copy = copy_database(settings.database_url, Path(folder))
            part = Path(folder) / "backup.tar"
            manifest = _write(settings, copy, part, made_at, progress)
            require_absent(target)  # somebody may have made one meanwhile
            part.rename(target)
    except OSError as error:
        where = error.filename or target
        raise BackupError(f"{where} cannot be read or written: {error.strerror}") from None
    return target, manifest


def keep_record(settings: Settings) -> None:
    """Record that all data are copied, first of all; an older schema may have no place for it."""
    files = database_files(settings.database_url)
    if files and not files[0].exists():
        return  # opening it would make it
    with closing(Database(settings.database_url)) as database:
        if current_revision(database.engine) == head_revision():
            with database.write() as session:
                record(session, "backup.made", COMMAND)


def backup_path(settings: Settings, out: Path) -> Path:
    """The file that a backup will be."""
    target = out.absolute()
    if target.is_dir():
        target /= f"hitrate-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar"
    require_absent(target)
    if not target.parent.is_dir():
        raise BackupError(f"there is no folder {target.parent}; make it first")
    if target.parent.resolve().is_relative_to(settings.instance.resolve()):
        raise BackupError(
            f"{target} is in the instance folder itself and would be lost with it; "
            "name a place outside, best on another disk"
        )
    return target


def require_absent(target: Path) -> None:
    """A backup never takes the place of another one."""
    if target.exists():
        raise BackupError(f"{target} is already there; choose another name")


def _write(
    settings: Settings,
    copy: DatabaseCopy,
    part: Path,
    made_at: datetime,
    progress: Callable[[int, int], object],
) -> Manifest:
    kept = list(files_of(settings))
    total = copy.path.stat().st_size + sum(size for _, _, size in kept)
    done = 0

    def count(n_bytes: int) -> None:
        nonlocal done
        done += n_bytes
        progress(done, total)

    files: dict[str, KeptFile] = {}
    with (
        os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        files[copy.path.name] = add_file(archive, copy.path.name, copy.path, count)
        copy.path.unlink()
        files[SECRET_KEY] = add_bytes(archive, SECRET_KEY, settings.secret_key.encode())
        for name, path, _ in kept:
            try:
                files[name] = add_file(archive, name, path, count)
            except FileNotFoundError:  # deleted since it was listed
                continue
        manifest = Manifest(
            format=FORMAT,
            hitrate=hitrate.__version__,
            made_at=made_at,
            database=copy.kind,
            schema_revision=copy.revision,
            rows=copy.rows,
            images_without_file=len(copy.images - images_in(files)),
            files=files,
        )
        text = json.dumps(manifest.model_dump(mode="json"), indent=1)
        add_bytes(archive, MANIFEST, text.encode())
        archive.close()
        stream.flush()
        os.fsync(stream.fileno())
    return manifest


def files_of(settings: Settings) -> Iterator[tuple[str, Path, int]]:
    """What an instance folder holds besides its database and what can be made again: name, file
    and bytes, sorted. Folders that are links to other disks are followed."""
    beside = set(database_files(settings.database_url))
    seen: set[Path] = set()
    for at, folders, names in os.walk(settings.instance, followlinks=True):
        folder = Path(at)
        is_top = folder == settings.instance
        real = folder.resolve()
        if real in seen:  # a link back to where we come from
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not (is_top and name in NOT_KEPT))
        for name in sorted(names):
            path = folder / name
            if (is_top and name in NOT_KEPT) or path in beside or not path.is_file():
                continue
            yield path.relative_to(settings.instance).as_posix(), path, path.stat().st_size


def images_in(files: dict[str, KeptFile]) -> frozenset[tuple[str, str]]:
    """Set and SHA-256 of each original image among the files of a backup."""
    places = (PurePosixPath(name).parts for name in files)
    return frozenset(
        (parts[1], PurePosixPath(parts[3]).stem)
        for parts in places
        if len(parts) == 4 and parts[0] == "image_sets" and parts[2] == ORIGINALS
    )
