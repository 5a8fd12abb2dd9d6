"""From one half to everybody, and from a noisy score to the true one.

Sources: Spearman 1904 (correction for attenuation); Spearman 1910 and Brown 1910 (reliability of a
test k times as long).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

Floats = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many responses are behind an image's score, as its noise counts them."""

    everybody: float  # responses per image, harmonic mean over images
    half: float  # responses per image in a half, harmonic mean over images and splits

    @property
    def folds(self) -> float:
        """How many times longer everybody is than a half; 2 only if all halves are equal."""
        return self.everybody / self.half


def lengths_of_counts(n_responses: Counts) -> Lengths:
    """Of images whose n responses are split in n // 2 and the rest, two or more each."""
    n = np.asarray(n_responses, dtype=np.float64)
    small = n // 2
    return Lengths(_harmonic(1 / n), _harmonic((1 / small + 1 / (n - small)) / 2))


def lengths_of_people(n_responses: Counts, n_behind: Counts, n_participants: int) -> Lengths:
    """Of images whose people are split in halves of all participants, at random.

    An image's responses then come in unequal parts, hypergeometric if each person gave one, and
    the noise of a part is as the mean of 1/n. Splits that leave one part empty do not enter.

    Parameters
    ----------
    n_responses, n_behind
        Of each image: responses, and people who gave them, two or more.
    n_participants
        Who are split, the smaller half being ``n_participants // 2``.
    """
    each = np.asarray(n_responses, dtype=np.float64) / n_behind
    half = n_participants // 2
    numbers, places = np.unique(np.asarray(n_behind, dtype=np.int64), return_inverse=True)
    first, n = np.arange(1, numbers.max())[:, None], numbers[None, :]
    rest = n_participants - half
    possible = (first < n) & (first <= half) & (n - first <= rest)
    k = np.where(possible, first, 1)
    chance = np.exp(
        _log_choose(half, k)
        + _log_choose(rest, np.where(possible, n - k, 1))
        - _log_choose(n_participants, n)
    )
    chance = np.where(possible, chance, 0.0)
    noise = (chance * (1 / k + 1 / np.where(possible, n - k, 1)) / 2).sum(axis=0)
    in_halves = (noise[places] / each).sum() / chance.sum(axis=0)[places].sum()
    return Lengths(_harmonic(1 / (each * n_behind)), float(1 / in_halves))


def _log_choose(n: int, k: Counts) -> Floats:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))


def _harmonic(inverse: Floats) -> float:
    return float(1 / inverse.mean())


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
