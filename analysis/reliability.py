"""From one half to everybody, and from a noisy score to the true one.

Sources: Spearman 1904 (correction for attenuation); Spearman 1910 and Brown 1910 (reliability of a
test k times as long).
"""

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


def folds(n_participants: int | None) -> float:
    """How many times longer everybody is than a half (the harmonic mean of unequal ones)."""
    if n_participants is None or n_participants < 2:
        return 2.0
    small, large = n_participants // 2, n_participants - n_participants // 2
    return n_participants * (1 / small + 1 / large) / 2


def spearman_brown(rho: float, k: float = 2.0) -> float:
    """Reliability of a measurement k times as long: kρ/(1 + (k−1)ρ); missing at the pole."""
    denominator = 1 + (k - 1) * rho
    return k * rho / denominator if denominator > 0 else float("nan")


def r_binom(scores: Floats, n_responses: Floats) -> float:
    """Reliability of rates if chance alone parted the responses to an image.

    1 − mean[p(1−p)/(n−1)] / var(p), from rates p of n responses each, both of shape (images,);
    missing if the rates never differ.
    """
    variance = float(scores.var(ddof=1))
    noise = float((scores * (1 - scores) / (n_responses - 1)).mean())
    return 1 - noise / variance if variance else float("nan")


def disattenuate(corr: float, consistency: float) -> float:
    """Correlation with the true scores: corr / √consistency; missing if consistency is not above 0.

    It is kept where it is above 1.
    """
    return corr / float(np.sqrt(consistency)) if consistency > 0 else float("nan")


def explained(corr_all: float, reliability: float) -> float:
    """Share of the variance that can be explained, d² = corr(M, F)² / R.

    Missing for a model that does not correlate above 0, and where R is not above 0.
    """
    return disattenuate(corr_all, reliability) ** 2 if corr_all > 0 else float("nan")


def n_equivalent(corr_half: float, rho: float, responses_per_half: float) -> float:
    """How many responses per image predict a half as well as the model does.

    d²(1−ρ) / (ρ(1−d²)) × responses per half with d = corr_half/√ρ; 0 for a model that does not
    correlate above 0, infinite where d reaches 1, missing where ρ is not above 0.
    """
    d = disattenuate(corr_half, rho)
    if np.isnan(d):
        return float("nan")
    if d <= 0:
        return 0.0
    if d >= 1:
        return float("inf")
    return d**2 * (1 - rho) / (rho * (1 - d**2)) * responses_per_half


def ceiling(consistency: float) -> float:
    """The most that any model can correlate: the root of ρ against a half, of R against everybody.

    Missing if the consistency is below 0.
    """
    return float(np.sqrt(consistency)) if consistency >= 0 else float("nan")
