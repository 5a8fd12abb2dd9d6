"""The environment, the instance folder, and the commands for its database."""

import re
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from experiment.commands.db import db
from experiment.database import Database
from experiment.errors import DatabaseError, SettingsError
from experiment.models import ImageSet
from experiment.settings import load_settings, read_secret_key
from tests.experiment.rows import NOW


def test_the_environment_names_the_instance(instance: Path) -> None:
    settings = load_settings()
    assert settings.instance == instance
    assert settings.database_url == f"sqlite:///{instance / 'hitrate.db'}"
    assert settings.image_sets == instance / "image_sets"
    assert settings.renditions == instance / "renditions"
    assert settings.reports == instance / "reports"


def test_an_argument_goes_before_the_environment(instance: Path, tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "other" / "place")
    assert settings.instance == tmp_path / "other" / "place"
    assert settings.instance.is_dir()


def test_without_either_it_is_the_folder_instance_here(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HITRATE_INSTANCE")
    monkeypatch.chdir(tmp_path)
    assert load_settings().instance == tmp_path / "instance"


def test_a_database_address_is_made_fit_for_use(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITRATE_DATABASE_URL", "postgres://u:p@h/d")
    assert load_settings().database_url == "postgresql+psycopg://u:p@h/d"
    monkeypatch.setenv("HITRATE_DATABASE_URL", "oracle://h/d")
    with pytest.raises(DatabaseError, match="not on oracle"):
        load_settings()


def test_a_path_with_odd_characters_is_one_database(tmp_path: Path, instance: Path) -> None:
    odd = tmp_path / "50% of übung #1"
    settings = load_settings(odd)
    assert CliRunner().invoke(db, ["upgrade", "--instance", str(odd)]).exit_code == 0
    database = Database(settings.database_url)
    with database.write() as session:
        session.add(ImageSet(name="photos", created_at=NOW))
    database.close()
    assert (odd / "hitrate.db").stat().st_size > 0
    with pytest.raises(SettingsError, match=r"has a '\?'"):
        load_settings(tmp_path / "really?")


def test_the_secret_key_is_made_once_and_for_its_owner_alone(instance: Path) -> None:
    first = load_settings().secret_key
    assert len(first) >= 43  # 32 bytes in base 64
    assert stat.S_IMODE((instance / "secret_key").stat().st_mode) == 0o600
    assert load_settings().secret_key == first
    assert [path.name for path in instance.iterdir()] == ["secret_key"]


def test_workers_that_start_together_share_one_key(instance: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(read_secret_key, [instance / "secret_key"] * 40))
    assert len(keys) == 1
    assert [path.name for path in instance.iterdir()] == ["secret_key"]


def test_the_environment_may_give_the_key_and_a_weak_one_is_refused(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITRATE_SECRET_KEY", "k" * 32)
    assert load_settings().secret_key == "k" * 32
    assert not (instance / "secret_key").exists()
    monkeypatch.setenv("HITRATE_SECRET_KEY", "short")
    with pytest.raises(SettingsError, match="has 5 characters; at least 32"):
        load_settings()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="file/instance cannot be made"):
        load_settings(tmp_path / "file" / "instance")


@pytest.fixture
def hitrate_db(
    instance: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Runs ``hitrate db …`` on an empty database; exit status and what was printed."""
    monkeypatch.setenv("HITRATE_DATABASE_URL", empty_database_url)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(db, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run


def test_the_commands_take_a_database_up_and_down(
    hitrate_db: Callable[..., tuple[int, str]], empty_database_url: str
) -> None:
    status, printed = hitrate_db("check")
    assert status == 1
    assert "schema is at None" in printed
    assert hitrate_db("upgrade")[0] == 0
    status, printed = hitrate_db("check")
    assert (status, "as it should be" in printed) == (0, True)
    status, printed = hitrate_db("downgrade", "base", "--yes")
    assert (status, "none (no tables)" in printed) == (0, True)


def test_going_back_is_asked_for_first(hitrate_db: Callable[..., tuple[int, str]]) -> None:
    hitrate_db("upgrade")
    status, printed = hitrate_db("downgrade", "base")
    assert status == 1
    assert "deletes what the earlier schema has no place for" in printed
    assert hitrate_db("check")[0] == 0


def test_the_commands_load_nothing_heavy_until_they_run() -> None:
    code = "import sys, experiment.commands.db; print({'sqlalchemy', 'alembic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_row_is_seen_by_the_next_process(instance: Path) -> None:
    assert CliRunner().invoke(db, ["upgrade"]).exit_code == 0
    url = load_settings().database_url
    code = (
        "import os, sys; from experiment.database import Database; "
        "from experiment.models import ImageSet; from tests.experiment.rows import NOW\n"
        "database = Database(sys.argv[1])\n"
        "with database.write() as session: session.add(ImageSet(name='photos', created_at=NOW))\n"
        "os._exit(0)  # as if killed"
    )
    subprocess.run([sys.executable, "-c", code, url], check=True)
    database = Database(url)
    with database.read() as session:
        assert session.scalars(select(ImageSet.name)).all() == ["photos"]
    database.close()


def test_the_documentation_names_every_variable_and_no_other() -> None:
    root = Path(__file__).parents[2]
    documented, read, cache = (
        set(re.findall(r"HITRATE_[A-Z_]+", (root / file).read_text(encoding="utf-8")))
        for file in ("docs/deployment.md", "experiment/settings.py", "analysis/models/cache.py")
    )
    assert documented == read | cache
