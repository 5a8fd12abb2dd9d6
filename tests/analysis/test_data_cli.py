"""The commands ``hitrate data check``, ``hitrate data import`` and ``hitrate report``."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.commands.data import data
from analysis.commands.report import report
from analysis.dataset import write_dataset
from analysis.errors import AnalysisError, DatasetError

COUNTS = "image_name,hit,miss,fa,cr,hr\n" + "".join(
    f"i{i}.jpg,{i + 2},{10 - i},{i % 3},{12 - i % 3},.5\n" for i in range(9)
)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A dataset that the command imported from a count table."""
    (tmp_path / "counts.csv").write_text(COUNTS, encoding="utf-8")
    out = tmp_path / "dataset"
    result = CliRunner().invoke(data, ["import", str(tmp_path / "counts.csv"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "  hit: hits (group target)" in result.output
    assert "  hr: a rate or score, which is computed again" in result.output
    assert "  target: 108 repeats and 108 first showings of 9 images" in result.output
    return out


def test_imported_table_is_a_dataset_without_problems(dataset: Path) -> None:
    result = CliRunner().invoke(data, ["check", str(dataset)])
    assert result.exit_code == 0
    assert "image_counts: 9 rows" in result.output
    assert "No problems" in result.output
    assert "Not read" not in result.output


def test_tables_that_are_not_read_are_named(dataset: Path) -> None:
    (dataset / "trials.xlsx").write_bytes(b"PK")
    (dataset / "Trials.csv").write_text("a\n1\n", encoding="utf-8")
    result = CliRunner().invoke(data, ["check", str(dataset)])
    assert result.exit_code == 0
    assert "Not read, as the codebook has no such table: Trials.csv, trials.xlsx;" in result.output


def test_mapping_is_taken_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("picture,yes,n\na,1,2\n", encoding="utf-8")
    arguments = ["import", str(path), "--out", str(tmp_path / "out")]
    arguments += ["--map", "image_id=picture", "--map", "hits=yes"]
    whole = CliRunner().invoke(data, [*arguments, "--map", "repeats=n"])
    assert "yes: hits (group target)" in whole.output
    half = CliRunner().invoke(data, [*arguments, "--map", "repeats"])
    assert isinstance(half.exception, DatasetError)
    assert "write it as WHAT=COLUMN" in str(half.exception)


def test_report_reads_plain_predictions_and_says_what_it_understood(
    dataset: Path, tmp_path: Path
) -> None:
    text = "image_name,resmem\n" + "".join(f"i{i}.jpg,.{i + 1}\n" for i in range(9)) + "z,.1\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    arguments = [str(dataset), "--predictions", str(tmp_path / "p.csv"), "--splits", "20"]
    result = CliRunner().invoke(report, arguments)
    assert result.exit_code == 0, result.output
    assert "p.csv: resmem: predictions of the model resmem" in result.output
    assert "9 of 10 predictions are of the dataset's images; it has no 'z'" in result.output
    folder = dataset.with_name("dataset-report")
    assert (folder / "report.html").is_file()
    assert "resmem" in (folder / "report.json").read_text(encoding="utf-8")
    again = CliRunner().invoke(report, arguments)  # an earlier report is replaced
    assert again.exit_code == 0, again.output


def test_report_writes_over_nothing_that_is_no_report(dataset: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "participants.csv").write_text("years of work", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for out, message in (
        (dataset, "is a dataset"),
        (mine, "is not empty and holds no report \\('participants.csv'"),
        (tmp_path / "file", "is a file"),
        (tmp_path / "file" / "below", "below"),
        (Path("/proc/x"), "cannot be written to /proc/x"),
    ):
        result = CliRunner().invoke(report, [str(dataset), "--splits", "5", "--out", str(out)])
        assert isinstance(result.exception, AnalysisError), out
        assert re.search(message, str(result.exception))
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_report_says_where_simulated_people_may_be(tmp_path: Path) -> None:
    trials = "participant_id,run_id,position,image_id,role,is_repeat,responded\n"
    tables = {
        "images": pd.DataFrame({"image_id": ["a"]}),
        "trials": pd.read_csv(io.StringIO(trials)),
    }
    write_dataset(tables, tmp_path / "out")
    result = CliRunner().invoke(report, [str(tmp_path / "out")])
    assert isinstance(result.exception, AnalysisError)
    assert "has no trials; nobody played yet, or only simulated people" in str(result.exception)
    assert "--include-simulated" in str(result.exception)


def test_a_seed_below_zero_is_refused(dataset: Path) -> None:
    result = CliRunner().invoke(report, [str(dataset), "--seed", "-1"])
    assert result.exit_code == 2
    assert "Invalid value for '--seed'" in result.output


def test_command_prints_a_dataset_error_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hitrate", "data", "check", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert "images.csv: is not there" in result.stderr
    assert "Traceback" not in result.stderr


def test_analysis_commands_load_nothing_heavy_for_their_help() -> None:
    code = (
        "import sys, analysis.commands.data, analysis.commands.report, analysis.commands.score; "
        "heavy = {'numpy', 'pandas', 'scipy', 'torch', 'flask', 'sqlalchemy'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_statistics_need_neither_flask_nor_a_database_nor_torch() -> None:
    code = (
        "import sys, analysis.dataset, analysis.comparison.two_scales, analysis.importers.counts; "
        "names = {'flask', 'sqlalchemy', 'torch', 'experiment'} & set(sys.modules); "
        "sys.exit(f'loaded: {names}' if names else 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
