"""Confidence intervals: their formula by hand, their width and coverage in simulations."""

import numpy as np
import pytest
from scipy import stats

from analysis.comparison.two_scales import Comparison, compare
from analysis.consistency.split_half import split_half
from analysis.intervals.covariances import Covariances, covariances, lengthening, to_model
from analysis.intervals.limits import of_ratio
from analysis.scores.responses import to_responses
from analysis.splits.halves import PersonSplits
from tests.analysis.simulated_responses import (
    simulated_predictions,
    simulated_responses,
    simulated_study,
    simulated_trials,
)


@pytest.mark.parametrize("n_models", [0, 2])
def test_lengthening_is_spearman_brown_by_hand(n_models: int) -> None:
    # 6 of 8 people: ρ = .5 with everybody was .5·.75/(1 − .25·.5) = .428571 before, from where
    # kρ/(1 + (k − 1)ρ) with k = 4/3 has the slope k/(1 + .428571/3)² = 1.020833.
    slopes = lengthening(0.5, 8, 2, n_models)
    before, r_before = 3 / 7, (2 / 3) * 0.75 / (1 - 0.25 * 2 / 3)
    expected = [4 / 3 / (1 + before / 3) ** 2]
    expected += [np.sqrt(0.5 / before)] * n_models + [np.sqrt(2 / 3 / r_before)] * n_models
    assert slopes == pytest.approx(expected)


def test_copies_of_a_person_stay_in_one_half_and_count_as_often() -> None:
    # Three people; the first is drawn three times, the second twice, the third never.
    trials = simulated_trials(np.random.default_rng(2), hit_rates=np.full(8, 0.5), n_people=3)
    responses = to_responses(trials)
    copies = np.array([[3], [2], [0]])
    source = PersonSplits(responses, "hit_rate", copies)
    block, everybody = source.halves_of(np.array([[1], [0], [1]]), copies)
    hits = responses.hits.toarray()
    weighted = (3 * hits[0] + 2 * hits[1]) / 5
    assert everybody.values[everybody.second[0]] == pytest.approx(weighted)
    assert block.values[block.first[0]].tolist() == hits[0].astype(float).tolist()
    assert block.values[block.second[0]].tolist() == hits[1].astype(float).tolist()


def test_variance_is_that_of_three_bootstraps_in_loops() -> None:
    # Independent: people, images and both resampled one by one, correlated by scipy, and the
    # formula of Schütt et al. 2023. 600 samples know each of its terms within 6 %.
    rng = np.random.default_rng(3)
    truth = rng.beta(6, 3, 80)
    responses = simulated_responses(rng, hit_rates=truth, n_people=40, person_spread=0.1)
    predicted = truth + rng.normal(0, 0.1, 80)
    hits = responses.hits.toarray()
    values = {"people": [], "images": [], "both": []}  # type: dict[str, list[float]]
    for _ in range(600):
        people, images = rng.integers(40, size=40), rng.integers(80, size=80)
        for name, chosen in {
            "people": (people, np.arange(80)),
            "images": (np.arange(40), images),
            "both": (people, images),
        }.items():
            scores = hits[chosen[0]].mean(axis=0)[chosen[1]]
            values[name].append(stats.spearmanr(scores, predicted[chosen[1]]).statistic)
    v_people, v_images, v_both = (np.var(one, ddof=1) for one in values.values())
    n, i = 40 / 39, 80 / 79
    expected = n * v_people + i * v_images - n * i * (v_both - v_people - v_images)
    spread = covariances(PersonSplits(responses, "hit_rate"), [to_model(predicted)], rng=rng)
    assert spread is not None
    axis = np.array([0.0, 0.0, 1.0])  # corr(M, F)
    assert spread.variance_for_these_people(axis) == pytest.approx(i * v_images, rel=0.25)
    assert spread.variance(axis) == pytest.approx(expected, rel=0.4)


def test_limits_of_a_ratio_are_fiellers_by_hand() -> None:
    # corr .4 with variance .0025, √ρ = .5 with the variance .01²/(4·.25)·4 = .0001 of ρ; t = 2:
    # (.25 − .0004)d² − 2·.2·d + .16 − .01 = 0.
    spread = Covariances(np.diag([1e-4, 0.0025, 0.0]), None)
    limits = of_ratio(0.4, 0.25, spread, np.eye(3)[1], np.eye(3)[0], 2.0)
    assert limits == pytest.approx(sorted(np.roots([0.25 - 4e-4, -0.4, 0.15])))
    uncertain = Covariances(np.diag([0.25, 0.0025, 0.0]), None)
    assert np.isnan(of_ratio(0.4, 0.25, uncertain, np.eye(3)[1], np.eye(3)[0], 2.0)).all()


