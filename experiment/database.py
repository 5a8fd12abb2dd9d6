"""Engine, transactions and schema steps; on SQLite and on PostgreSQL."""

import fcntl
import importlib.util
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from experiment.errors import DatabaseError

BUSY_TIMEOUT_MS = 10_000  # how long a writer waits for another one on SQLite
POLL_SECONDS = 0.0005  # SQLite's own waiting has growing pauses: under load, some wait for seconds
MIGRATION_LOCK = 0x68697472  # any number that is ours: two upgrades at once wait for each other


def normalise_url(url: str) -> str:
    """The address with the driver that hitrate uses.

    Raises
    ------
    DatabaseError
        If it is no address of an SQLite file or a PostgreSQL server, or its driver is missing.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError(
            "the database address cannot be read; it looks like sqlite:////folder/hitrate.db or "
            "postgresql://user:password@host/database"
        ) from None
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise DatabaseError(
                "an SQLite database in memory is lost with its process; name a file: "
                "sqlite:////folder/hitrate.db"
            )
        return parsed.set(drivername="sqlite").render_as_string(hide_password=False)
    if backend in ("postgres", "postgresql"):
        if importlib.util.find_spec("psycopg") is None:
            raise DatabaseError(
                "PostgreSQL needs the driver psycopg: pip install 'hitrate[postgres]'"
            )
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    raise DatabaseError(
        f"hitrate runs on SQLite and PostgreSQL, not on {parsed.drivername}; "
        "the address begins with sqlite:/// or postgresql://"
    )


def make_engine(url: str) -> Engine:
    """An engine for this address; nothing is opened yet.

    On SQLite each connection has a write-ahead log, ``synchronous=FULL`` (what was committed
    outlives a power failure), foreign keys and a busy timeout; transactions begin when SQLAlchemy
    says so, with ``BEGIN IMMEDIATE`` under the execution option ``access="write"``, and refuse to
    write under ``access="read"``.
    """
    address = make_url(normalise_url(url))
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True, pool_size=8, max_overflow=8)
    engine = create_engine(address, pool_size=8, max_overflow=8)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 (the event's signature)
    connection.isolation_level = None  # the driver begins nothing by itself
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    access = connection.get_execution_options().get("access")
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if access == 'read' else 'OFF'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if access == "write" else "BEGIN")


class Database:
    """A database in use: sessions that read, and sessions that write."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writer = self.engine.execution_options(access="write")
        if self.engine.dialect.name == "sqlite":
            self._reader = self.engine.execution_options(access="read")
            self._lock: Path | None = Path(f"{self.engine.url.database}-writers")
        else:
            self._reader = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._lock = None
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database and cannot change it."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is one transaction: committed at the end, rolled back on any error.

        Raises
        ------
        DatabaseError
            If other writers keep an SQLite database busy for too long.
        """
        with (
            nullcontext() if self._lock is None else self._turn(self._lock),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _turn(self, lock: Path) -> Iterator[None]:
        """SQLite has one writer at a time: threads queue for a lock, processes for a lock file."""
        end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        busy = DatabaseError("the database is busy; try again in a moment")
        if not self._writing.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise busy
        try:
            with lock.open("ab") as file:  # closing it unlocks it, and so does the process's end
                while True:
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if time.monotonic() > end:
                            raise busy from None
                        time.sleep(POLL_SECONDS)
                yield
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to a revision, in one transaction; makes the tables of a new database.

    Raises
    ------
    DatabaseError
        If the database cannot be reached or there is no such revision.
    """
    _migrate(url, command.upgrade, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to an earlier revision (``base``: no tables), in one transaction."""
    _migrate(url, command.downgrade, revision)


def current_revision(engine: Engine) -> str | None:
    """The schema's revision, None for an empty database.

    Raises
    ------
    DatabaseError
        If the database cannot be reached.
    """
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise _unreachable(engine.url, error) from None


def head_revision() -> str:
    """The revision that this version of hitrate works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise DatabaseError(
            "hitrate's migrations are missing from this installation; install it again"
        )
    return head


def require_current(engine: Engine) -> None:
    """Refuse to work on a schema of another version of hitrate.

    Raises
    ------
    DatabaseError
        Which says whether to upgrade the database or hitrate.
    """
    found, needed = current_revision(engine), head_revision()
    if found == needed:
        return
    where = engine.url.render_as_string(hide_password=True)
    if found is None:
        raise DatabaseError(f"{where} has no tables yet; run 'hitrate db upgrade'")
    if is_known(found):
        raise DatabaseError(
            f"{where} is at schema {found}, this hitrate needs {needed}; run 'hitrate db upgrade'"
        )
    raise DatabaseError(
        f"{where} is at schema {found}, which this hitrate (schema {needed}) does not know; "
        "it was used by a newer one: install that version"
    )


def is_known(revision: str) -> bool:
    """Whether this version of hitrate has a step to this revision of the schema."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {script.revision for script in scripts}


def check(url: str) -> list[str]:
    """Say where the schema differs from what this version of hitrate expects; [] if nowhere."""
    from alembic.autogenerate import compare_metadata

    from experiment.models import Base

    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            found, needed = context.get_current_revision(), head_revision()
            differences = [] if found == needed else [f"schema is at {found}, not at {needed}"]
            differences += [str(change) for change in compare_metadata(context, Base.metadata)]
            return differences
    except OperationalError as error:
        raise _unreachable(engine.url, error) from None
    finally:
        engine.dispose()


def _config() -> Config:
    # Found through the import system, so that it works from a wheel as well as from a checkout.
    package = importlib.util.find_spec("migrations")
    places = list(package.submodule_search_locations or []) if package else []
    if not places:
        raise DatabaseError(
            "hitrate's migrations are missing from this installation; install it again"
        )
    config = Config()
    config.set_main_option("script_location", str(Path(places[0])).replace("%", "%%"))
    return config


def _migrate(url: str, step: Any, revision: str) -> None:
    engine = make_engine(url)
    config = _config()
    try:
        with engine.connect() as connection:
            on_sqlite = connection.dialect.name == "sqlite"
            if on_sqlite:
                # Rebuilding a table drops it, which would delete the rows that point at it. Past
                # SQLAlchemy, which would begin a transaction, where SQLite ignores this.
                connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
            writing = connection.execution_options(access="write")
            with writing.begin():
                if not on_sqlite:
                    writing.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK})
                config.attributes["connection"] = writing
                step(config, revision)
                if on_sqlite and writing.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise DatabaseError(
                        f"going to {revision} would leave rows that point nowhere; "
                        "nothing was changed"
                    )
    except CommandError as error:
        raise DatabaseError(f"the schema cannot go to {revision!r}: {error}") from None
    except OperationalError as error:
        raise _unreachable(engine.url, error) from None
    finally:
        engine.dispose()


def _unreachable(url: URL, error: OperationalError) -> DatabaseError:
    where = url.render_as_string(hide_password=True)
    return DatabaseError(f"the database {where} cannot be used: {str(error.orig).strip()}")
