"""The curve of hits against lag: by hand, and its intervals by simulation."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.scores.lags import decay_curve
from analysis.scores.rates import wilson
from tests.analysis.hand_made import dataset, trial
from tests.analysis.lagged_responses import lagged_study


def test_bins_count_the_hits_at_their_lags() -> None:
    lags = [(2, True), (2, True), (5, False), (9, True), (10, False), (20, False)]
    rows = [
        trial(f"p{k}", "a", repeat=True, responded=hit, n_intervening=t)
        for k, (t, hit) in enumerate(lags)
    ]
    curve = decay_curve(dataset(rows, ["a"]), edges=[0, 5, 7, 8, 20])
    assert curve["repeats"].tolist() == [2, 1, 0, 3]
    assert curve["hits"].tolist() == [2, 0, 0, 1]
    assert curve["hit_rate"].tolist() == pytest.approx([1, 0, np.nan, 1 / 3], nan_ok=True)
    assert curve["t_low"].tolist() == pytest.approx([2, 5, np.nan, 9], nan_ok=True)
    assert curve["t_high"].tolist() == pytest.approx([2, 5, np.nan, 20], nan_ok=True)
    low, high = wilson(np.array([1.0]), np.array([3.0]))
    assert curve["hit_rate_low"].iloc[3] == low[0]
    assert curve["hit_rate_high"].iloc[3] == high[0]
    assert set(curve["interval"]) == {"Wilson"}


def test_few_lags_have_a_bin_each_and_many_share_about_even_ones() -> None:
    rng = np.random.default_rng(1)
    few = lagged_study(rng, at_reference=np.full(5, 0.6), n_people=20, lags=(3, 6))
    assert decay_curve(few)["t_low"].tolist() == [3, 4, 5, 6]
    many = lagged_study(rng, at_reference=np.full(20, 0.6), n_people=40)
    curve = decay_curve(many, n_bins=5)
    assert len(curve) == 5
    assert curve["repeats"].sum() == 800
    assert curve["repeats"].min() > 120


def test_limits_from_resampled_people_hold_the_truth_where_wilsons_do_not() -> None:
    # People differ much (standard deviation .15), so that responses are far from independent.
    held: dict[str, list[bool]] = {"people": [], "wilson": []}
    for seed in range(80):
        rng = np.random.default_rng([2, seed])
        data = lagged_study(
            rng, at_reference=np.full(40, 0.5), alpha=0.0, n_people=40, person_spread=0.15
        )
        for name, row in (
            ("people", decay_curve(data, edges=[0, 150], n_bootstrap=200, rng=rng).iloc[0]),
            ("wilson", decay_curve(data, edges=[0, 150]).iloc[0]),
        ):
            held[name].append(row["hit_rate_low"] <= 0.5 <= row["hit_rate_high"])
    # 95 % of 80 data sets: two standard errors are 5 %.
    assert 0.88 <= np.mean(held["people"]) <= 0.99
    assert np.mean(held["wilson"]) < 0.8


def test_repeats_outside_the_edges_and_edges_that_do_not_ascend_are_told() -> None:
    rows = [trial("p1", "a", repeat=True, responded=True, n_intervening=t) for t in (4, 40)]
    data = dataset(rows, ["a"])
    with pytest.raises(AnalysisError, match="1 of 2 repeats lie outside the edges 0 to 30"):
        decay_curve(data, edges=[0, 30])
    with pytest.raises(AnalysisError, match="no ascending limits"):
        decay_curve(data, edges=[30, 0])


def test_dataset_without_repeats_of_the_role_says_so() -> None:
    rows = [trial("p1", "a", repeat=False, responded=True)]
    with pytest.raises(AnalysisError, match="no vigilance was shown a second time"):
        decay_curve(dataset(rows, ["a"]), role="vigilance")
