"""Predictions against scores as values: scipy, hand arithmetic and simulations with known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.comparison.calibration import Calibration, calibrate, concordance
from analysis.comparison.raw_errors import raw_error_statement
from analysis.comparison.scored_images import ScoredImages
from analysis.errors import AnalysisError
from analysis.splits.places import Floats


def scored(
    predictions: Floats, scores: Floats, n: float = np.nan, score: str = "hit_rate"
) -> ScoredImages:
    ids = pd.Index([f"i{k:05d}" for k in range(len(scores))])
    return ScoredImages("m", score, ids, predictions, scores, np.full(len(scores), n), 0)


def calibration(predictions: Floats, scores: Floats, n: float = np.nan) -> Calibration:
    return calibrate(scored(predictions, scores, n), rng=np.random.default_rng(1))


def test_errors_and_regression_are_scipys() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(60)
    predictions = 0.3 + 0.5 * scores + rng.normal(0, 0.1, 60)
    found = calibration(predictions, scores)
    line = stats.linregress(predictions, scores)  # scores on predictions
    assert (found.slope, found.intercept) == pytest.approx((line.slope, line.intercept))
    errors = [p - s for p, s in zip(predictions, scores, strict=True)]
    assert found.mse == pytest.approx(sum(e**2 for e in errors) / 60)
    assert found.mae == pytest.approx(sum(abs(e) for e in errors) / 60)
    assert found.bias == pytest.approx(predictions.mean() - scores.mean())
    assert found.spread_ratio == pytest.approx(np.std(predictions) / np.std(scores))


def test_concordance_is_one_less_the_share_of_chance_disagreement() -> None:
    # Lin 1989: 1 − E(x − y)² / E(x − y)² were x and y independent, over all pairs by a loop.
    rng = np.random.default_rng(2)
    x = rng.normal(0.6, 0.1, 40)
    y = 0.1 + 0.7 * x + rng.normal(0, 0.05, 40)
    together = sum((x[i] - y[i]) ** 2 for i in range(40)) / 40
    apart = sum((a - b) ** 2 for a in x for b in y) / 1600
    assert concordance(x, y) == pytest.approx(1 - together / apart)


def test_concordance_by_hand() -> None:
    # means 2 and 3, variances 2/3 and 2/3, covariance 2/3: 2·(2/3) / (4/3 + 1) = 4/7
    assert concordance(np.array([1.0, 2, 3]), np.array([2.0, 3, 4])) == pytest.approx(4 / 7)
    assert concordance(np.array([1.0, 2, 3]), np.array([1.0, 2, 3])) == pytest.approx(1)
    assert concordance(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert concordance(np.full(3, 2.0), np.array([1.0, 2, 3])) == 0
    assert np.isnan(concordance(np.full(3, 2.0), np.full(3, 2.0)))


def test_concordance_is_pearson_less_shift_and_scale_on_published_pairs() -> None:
    # StatsToDo's 30 pairs of blood pressures (statstodo.com/LinCCC.php): means 120 and 120.77,
    # standard deviations 9.27 and 9.34, Pearson .87; Lin's own decomposition is r·2/(v + 1/v + u²).
    pairs = (
        "127 134 118 120 135 142 123 115 112 117 119 123 125 125 109 111 106 122 110 115 111 109 "
        "125 127 119 118 140 139 115 111 110 110 122 122 119 115 134 137 105 105 117 112 111 113 "
        "114 115 126 119 113 115 129 127 130 129 130 130 115 120 131 126"
    )
    x, y = np.array([float(number) for number in pairs.split()]).reshape(30, 2).T
    assert (x.mean(), y.mean()) == pytest.approx((120, 120.77), abs=0.005)
    r = stats.pearsonr(x, y).statistic
    assert r == pytest.approx(0.87, abs=0.005)
    v, u = x.std() / y.std(), (x.mean() - y.mean()) / np.sqrt(x.std() * y.std())
    assert concordance(x, y) == pytest.approx(r * 2 / (v + 1 / v + u**2))


def test_recalibrated_error_is_that_of_an_explicit_loop_over_folds() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random(23)
    predictions = 5 - 3 * scores + rng.normal(0, 0.2, 23)
    found = calibrate(scored(predictions, scores), n_folds=5, rng=np.random.default_rng(4))
    fold = np.random.default_rng(4).permutation(23) % 5
    squares, of_mean = [], []
    for i in range(23):
        others = fold != fold[i]
        line = stats.linregress(predictions[others], scores[others])
        squares.append((line.intercept + line.slope * predictions[i] - scores[i]) ** 2)
        of_mean.append((scores[others].mean() - scores[i]) ** 2)
    assert found.mse_recalibrated == pytest.approx(np.mean(squares))
    assert found.mse_of_mean == pytest.approx(np.mean(of_mean))
    assert found.mse > 100 * found.mse_recalibrated  # a wrong scale is no wrong ranking


def test_recalibration_does_not_depend_on_the_models_scale() -> None:
    rng = np.random.default_rng(5)
    scores = rng.random(40)
    predictions = scores + rng.normal(0, 0.2, 40)
    one, other = calibration(predictions, scores), calibration(7 - 2 * predictions, scores)
    assert other.mse_recalibrated == pytest.approx(one.mse_recalibrated)
    assert other.mse > one.mse


def test_spread_without_noise_is_that_of_the_true_rates() -> None:
    # 4,000 images with rates of beta(6, 3), sd √(18/810) = .14907, and 10 responses each.
    rng = np.random.default_rng(6)
    truth = rng.beta(6, 3, 4000)
    found = calibration(truth, rng.binomial(10, truth) / 10, n=10)
    assert found.spread_true == pytest.approx(0.14907, rel=0.03)
    assert found.spread_scores > 0.19
    assert found.spread_ratio_true == pytest.approx(1, rel=0.03)
    assert found.spread_ratio < 0.8
    # And the true rates themselves have the error that chance gives: mean T(1−T)/10.
    assert found.mse == pytest.approx((truth * (1 - truth)).mean() / 10, rel=0.05)
    assert found.noise == pytest.approx(found.mse, rel=0.05)


def test_spread_is_missing_where_chance_explains_all_of_it() -> None:
    scores = np.array([0.4, 0.5, 0.6, 0.5])
    found = calibration(scores, scores, n=5)
    assert found.noise > found.spread_scores**2
    assert np.isnan(found.spread_true)
    assert np.isnan(found.spread_ratio_true)
    assert np.isnan(calibration(scores, scores).noise)


def test_floor_top_and_images_outside_by_hand() -> None:
    scores = np.array([0.2, 0.5, 0.6, 0.9, 0.95])
    found = calibration(np.array([0.5, 0.6, 0.7, 0.8, 0.55]), scores)
    assert (found.floor, found.top) == (0.5, 0.8)
    assert (found.share_below, found.share_above) == (0.2, 0.4)
    assert found.share_outside == pytest.approx(0.6)


def test_predictions_that_never_differ_have_no_slope_and_recalibrate_to_the_mean() -> None:
    scores = np.random.default_rng(7).random(20)
    found = calibration(np.full(20, 0.7), scores)
    assert np.isnan(found.slope)
    assert np.isnan(found.intercept)
    assert found.mse_recalibrated == found.mse_of_mean


def test_numbers_are_one_row_and_few_images_make_few_folds() -> None:
    found = calibration(np.array([0.1, 0.4, 0.2]), np.array([0.2, 0.3, 0.4]))
    assert found.n_folds == 3
    frame = found.to_frame()
    assert frame.loc[0, "share_outside"] == found.share_outside
    assert frame.loc[0, "mse"] == found.mse
    images = scored(np.ones(5), np.ones(5))
    with pytest.raises(AnalysisError, match="n_folds is 1; a recalibration needs at least 2"):
        calibrate(images, n_folds=1, rng=np.random.default_rng(1))


def test_spread_of_scores_that_never_differ_has_no_ratio() -> None:
    found = calibration(np.array([0.1, 0.4, 0.2]), np.full(3, 0.5))
    assert np.isnan(found.spread_ratio)
    assert replace(found, share_below=0.25, share_above=0.5).share_outside == 0.75


@pytest.mark.parametrize(
    ("model", "score", "paradigm", "expected"),
    [
        ("guess", "hit_rate", None, "What guess was trained for is not known"),
        (
            "resmem",
            "corrected_recognition",
            None,
            "ResMem predicts the hit rate, not the corrected",
        ),
        ("resmem", "memorability", None, "ResMem predicts the hit rate, not the memorability"),
        ("falseresmem", "false_alarm_rate", None, "In which game FalseResMem was trained is not"),
        ("resmem", "hit_rate", None, "How these scores were collected is not recorded"),
        (
            "resmem",
            "hit_rate",
            {"stimulus_ms": 600, "gap_ms": 800, "target_lags": (36, 151)},
            "Timing and lag are those of LaMem",
        ),
        (
            "memnet",
            "hit_rate",
            {"stimulus_ms": 750, "gap_ms": 800, "target_lags": [17, 23]},
            "in 2 things: stimulus_ms 750 instead of 600, target_lags 17–23 instead of 36–151.",
        ),
        ("resmem", "hit_rate", {"gap_ms": 800}, "stimulus_ms unknown instead of 600, target_lags"),
    ],
)
def test_raw_errors_are_said_to_mean_something_in_the_same_game_only(
    model: str, score: str, paradigm: dict[str, object] | None, expected: str
) -> None:
    told = raw_error_statement(model, score, paradigm)
    assert told.startswith("Raw errors (MSE, MAE, bias) mean something only where timing, lag and")
    assert expected in told
