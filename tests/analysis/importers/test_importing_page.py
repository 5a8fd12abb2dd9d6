"""The page docs/importing.md: its files, commands and outputs are real."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.commands.data import data
from analysis.dataset import read_dataset
from analysis.importers.table_map import COLUMNS, COUNTS, KINDS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w.-]+)`\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^```console\n(.*?)\n```", PAGE, re.MULTILINE)

# Repeats and first showings of each dataset, counted by eye in the page's tables.
SHOWN = {
    "trials": (2, 3),
    "recognition": (2, 3),
    "pairs": (3, 3),
    "jspsych": (1, 1),
    "bids": (1, 2),
    "log": (1, 2),
    "german": (1, 2),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's files, which commands run in."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_makes_a_dataset(command: str, folder: Path) -> None:
    words = shlex.split(command)
    assert words[:2] == ["hitrate", "data"]
    result = CliRunner().invoke(data, words[2:])
    assert result.exit_code == 0, result.exception
    out = words[words.index("--out") + 1]
    dataset = read_dataset(folder / out)
    if dataset.trials is None:
        assert out in ("counts", "lamem")
        return
    repeats = dataset.trials["is_repeat"].sum()
    assert (repeats, len(dataset.trials) - repeats) == SHOWN[out]


def test_the_printed_output_is_what_the_command_prints(folder: Path) -> None:
    (expected,) = re.findall(r"^```text\n(Understood:.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    result = CliRunner().invoke(data, ["import", "trials.csv", "--out", "trials"])
    assert result.stdout.partition("\n")[2] == expected


def test_the_code_for_a_notebook_runs(folder: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    exec(code, {})  # noqa: S102 (the page's own example)
    assert read_dataset(folder / "from-a-notebook").trials is not None


def test_the_page_names_every_kind_and_everything_that_a_column_can_be() -> None:
    for word in (*KINDS, *COLUMNS, *COUNTS):
        assert f"`{word}`" in PAGE, word
