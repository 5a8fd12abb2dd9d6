"""Beta-binomial shrinkage, beside scipy's distribution and on images with a known truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from analysis.errors import AnalysisError
from analysis.scores.shrinkage import Floats, log_likelihood, moments, shrink


def counted(hits: Any, repeats: Any) -> pd.DataFrame:
    images = [f"i{k}" for k in range(len(hits))]
    return pd.DataFrame({"hits": hits, "repeats": repeats}, index=images)


def simulated(
    rng: np.random.Generator, n_images: int, alpha: float, beta: float, responses: int
) -> tuple[Floats, pd.DataFrame]:
    """True rates from a beta distribution, and hits among 1 to some responses."""
    truth = rng.beta(alpha, beta, n_images)
    n = rng.integers(1, responses + 1, n_images)
    return truth, counted(rng.binomial(n, truth), n)


def test_likelihood_is_scipys_beta_binomial_but_for_the_number_of_orders() -> None:
    k, n = np.array([0.0, 3, 7]), np.array([4.0, 5, 7])
    theirs = stats.betabinom.logpmf(k, n, 2.5, 0.7) - np.log([1, 10, 1])
    assert log_likelihood(k, n, 2.5, 0.7) == pytest.approx(np.sum(theirs))


def test_prior_is_where_scipys_beta_binomial_makes_the_counts_most_likely() -> None:
    _, counts = simulated(np.random.default_rng(1), 200, 7, 3, 12)
    k, n = counts["hits"].to_numpy(), counts["repeats"].to_numpy()

    def loss(point: Floats) -> float:
        return -float(np.sum(stats.betabinom.logpmf(k, n, *np.exp(point))))

    theirs = optimize.fmin(loss, np.zeros(2), xtol=1e-8, ftol=1e-10, disp=False)
    result = shrink(counts)
    assert (result.alpha, result.beta) == pytest.approx(tuple(np.exp(theirs)), rel=1e-3)
    assert result.effective_n == pytest.approx(result.alpha + result.beta)
    assert result.note is None


def test_scores_are_mean_and_equal_tails_of_the_posterior() -> None:
    _, counts = simulated(np.random.default_rng(2), 100, 7, 3, 12)
    result = shrink(counts, level=0.9)
    row = result.to_frame().iloc[0]
    posterior = stats.beta(result.alpha + row["hits"], result.beta + row["repeats"] - row["hits"])
    expected = [posterior.mean(), posterior.ppf(0.05), posterior.ppf(0.95)]
    names = ["shrunken_hit_rate", "shrunken_hit_rate_low", "shrunken_hit_rate_high"]
    assert row[names].tolist() == pytest.approx(expected)


def test_prior_of_many_images_is_recovered() -> None:
    _, counts = simulated(np.random.default_rng(3), 20_000, 7, 3, 12)
    result = shrink(counts)
    assert result.alpha == pytest.approx(7, rel=0.1)
    assert result.beta == pytest.approx(3, rel=0.1)


def test_shrunken_rates_are_nearer_to_the_truth_and_their_limits_hold_it() -> None:
    held, shrunken, raw = [], [], []
    for seed in range(20):
        truth, counts = simulated(np.random.default_rng([4, seed]), 300, 7, 3, 12)
        scores = shrink(counts).scores
        raw.append(((scores["hit_rate"] - truth) ** 2).mean())
        shrunken.append(((scores["shrunken_hit_rate"] - truth) ** 2).mean())
        low, high = scores["shrunken_hit_rate_low"], scores["shrunken_hit_rate_high"]
        held.append((low.le(truth) & high.ge(truth)).mean())
    assert np.mean(shrunken) < 0.5 * np.mean(raw)
    # 6,000 images: two standard errors are .6 %.
    assert 0.93 <= np.mean(held) <= 0.97


def test_moments_are_kleinmans() -> None:
    # By hand: μ = ½, S = 2·(¼ + ¼) = 1, I − 1 = 3, room ¼·(8 − 16/8 − 3) = ¾,
    # ρ = (1 − ¾)/¾ = ⅓, α + β = 1/ρ − 1 = 2.
    mean, effective_n = moments(np.array([0.0, 1, 2, 1]), np.full(4, 2.0))
    assert (mean, effective_n) == pytest.approx((0.5, 2.0))


def test_images_that_differ_by_chance_alone_get_the_pooled_rate_and_no_interval() -> None:
    result = shrink(counted([5, 5, 5, 6], [10, 10, 10, 10]))
    assert np.isinf(result.effective_n)
    assert result.note == "images differ no more than chance alone makes them differ"
    assert result.scores["shrunken_hit_rate"].tolist() == pytest.approx([21 / 40] * 4)
    assert result.scores[["shrunken_hit_rate_low", "shrunken_hit_rate_high"]].isna().all(axis=None)


@pytest.mark.parametrize("rate", [0, 1])
def test_responses_that_are_all_the_same_are_no_rate_of_less_than_certain(rate: int) -> None:
    result = shrink(counted([4 * rate, 7 * rate], [4, 7]))
    assert result.scores["shrunken_hit_rate"].tolist() == [rate, rate]
    assert result.note == f"every response is the same: the rate is {rate} everywhere"
    limits = result.scores[["shrunken_hit_rate_low", "shrunken_hit_rate_high"]]
    assert limits.isna().all(axis=None)


def test_images_without_a_doubt_are_left_nearly_as_they_are() -> None:
    result = shrink(counted([0, 20] * 10, [20, 20] * 10))
    assert result.effective_n < 0.1
    assert result.note == "every image's responses are all the same: nothing is shrunken"
    assert result.scores["shrunken_hit_rate"].to_numpy() == pytest.approx([0, 1] * 10, abs=0.01)


@pytest.mark.parametrize("counts", [counted([3], [4]), counted([0, 1, 1], [1, 1, 1])])
def test_prior_that_cannot_be_learned_is_missing_and_says_why(counts: pd.DataFrame) -> None:
    result = shrink(counts)
    assert np.isnan([result.alpha, result.beta, result.effective_n, result.prior_mean]).all()
    assert "cannot tell how images differ" in str(result.note)
    assert result.scores["shrunken_hit_rate"].isna().all()
    assert result.scores["hit_rate"].notna().all()


def test_image_without_responses_stays_missing_and_changes_nothing_as_order_does_not() -> None:
    _, counts = simulated(np.random.default_rng(5), 50, 2, 2, 9)
    unseen = pd.DataFrame({"hits": [0], "repeats": [0]}, index=["unseen"])
    one, two = shrink(counts), shrink(pd.concat([unseen, counts.iloc[::-1]]))
    assert two.scores.loc["unseen"].drop(["hits", "repeats"]).isna().all()
    assert two.n_images == 50
    pd.testing.assert_frame_equal(one.scores, two.scores.loc[counts.index], rtol=1e-4)


def test_wrong_score_and_absent_counts_are_told() -> None:
    with pytest.raises(AnalysisError, match="'d_prime' is no rate of counts"):
        shrink(counted([1], [2]), "d_prime")
    with pytest.raises(AnalysisError, match="no column 'false_alarms'"):
        shrink(counted([1], [2]), "false_alarm_rate")
    with pytest.raises(AnalysisError, match="no image has a response behind its hit_rate"):
        shrink(counted([0], [0]))


def test_result_tells_everything_but_the_scores_as_a_dict() -> None:
    facts = shrink(counted([1, 3, 9], [10, 10, 10])).to_dict()
    assert facts["n_images"] == 3
    assert "scores" not in facts
