"""The examples of docs/api.md, run as they stand with bash and curl against a real server."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from experiment.access import COMMAND, Actor
from experiment.accounts.own_tokens import add_token
from experiment.accounts.researchers import add_researcher
from experiment.database import Database
from experiment.models import AuditEntry
from experiment.settings import Settings
from tests.experiment.pictures import make_pictures
from tests.experiment.serving import serving

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"
# The command of the Python that runs the tests.
COMMAND_LINE = f'hitrate() {{ "{sys.executable}" -m hitrate "$@"; }}\n'
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
    lines = [f"picture_{number:03},{number / 120}" for number in range(120)]
    (work / "predictions.csv").write_text("\n".join(["image_id,resmem", *lines, ""]))
    submission = "71bb,5f1c2d,RETURNED,"  # of somebody who never came here
    (work / "prolific_export.csv").write_text(
        f"Submission id,Participant id,Status,Completion code\n{submission}\n"
    )
    with serving(settings, tmp_path / "server.log") as server:
        environment = {
            "HITRATE": server.url,
            "TOKEN": make_token(database),
            "HITRATE_INSTANCE": str(settings.instance),
            "HITRATE_DATABASE_URL": settings.database_url,
            "HITRATE_SECRET_KEY": settings.secret_key,
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            ["bash", "-c", COMMAND_LINE + script()],
            cwd=work,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r'"email": ?"ada@lab.example"', done.stdout)
    assert re.search(r'"images": ?120\b', done.stdout)
    assert re.search(r'"id": ?"5f1c2d"', done.stdout)  # told as unknown
    images = (work / "images.csv").read_text(encoding="utf-8")
    assert len(images.splitlines()) == 1 + 120
    with zipfile.ZipFile(work / "kitchens-data.zip") as archive:
        (trials,) = (name for name in archive.namelist() if name.endswith("trials.csv"))
        assert len(archive.read(trials).splitlines()) == 1 + 2 * 186
    with database.read() as session:
        actions = set(session.scalars(select(AuditEntry.action)))
    assert {"study.opened", "export.made", "token.made"} <= actions
