"""`hitrate backup` and `hitrate restore`, as an administrator types them."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from experiment.settings import Settings
from tests.experiment.visitor import N_TRIALS, Visitor

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def hitrate(*words: str, instance: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing but this instance in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "hitrate", *words],
        env={"HITRATE_INSTANCE": str(instance), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_backup_check_and_restore_say_what_they_did(
    app: Flask, visitor: Visitor, settings: Settings, tmp_path: Path
) -> None:
    visitor.begin_run().play()
    # The tests' database lies beside the instance folder; the commands look within it.
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    for path in database.parent.glob("hitrate.db*"):
        path.rename(settings.instance / path.name)
    backups = tmp_path / "backups"
    backups.mkdir()

    made = hitrate("backup", str(backups), instance=settings.instance)
    assert made.returncode == 0, made.stderr
    (backup,) = backups.iterdir()
    assert f"1 studies, 1 participants, {N_TRIALS} responses (sqlite, schema" in made.stdout
    checked = hitrate("backup", "check", str(backup), instance=settings.instance)
    assert checked.returncode == 0
    assert checked.stdout.startswith(f"{backup} is whole: 1 studies, 1 participants")

    again = hitrate("restore", str(backup), instance=settings.instance)
    assert again.returncode == 1
    assert "is in use already" in again.stderr
    new = tmp_path / "new"
    done = hitrate("restore", str(backup), instance=new)
    assert done.returncode == 0, done.stderr
    assert f"into {new}, at schema" in done.stdout
    assert "deleted again: 0; identities erased again: 0" in done.stdout
    assert "hitrate withdraw CODE" in done.stdout
    assert hitrate("study", "list", instance=new).stdout.startswith("pictures")

    content = backup.read_bytes()
    backup.write_bytes(content[: len(content) // 2 + 100])
    for words in (["backup", "check", str(backup)], ["restore", str(backup)]):
        refused = hitrate(*words, instance=tmp_path / "other")
        assert refused.returncode == 1
        assert refused.stderr == f"Error: {backup} was cut off or damaged; use another backup\n"
