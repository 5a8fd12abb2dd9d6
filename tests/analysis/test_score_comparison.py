"""Scores that came alone: what is told of a model, and what is said not to be known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.comparison.scores_alone import (
    ScoreComparison,
    compare_scores,
    correlation_interval,
    of_halves,
)
from analysis.comparison.two_scales import compare
from analysis.dataset import Dataset, write_dataset
from analysis.errors import AnalysisError
from analysis.splits.pairs import correlation
from analysis.splits.places import Floats


def given(values: Floats, n: int | None = None, score: str = "hit_rate", **meta: Any) -> Dataset:
    ids = [f"i{k:05d}" for k in range(len(values))]
    table = pd.DataFrame({"image_id": ids, "score": score, "value": values, "n": n})
    images = pd.DataFrame({"image_id": ids})
    return Dataset(path=Path("given"), images=images, image_scores=table, meta=meta)


def told(
    scores: Floats, predictions: Floats, n: int | None = None, model: str = "m", **meta: Any
) -> ScoreComparison:
    values = pd.Series(predictions, index=[f"i{k:05d}" for k in range(len(predictions))])
    rng = np.random.default_rng(1)
    return compare_scores(given(scores, n, **meta), values, model, n_permutations=99, rng=rng)


def test_correlations_are_scipys() -> None:
    rng = np.random.default_rng(2)
    scores = np.round(rng.random(60), 2)
    predictions = scores + rng.normal(0, 0.3, 60)
    found = told(scores, predictions)
    assert found.spearman == pytest.approx(stats.spearmanr(predictions, scores).statistic)
    assert found.pearson == pytest.approx(stats.pearsonr(predictions, scores).statistic)
    assert found.kendall == pytest.approx(stats.kendalltau(predictions, scores).statistic)
    by_scipy = stats.pearsonr(predictions, scores).confidence_interval(0.95)
    interval = found.intervals["pearson"]
    assert (interval.low, interval.high) == pytest.approx((by_scipy.low, by_scipy.high))
    assert found.calibration.mse == pytest.approx(((predictions - scores) ** 2).mean())
    assert found.permutation.observed == pytest.approx(found.spearman)
    assert found.permutation.p_two_sided == 0.01


def test_spearmans_interval_is_that_of_bonett_and_wright_by_hand() -> None:
    # r = .5, n = 103: SE² = (1 + .125)/100, so z = .549306 ± 1.959964·.106066.
    found = correlation_interval(0.5, 103, "spearman")
    assert found is not None
    assert (np.arctanh(found.low), np.arctanh(found.high)) == pytest.approx(
        (0.549306 - 0.207886, 0.549306 + 0.207886), abs=1e-5
    )
    assert found.method == "Fisher's z over images, for these responses only"


@pytest.mark.parametrize("method", ["spearman", "pearson", "kendall"])
def test_intervals_hold_the_truth_in_95_of_a_hundred(method: str) -> None:
    # 400 samples of 80 images, bivariate normal with r = .5; Spearman's true value is
    # 6/π·asin(r/2), Kendall's 2/π·asin(r). Within three standard errors: .033.
    truth = {
        "pearson": 0.5,
        "spearman": 6 / np.pi * np.arcsin(0.25),
        "kendall": 2 / np.pi * np.arcsin(0.5),
    }[method]
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        x, noise = rng.normal(size=(2, 80))
        y = 0.5 * x + np.sqrt(0.75) * noise
        found = correlation_interval(correlation(x, y, method), 80, method)
        assert found is not None
        held += found.low <= truth <= found.high
    assert held / 400 == pytest.approx(0.95, abs=0.033)


def test_there_is_no_interval_of_what_is_missing_perfect_or_of_too_few() -> None:
    assert correlation_interval(float("nan"), 50, "spearman") is None
    assert correlation_interval(1.0, 50, "pearson") is None
    assert correlation_interval(0.5, 3, "spearman") is None
    assert correlation_interval(0.5, 4, "kendall") is None


def test_scores_of_everybody_are_scale_b_without_its_ceiling() -> None:
    rng = np.random.default_rng(4)
    scores = rng.random(30)
    first, second = told(scores, scores + rng.normal(0, 0.2, 30)).verdict
    assert "with everybody's hit rate of 30 images (Spearman, 95% interval" in first
    assert "neither ρ nor R can be known" in second
    assert "Do not set it beside a ρ" in second


def test_scores_of_halves_are_scale_a_without_its_rho() -> None:
    rng = np.random.default_rng(5)
    scores = rng.random(30)
    found = told(scores, scores + rng.normal(0, 0.2, 30), scores_of_halves=True)
    assert found.scores_of_halves
    assert "with half of the people's hit rate" in found.verdict[0]
    assert "this is scale A" in found.verdict[1]
    assert (
        "cannot be said whether the model predicts people as well as people do"
        in (found.verdict[1])
    )


def test_a_list_names_the_scores_that_are_of_halves() -> None:
    data = given(np.ones(3), scores_of_halves=["lamem_train_1"])
    assert of_halves(data, "lamem_train_1")
    assert not of_halves(data, "hit_rate")
    assert not of_halves(given(np.ones(3)), "hit_rate")
    assert of_halves(given(np.ones(3), scores_of_halves=True), "anything")


def test_with_its_n_a_rate_tells_what_chance_alone_would_leave() -> None:
    # 2,000 images, beta(6, 3) and 30 responses: R = var/(var + noise) with var 18/810 and
    # noise E[T(1 − T)]/30 = .2/30 (E[T(1−T)] = 6·3/(9·10)).
    rng = np.random.default_rng(6)
    truth = rng.beta(6, 3, 2000)
    found = told(rng.binomial(30, truth) / 30, truth, n=30)
    assert found.r_binom == pytest.approx(18 / 810 / (18 / 810 + 0.2 / 30), abs=0.02)
    assert found.pearson == pytest.approx(np.sqrt(found.r_binom), abs=0.02)
    assert f"would be √R = {np.sqrt(found.r_binom):.2f}" in found.verdict[2]
    assert np.isnan(told(truth, truth).r_binom)


def test_images_that_were_trained_on_and_few_images_are_warned_of() -> None:
    found = told(np.linspace(0, 1, 6), np.linspace(0, 1, 6), model="resmem", name="lamem-test-1")
    together = " ".join(found.warnings)
    assert "ResMem was trained on images of LaMem" in together
    assert "6 images are too few" in together
    assert "How these scores were collected is not recorded" in together
    assert "spearman" not in found.intervals  # a perfect correlation has none
    game = {"stimulus_ms": 600, "gap_ms": 800, "target_lags": [36, 151]}
    known = told(np.linspace(0, 1, 9), np.linspace(0, 1, 9), model="resmem", paradigm=game)
    assert "Timing and lag are those of LaMem" in known.warnings[-1]


def test_nothing_to_correlate_is_told() -> None:
    flat = told(np.linspace(0, 1, 9), np.full(9, 0.5))
    assert flat.verdict == ("m predicts the same for every image: there is nothing to correlate.",)
    same = told(np.full(9, 0.5), np.linspace(0, 1, 9))
    assert same.verdict == (
        "The hit rate is the same for every image: there is nothing to correlate.",
    )


def test_numbers_are_one_table(tmp_path: Path) -> None:
    # Through a dataset on disk, as a researcher has it; any name is a score there.
    rng = np.random.default_rng(7)
    data = given(rng.random(20), score="memorability")
    assert data.image_scores is not None
    tables = {"images": data.images, "image_scores": data.image_scores}
    read = write_dataset(tables, tmp_path / "lamem", meta={"scores_of_halves": ["memorability"]})
    values = pd.Series(rng.random(15), index=list(data.images["image_id"][:15]))
    found = compare_scores(read, values, "m", "memorability", n_permutations=9, rng=rng)
    assert (found.n_images, found.n_without_prediction) == (15, 5)
    assert found.scores_of_halves
    frame = found.to_frame().set_index("name")
    assert frame.loc["spearman", "value"] == found.spearman
    assert frame.loc["spearman", "low"] == found.intervals["spearman"].low
    assert frame.loc["mse", "value"] == found.calibration.mse
    assert frame.loc["p_one_sided", "value"] == found.permutation.p_one_sided
    assert found.to_dict()["calibration"]["floor"] == found.calibration.floor


def test_a_comparison_on_both_scales_sends_scores_alone_here() -> None:
    data = given(np.random.default_rng(1).random(9))
    values = pd.Series(np.linspace(0, 1, 9), index=list(data.images["image_id"]))
    with pytest.raises(AnalysisError, match=r"has neither trials nor image_counts.*compare_scores"):
        compare(data, values, "m", rng=np.random.default_rng(1))
