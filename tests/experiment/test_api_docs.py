"""The examples of docs/api.md, run as they stand with bash and curl against a real server."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from experiment.access import COMMAND, Actor
from experiment.accounts.own_tokens import add_token
from experiment.accounts.researchers import add_researcher
from experiment.database import Database
from experiment.settings import Settings
from tests.experiment.pictures import make_pictures
from tests.experiment.serving import serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
MARK = "<!-- a test runs these commands as they stand -->\n```bash\n"
SCOPES = ("read", "write", "export", "people", "admin")

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def script() -> str:
    """The marked blocks of the page, one after the other."""
    blocks = PAGE.read_text(encoding="utf-8").split(MARK)[1:]
    assert len(blocks) > 1
    return "\n".join(block.partition("```")[0] for block in blocks)


def make_token(database: Database) -> str:
    """A token of a new administrator, which may do everything."""
    with database.write() as session:
        ada = add_researcher(session, COMMAND, "ada@lab.example", name="Ada", is_admin=True)
        by = Actor("page", ada)
        _, secret = add_token(session, by, "docs", SCOPES, days=1, may_give=SCOPES)
    return secret


def zip_pictures(folder: Path, n: int) -> None:
    """photos.zip in this folder."""
    make_pictures(folder / "photos", n)
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        for path in sorted((folder / "photos").iterdir()):
            archive.write(path, path.name)


def test_the_examples_of_the_api_work_in_their_order(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    for program in ("bash", "curl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")
    work = tmp_path / "work"
    work.mkdir()
    zip_pictures(work, 120)
    with serving(settings, tmp_path / "server.log") as server:
        done = subprocess.run(
            ["bash", "-c", script()],
            cwd=work,
            env=os.environ | {"HITRATE": server.url, "TOKEN": make_token(database)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r'"email": ?"ada@lab.example"', done.stdout)
    assert re.search(r'"images": ?120\b', done.stdout)
