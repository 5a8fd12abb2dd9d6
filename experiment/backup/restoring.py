"""Restoring a backup into an empty instance, and repeating the withdrawals since it was made."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.engine import make_url

from experiment import database as schema
from experiment.access import COMMAND
from experiment.accounts.audit import record
from experiment.backup.archive import check_backup, unpack
from experiment.backup.databases import (
    check_sqlite,
    count_rows,
    database_files,
    database_kind,
    load_postgresql,
    require_empty,
)
from experiment.backup.manifest import (
    DATABASE_FILES,
    RESTORING,
    SECRET_KEY,
    BackupError,
    Manifest,
)
from experiment.database import Database, make_engine
from experiment.models import Identity, Participant
from experiment.withdrawal import code_sha256, delete_participant, withdrawal_code
from experiment.withdrawal_list import WITHDRAWALS, What, Wish, append_lines, read_withdrawals


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    folder: Path
    manifest: Manifest
    schema_revision: str  # after it was brought up to this version of hitrate
    n_withdrawn: int  # participants whose data were deleted again
    n_erased: int  # others whose identity was erased again


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is restored to."""

    folder: Path
    database_url: str
    secret_key: str | None  # of the environment, which goes before the file's


def restore_backup(
    place: Place,
    backup: Path,
    lists: Iterable[Path] = (),
    progress: Callable[[str, int, int], object] = lambda *_: None,
) -> Restored:
    """Check a backup, put it into an empty instance, upgrade its schema, repeat withdrawals.

    The withdrawals are those of the backup's own list, of the one that lies in the folder already,
    and of `lists`. `progress` is told what is done, bytes done and bytes in all.

    Raises
    ------
    BackupError
        If the backup is damaged or of another kind of database, or something is there already;
        nothing is changed then.
    """
    size = backup.stat().st_size if backup.is_file() else 0
    manifest = check_backup(backup, _counter("Checking", size, progress))
    require_room(place, manifest)
    given = merged([*lists, place.folder / WITHDRAWALS])
    staging = place.folder / RESTORING
    shutil.rmtree(staging, ignore_errors=True)  # of a restore that was killed
    try:
        staging.mkdir(mode=0o700)
        unpack(backup, manifest, staging, _counter("Restoring", size, progress))
        key = (staging / SECRET_KEY).read_text(encoding="ascii")
        if (place.secret_key or key) != key:
            raise BackupError(
                "HITRATE_SECRET_KEY is not the key of this backup, so that no withdrawal code and "
                "no link of it would work; unset it, or give the backup's"
            )
        require_same_key(place.folder / SECRET_KEY, key)
        withdrawn = merged([staging / WITHDRAWALS]) | given
        n_withdrawn, n_erased = load(place, manifest, staging, key, withdrawn)
        settle(place, staging, withdrawn)
    except OSError as error:
        raise BackupError(
            f"{error.filename or place.folder} cannot be written: {error.strerror}"
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Restored(place.folder, manifest, schema.head_revision(), n_withdrawn, n_erased)


def _counter(
    doing: str, total: int, progress: Callable[[str, int, int], object]
) -> Callable[[int], None]:
    done = 0

    def count(n_bytes: int) -> None:
        nonlocal done
        done += n_bytes
        progress(doing, done, total)

    return count


def require_room(place: Place, manifest: Manifest) -> None:
    """Refuse a place where something would be overwritten, or where the backup cannot live."""
    kind = database_kind(place.database_url)
    if kind != manifest.database:
        raise BackupError(
            f"the backup holds a {manifest.database} database and HITRATE_DATABASE_URL names a "
            f"{kind} one; name an empty {manifest.database} database"
        )
    if not schema.is_known(manifest.schema_revision):
        raise BackupError(
            f"the backup was made by hitrate {manifest.hitrate} at schema "
            f"{manifest.schema_revision}, which this hitrate does not know; install that version"
        )
    ours = {RESTORING, SECRET_KEY, WITHDRAWALS, "lost+found"}
    empty_database = set(database_files(place.database_url))
    others = [
        path.name
        for path in sorted(place.folder.iterdir())
        if path.name not in ours and path not in empty_database
    ]
    if others:
        raise BackupError(
            f"{place.folder} is in use already ({', '.join(others[:3])}); "
            "move it away, or name an empty folder with HITRATE_INSTANCE"
        )
    require_empty(place.database_url)


def require_same_key(path: Path, key: str) -> None:
    """A key that lies in the folder already must be the backup's: another instance may need it."""
    if path.exists() and path.read_text(encoding="ascii").strip() != key:
        raise BackupError(
            f"{path} is another instance's key; move it away, or restore into an empty folder"
        )


def merged(lists: Iterable[Path]) -> dict[Wish, str]:
    """The withdrawals of several lists, each once."""
    return {wish: line for path in lists for wish, line in read_withdrawals(path).items()}


def load(
    place: Place, manifest: Manifest, staging: Path, key: str, withdrawn: Mapping[Wish, str]
) -> tuple[int, int]:
    """Fill the database, compare it with the manifest, upgrade it, repeat withdrawals."""
    copy = staging / DATABASE_FILES[manifest.database]
    url = place.database_url
    if manifest.database == "sqlite":
        url = f"sqlite:///{copy}"
        check_sqlite(copy)
    else:
        load_postgresql(copy, url)
        copy.unlink()
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            rows = count_rows(connection)
    finally:
        engine.dispose()
    if rows != manifest.rows:
        raise BackupError("the restored database has other rows than the backup's manifest says")
    schema.upgrade(url)
    with closing(Database(url)) as database:
        again = repeat_withdrawals(database, key, withdrawn)
        with database.write() as session:
            made_at = manifest.made_at.isoformat(timespec="seconds")
            record(session, "backup.restored", COMMAND, made_at=made_at, withdrawn_again=again[0])
    return again


def repeat_withdrawals(database: Database, key: str, withdrawn: Iterable[Wish]) -> tuple[int, int]:
    """Delete what the list says and is in the database again: how many participants, identities.

    A participant is found by the code that is shown to them now, or by the one that is stored:
    those of an earlier version of hitrate have got theirs later.
    """
    wishes = set(withdrawn)
    with database.write() as session:
        people: dict[What, list[int]] = {"all": [], "identity": []}
        for person in session.scalars(select(Participant)):
            codes = {
                person.withdrawal_sha256,
                code_sha256(withdrawal_code(key, person.public_id)),
            }
            for what, found in people.items():
                if any(Wish(code, what) in wishes for code in codes):
                    found.append(person.id)
    with database.write() as session:
        for number in people["all"]:
            delete_participant(session, session.get_one(Participant, number))
        erased = session.scalars(
            delete(Identity)
            .where(Identity.participant_id.in_(people["identity"]))
            .returning(Identity.participant_id)
        ).all()
    return len(people["all"]), len(erased)


def settle(place: Place, staging: Path, withdrawn: Mapping[Wish, str]) -> None:
    """Move what was unpacked to where it belongs."""
    copy = staging / DATABASE_FILES["sqlite"]
    if copy.exists():
        for path in database_files(place.database_url):
            path.unlink(missing_ok=True)  # without a table, as was seen before
        copy.chmod(0o600)
        shutil.move(copy, make_url(place.database_url).database or "")
    for left in database_files(f"sqlite:///{copy}"):
        left.unlink(missing_ok=True)
    (staging / SECRET_KEY).chmod(0o600)
    (staging / WITHDRAWALS).unlink(missing_ok=True)
    known = read_withdrawals(place.folder / WITHDRAWALS)
    new = [line for wish, line in withdrawn.items() if wish not in known]
    if new:
        append_lines(place.folder / WITHDRAWALS, new)
    for path in sorted(staging.iterdir()):
        path.replace(place.folder / path.name)
