"""Scores from whole numbers, such that scores that are equal are equal numbers.

Two images tie in a rank correlation only where their scores are the same number to the last bit.
Source of the correction of d′: Hautus 1995.
"""

import numpy as np
from scipy import special

from analysis.scores.rates import difference, ratio
from analysis.splits.places import Floats, Ints


def exact_scores(score: str, *counts: Ints) -> Floats:
    """A score of :data:`analysis.scores.names.SCORES` from the counts that make it.

    Parameters
    ----------
    score
        Its name.
    counts
        Part and whole of a rate; for the difference of two, of both.

    Returns
    -------
    The scores, missing where a whole is 0.
    """
    if score == "d_prime":
        hits, repeats, alarms, firsts = counts
        return log_linear_z(hits, repeats) - log_linear_z(alarms, firsts)
    return difference(*counts) if len(counts) == 4 else ratio(*counts)


def log_linear_z(part: Ints, whole: Ints) -> Floats:
    """The normal quantile of (part + ½)/(whole + 1); missing where the whole is 0.

    That of a rate is exactly minus that of its complement, so that d′ of hits and false alarms is
    exactly d′ of what is left of both, the other way round.
    """
    rarer = np.minimum(part, whole - part)
    z = special.ndtri((2 * rarer + 1) / (2 * (whole + 1)))
    return np.where(whole > 0, np.where(2 * part > whole, -z, z), np.nan)
