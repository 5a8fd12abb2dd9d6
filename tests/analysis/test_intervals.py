"""Confidence intervals: their formula by hand, their width and coverage in simulations."""

import numpy as np
import pytest

from analysis.comparison import Comparison, compare
from analysis.consistency import split_half
from analysis.intervals import lengthened, two_factor_variance
from analysis.responses import to_responses
from analysis.splits.halves import PersonSplits
from tests.analysis.simulated_responses import (
    simulated_predictions,
    simulated_responses,
    simulated_study,
    simulated_trials,
)


def test_two_factor_variance_by_hand() -> None:
    # N = 5, I = 3: 1.25·4 + 1.5·2 − 1.25·1.5·(7 − 4 − 2) = 6.125, between 5 and 7.
    assert two_factor_variance(4, 2, 7, 5, 3) == pytest.approx(6.125)


def test_two_factor_variance_keeps_between_one_factor_and_both() -> None:
    assert two_factor_variance(4, 2, 20, 5, 3) == pytest.approx(5)  # 8 − 26.25 is below 1.25·4
    assert two_factor_variance(4, 2, 6, 5, 3) == pytest.approx(6)  # 8 is above v_NI
    assert two_factor_variance(4, 2, 3, 5, 3) == pytest.approx(5)  # v_NI is below 1.25·4


def test_copies_of_a_person_stay_in_one_half_and_count_as_often() -> None:
    # Three people; the first is drawn three times, the second twice, the third never.
    trials = simulated_trials(np.random.default_rng(2), hit_rates=np.full(8, 0.5), n_people=3)
    responses = to_responses(trials)
    copies = np.array([3, 2, 0])
    source = PersonSplits(responses, "hit_rate", copies[:, None])
    block, scores = source.resampled(copies, 40, np.random.default_rng(1))
    hits = responses.hits.toarray()
    weighted = (3 * hits[0] + 2 * hits[1]) / 5
    assert scores == pytest.approx(weighted)
    first, second = block.values[block.first], block.values[block.second]
    for one, other in zip(first, second, strict=True):
        pair = sorted([one.tolist(), other.tolist()])
        assert pair == sorted([hits[0].astype(float).tolist(), hits[1].astype(float).tolist()])


def test_a_sample_is_lengthened_to_first_order_by_hand() -> None:
    # ρ = .5 is 1/3 at half the length, where 2ρ/(1 + ρ) has the slope 2/(1 + 1/3)² = 1.125. The
    # formula itself would make 18 of −.9 and −.58 of −.225.
    samples = np.array([1 / 3, 1 / 3 + 0.08, -0.9])
    expected = [0.5, 0.5 + 0.09, 0.5 - 1.125 * (0.9 + 1 / 3)]
    assert lengthened(samples, 0.5, np.array([2.0, 2.0, 2.0])) == pytest.approx(expected)
    assert lengthened(samples, 0.3, np.ones(3)) == pytest.approx(samples)


def folded(rho: float) -> float:
    """The reliability of both halves together (Spearman 1910, Brown 1910)."""
    return 2 * rho / (1 + rho)


@pytest.mark.parametrize("n_seen", [60, 12])
def test_intervals_around_no_agreement_are_neither_too_narrow_nor_endless(n_seen: int) -> None:
    # 20 people with nothing in common. Their interval errs on the wide side, 1.6 times at 20 and
    # 2.7 times at 4 responses to an image: products of two people's weights spread √3 times as
    # much as those of other people would, and sparse images drop out of the samples.
    reach, rhos = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        some = simulated_responses(rng, hit_rates=np.full(60, 0.5), n_people=20, n_seen=n_seen)
        result = split_half(some, n_splits=60, n_bootstrap=80, rng=rng)
        assert result.rho_low is not None
        assert result.rho_high is not None
        assert result.reliability_low == max(0, folded(result.rho_low))
        assert result.reliability_high == max(0, folded(result.rho_high))
        rhos.append(np.arctanh(result.rho))
        reach.append((np.arctanh(result.rho_high) - np.arctanh(result.rho_low)) / 2 / 1.96)
    assert 0.9 < np.mean(reach) / np.std(rhos, ddof=1) < 3.5
    assert max(reach) < 0.5


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    """Of 60 data sets, with other people and other images each time."""
    results = []
    for seed in range(60):
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
    # The spread of 60 data sets is known within 9 %. Percentiles of resampled people would hold
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
