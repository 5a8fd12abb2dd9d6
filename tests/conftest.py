"""Fixtures for every test: databases of both kinds, an instance folder, the shared data."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiment import database as schema
from experiment.database import Database
from experiment.settings import Settings
from tests.postgresql import NoServerError, Server, running_server

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data beside the checkout; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real data are not on this machine ({SHARED_DATA})")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """One server for the session (with pytest-xdist: for each worker)."""
    try:
        with running_server() as server:
            yield server
    except NoServerError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "hitrate.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: Server) -> str:
    """The name of a database with all tables, to be copied."""
    name = postgresql_server.create()
    schema.upgrade(postgresql_server.url(name))
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database: a test that uses one runs on both."""
    return str(request.param)


@pytest.fixture
def empty_database_url(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """The address of a database without tables, for this test alone."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'hitrate.db'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with all tables and no rows, for this test alone."""
    if backend == "sqlite":
        path = tmp_path / "hitrate.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    template: str = request.getfixturevalue("migrated_postgresql")
    server: Server = request.getfixturevalue("postgresql_server")
    with server.lend(template) as name:
        yield server.url(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with all tables, for this test alone."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty instance folder, which the environment names and nothing else in it does."""
    folder = tmp_path / "instance"
    folder.mkdir()
    for name in ("HITRATE_DATABASE_URL", "HITRATE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HITRATE_INSTANCE", str(folder))
    return folder


@pytest.fixture
def settings(instance: Path, database_url: str) -> Settings:
    """An instance whose database has all tables; the environment names the folder alone."""
    return Settings(
        instance=instance,
        database_url=schema.normalise_url(database_url),
        secret_key="a key that is used in tests only, nowhere else",
    )