def test_what_people_add_is_never_less_than_nothing() -> None:
    spread = Covariances(np.eye(1) * 4, np.eye(1) * -1.0)
    assert spread.variance(np.ones(1)) == 4


def folded(rho: float, k: float) -> float:
    """The reliability of k times a half (Spearman 1910, Brown 1910)."""
    return k * rho / (1 + (k - 1) * rho)


@pytest.mark.parametrize("n_seen", [60, 12])
def test_intervals_around_no_agreement_are_neither_too_narrow_nor_endless(n_seen: int) -> None:
    # 20 people with nothing in common; the spread of 40 data sets is known within 11 %. With 4
    # responses to an image the interval errs on the wide side, 1.5 times.
    reach, rhos = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        some = simulated_responses(rng, hit_rates=np.full(60, 0.5), n_people=20, n_seen=n_seen)
        result = split_half(some, n_splits=60, n_bootstrap=80, rng=rng)
        assert result.rho_low is not None
        assert result.rho_high is not None
        k = PersonSplits(some, "hit_rate").lengths.folds
        lowest = min(0, folded(result.rho, k))  # no true reliability is below, an estimate may be
        assert result.reliability_low == max(lowest, folded(result.rho_low, k))
        assert result.reliability_high == max(0, folded(result.rho_high, k))
        rhos.append(np.arctanh(result.rho))
        reach.append((np.arctanh(result.rho_high) - np.arctanh(result.rho_low)) / 2 / 1.96)
    assert 0.75 < np.mean(reach) / np.std(rhos, ddof=1) < 1.9
    assert max(reach) < 0.5


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    """Of 40 data sets, with other people and other images each time."""
    results = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        truth = rng.beta(6, 3, 80)
        data = simulated_study(rng, truth, n_people=30, n_seen=60, person_spread=0.05)
        values = simulated_predictions(truth + rng.normal(0, 0.15, 80))
        results.append(compare(data, values, "m", n_splits=40, n_bootstrap=80, rng=rng))
    return results


@pytest.mark.parametrize("name", ["rho", "corr_half", "advantage", "corr_all", "disattenuated"])
def test_intervals_are_as_wide_as_data_sets_differ(
    name: str, comparisons: list[Comparison]
) -> None:
    # The spread of 40 data sets is known within 11 %. Percentiles of resampled people would hold
    # the mean in .02 to .31 of them (docs/statistics.md).
    estimates = np.array([getattr(result, name) for result in comparisons])
    low = np.array([result.intervals[name].low for result in comparisons])
    high = np.array([result.intervals[name].high for result in comparisons])
    standard_error = (high - low).mean() / 2 / 1.96
    assert 0.75 < standard_error / estimates.std(ddof=1) < 1.5
    held = (low <= estimates.mean()) & (estimates.mean() <= high)
    assert held.mean() >= 0.88


def test_counts_alone_have_intervals_for_these_responses_only() -> None:
    rng = np.random.default_rng(1)
    responses = simulated_responses(rng, hit_rates=rng.beta(6, 3, 100), n_people=30)
    counts = responses.counts()
    of_counts = split_half(counts, n_splits=30, n_bootstrap=50, rng=rng)
    of_people = split_half(responses, n_splits=30, n_bootstrap=50, rng=rng)
    assert of_counts.interval is not None
    assert "for these responses only" in of_counts.interval
    assert of_people.interval is not None
    assert "people and images" in of_people.interval
    for result in (of_counts, of_people):
        assert result.rho_low is not None
        assert result.rho_high is not None
        assert result.rho_low < result.rho < result.rho_high
        assert result.reliability_low == pytest.approx(2 * result.rho_low / (1 + result.rho_low))


def test_intervals_are_absent_where_there_is_no_number_or_none_is_wanted() -> None:
    rng = np.random.default_rng(1)
    same = simulated_responses(rng, hit_rates=np.ones(10), n_people=10)
    assert split_half(same, n_splits=10, n_bootstrap=20, rng=rng).rho_low is None
    some = simulated_responses(rng, hit_rates=rng.random(10), n_people=10)
    assert split_half(some, n_splits=10, n_bootstrap=0, rng=rng).rho_low is None
    assert split_half(some, n_splits=10, method="kendall", rng=rng).interval is None
