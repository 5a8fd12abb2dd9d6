"""How well old and new are told apart, and how readily people press: d′, criterion c, A′.

Sources: Hautus 1995 (log-linear correction); Macmillan & Kaplan 1985 (the 1/(2N) rule); Pollack &
Norman 1964 and Grier 1971 (A′); Aaronson & Watts 1987 (A′ below chance).
"""

from typing import Any

import numpy as np
from scipy import special

from analysis.errors import AnalysisError
from analysis.scores.rates import ratio

Floats = np.ndarray[Any, np.dtype[np.float64]]

CORRECTIONS = ("log_linear", "one_over_2n")


def corrected_rate(part: Floats, whole: Floats, correction: str = "log_linear") -> Floats:
    """A rate that is never 0 or 1, so that its z is finite; missing where the whole is 0.

    Parameters
    ----------
    part, whole
        Counts.
    correction
        ``log_linear``: (part + ½)/(whole + 1), of every rate (Hautus 1995). ``one_over_2n``: only
        a rate of 0 becomes 1/(2·whole), and one of 1 becomes 1 − 1/(2·whole) (Macmillan & Kaplan
        1985).

    Raises
    ------
    AnalysisError
        If the correction is neither of the two.
    """
    if correction == "log_linear":
        return np.asarray((part + 0.5) / (np.where(whole > 0, whole, np.nan) + 1), dtype=np.float64)
    if correction == "one_over_2n":
        least = ratio(np.full_like(whole, 0.5, dtype=np.float64), whole)
        return np.clip(ratio(part, whole), least, 1 - least)
    raise AnalysisError(
        f"correction {correction!r} is not known; it is one of {', '.join(CORRECTIONS)}"
    )


def signal_detection(
    hits: Floats,
    repeats: Floats,
    false_alarms: Floats,
    firsts: Floats,
    correction: str = "log_linear",
) -> tuple[Floats, Floats]:
    """d′ = z(H) − z(F) and criterion c = −(z(H) + z(F))/2 of corrected rates.

    Missing where either rate has no trial behind it. For ``correction`` see
    :func:`corrected_rate`.
    """
    z_hit = special.ndtri(corrected_rate(hits, repeats, correction))
    z_alarm = special.ndtri(corrected_rate(false_alarms, firsts, correction))
    return z_hit - z_alarm, -(z_hit + z_alarm) / 2


def a_prime(hits: Floats, repeats: Floats, false_alarms: Floats, firsts: Floats) -> Floats:
    """A′ of uncorrected rates: .5 at chance, 1 at best, 0 where all is the wrong way round.

    With H ≥ F: ½ + (H − F)(1 + H − F)/(4H(1 − F)) (Grier 1971); with H < F: ½ − (F − H)(1 + F −
    H)/(4F(1 − H)) (Aaronson & Watts 1987). Missing where either rate has no trial behind it.
    """
    hit_rate, alarm_rate = ratio(hits, repeats), ratio(false_alarms, firsts)
    large, small = np.maximum(hit_rate, alarm_rate), np.minimum(hit_rate, alarm_rate)
    apart = large - small
    # Where the rates are equal A′ is ½, also at 0 and 1, where the fraction is 0/0.
    below = np.where(apart == 0, 1.0, 4 * large * (1 - small))
    return np.asarray(0.5 + np.sign(hit_rate - alarm_rate) * apart * (1 + apart) / below)


def memcat_score(hits: Floats, repeats: Floats, false_alarms: Floats, firsts: Floats) -> Floats:
    """MemCat's (H − FA)/n, n being the number of repeats and of first showings alike.

    Missing where the two numbers differ, since the formula then has no n, and where they are 0.
    """
    n = np.where(repeats == firsts, repeats, np.nan)
    return ratio(hits - false_alarms, n)
