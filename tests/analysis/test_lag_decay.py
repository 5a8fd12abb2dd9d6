"""Lag correction, beside the printed iteration and on people who forget at a known pace."""

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.lag_correction import lag_correction
from analysis.scores.lags import Floats
from tests.analysis.hand_made import dataset, trial
from tests.analysis.lagged_responses import lagged_study


def sparse_study(seed: int) -> Dataset:
    """Images with unequal numbers of repeats."""
    rng = np.random.default_rng(seed)
    return lagged_study(rng, at_reference=rng.uniform(0.4, 0.8, 15), n_people=25, seen=0.4)


def iterated(data: Dataset, t_reference: float) -> tuple[float, dict[str, float]]:
    """The printed iteration of Khosla et al. 2015, as a loop over images and repeats."""
    assert data.trials is not None
    images = {
        str(name): (
            np.log(rows["n_intervening"].to_numpy(dtype=float) / t_reference),
            rows["responded"].to_numpy(dtype=float),
        )
        for name, rows in data.trials.groupby("image_id")
    }
    rates = {name: hit.mean() for name, (_, hit) in images.items()}
    alpha = 0.0
    for _ in range(2000):
        above = below = 0.0
        for name, (x, hit) in images.items():
            for one_x, one_hit in zip(x, hit, strict=True):
                above += one_x * (one_hit - rates[name]) / len(x)
                below += one_x**2 / len(x)
        alpha = above / below
        rates = {name: (hit - alpha * x).mean() for name, (x, hit) in images.items()}
    return alpha, rates


def test_khosla_is_where_the_printed_iteration_ends() -> None:
    data = sparse_study(1)
    alpha, rates = iterated(data, 60.0)
    result = lag_correction(data, estimator="khosla", t_reference=60.0)
    assert result.alpha == pytest.approx(alpha, abs=1e-10)
    ours = result.scores["lag_corrected_hit_rate"].to_dict()
    assert ours == pytest.approx(rates, abs=1e-10)


def test_least_squares_is_the_smallest_error_that_numpy_finds() -> None:
    data = sparse_study(2)
    assert data.trials is not None
    x = np.log(data.trials["n_intervening"].to_numpy(dtype=float) / 60.0)
    of_image = pd.get_dummies(data.trials["image_id"]).to_numpy(dtype=float)
    design = np.column_stack([x, of_image])
    theirs = np.linalg.lstsq(design, data.trials["responded"].to_numpy(dtype=float))[0]
    result = lag_correction(data, estimator="least_squares", t_reference=60.0)
    assert result.alpha == pytest.approx(theirs[0])
    assert result.scores["lag_corrected_hit_rate"].to_numpy() == pytest.approx(theirs[1:])


def test_both_estimators_are_the_same_with_equally_many_repeats_and_differ_otherwise() -> None:
    rng = np.random.default_rng(3)
    even = lagged_study(rng, at_reference=rng.uniform(0.4, 0.8, 12), n_people=20)
    one, two = (lag_correction(even, estimator=name).alpha for name in ("khosla", "least_squares"))
    assert one == pytest.approx(two, rel=1e-12)
    uneven = sparse_study(4)
    one, two = (
        lag_correction(uneven, estimator=name).alpha for name in ("khosla", "least_squares")
    )
    assert abs(one - two) > 1e-6


@pytest.mark.parametrize("estimator", ["khosla", "least_squares"])
def test_slope_and_rates_of_simulated_people_are_recovered(estimator: str) -> None:
    rng = np.random.default_rng(5)
    truth = rng.uniform(0.4, 0.75, 100)
    data = lagged_study(rng, at_reference=truth, alpha=-0.08, t_reference=80, n_people=400)
    result = lag_correction(data, estimator=estimator, t_reference=80)
    # 40,000 repeats, standard deviation of ln t about .77: the slope's is about .003.
    assert result.alpha == pytest.approx(-0.08, abs=0.01)
    error: Floats = result.scores["lag_corrected_hit_rate"].to_numpy(dtype=float) - truth
    assert abs(error.mean()) < 0.01
    assert np.sqrt((error**2).mean()) < 0.035  # √(.25/400) = .025


def test_correction_brings_images_together_that_differ_in_their_lags_alone() -> None:
    # Half the images come back early, half late, some of each at both; all have m = .6 at 40.
    rng = np.random.default_rng(6)
    m = np.full(60, 0.6)
    early = lagged_study(rng, at_reference=m, t_reference=40, n_people=150, lags=(5, 60))
    late = lagged_study(rng, at_reference=m, t_reference=40, n_people=150, lags=(30, 150))
    assert early.trials is not None
    assert late.trials is not None
    moved = late.trials.assign(image_id="late " + late.trials["image_id"])
    data = Dataset(
        path=early.path,
        images=pd.DataFrame({"image_id": sorted({*early.trials["image_id"], *moved["image_id"]})}),
        trials=pd.concat([early.trials, moved], ignore_index=True),
    )
    scores = lag_correction(data, t_reference=40).scores
    is_late = scores.index.str.startswith("late")
    raw = scores["hit_rate"][~is_late].mean() - scores["hit_rate"][is_late].mean()
    corrected = scores["lag_corrected_hit_rate"]
    assert raw > 0.05
    assert abs(corrected[~is_late].mean() - corrected[is_late].mean()) < 0.02


