"""What must change nothing: order of rows, names of people, an image that nobody saw."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.calibration import calibrate
from analysis.comparison.cutoffs import cutoff_errors
from analysis.comparison.error_curves import error_curves
from analysis.comparison.permutation import permutation_test_all, permutation_test_half
from analysis.comparison.scored_images import match_scores
from analysis.comparison.two_scales import compare
from analysis.dataset import Dataset
from tests.analysis.simulated_responses import simulated_predictions, simulated_study


def example(seed: int) -> tuple[Dataset, "pd.Series[float]"]:
    rng = np.random.default_rng(seed)
    truth = rng.beta(6, 3, 40)
    data = simulated_study(rng, truth, n_people=16, n_seen=28, alarm_rates=rng.beta(2, 9, 40))
    return data, simulated_predictions(truth + rng.normal(0, 0.15, 40))


def by_counting(data: Dataset, values: "pd.Series[float]") -> tuple[pd.DataFrame, ...]:
    """Every result that no splits are drawn for."""
    images = match_scores(data, values, "m")
    return (
        calibrate(images, rng=np.random.default_rng(1)).to_frame(),
        cutoff_errors(images),
        permutation_test_all(images, n_permutations=50, rng=np.random.default_rng(2)).to_frame(),
    )


def by_splitting(data: Dataset, values: "pd.Series[float]") -> tuple[pd.DataFrame, ...]:
    """Every result that people are split for."""
    rng = np.random.default_rng
    return (
        compare(data, values, "m", n_splits=20, n_bootstrap=10, rng=rng(3)).to_frame(),
        error_curves(data, values, "m", n_splits=20, n_bins=4, rng=rng(4)).to_frame(),
        permutation_test_half(
            data, values, "m", n_splits=20, n_permutations=50, rng=rng(5)
        ).to_frame(),
    )


def shuffled(data: Dataset, values: "pd.Series[float]") -> tuple[Dataset, "pd.Series[float]"]:
    assert data.trials is not None
    trials = data.trials.sample(frac=1, random_state=1)
    images = data.images.sample(frac=1, random_state=2)
    return replace(data, trials=trials, images=images), values.sample(frac=1, random_state=3)


def with_unseen(data: Dataset, values: "pd.Series[float]") -> tuple[Dataset, "pd.Series[float]"]:
    images = pd.concat([data.images, pd.DataFrame({"image_id": ["a0", "z9"]})])
    unseen = pd.Series([0.1, 0.9], index=["a0", "z9"])
    return replace(data, images=images), pd.concat([unseen, values])


def renamed(data: Dataset, values: "pd.Series[float]") -> tuple[Dataset, "pd.Series[float]"]:
    """People by other names in the same order, which is what a seed deals them out by."""
    assert data.trials is not None
    people = data.trials["participant_id"].map(lambda name: f"person {name}")
    return replace(data, trials=data.trials.assign(participant_id=people)), values


@pytest.mark.parametrize("change", [shuffled, with_unseen, renamed])
@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_are_the_same_to_the_last_digit(change: object, seed: int) -> None:
    data, values = example(seed)
    assert callable(change)
    other, others = change(data, values)
    for compute in (by_counting, by_splitting):
        for one, again in zip(compute(data, values), compute(other, others), strict=True):
            pd.testing.assert_frame_equal(one, again, check_exact=True)


def test_people_by_any_names_give_the_same_but_for_the_luck_of_the_splits() -> None:
    data, values = example(3)
    assert data.trials is not None
    names = sorted(data.trials["participant_id"].unique())
    mixed = dict(zip(names, np.random.default_rng(1).permutation(names), strict=True))
    trials = data.trials.assign(participant_id=data.trials["participant_id"].map(mixed))
    other = replace(data, trials=trials)
    for one, again in zip(by_counting(data, values), by_counting(other, values), strict=True):
        pd.testing.assert_frame_equal(one, again, check_exact=True)
    found = [
        compare(some, values, "m", n_splits=1000, n_bootstrap=0, rng=np.random.default_rng(1))
        for some in (data, other)
    ]
    assert found[0].corr_all == found[1].corr_all
    error = found[0].spread_rho / np.sqrt(1000)  # Monte-Carlo standard error of a mean
    assert found[0].rho == pytest.approx(found[1].rho, abs=5 * error)
