"""The example notebook's code runs as it stands, cell after cell, and says what it should."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.analysis.report_data import write_dataset

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebook.ipynb"


def code_cells() -> list[str]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the notebook's first words ask for."""
    truth = write_dataset(tmp_path / "kitchens-data", pictures=False)
    truth.predictions.to_csv(tmp_path / "predictions.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_notebook_runs_and_its_numbers_agree_with_each_other(folder: Path) -> None:
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for number, source in enumerate(code_cells()):
            exec(compile(source, f"{NOTEBOOK.name} cell {number}", "exec"), names)  # noqa: S102 (our own page)
    assert names["model"].rho == pytest.approx(names["people"].rho, abs=0.05)
    assert f"model against everybody {names['model'].corr_all:.2f}" in printed.getvalue()
    counts = names["scores"][["hits", "repeats"]].astype(float)
    rates = names["scores"]["hit_rate"].to_numpy(dtype=float)
    assert np.allclose(rates, counts["hits"] / counts["repeats"], equal_nan=True)
    assert (folder / "kitchens-report" / "report.html").is_file()


def test_the_first_cell_is_ten_lines() -> None:
    lines = [line for line in code_cells()[0].splitlines() if line and "import" not in line]
    assert len(lines) <= 10


def test_the_notebook_holds_no_output() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in cells)
