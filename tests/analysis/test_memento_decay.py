"""Memento's straight lines, beside numpy's fit and on people who forget at a known pace."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import AnalysisError
from analysis.scores.memento_decay import memento_decay
from tests.analysis.hand_made import dataset, trial
from tests.analysis.lagged_responses import lagged_study


def test_each_images_line_is_numpys_fit() -> None:
    rng = np.random.default_rng(1)
    data = lagged_study(rng, at_reference=rng.uniform(0.4, 0.7, 8), n_people=30)
    assert data.trials is not None
    result = memento_decay(data)
    for name, rows in data.trials.groupby("image_id"):
        t, hit = (rows[column].to_numpy(dtype=float) for column in ("n_intervening", "responded"))
        beta, m_80 = np.polyfit(t - 80, hit, 1)
        row = result.to_frame().loc[str(name)]
        assert (row["beta"], row["memento_hit_rate"]) == pytest.approx((beta, m_80))


def test_common_slope_and_rates_of_simulated_people_are_recovered() -> None:
    rng = np.random.default_rng(2)
    truth = rng.uniform(0.5, 0.8, 60)
    data = lagged_study(rng, at_reference=truth, alpha=-0.001, n_people=400, is_linear=True)
    result = memento_decay(data, slope="common")
    # 24,000 repeats, standard deviation of t about 42: the slope's is about .00008.
    assert result.beta == pytest.approx(-0.001, abs=0.00025)
    assert (result.scores["beta"] == result.beta).all()
    error = result.scores["memento_hit_rate"].to_numpy(dtype=float) - truth
    assert np.sqrt((error**2).mean()) < 0.035  # √(.25/400) = .025


def test_image_at_a_single_lag_has_no_line_of_its_own_but_the_common_one() -> None:
    rows = [
        trial("p1", "a", repeat=True, responded=True, n_intervening=70),
        trial("p2", "a", repeat=True, responded=False, n_intervening=90),
        trial("p1", "b", repeat=True, responded=True, n_intervening=90),
        trial("p2", "b", repeat=True, responded=True, n_intervening=90),
        trial("p3", "b", repeat=True, responded=True, n_intervening=pd.NA),
    ]
    data = dataset(rows, ["a", "b"])
    own = memento_decay(data)
    a = own.scores.loc["a"]
    assert (a["beta"], a["memento_hit_rate"]) == pytest.approx((-0.05, 0.5))
    assert own.scores.loc["b", ["beta", "memento_hit_rate"]].isna().all()
    assert (own.n_unknown, own.n_pairs, own.n_images_with_slope) == (1, 4, 1)
    common = memento_decay(data, slope="common")
    # b's rate of 1 at 90 is 1 + .05·10 at 80: kept, though no rate is above 1.
    assert common.scores.loc["b", "memento_hit_rate"] == pytest.approx(1.5)
    assert common.to_dict()["beta"] == pytest.approx(-0.05)


def test_wrong_slope_is_told() -> None:
    rows = [trial("p1", "a", repeat=True, responded=True, n_intervening=70)]
    with pytest.raises(AnalysisError, match="it is one of image, common"):
        memento_decay(dataset(rows, ["a"]), slope="steep")
