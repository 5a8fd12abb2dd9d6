"""How alike the lags of images are, against many participants who were given their images."""

from dataclasses import replace
from random import Random
from statistics import fmean, pstdev

import pytest

from experiment.design.allocation import choose_images
from experiment.design.lag_balance import LagBalance, lag_balance
from experiment.design.presets import PRESETS
from experiment.design.sequence import draw_sequence


def test_the_mean_of_four_lags_varies_half_as_much_as_one() -> None:
    # 2, 4, 4, 4, 5, 5, 7, 9: mean 5, standard deviation 2
    assert lag_balance([2, 4, 4, 4, 5, 5, 7, 9], 4) == LagBalance(5.0, 1.0)


def test_the_lags_of_each_image_are_as_alike_as_is_said() -> None:
    # 200 targets, 400 participants with 20 of them each: 40 responses an image
    game = replace(
        PRESETS["lamem2015"], n_targets=20, n_fillers=20, n_vigilance=0, target_lags=(10, 40),
        target_lag_distribution="even",
    )  # fmt: skip
    coverage = dict.fromkeys(range(200), 0)
    lags: dict[int, list[int]] = {image: [] for image in coverage}
    for person in range(400):
        rng = Random(person)
        images = choose_images(range(200), range(200, 300), coverage, [], game, rng).images
        for trial in draw_sequence(game, rng):
            if trial.lag is not None:
                lags[images[trial.image]].append(trial.lag)
                coverage[images[trial.image]] += 1
    assert set(coverage.values()) == {40}
    expected = lag_balance([lag for some in lags.values() for lag in some], 40)
    # 31 lags from 10 to 40, each as often: mean 25, variance (31² − 1)/12 = 80, so √(80/40) = 1.41
    assert expected.mean == pytest.approx(25, abs=0.5)
    assert expected.sd == pytest.approx(1.414, abs=0.05)
    # A standard deviation of 200 values is known to 1/√400 = 5 %.
    means = [fmean(some) for some in lags.values()]
    assert pstdev(means) == pytest.approx(expected.sd, rel=3 * 0.05)
