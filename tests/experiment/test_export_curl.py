"""The curl lines of docs/exporting.md, run as they stand against a real server."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from experiment.database import Database
from experiment.settings import Settings
from tests.experiment.pictures import open_picture_study
from tests.experiment.serving import serving
from tests.experiment.test_api_docs import MARK, make_token
from tests.experiment.test_export_words import PAGE
from tests.experiment.visitor import SMALL

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_the_curl_lines_of_the_page_export_a_study(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    for program in ("bash", "curl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")
    slug = open_picture_study(settings, database, 24, SMALL)
    script = PAGE.split(MARK)[1].partition("```")[0].replace("kitchens", slug)
    with serving(settings, tmp_path / "server.log") as server:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=os.environ | {"HITRATE": server.url, "TOKEN": make_token(database)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "Each image was shown for" in done.stdout
    with zipfile.ZipFile(tmp_path / f"{slug}.zip") as archive:
        assert archive.testzip() is None
        assert f"{slug}-bids/participants.tsv" in archive.namelist()
