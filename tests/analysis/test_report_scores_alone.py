"""A report of scores that came alone: one scale, and what cannot be said."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset, read_dataset
from analysis.report import write_report
from analysis.report.numbers import default_score
from tests.analysis.page_reader import Page, text_of


def alone(folder: Path, score: str, halves: bool) -> tuple[Dataset, pd.DataFrame]:
    """A dataset of 40 scores, and a model that predicts them and one that predicts their square."""
    folder.mkdir()
    ids = [f"i{k:03d}" for k in range(40)]
    values = np.random.default_rng(4).random(40)
    scores = pd.DataFrame({"image_id": ids, "score": score, "value": values})
    scores.to_csv(folder / "image_scores.csv", index=False)
    pd.DataFrame({"image_id": ids}).to_csv(folder / "images.csv", index=False)
    predictions = pd.concat(
        pd.DataFrame({"image_id": ids, "model": m, "prediction": values**k})
        for m, k in (("one", 1), ("two", 2))
    )
    meta = {"scores_of_halves": [score]} if halves else {}
    dataset = replace(read_dataset(folder), meta=meta)
    return dataset, predictions.assign(sha256=None, fingerprint=None, error=None)


@pytest.mark.parametrize(
    ("score", "halves", "said"),
    [
        ("memorability_test_1", True, "this is scale A, the model against a half"),
        ("corrected_recognition", False, "neither ρ nor R can be known"),
    ],
)
def test_scores_alone_are_told_with_what_cannot_be_said(
    tmp_path: Path, score: str, halves: bool, said: str
) -> None:
    dataset, predictions = alone(tmp_path / "given", score, halves)
    written = write_report(dataset, predictions, tmp_path / "out", score=score, n_splits=20)
    numbers = json.loads(written.with_name("report.json").read_text("utf-8"))
    found = Page(written.read_text("utf-8"))
    page = text_of(found)
    first = numbers["models"]["scores_alone"][0]
    assert first["spearman"] == pytest.approx(1)
    assert first["calibration"]["mse"] == 0
    assert said in page
    scale = "A: the model against a half" if halves else "B: the model against everybody"
    assert f"{scale} (Spearman) 1.000" in page
    assert "cannot be known" in page
    assert "the line on a chosen one is the 95% interval" not in page
    drawn = found.scripts.keys()
    assert {"chart-scatter-0", "chart-distributions-0", "chart-cutoffs-mse"} <= drawn
    assert not {"chart-scales", "chart-errors-half"} & drawn


def test_without_a_hit_rate_the_first_score_is_reported(tmp_path: Path) -> None:
    assert default_score(alone(tmp_path / "a", "memorability_test_1", True)[0]) == (
        "memorability_test_1"
    )
    assert default_score(alone(tmp_path / "b", "hit_rate", False)[0]) == "hit_rate"
