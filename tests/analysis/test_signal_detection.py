"""d′, criterion, A′ and MemCat's score, by hand arithmetic."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import AnalysisError
from analysis.scores.scoring import image_scores, score_counts
from analysis.scores.signal_detection import a_prime, corrected_rate, memcat_score, signal_detection
from tests.analysis.hand_made import dataset, trial


def numbers(*values: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array(values, dtype=float)


def test_d_prime_and_criterion_are_log_linear() -> None:
    # By hand: (9.5/11, 1.5/11) → z = ±1.09680, so d′ = 2.19360 and c = 0.
    d_prime, criterion = signal_detection(numbers(9), numbers(10), numbers(1), numbers(10))
    assert d_prime[0] == pytest.approx(2 * stats.norm.ppf(9.5 / 11))
    assert criterion[0] == pytest.approx(0, abs=1e-12)


def test_one_over_2n_rule_changes_rates_of_0_and_1_alone() -> None:
    # 10 of 10 becomes 1 − 1/20, 0 of 10 becomes 1/20, 9 of 10 stays.
    rates = corrected_rate(numbers(10, 0, 9), numbers(10, 10, 10), "one_over_2n")
    assert rates.tolist() == pytest.approx([0.95, 0.05, 0.9])
    d_prime, criterion = signal_detection(
        numbers(10), numbers(10), numbers(1), numbers(10), "one_over_2n"
    )
    z_hit, z_alarm = stats.norm.ppf(0.95), stats.norm.ppf(0.1)
    assert d_prime[0] == pytest.approx(z_hit - z_alarm)
    assert criterion[0] == pytest.approx(-(z_hit + z_alarm) / 2)


def test_correction_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(AnalysisError, match="'none' is not known; it is one of log_linear, one"):
        corrected_rate(numbers(1), numbers(2), "none")


def test_correction_that_is_asked_for_reaches_the_images_scores() -> None:
    rows = [
        trial("p1", "a", repeat=False, responded=False),
        trial("p1", "a", repeat=True, responded=True),
    ]
    # One trial each: both rules of one trial. Log-linear: 1.5/2 and .5/2; 1/(2N): 1/2 and 1/2.
    data = dataset(rows, ["a"])
    expected = 2 * stats.norm.ppf(0.75)
    assert image_scores(data).loc["a", "d_prime"] == pytest.approx(expected)
    assert image_scores(data, correction="one_over_2n").loc["a", "d_prime"] == pytest.approx(0)


def test_a_prime_is_griers_above_chance_and_aaronson_and_watts_below() -> None:
    # By hand. H .9, F .1: ½ + .8·1.8/(4·.9·.9) = .94444; H .2, F .6: ½ − .4·1.4/(4·.6·.8) = .20833.
    ten = numbers(10, 10)
    values = a_prime(numbers(9, 2), ten, numbers(1, 6), ten)
    assert values.tolist() == pytest.approx([0.5 + 1.44 / 3.24, 0.5 - 0.56 / 1.92])


def test_a_prime_is_one_half_where_the_rates_are_equal_and_whole_at_the_ends() -> None:
    n = numbers(4, 4, 4, 4, 4)
    values = a_prime(numbers(0, 4, 2, 4, 0), n, numbers(0, 4, 2, 0, 4), n)
    assert values.tolist() == [0.5, 0.5, 0.5, 1.0, 0.0]


def test_a_prime_of_exchanged_rates_is_its_complement() -> None:
    rng = np.random.default_rng(1)
    hits, alarms = (rng.integers(0, 21, 50).astype(float) for _ in range(2))
    n = np.full(50, 20.0)
    assert a_prime(hits, n, alarms, n) == pytest.approx(1 - a_prime(alarms, n, hits, n))


def test_memcat_score_is_missing_where_repeats_and_firsts_differ() -> None:
    # 56 hits and 9 false alarms of 70 and 70: 47/70.
    values = memcat_score(
        numbers(56, 56, 0), numbers(70, 70, 0), numbers(9, 9, 0), numbers(70, 71, 0)
    )
    assert values[0] == pytest.approx(47 / 70)
    assert np.isnan(values[1:]).all()


def test_memcat_score_is_what_memcats_own_table_says(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "memoir" / "memoir_w_memcat.csv")
    hits, alarms, n = (table[name].to_numpy(dtype=float) for name in ("H", "FA", "n_resp"))
    expected = table["memorability_w_fa_correction"].to_numpy()
    assert memcat_score(hits, n, alarms, n) == pytest.approx(expected, abs=1e-12)


def test_limits_of_memcats_score_are_those_of_corrected_recognition() -> None:
    counts = pd.DataFrame(
        {"hits": [5, 5], "repeats": [9, 9], "false_alarms": [1, 1], "firsts": [9, 8]}
    )
    scores = score_counts(counts)
    for limit in ("low", "high"):
        same = scores[f"corrected_recognition_{limit}"]
        assert scores.loc[0, f"memcat_score_{limit}"] == same[0]
        assert scores[f"memcat_score_{limit}"].isna().tolist() == [False, True]
