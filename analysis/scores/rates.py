"""Rates from counts, their difference, and the intervals of both.

Sources: Wilson 1927 (interval of a rate); Newcombe 1998, Statistics in Medicine 17:873, method 10
(interval of a difference of two rates).
"""

from typing import Any

import numpy as np
from scipy import stats

Floats = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[Any]]


def ratio(part: Counts, whole: Counts) -> Floats:
    """part/whole; missing where the whole is 0. Equal ratios are equal numbers."""
    return np.asarray(part / np.where(whole > 0, whole, np.nan), dtype=np.float64)


def difference(part: Counts, whole: Counts, part_2: Counts, whole_2: Counts) -> Floats:
    """part/whole − part_2/whole_2; missing where either whole is 0.

    One division, which is correctly rounded, so that equal differences are equal numbers: .9 − .6
    and .5 − .2 are not, as floating-point differences, and would break a tie by accident.
    """
    return ratio(part * whole_2 - part_2 * whole, whole * whole_2)


def wilson(successes: Floats, trials: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of a rate (Wilson 1927); missing where there are no trials."""
    z = stats.norm.ppf((1 + level) / 2)
    rate = ratio(successes, trials)
    n = np.where(trials > 0, trials, np.nan)
    middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    # At rates of 0 and 1 a limit is exactly 0 or 1; arithmetic leaves 1e-17 on either side.
    low = np.where(successes == 0, 0.0 * rate, middle - half)
    high = np.where(successes == trials, rate, middle + half)
    return low, high


def newcombe(
    hits: Floats, repeats: Floats, false_alarms: Floats, firsts: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Hybrid score interval of hit rate less false-alarm rate (Newcombe 1998, method 10).

    Missing where either rate has no trial behind it. The two rates are taken as independent.
    """
    hit_rate, alarm_rate = ratio(hits, repeats), ratio(false_alarms, firsts)
    hit_low, hit_high = wilson(hits, repeats, level)
    alarm_low, alarm_high = wilson(false_alarms, firsts, level)
    middle = difference(hits, repeats, false_alarms, firsts)
    below = np.hypot(hit_rate - hit_low, alarm_high - alarm_rate)
    above = np.hypot(hit_high - hit_rate, alarm_rate - alarm_low)
    return middle - below, middle + above
