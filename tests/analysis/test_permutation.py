"""Permutation tests: every permutation by hand, scipy, and their error rate under chance."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from analysis.comparison.model_splits import split_with_models
from analysis.comparison.permutation import permutation_test_all, permutation_test_half
from analysis.comparison.two_scales import compare
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.splits.places import Floats
from tests.analysis.simulated_responses import simulated_predictions, simulated_study
from tests.analysis.test_calibration import scored


@pytest.mark.parametrize("method", ["spearman", "pearson"])
def test_p_is_that_of_all_orders_of_six_predictions(method: str) -> None:
    predictions = np.array([0.1, 0.5, 0.3, 0.3, 0.9, 0.7])
    scores = np.array([0.2, 0.6, 0.5, 0.1, 0.6, 0.8])
    numbers = stats.rankdata if method == "spearman" else np.asarray
    x, y = numbers(predictions), numbers(scores)
    observed = np.corrcoef(x, y)[0, 1]
    every = [np.corrcoef(order, y)[0, 1] for order in permutations(x)]
    one = np.mean(np.array(every) >= observed - 1e-12)
    two = np.mean(np.abs(every) >= observed - 1e-12)
    found = permutation_test_all(
        scored(predictions, scores),
        method=method,
        n_permutations=20_000,
        rng=np.random.default_rng(1),
    )
    assert found.observed == pytest.approx(observed)
    assert found.p_one_sided == pytest.approx(one, abs=0.005)
    assert found.p_two_sided == pytest.approx(two, abs=0.006)


def test_a_strong_model_has_the_smallest_p_there_is_and_an_inverted_one_on_one_side_only() -> None:
    truth = np.linspace(0, 1, 200)
    right = permutation_test_all(
        scored(truth, truth), n_permutations=499, rng=np.random.default_rng(1)
    )
    assert right.p_one_sided == right.p_two_sided == 1 / 500
    wrong = permutation_test_all(
        scored(-truth, truth), n_permutations=499, rng=np.random.default_rng(1)
    )
    assert wrong.p_one_sided == 1
    assert wrong.p_two_sided == 1 / 500


@pytest.mark.parametrize("n_seen", [None, 12])
def test_correlation_with_a_half_is_that_of_the_comparison(n_seen: int | None) -> None:
    rng = np.random.default_rng(2)
    truth = rng.beta(6, 3, 40)
    data = simulated_study(rng, truth, n_people=20, n_seen=n_seen)
    values = simulated_predictions(truth + rng.normal(0, 0.2, 40))
    compared = compare(data, values, "m", n_splits=50, n_bootstrap=0, rng=np.random.default_rng(3))
    for method in ("spearman", "pearson"):
        found = permutation_test_half(
            data,
            values,
            "m",
            method=method,
            n_splits=50,
            n_permutations=99,
            rng=np.random.default_rng(3),
        )
        expected = getattr(compared, method).corr_half
        # The same where everybody saw everything; predictions ranked once for all splits else.
        assert found.observed == pytest.approx(expected, abs=1e-12 if n_seen is None else 0.03)
    assert found.n_images == 40


def by_hand(data: Dataset, mine: Floats, n_splits: int, seed: int) -> float:
    """corr(M, H) by a loop over splits and halves, on complete data."""
    common = split_with_models(data, {"m": simulated_predictions(mine)})
    found: list[float] = []
    for block in common.splits.blocks(n_splits, np.random.default_rng(seed)):
        for half in (*block.values[block.first], *block.values[block.second]):
            found += [stats.spearmanr(mine, half).statistic]
    return float(np.mean(found))


def test_p_of_a_half_is_that_of_a_loop_that_permutes_and_correlates() -> None:
    rng = np.random.default_rng(4)
    truth = rng.beta(6, 3, 12)
    data = simulated_study(rng, truth, n_people=10)
    mine = truth + rng.normal(0, 0.15, 12)
    found = permutation_test_half(
        data,
        simulated_predictions(mine),
        "m",
        n_splits=8,
        n_permutations=9999,
        rng=np.random.default_rng(5),
    )
    observed = by_hand(data, mine, 8, 5)
    assert found.observed == pytest.approx(observed)
    chance = np.array([by_hand(data, rng.permutation(mine), 8, 5) for _ in range(100)])
    expected = (np.sum(chance >= observed) + 1) / 101
    assert found.p_one_sided == pytest.approx(expected, abs=4 * np.sqrt(expected / 100))


def test_chance_is_called_significant_in_five_of_a_hundred() -> None:
    # 200 random models of one study: within three standard errors, 3·√(.05·.95/200) = .046.
    rng = np.random.default_rng(6)
    data = simulated_study(rng, rng.beta(6, 3, 30), n_people=14, n_seen=10)
    p = [
        permutation_test_half(
            data,
            simulated_predictions(rng.random(30)),
            "m",
            n_splits=10,
            n_permutations=99,
            rng=rng,
        )
        for _ in range(200)
    ]
    assert np.mean([test.p_one_sided <= 0.05 for test in p]) == pytest.approx(0.05, abs=0.046)
    assert np.mean([test.p_two_sided <= 0.05 for test in p]) == pytest.approx(0.05, abs=0.046)


def test_large_p_values_agree_with_students_t() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(2, 300))
    found = permutation_test_all(scored(x, y), method="pearson", rng=rng)
    assert found.n_permutations == 9999
    assert found.p_two_sided == pytest.approx(stats.pearsonr(x, y).pvalue, abs=0.02)


def test_predictions_that_never_differ_have_no_p() -> None:
    found = permutation_test_all(
        scored(np.full(9, 0.7), np.linspace(0, 1, 9)),
        n_permutations=9,
        rng=np.random.default_rng(1),
    )
    assert np.isnan(found.observed)
    assert np.isnan(found.p_one_sided)
    assert np.isnan(found.p_two_sided)


def test_halves_that_never_differ_have_no_p() -> None:
    rng = np.random.default_rng(8)
    data = simulated_study(rng, np.ones(9), n_people=6)
    found = permutation_test_half(
        data, simulated_predictions(rng.random(9)), "m", n_splits=4, n_permutations=9, rng=rng
    )
    assert np.isnan(found.p_two_sided)


def test_result_is_one_row_and_wrong_options_are_refused() -> None:
    images = scored(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    rng = np.random.default_rng(1)
    frame = permutation_test_all(images, n_permutations=9, rng=rng).to_frame()
    assert frame.loc[0, "p_one_sided"] == 0.1
    with pytest.raises(AnalysisError, match="'kendall' has no permutation test"):
        permutation_test_all(images, method="kendall", rng=rng)
    with pytest.raises(AnalysisError, match="n_permutations is 0"):
        permutation_test_all(images, n_permutations=0, rng=rng)
