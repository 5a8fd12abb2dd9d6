"""Predictions and scores of the same images: which are left out, and what is said of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.scored_images import match_scores
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from tests.analysis.simulated_responses import simulated_predictions, simulated_study


def counted(hits: list[int], repeats: list[int], firsts: list[int]) -> Dataset:
    ids = [f"i{k:05d}" for k in range(len(hits))]
    counts = pd.DataFrame(
        {
            "image_id": ids,
            "hits": hits,
            "repeats": repeats,
            "false_alarms": 0,
            "firsts": firsts,
            "group": "target",
        }
    )
    return Dataset(path=Path("counts"), images=pd.DataFrame({"image_id": ids}), image_counts=counts)


def test_images_with_fewer_than_two_responses_are_left_out_as_in_splits() -> None:
    data = counted([3, 1, 1, 4, 0], [4, 1, 2, 8, 0], [4, 4, 4, 1, 4])
    values = simulated_predictions(np.linspace(0.1, 0.9, 5))
    found = match_scores(data, values, "m")
    assert list(found.image_ids) == ["i00000", "i00002", "i00003"]
    assert found.scores == pytest.approx([0.75, 0.5, 0.5])
    assert found.predictions == pytest.approx([0.1, 0.5, 0.7])
    assert list(found.n_responses) == [4, 2, 8]
    # p(1−p)/(n−1) by hand
    assert found.noise == pytest.approx([0.1875 / 3, 0.25, 0.25 / 7])
    with pytest.raises(AnalysisError, match="m has predictions of 2 of the 2 images with a corr"):
        match_scores(data, values, "m", "corrected_recognition")  # i00003 has one first showing


def test_noise_is_known_of_rates_with_their_responses_only() -> None:
    rng = np.random.default_rng(1)
    data = simulated_study(rng, rng.beta(6, 3, 12), n_people=9, alarm_rates=np.full(12, 0.2))
    values = simulated_predictions(rng.random(12))
    assert np.isfinite(match_scores(data, values, "m", "false_alarm_rate").noise).all()
    assert np.isnan(match_scores(data, values, "m", "corrected_recognition").noise).all()


def test_scores_alone_are_taken_as_they_are_with_their_n() -> None:
    ids = ["a", "b", "c", "d"]
    given = pd.DataFrame(
        {"image_id": ids, "score": "hit_rate", "value": [0.5, 0.6, 0.7, 0.8], "n": [5, 5, 5, None]}
    )
    data = Dataset(path=Path("given"), images=pd.DataFrame({"image_id": ids}), image_scores=given)
    values = pd.Series([0.1, 0.2, 0.3], index=["d", "c", "b"])
    found = match_scores(data, values, "m")
    assert list(found.image_ids) == ["b", "c", "d"]
    assert found.n_without_prediction == 1
    assert found.noise[:2] == pytest.approx([0.24 / 4, 0.21 / 4])
    assert np.isnan(found.noise[2])
    without_n = Dataset(path=data.path, images=data.images, image_scores=given.drop(columns="n"))
    assert np.isnan(match_scores(without_n, values, "m").n_responses).all()


def test_row_order_of_either_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    data = simulated_study(rng, rng.beta(6, 3, 15), n_people=8)
    values = simulated_predictions(rng.random(15))
    assert data.trials is not None
    shuffled = Dataset(
        path=data.path,
        images=data.images.sample(frac=1, random_state=1),
        trials=data.trials.sample(frac=1, random_state=2),
    )
    one = match_scores(data, values, "m").to_frame()
    other = match_scores(shuffled, values.sample(frac=1, random_state=3), "m").to_frame()
    pd.testing.assert_frame_equal(one, other)


def test_an_unknown_score_is_told_with_those_there_are() -> None:
    data = counted([3, 1, 1], [4, 2, 2], [4, 4, 4])
    with pytest.raises(AnalysisError, match=r"no image has a glamour; there is: hits, repeats, hi"):
        match_scores(data, simulated_predictions(np.ones(3)), "m", "glamour")
