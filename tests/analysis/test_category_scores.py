"""Scores of categories: by hand, and by simulation with a known truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.categories import category_scores
from analysis.scores.rates import wilson
from tests.analysis.hand_made import dataset, trial
from tests.analysis.simulated_responses import simulated_study


def small() -> Dataset:
    """a is seen by two people, b by one of them; c is in the other category, d in none."""
    rows = [
        trial("p1", "a", repeat=True, responded=True, rt_ms=400.0),
        trial("p2", "a", repeat=True, responded=False),
        trial("p1", "b", repeat=True, responded=True, rt_ms=600.0),
        trial("p1", "a", repeat=False, responded=False),
        trial("p1", "c", repeat=False, responded=True),
        trial("p1", "d", repeat=True, responded=True),
    ]
    images = ["a", "b", "c", "d", "unseen"]
    categories = pd.Series(["animal", "animal", "food", None, "food"])
    data = dataset(rows, images)
    return Dataset(
        path=data.path, images=data.images.assign(category=categories), trials=data.trials
    )


def test_each_image_counts_once_in_the_mean_and_each_response_in_the_pooled_rate() -> None:
    scores = category_scores(small())
    animal = scores.loc["animal"]
    assert list(scores.index) == ["animal", "food"]
    assert (animal["n_images"], animal["hit_rate_n_images"]) == (2, 2)
    assert (animal["hits"], animal["repeats"], animal["firsts"]) == (2, 3, 1)
    assert animal["hit_rate"] == pytest.approx((1 / 2 + 1) / 2)
    assert animal["pooled_hit_rate"] == pytest.approx(2 / 3)
    low, high = wilson(np.array([2.0]), np.array([3.0]))
    assert animal["pooled_hit_rate_low"] == pytest.approx(low[0])
    assert animal["pooled_hit_rate_high"] == pytest.approx(high[0])
    assert animal["rt_ms_mean"] == pytest.approx(500)


def test_score_that_no_image_of_the_category_has_is_missing() -> None:
    food = category_scores(small(), rng=np.random.default_rng(1)).loc["food"]
    assert (food["n_images"], food["false_alarm_rate_n_images"]) == (2, 1)
    assert food["false_alarm_rate"] == 1
    assert food["hit_rate_n_images"] == 0
    assert food[["hit_rate", "hit_rate_low", "pooled_hit_rate", "d_prime"]].isna().all()


def test_images_are_grouped_by_any_column_and_a_column_that_is_not_there_is_told() -> None:
    data = small()
    images = data.images.assign(indoor=["yes", "no", "no", "yes", "no"])
    data = Dataset(path=data.path, images=images, trials=data.trials)
    assert category_scores(data, by="indoor")["n_images"].to_dict() == {"no": 3, "yes": 2}
    with pytest.raises(AnalysisError, match=r"no column 'colour' .* it has category, indoor"):
        category_scores(data, by="colour")
    nothing = Dataset(path=data.path, images=images.assign(category=None), trials=data.trials)
    with pytest.raises(AnalysisError, match="no image has a category"):
        category_scores(nothing)


def test_intervals_of_a_categorys_means_hold_the_truth_about_as_often_as_they_say() -> None:
    # 80 data sets of 30 people whose hit rates differ (standard deviation .15, so that responses
    # are not independent); each category's true mean hit rate is known.
    held: dict[str, list[bool]] = {"mean": [], "wilson": []}
    truth = np.array([0.4, 0.5, 0.5, 0.6] * 5)
    for seed in range(80):
        rng = np.random.default_rng(seed)
        data = simulated_study(rng, truth, n_people=30, person_spread=0.15)
        images = data.images.assign(category="all")
        data = Dataset(path=data.path, images=images, trials=data.trials)
        row = category_scores(data, n_bootstrap=100, rng=rng).iloc[0]
        held["mean"].append(row["hit_rate_low"] <= 0.5 <= row["hit_rate_high"])
        held["wilson"].append(row["pooled_hit_rate_low"] <= 0.5 <= row["pooled_hit_rate_high"])
    # 95 % of 80 data sets: two standard errors are 5 %.
    assert 0.88 <= np.mean(held["mean"]) <= 0.99
    assert np.mean(held["wilson"]) < 0.85


def test_order_of_rows_and_an_image_nobody_saw_change_nothing_but_the_number_of_images() -> None:
    data = small()
    assert data.trials is not None
    more: dict[str, Any] = {"image_id": "z", "category": "animal"}
    other = Dataset(
        path=data.path,
        images=pd.concat([data.images.iloc[::-1], pd.DataFrame([more])]),
        trials=data.trials.iloc[::-1],
    )
    one, two = (category_scores(some, rng=np.random.default_rng(2)) for some in (data, other))
    assert two.loc["animal", "n_images"] == 3
    pd.testing.assert_frame_equal(one.drop(columns="n_images"), two.drop(columns="n_images"))


def test_counts_alone_give_means_without_limits() -> None:
    counts = pd.DataFrame(
        {
            "image_id": ["a", "b"],
            "hits": [1, 4],
            "repeats": [2, 4],
            "false_alarms": [0, 1],
            "firsts": [2, 4],
            "group": "target",
        }
    )
    images = pd.DataFrame({"image_id": ["a", "b"], "category": ["x", "x"]})
    data = Dataset(path=small().path, images=images, image_counts=counts)
    row = category_scores(data, rng=np.random.default_rng(1)).loc["x"]
    assert row["corrected_recognition"] == pytest.approx((0.5 + 0.75) / 2)
    assert row["pooled_hit_rate"] == pytest.approx(5 / 6)
    assert pd.isna(row["corrected_recognition_low"])
