"""A database as one file, as it was at one moment, and back again; while people play."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL, make_url

from experiment.backup.manifest import DATABASE_FILES, BackupError, DatabaseKind
from experiment.database import current_revision, make_engine
from experiment.errors import DatabaseError

SQLITE_ENDINGS = ("", "-wal", "-shm", "-journal", "-writers")
POSTGRESQL_PROGRAMS = Path("/usr/lib/postgresql")  # where Debian keeps those of each version


@dataclass(frozen=True, slots=True)
class DatabaseCopy:
    """The copied database and what was in it at that moment."""

    kind: DatabaseKind
    path: Path
    revision: str
    rows: dict[str, int]  # by table
    images: frozenset[tuple[str, str]]  # name of the set, SHA-256 of the image


def database_kind(url: str) -> DatabaseKind:
    """Whether an address is an SQLite file's or a PostgreSQL server's."""
    return "sqlite" if make_url(url).get_backend_name() == "sqlite" else "postgresql"


def copy_database(url: str, folder: Path) -> DatabaseCopy:
    """Write the database as it is now into a folder; writers go on meanwhile.

    Raises
    ------
    BackupError
        If it has no tables, or PostgreSQL's own program for this is absent or fails.
    DatabaseError
        If it cannot be reached.
    """
    kind = database_kind(url)
    path = folder / DATABASE_FILES[kind]
    if kind == "sqlite":
        return _copy_sqlite(url, path)
    engine = make_engine(url)
    try:
        require_tables(engine)
        return _dump_postgresql(engine, path)
    finally:
        engine.dispose()


def require_tables(engine: Engine) -> None:
    """Refuse a database that has never been used."""
    if current_revision(engine) is None:
        where = engine.url.render_as_string(hide_password=True)
        raise BackupError(f"{where} has no tables: there is nothing to keep yet")


def _copy_sqlite(url: str, path: Path) -> DatabaseCopy:
    source = make_url(url).database or ""
    if not Path(source).is_file():
        raise BackupError(f"there is no database {source}: there is nothing to keep yet")
    # One read transaction, so one moment; and no page that still holds what was deleted.
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    path.chmod(0o600)
    engine = make_engine(f"sqlite:///{path}")
    try:
        require_tables(engine)
        with engine.connect() as connection_of_copy:
            return _described("sqlite", path, connection_of_copy)
    finally:
        engine.dispose()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # nothing beside the file


def _dump_postgresql(engine: Engine, path: Path) -> DatabaseCopy:
    with engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ).connect() as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        described = _described("postgresql", path, connection)
        _run_program(
            "pg_dump",
            engine.url,
            [
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={path}",
            ],
        )
    path.chmod(0o600)
    return described


def _described(kind: DatabaseKind, path: Path, connection: Connection) -> DatabaseCopy:
    return DatabaseCopy(
        kind,
        path,
        revision=MigrationContext.configure(connection).get_current_revision() or "",
        rows=count_rows(connection),
        images=frozenset(
            (name, sha256)
            for name, sha256 in connection.execute(
                text(
                    "SELECT image_set.name, image.sha256 FROM image "
                    "JOIN image_set ON image_set.id = image.image_set_id"
                )
            )
        ),
    )


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    quoted = connection.dialect.identifier_preparer.quote
    return {
        table: connection.execute(text(f"SELECT count(*) FROM {quoted(table)}")).scalar_one()  # noqa: S608 (a table's own name)
        for table in sorted(inspect(connection).get_table_names())
    }


def database_files(url: str) -> list[Path]:
    """An SQLite database and what lies beside it while it is used; nothing of PostgreSQL's."""
    if database_kind(url) != "sqlite":
        return []
    return [Path(f"{make_url(url).database}{ending}") for ending in SQLITE_ENDINGS]


def require_empty(url: str) -> None:
    """Refuse a database that has anything in it: a restore takes the place of nothing.

    Raises
    ------
    BackupError
        If it has tables.
    DatabaseError
        If it cannot be reached.
    """
    files = database_files(url)
    if files and not files[0].exists():
        return
    engine = make_engine(url)
    try:
        current_revision(engine)  # says what is wrong if it cannot be reached
        tables = inspect(engine).get_table_names()
    except DatabaseError:
        if not files:
            raise
        tables = ["unreadable"]
    finally:
        engine.dispose()
    if tables:
        where = make_url(url).render_as_string(hide_password=True)
        raise BackupError(
            f"the database {where} is in use already; move it away or name a new one with "
            "HITRATE_DATABASE_URL (PostgreSQL: createdb makes one)"
        )


def check_sqlite(copy: Path) -> None:
    """Refuse a copy of an SQLite database that SQLite finds damaged.

    Raises
    ------
    BackupError
        With the first thing that is wrong.
    """
    with closing(sqlite3.connect(copy)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise BackupError(f"the database in the backup is damaged: {found}")


def load_postgresql(copy: Path, url: str) -> None:
    """Fill an empty PostgreSQL database from its copy, all or nothing.

    Raises
    ------
    BackupError
        If PostgreSQL's own program for this is absent or fails.
    """
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run_program("pg_restore", make_url(url), [*options, str(copy)])


def _run_program(name: str, url: URL, options: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, which nobody sees."""
    address = url.set(drivername="postgresql", password=None).render_as_string()
    password = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    done = subprocess.run(  # noqa: S603 (PostgreSQL's own program)
        [find_program(name), "--no-password", f"--dbname={address}", *options],
        env=os.environ | password,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise BackupError(f"{name} failed: {' '.join(said[:3])}")


def find_program(name: str) -> str:
    """Where PostgreSQL's program is: on the path, or the newest that Debian keeps aside.

    Raises
    ------
    BackupError
        If there is none.
    """
    aside = sorted(
        POSTGRESQL_PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: _version(path), reverse=True
    )
    found = shutil.which(name) or next((str(path) for path in aside), None)
    if found is None:
        raise BackupError(
            f"PostgreSQL's program {name} is not here; install the client of the server's version "
            "or a newer one (Debian: apt install postgresql-client)"
        )
    return found


def _version(program: Path) -> int:
    number = program.parent.parent.name
    return int(number) if number.isdecimal() else 0
