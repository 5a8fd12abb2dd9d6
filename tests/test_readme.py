"""The README's commands, run as they stand, in an empty folder with 120 photographs."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw

import hitrate
from tests.experiment.serving import free_port

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MARK = "<!-- a test runs these commands as they stand -->\n```sh\n"


def commands() -> list[str]:
    """The lines of the marked block, without comments."""
    block = README.partition(MARK)[2].partition("```")[0]
    return [re.sub(r"\s+#.*", "", line) for line in block.splitlines()]


def draw_photographs(folder: Path, n: int) -> None:
    """Pictures that differ: coloured shapes on coloured grounds."""
    folder.mkdir()
    rng = Random(3)

    def colour() -> tuple[int, int, int]:
        return rng.randrange(256), rng.randrange(256), rng.randrange(256)

    for number in range(n):
        picture = Image.new("RGB", (320, 240), colour())
        draw = ImageDraw.Draw(picture)
        for _ in range(4):
            x, y = rng.randrange(240), rng.randrange(160)
            draw.ellipse((x, y, x + 80, y + 80), fill=colour())
        picture.save(folder / f"photo_{number:03}.jpg", quality=90)


@pytest.fixture
def server_processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What a test starts in the background; ended after it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.models
def test_the_whole_way_runs_command_by_command(
    tmp_path: Path, server_processes: list[subprocess.Popen[bytes]]
) -> None:
    pytest.importorskip("torch", reason="hitrate score needs the extra [models]")
    lines = commands()
    assert len(lines) == 15
    draw_photographs(tmp_path / "photos", 120)
    url = f"http://127.0.0.1:{free_port()}"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HITRATE_")} | {
        "HITRATE_CACHE": str(tmp_path / "cache"),
        "HITRATE_PUBLIC_URL": url,
    }
    said: dict[str, str] = {}
    for line in lines:
        in_background = line.endswith("&")
        words = shlex.split(line.rstrip("& "))
        assert words[0] == "hitrate"
        command = [sys.executable, "-m", *words]
        # The README's port may be taken where the tests run.
        if words[1] == "serve":
            command += ["--port", url.rpartition(":")[2]]
        if words[1] == "simulate":
            command += ["--server", url]
        if in_background:
            with (tmp_path / "server.log").open("wb") as log:
                server_processes.append(
                    subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=log)
                )
            wait_for(url)
            continue
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        said[" ".join(words[1:3])] = done.stdout
    assert "120 added" in said["stimuli import"]
    assert "186 trials" in said["study check"]
    assert f"{url}/s/kitchens" in said["study link"] or f"{url}/open/" in said["study link"]
    data = hitrate.read_dataset(tmp_path / "kitchens-data")
    assert len(data.trials) == 3720
    assert len(data.images) == 120
    report = (tmp_path / "kitchens-data-report" / "report.html").read_text(encoding="utf-8")
    assert "ResMem" in report
    (notebook,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", notebook], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    half, everybody, *words = done.stdout.splitlines()
    rho, corr_half = map(float, half.split())
    ceiling, corr_all = map(float, everybody.split())
    assert -0.3 < rho < 0.7  # .2 ± .1 with 11 responses to each image
    reliability = 2 * rho / (1 + rho) if rho > 0 else np.nan
    # Parts of the people that saw an image are unequal, so that R is a little higher.
    assert ceiling == pytest.approx(np.sqrt(reliability), abs=0.03, nan_ok=True)
    assert max(abs(corr_half), abs(corr_all)) < 0.5  # these people's memory knows nothing of ResMem
    assert words


def wait_for(url: str) -> None:
    """Until the server answers."""
    for _ in range(300):
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{url} did not answer in 30 s")


def test_every_variable_and_folder_that_the_readme_names_exists() -> None:
    for folder in re.findall(r"^    (\w+)/ ", README, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder
    for picture in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / picture).is_file(), picture
    settings = (ROOT / "experiment" / "settings.py").read_text(encoding="utf-8")
    models = "".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "analysis" / "models").glob("*.py")
    )
    for variable in set(re.findall(r"HITRATE_\w+", README)):
        assert variable in settings + models, variable
