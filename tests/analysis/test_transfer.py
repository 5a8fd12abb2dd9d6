"""The table of (trained on) × (tested on): cells are those of the comparisons, and marked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.scores_alone import compare_scores
from analysis.comparison.transfer import transfer_table
from analysis.comparison.two_scales import Comparison, compare
from analysis.errors import AnalysisError
from analysis.training_images.overlap import find_overlap, read_training_images
from tests.analysis.simulated_responses import simulated_predictions, simulated_study
from tests.analysis.test_score_comparison import given


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    """Two models on two data sets, Kendall at the top."""
    results = []
    for number, name in enumerate(("lamem-again", "rocks")):
        rng = np.random.default_rng(number)
        truth = rng.beta(6, 3, 30)
        data = simulated_study(rng, truth, n_people=16, name=name)
        results += [
            compare(
                data,
                simulated_predictions(truth + rng.normal(0, noise, 30)),
                model,
                method="kendall",
                n_splits=10,
                n_bootstrap=0,
                rng=np.random.default_rng(7),
            )
            for model, noise in (("resmem", 0.1), ("guess", 0.3))
        ]
    return results


def test_cells_are_the_comparisons_on_both_scales(comparisons: list[Comparison]) -> None:
    found = transfer_table(comparisons, {"guess": "nothing"})
    rows = found.to_frame().to_dict("records")
    for result, row in zip(comparisons, rows, strict=True):
        assert (row["model"], row["tested_on"]) == (result.model, result.dataset)
        for name in ("corr_half", "rho", "corr_all", "ceiling_all", "disattenuated"):
            assert row[name] == getattr(result.spearman, name)
        assert row["n_images"] == 30
    assert [row["trained_on"] for row in rows] == ["LaMem and MemCat", "nothing"] * 2
    assert transfer_table(comparisons).cells[1].trained_on == "not known"
    assert found.to_dict()["cells"][0]["corr_half"] == comparisons[0].spearman.corr_half


def test_cells_on_training_images_are_marked(comparisons: list[Comparison]) -> None:
    marks = transfer_table(comparisons).to_table("mark")
    assert list(marks.index) == [("resmem", "LaMem and MemCat"), ("guess", "not known")]
    assert list(marks.columns) == ["lamem-again", "rocks"]
    assert marks.to_numpy().tolist() == [["trained on these images", ""], ["", ""]]


def test_a_title_marks_a_cell_where_it_warns_of_the_comparison() -> None:
    rng = np.random.default_rng(8)
    truth = rng.beta(6, 3, 20)
    data = replace(
        simulated_study(rng, truth, n_people=10, name="sample"), meta={"title": "Our LaMem"}
    )
    values = simulated_predictions(truth)
    both = compare(data, values, "resmem", n_splits=5, n_bootstrap=0, rng=rng)
    scored = given(truth, name="scores", title="Our LaMem")
    alone = compare_scores(scored, values, "resmem", n_permutations=9, rng=rng)
    for result in (both, alone):
        assert any("trained on images of LaMem" in line for line in result.warnings)
        assert result.is_trained_on
    assert [cell.is_trained_on for cell in transfer_table([both, alone]).cells] == [True, True]


def test_a_list_is_surer_than_the_name(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    truth = rng.beta(6, 3, 20)
    data = simulated_study(rng, truth, n_people=10, name="memcat-like")
    (tmp_path / "list.csv").write_text("name\ni00003.jpg\n", encoding="utf-8")
    overlap = find_overlap(data, "resmem", read_training_images(tmp_path / "list.csv"))
    values = simulated_predictions(truth)

    def marked(predictions: "pd.Series[float]") -> tuple[int | None, bool]:
        result = compare(
            data, predictions, "resmem", n_splits=5, n_bootstrap=0, overlap=overlap, rng=rng
        )
        (cell,) = transfer_table([result]).cells
        return cell.n_trained_on, cell.is_trained_on

    assert marked(values) == (1, True)
    assert marked(overlap.without(values)) == (0, False)


def test_scores_alone_fill_the_scale_that_they_are_on(comparisons: list[Comparison]) -> None:
    rng = np.random.default_rng(4)
    scores = rng.random(20)
    values = simulated_predictions(scores + rng.normal(0, 0.2, 20))
    both = [
        compare_scores(
            given(scores, name=name, scores_of_halves=halves),
            values,
            "m",
            n_permutations=9,
            rng=rng,
        )
        for name, halves in (("whole", False), ("half", True))
    ]
    whole, half = transfer_table(both).cells
    assert (whole.corr_all, half.corr_half) == (both[0].spearman, both[1].spearman)
    missing = [whole.corr_half, whole.rho, whole.ceiling_all, half.corr_all, half.rho]
    assert np.isnan([*missing, whole.disattenuated, half.disattenuated]).all()
    table = transfer_table([*comparisons, *both]).to_table("corr_all")
    assert list(table.columns) == ["lamem-again", "rocks", "whole", "half"]
    assert list(table.index.get_level_values("model")) == ["resmem", "guess", "m"]
    assert table.to_numpy(dtype=float)[2] == pytest.approx(
        [np.nan, np.nan, both[0].spearman, np.nan], nan_ok=True
    )


def test_no_comparison_two_of_the_same_and_mixed_scores_are_refused(
    comparisons: list[Comparison],
) -> None:
    with pytest.raises(AnalysisError, match="there is no comparison"):
        transfer_table([])
    with pytest.raises(AnalysisError, match="model resmem is compared twice with the hit_rate of"):
        transfer_table([comparisons[0], comparisons[0]])
    with pytest.raises(AnalysisError, match="a table cannot be of 'beauty'"):
        transfer_table(comparisons).to_table("beauty")
    rng = np.random.default_rng(5)
    truth = rng.random(12)
    data = simulated_study(rng, truth, n_people=8, alarm_rates=truth)
    other = compare(
        data,
        simulated_predictions(truth),
        "m",
        "false_alarm_rate",
        n_splits=5,
        n_bootstrap=0,
        rng=rng,
    )
    with pytest.raises(AnalysisError, match=r"several scores \(false_alarm_rate, hit_rate\)"):
        transfer_table([*comparisons, other]).to_table()
