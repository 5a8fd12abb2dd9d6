"""Dependent, overlapping correlations: published examples, symmetries, calibration."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from analysis.comparison.dependent_correlations import (
    DependentTest,
    dependent_correlations,
    dunn_clark,
    hittner,
    meng,
    steiger,
    williams,
    zou,
)
from analysis.errors import AnalysisError

Test = Callable[[float, float, float, int], DependentTest]
TESTS = [williams, steiger, hittner, meng, dunn_clark]

SILVER = (0.3, 0.4, 0.5, 100)  # Silver, Hittner & May 2006, Appl Psychol Meas 30:152 (depcor)


@pytest.mark.parametrize(
    ("test", "given", "statistic", "p"),
    [
        (williams, SILVER, -1.0767, 0.2843),
        (steiger, SILVER, -1.0718, 0.2838),
        (hittner, SILVER, -1.0715, 0.2839),
        (meng, SILVER, -1.0707, 0.2843),
        (dunn_clark, SILVER, -1.0730, 0.2833),
    ],
)
def test_statistics_are_those_of_silver_hittner_and_may(
    test: Test, given: tuple[float, float, float, int], statistic: float, p: float
) -> None:
    found = test(*given)
    assert found.statistic == pytest.approx(statistic, abs=5e-5)
    assert found.p == pytest.approx(p, abs=5e-5)
    assert found.df == (97 if test is williams else None)


def test_steigers_example_is_cocors() -> None:
    # Steiger 1980, p. 249, case A; the paper prints −.8913 from rounded steps, the R package cocor
    # computes −.8887185.
    assert steiger(0.4, 0.5, 0.1, 103).statistic == pytest.approx(-0.8887185, abs=5e-8)


def test_dunn_and_clarks_z_is_that_of_stat_helps_spreadsheet() -> None:
    found = dunn_clark(0.5, 0.6, 0.7, 100)
    assert found.statistic == pytest.approx(-1.5838851123, abs=5e-11)
    assert found.p == pytest.approx(0.1132198659, abs=5e-11)


@pytest.mark.parametrize(
    ("r1", "r2", "published"),
    [
        (0.5, 0.2, (1.62, 1.70, 1.80, 1.91, 2.06, 2.245, 2.50, 2.87, 3.50)),
        (0.7, 0.4, (2.03, 2.10, 2.20, 2.32, 2.47, 2.66, 2.94, 3.35, 4.05)),
    ],
)
def test_mengs_z_is_that_of_may_and_hittner(
    r1: float, r2: float, published: tuple[float, ...]
) -> None:
    # May & Hittner 1997, Psychol Rep 80:475: r3 = 0, .1, … .8 and n = 50.
    found = [meng(r1, r2, k / 10, 50).statistic for k in range(9)]
    assert found == pytest.approx(published, abs=0.0051)


def test_mengs_z_is_that_of_his_example() -> None:
    # Meng, Rosenthal & Rubin 1992: z = 1.68, one-sided p = .047.
    found = meng(0.63, -0.03, -0.19, 15)
    assert found.statistic == pytest.approx(1.68, abs=0.005)
    assert found.p / 2 == pytest.approx(0.047, abs=5e-4)


def test_zous_interval_is_his_example() -> None:
    # Zou 2007, p. 409.
    found = zou(0.396, 0.179, 0.088, 66)
    assert (found.low, found.high) == pytest.approx((-0.093, 0.517), abs=5e-4)
    assert zou(0.396, 0.179, 0.088, 66, 0.5).low > found.low


@pytest.mark.parametrize("test", TESTS)
def test_exchanging_the_models_turns_the_sign_only(test: Test) -> None:
    one, other = test(0.35, 0.52, 0.61, 80), test(0.52, 0.35, 0.61, 80)
    assert one.statistic == pytest.approx(-other.statistic)
    assert one.p == pytest.approx(other.p)
    # And so does turning both models round.
    assert test(-0.35, -0.52, 0.61, 80).statistic == pytest.approx(-one.statistic)


@pytest.mark.parametrize("test", TESTS)
def test_equal_models_are_not_tested(test: Test) -> None:
    found = test(0.4, 0.4, 1.0, 60)
    assert np.isnan(found.statistic)
    assert np.isnan(found.p)
    interval = zou(0.4, 0.4, 1.0, 60)
    assert interval.low <= 0 <= interval.high


@pytest.mark.parametrize("test", TESTS)
def test_equal_correlations_are_told_apart_in_five_of_a_hundred(test: Test) -> None:
    # 1,000 samples of 60 images in which both models truly correlate .5 and .6 with each other.
    rng = np.random.default_rng(5)
    truth = np.linalg.cholesky([[1, 0.5, 0.5], [0.5, 1, 0.6], [0.5, 0.6, 1]])
    samples = [np.asarray(np.corrcoef(truth @ rng.normal(size=(3, 60)))) for _ in range(1000)]
    p = [test(r[0, 1], r[0, 2], r[1, 2], 60).p for r in samples]
    # Within three standard errors: 3·√(.05·.95/1000) = .0207.
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.0207)


def test_zous_interval_holds_the_truth_in_95_of_a_hundred() -> None:
    rng = np.random.default_rng(6)
    truth = np.linalg.cholesky([[1, 0.7, 0.4], [0.7, 1, 0.5], [0.4, 0.5, 1]])
    held = 0
    for _ in range(1000):
        r = np.asarray(np.corrcoef(truth @ rng.normal(size=(3, 60))))
        found = zou(r[0, 1], r[0, 2], r[1, 2], 60)
        held += found.low <= 0.3 <= found.high
    assert held / 1000 == pytest.approx(0.95, abs=0.0207)


def test_all_tests_are_one_table_and_spearman_is_called_approximate() -> None:
    result = dependent_correlations(*SILVER, method="spearman")
    assert result.note is not None
    assert "for Spearman correlations they are approximate" in result.note
    assert dependent_correlations(*SILVER).note is None
    frame = result.to_frame().set_index("test")
    assert frame.loc["williams", "statistic"] == williams(*SILVER).statistic
    assert frame.loc["williams", "df"] == 97
    assert frame.loc["zou", "low"] == zou(*SILVER).low
    assert result.to_dict()["zou"]["high"] == result.zou.high
    assert williams(*SILVER).to_frame().loc[0, "df"] == 97
    assert zou(*SILVER).to_frame().loc[0, "level"] == 0.95


def test_missing_correlations_stay_missing() -> None:
    result = dependent_correlations(float("nan"), 0.4, float("nan"), 50)
    assert all(np.isnan(test.p) for test in result.tests)
    assert np.isnan(result.zou.low)


def test_a_perfect_correlation_has_no_fishers_z() -> None:
    # Model 1 is the scores, so r3 is r2: Williams' t alone is defined, and D is 0.
    assert np.isnan(steiger(1.0, 0.4, 0.4, 50).statistic)
    assert np.isnan(zou(1.0, 0.4, 0.4, 50).high)
    expected = 0.6 * np.sqrt(49 * 1.4 / (0.7**2 * 0.6**3))
    assert williams(1.0, 0.4, 0.4, 50).statistic == pytest.approx(expected)
    assert williams(1.0, 0.4, 0.4, 50).p == pytest.approx(2 * stats.t.sf(expected, 47))


def test_what_is_no_correlation_of_the_same_images_is_refused() -> None:
    with pytest.raises(AnalysisError, match="3 images: tests of two correlations need at least 4"):
        williams(0.1, 0.2, 0.3, 3)
    with pytest.raises(AnalysisError, match=r"1\.2 is no correlation"):
        meng(1.2, 0.2, 0.3, 30)
    with pytest.raises(AnalysisError, match=r"no data have the correlations 0\.9, -0\.9 and"):
        zou(0.9, -0.9, 0.9, 30)