def test_limits_of_the_slope_hold_the_truth_about_as_often_as_they_say() -> None:
    held = []
    for seed in range(60):
        rng = np.random.default_rng([7, seed])
        data = lagged_study(
            rng,
            at_reference=rng.uniform(0.45, 0.7, 30),
            n_people=30,
            seen=0.6,
            person_spread=0.08,
        )
        result = lag_correction(data, n_bootstrap=150, rng=rng)
        assert result.alpha_low is not None
        assert result.alpha_high is not None
        held.append(result.alpha_low <= -0.08 <= result.alpha_high)
    # 95 % of 60 data sets: two standard errors are 6 %.
    assert 0.87 <= np.mean(held) <= 1.0


def test_reference_lag_is_told_is_the_median_by_default_and_changes_no_rank() -> None:
    data = sparse_study(8)
    assert data.trials is not None
    one, two = lag_correction(data), lag_correction(data, t_reference=20.0)
    assert one.t_reference == data.trials["n_intervening"].median()
    assert one.alpha == pytest.approx(two.alpha)
    shift = two.scores["lag_corrected_hit_rate"] - one.scores["lag_corrected_hit_rate"]
    expected = one.alpha * np.log(20.0 / one.t_reference)
    assert shift.to_numpy() == pytest.approx(np.full(15, expected))
    facts = two.to_dict()
    assert facts["t_reference"] == 20.0
    assert "scores" not in facts
    assert "lag_corrected_hit_rate" in two.to_frame()


def lagged(person: str, image: str, *, hit: bool, t: int | None) -> dict[str, object]:
    between = pd.NA if t is None else t
    return trial(person, image, repeat=True, responded=hit, n_intervening=between)


def test_back_to_back_repeats_are_refused_and_counted_or_left_out_and_counted() -> None:
    rows = [
        lagged("p1", "a", hit=True, t=1),
        lagged("p2", "a", hit=False, t=9),
        lagged("p3", "a", hit=True, t=0),
    ]
    data = dataset(rows, ["a", "unseen"])
    with pytest.raises(AnalysisError, match=r"1 of 3 repeats came back to back \(t = 0"):
        lag_correction(data)
    result = lag_correction(data, leave_out_immediate=True)
    assert (result.n_immediate, result.n_pairs) == (1, 2)
    # By hand: one hit at ln 1, one miss at ln 9: the slope is −1/ln 9.
    assert result.alpha == pytest.approx(-1 / np.log(9))
    assert result.scores["lag_corrected_hit_rate"].isna().tolist() == [False, True]


def test_unknown_lags_are_left_out_and_counted_and_refused_where_all_are() -> None:
    rows = [
        lagged("p1", "a", hit=True, t=1),
        lagged("p2", "a", hit=False, t=9),
        lagged("p3", "a", hit=True, t=None),
    ]
    result = lag_correction(dataset(rows, ["a"]))
    assert (result.n_unknown, result.n_pairs, result.n_participants) == (1, 2, 2)
    with pytest.raises(AnalysisError, match="the lag of all 1 repeats is unknown"):
        lag_correction(dataset(rows[2:], ["a"]))


def test_lag_alone_tells_the_images_in_between() -> None:
    rows = [
        trial("p1", "a", repeat=True, responded=True, lag=2),
        trial("p2", "a", repeat=True, responded=False, lag=10),
    ]
    assert lag_correction(dataset(rows, ["a"])).alpha == pytest.approx(-1 / np.log(9))


def test_images_that_never_came_back_at_two_lags_tell_no_slope() -> None:
    rows = [lagged("p1", "a", hit=True, t=5), lagged("p1", "b", hit=False, t=50)]
    with pytest.raises(AnalysisError, match="none of the 2 images came back at two different lags"):
        lag_correction(dataset(rows, ["a", "b"]))


def test_wrong_estimator_or_reference_is_told() -> None:
    data = sparse_study(9)
    with pytest.raises(AnalysisError, match="it is one of khosla, least_squares"):
        lag_correction(data, estimator="newton")
    with pytest.raises(AnalysisError, match="t_reference is 0; it must be above 0"):
        lag_correction(data, t_reference=0)


def test_order_of_rows_and_other_names_of_people_change_nothing() -> None:
    data = sparse_study(10)
    assert data.trials is not None
    shuffled = data.trials.sample(frac=1, random_state=1)
    shuffled = shuffled.assign(participant_id="x" + shuffled["participant_id"])
    one = lag_correction(data, rng=np.random.default_rng(1))
    two = lag_correction(
        Dataset(path=data.path, images=data.images, trials=shuffled), rng=np.random.default_rng(1)
    )
    assert one.to_dict() == pytest.approx(two.to_dict())
    pd.testing.assert_frame_equal(one.scores, two.scores)
