"""Absolute errors over the range of scores: explicit loops, and truth that is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from analysis.comparison.error_curves import bins_by_rank, error_curves, noise_floor
from analysis.comparison.model_splits import split_with_models
from analysis.comparison.two_scales import compare
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses
from tests.analysis.simulated_responses import simulated_predictions, simulated_study


def test_errors_are_those_of_an_explicit_loop_over_splits_and_images() -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(6, 3, 20)
    data = simulated_study(rng, truth, n_people=6, n_seen=9)  # sparse: few images in a split
    values = simulated_predictions(rng.random(20))
    found = error_curves(data, values, "m", n_splits=30, n_bins=3, rng=np.random.default_rng(7))
    splits = split_with_models(data, {"m": values}).splits
    with_half: dict[int, list[float]] = {}
    between: dict[int, list[float]] = {}
    for block in splits.blocks(30, np.random.default_rng(7)):
        scores = np.append(block.values, np.nan)
        for first, second in zip(scores[block.first], scores[block.second], strict=True):
            for i, (one, other) in enumerate(zip(first, second, strict=True)):
                if np.isnan(one) or np.isnan(other):
                    continue
                mine = values[splits.image_ids[i]]
                with_half.setdefault(i, []).append((abs(mine - one) + abs(mine - other)) / 2)
                between.setdefault(i, []).append(abs(one - other))
    assert found.total.n_images == len(between)
    assert found.total.model_half == pytest.approx(
        np.mean([np.mean(v) for v in with_half.values()])
    )
    assert found.total.people_half == pytest.approx(np.mean([np.mean(v) for v in between.values()]))


def test_error_with_everybody_is_that_of_the_comparison() -> None:
    rng = np.random.default_rng(2)
    truth = rng.beta(6, 3, 40)
    data = simulated_study(rng, truth, n_people=16)
    values = simulated_predictions(truth + rng.normal(0, 0.1, 40))
    found = error_curves(data, values, "m", n_splits=10, n_bins=4, rng=rng)
    compared = compare(data, values, "m", n_splits=10, n_bootstrap=0, rng=rng)
    assert found.total.model_all == pytest.approx(compared.mae)
    # The curve's parts are the whole, part by part.
    sizes = [part.n_images for part in found.curve]
    assert sum(sizes) == found.total.n_images == 40
    for name in ("model_half", "people_half", "model_all", "noise_floor", "mean_score"):
        parts = [getattr(part, name) for part in found.curve]
        assert np.average(parts, weights=sizes) == pytest.approx(getattr(found.total, name))
    for part, following in zip(found.curve, found.curve[1:], strict=False):
        assert part.high < following.low


def test_floor_is_the_integral_over_the_posterior() -> None:
    # An independent way: numerical integration of |t − F| over the beta posterior of one image.
    scores, n = np.array([0.2, 0.5, 0.9, 0.7, 1.0, 0.4]), np.array([10.0, 20, 10, 30, 6, 5])
    noise = (scores * (1 - scores) / (n - 1)).mean()
    mean = scores.mean()
    worth = mean * (1 - mean) / (scores.var(ddof=1) - noise) - 1
    for one, size, found in zip(scores, n, noise_floor(scores, n), strict=True):
        posterior = stats.beta(mean * worth + one * size, (1 - mean) * worth + (1 - one) * size)
        by_hand, _ = integrate.quad(
            lambda t, p=posterior, f=one: abs(t - f) * p.pdf(t), 0, 1, points=[one], limit=200
        )
        assert found == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize(("a", "b", "n"), [(6, 3, 40), (6, 3, 10), (20, 3, 30), (2, 2, 20)])
def test_the_true_rates_are_off_by_the_floor_in_total_and_where_scores_are_highest(
    a: float, b: float, n: int
) -> None:
    rng = np.random.default_rng(3)
    truth = rng.beta(a, b, 20_000)
    scores = rng.binomial(n, truth) / n
    floor = noise_floor(scores, np.full(20_000, float(n)))
    off = np.abs(truth - scores)
    assert floor.mean() == pytest.approx(off.mean(), rel=0.02)
    highest = scores >= np.quantile(scores, 0.9)
    assert floor[highest].mean() == pytest.approx(off[highest].mean(), rel=0.03)
    # Noise around the score itself would be far too small there: the luckiest images.
    around = np.sqrt(2 / np.pi * scores * (1 - scores) / (n - 1))
    assert around[highest].mean() < 0.75 * off[highest].mean()


def test_a_model_that_knows_the_truth_is_off_by_the_floor_and_less_than_people() -> None:
    rng = np.random.default_rng(4)
    truth = rng.beta(6, 3, 2000)
    data = simulated_study(rng, truth, n_people=20)
    found = error_curves(data, simulated_predictions(truth), "truth", n_splits=10, rng=rng)
    assert found.total.model_all == pytest.approx(found.total.noise_floor, rel=0.03)
    for part in found.curve:
        assert part.model_all == pytest.approx(part.noise_floor, rel=0.12)
    # Two halves have twice the noise variance of one and the truth: √2 times as far apart.
    assert found.total.people_half == pytest.approx(2**0.5 * found.total.model_half, rel=0.03)


def test_a_model_that_is_another_half_is_off_as_another_half_is() -> None:
    rng = np.random.default_rng(5)
    truth = rng.beta(6, 3, 2000)
    data = simulated_study(rng, truth, n_people=20)
    others = simulated_predictions(rng.binomial(10, truth) / 10)
    found = error_curves(data, others, "others", n_splits=10, rng=rng)
    assert found.total.model_half == pytest.approx(found.total.people_half, rel=0.03)


def test_floor_without_differences_or_without_noise() -> None:
    # Less variance than noise: every true rate is the mean, .5, and |T − F| is |.5 − F|.
    assert noise_floor(np.array([0.4, 0.5, 0.6, 0.5]), np.full(4, 5.0)) == pytest.approx(
        [0.1, 0, 0.1, 0], abs=1e-3
    )
    assert noise_floor(np.ones(5), np.full(5, 9.0)) == pytest.approx(0)


def test_equal_scores_are_in_one_part() -> None:
    scores = np.array([0.1, 0.2, 0.2, 0.2, 0.2, 0.9])
    assert list(bins_by_rank(scores, 3)) == [0, 1, 1, 1, 1, 2]
    assert list(bins_by_rank(np.full(5, 0.5), 10)) == [0] * 5
    assert list(bins_by_rank(np.arange(4.0), 2)) == [0, 0, 1, 1]


def test_floor_is_missing_for_a_difference_of_rates_and_counts_are_told() -> None:
    rng = np.random.default_rng(6)
    truth = rng.beta(6, 3, 30)
    data = simulated_study(rng, truth, n_people=12, alarm_rates=np.full(30, 0.2))
    values = simulated_predictions(truth)
    found = error_curves(data, values, "m", "corrected_recognition", n_splits=5, rng=rng)
    assert np.isnan(found.total.noise_floor)
    assert found.total.people_half > 0
    assert not found.counts_only
    counts = split_with_models(data, {"m": values}).source
    assert isinstance(counts, Responses)
    table = counts.counts().reset_index(names="image_id").assign(group="target")
    of_counts = replace(data, trials=None, image_counts=table)
    alone = error_curves(of_counts, values, "m", n_splits=50, rng=rng)
    assert alone.counts_only
    assert alone.total.model_all == pytest.approx(
        error_curves(data, values, "m", n_splits=5, rng=rng).total.model_all
    )


def test_curves_are_one_table_and_no_part_is_refused() -> None:
    rng = np.random.default_rng(7)
    data = simulated_study(rng, rng.beta(6, 3, 30), n_people=10)
    values = simulated_predictions(rng.random(30))
    found = error_curves(data, values, "m", n_splits=5, n_bins=3, rng=rng)
    frame = found.to_frame().set_index("part")
    assert frame.loc["all", "n_images"] == 30
    assert frame.loc["1", "model_all"] == found.curve[0].model_all
    assert found.to_dict()["total"]["model_half"] == found.total.model_half
    with pytest.raises(AnalysisError, match="n_bins is 0; there is at least one part"):
        error_curves(data, values, "m", n_bins=0, rng=rng)


def test_several_models_are_split_on_the_images_that_all_of_them_predict() -> None:
    rng = np.random.default_rng(8)
    data = simulated_study(rng, rng.beta(6, 3, 20), n_people=10)
    some, others = simulated_predictions(rng.random(14)), simulated_predictions(rng.random(20))[5:]
    common = split_with_models(data, {"some": some, "others": others})
    assert list(common.splits.image_ids) == [f"i{i:05d}" for i in range(5, 14)]
    assert common.predictions[0] == pytest.approx(some.to_numpy()[5:])
    assert common.predictions[1] == pytest.approx(others.to_numpy()[:9])
    assert common.n_without_prediction == 11
    with pytest.raises(AnalysisError, match="no model's predictions were given"):
        split_with_models(data, {})
    with pytest.raises(AnalysisError, match="models a, b all have predictions of 0 of the 20"):
        split_with_models(data, {"a": some[:5], "b": others})
