"""Rates from counts: their difference, their intervals, and signal detection.

Sources: Wilson 1927 (interval of a rate); Hautus 1995 (log-linear correction).
"""

from typing import Any

import numpy as np
from scipy import special, stats

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


def signal_detection(
    hits: Floats, repeats: Floats, false_alarms: Floats, firsts: Floats
) -> tuple[Floats, Floats]:
    """d′ and criterion c with the log-linear correction (Hautus 1995).

    Missing where either rate has no trial behind it.
    """
    repeats = np.where(repeats > 0, repeats, np.nan)
    firsts = np.where(firsts > 0, firsts, np.nan)
    z_hit = special.ndtri((hits + 0.5) / (repeats + 1))
    z_alarm = special.ndtri((false_alarms + 0.5) / (firsts + 1))
    return z_hit - z_alarm, -(z_hit + z_alarm) / 2
