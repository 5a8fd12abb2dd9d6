"""Beta-binomial shrinkage: rates from few responses, drawn towards what images are like here.

With few responses a rate of 0 or 1 is mostly chance. If true rates are spread over images like a
beta distribution, k of n responses say (α + k)/(α + β + n) of an image: the rate that counts α + β
responses more, at the mean of all images. α and β are those that make the counts most likely
(empirical Bayes; Griffiths 1973; Casella 1985).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special

from analysis.errors import AnalysisError
from analysis.scores.rates import ratio

Floats = np.ndarray[Any, np.dtype[np.float64]]

PARTS = {"hit_rate": ("hits", "repeats"), "false_alarm_rate": ("false_alarms", "firsts")}
SMALLEST, LARGEST = 1e-3, 1e6  # of the prior's α + β; beyond, it is 0 and infinity


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """What images are like, and each image's rate drawn towards it."""

    score: str  # hit_rate or false_alarm_rate
    alpha: float  # of the prior; missing where none can be learned, infinite without spread
    beta: float
    effective_n: float  # α + β: the responses that the prior is worth
    prior_mean: float  # α/(α + β)
    n_images: int  # with a response
    level: float  # of the intervals
    note: str | None  # why the prior is missing or has no spread; None where all is well
    scores: pd.DataFrame  # by image: part and whole, the raw rate, shrunken_…, …_low, …_high

    def to_dict(self) -> dict[str, Any]:
        """Every field but the scores by name."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "scores"}

    def to_frame(self) -> pd.DataFrame:
        """A row for each image: counts, raw rate, shrunken rate and its limits."""
        return self.scores.copy()


def shrink(counts: pd.DataFrame, score: str = "hit_rate", *, level: float = 0.95) -> Shrinkage:
    """Shrink each image's rate towards the distribution of all images' rates.

    Parameters
    ----------
    counts
        By image, as :func:`analysis.scores.scoring.image_scores` gives it: hits and repeats, or
        false_alarms and firsts. Rows may as well be participants.
    score
        hit_rate or false_alarm_rate.
    level
        Of the intervals: equal tails of each image's posterior distribution, the prior taken as
        known. Over images they hold that share of the true rates; they are no confidence intervals
        of one image chosen for its rate.

    Returns
    -------
    The prior, and by image the posterior mean; an image without responses is missing. Where images
    differ no more than chance has it, the prior has no spread: all get the pooled rate and no
    interval. Where no prior can be learned (a single image, or never two responses to one),
    shrunken rates are missing and ``note`` says why.

    Raises
    ------
    AnalysisError
        If the score is no rate, the counts are not there, or no image has a response.
    """
    if score not in PARTS:
        raise AnalysisError(
            f"score {score!r} is no rate of counts; shrinkage knows {', '.join(PARTS)}"
        )
    part, whole = PARTS[score]
    if absent := [name for name in (part, whole) if name not in counts]:
        raise AnalysisError(f"the counts have no column {absent[0]!r}, which {score} is made of")
    k, n = _known(counts[part]), _known(counts[whole])
    seen = n > 0
    if not seen.any():
        raise AnalysisError(f"no image has a response behind its {score}; nothing can be shrunken")
    prior_mean, effective_n, note = _prior(k[seen], n[seen])
    alpha, beta = prior_mean * effective_n, (1 - prior_mean) * effective_n
    low: Floats
    high: Floats
    if np.isinf(effective_n):
        alpha = beta = effective_n
        mean = np.full(len(k), prior_mean)
        low = high = np.full(len(k), np.nan)  # how little images differ is not known
    else:
        mean = (alpha + k) / (effective_n + n)
        low, high = (
            np.asarray(special.betaincinv(alpha + k, beta + n - k, tail), dtype=np.float64)
            for tail in ((1 - level) / 2, (1 + level) / 2)
        )
    columns = {
        part: k,
        whole: n,
        score: ratio(k, n),
        f"shrunken_{score}": np.where(seen, mean, np.nan),
        f"shrunken_{score}_low": np.where(seen, low, np.nan),
        f"shrunken_{score}_high": np.where(seen, high, np.nan),
    }
    scores = pd.DataFrame(columns, index=counts.index).astype({part: "Int64", whole: "Int64"})
    return Shrinkage(
        score=score,
        alpha=alpha,
        beta=beta,
        effective_n=effective_n,
        prior_mean=prior_mean,
        n_images=int(seen.sum()),
        level=level,
        note=note,
        scores=scores,
    )


def _known(counts: pd.Series) -> Floats:
    """Counts as numbers; 0 where they are missing."""
    return np.asarray(counts.astype("Float64").fillna(0), dtype=np.float64)


def log_likelihood(k: Floats, n: Floats, alpha: float, beta: float) -> float:
    """Log of how likely beta-binomial counts are, less the binomial coefficients."""
    one = special.betaln(alpha + k, beta + n - k) - special.betaln(alpha, beta)
    return float(one.sum())


def moments(k: Floats, n: Floats) -> tuple[float, float]:
    """Mean and α + β of the prior by the method of moments (Kleinman 1973); α + β may be infinite.

    Images weigh by their responses: S = Σ n(p − μ)² has the mean
    μ(1 − μ)[(I − 1) + ρ(N − Σn²/N − (I − 1))] where ρ = 1/(α + β + 1).
    """
    total = n.sum()
    mean = float(k.sum() / total)
    scatter = float((n * (k / n - mean) ** 2).sum())
    free = len(n) - 1
    room = mean * (1 - mean) * (total - (n**2).sum() / total - free)
    if room <= 0:
        return mean, float("inf")
    rho = (scatter - mean * (1 - mean) * free) / room
    return mean, float("inf") if rho <= 0 else max(0.0, 1 / rho - 1)


def _prior(k: Floats, n: Floats) -> tuple[float, float, str | None]:
    """Mean and α + β of the prior by maximum marginal likelihood, and what is odd about it."""
    missing = float("nan")
    if len(n) == 1:
        return missing, missing, "one image only: it cannot tell how images differ"
    if n.max() < 2:
        return (
            missing,
            missing,
            "never two responses to an image: they cannot tell how images differ",
        )
    pooled = float(k.sum() / n.sum())
    if pooled in (0.0, 1.0):
        return (
            pooled,
            float("inf"),
            f"every response is the same: the rate is {pooled:g} everywhere",
        )
    mean, start = moments(k, n)
    start = float(np.clip(start, 10 * SMALLEST, LARGEST / 10))

    def loss(point: Floats) -> float:
        center, size = special.expit(point[0]), np.exp(point[1])
        return -log_likelihood(k, n, center * size, (1 - center) * size)

    found = min(
        (
            optimize.minimize(
                loss,
                np.array([special.logit(mean), np.log(size)]),
                method="L-BFGS-B",
                bounds=[(-15, 15), (np.log(SMALLEST), np.log(LARGEST))],
            )
            for size in (start, 10.0)
        ),
        key=lambda result: float(result.fun),
    )
    center, size = float(special.expit(found.x[0])), float(np.exp(found.x[1]))
    if loss_without_spread(k, n) <= found.fun or size > LARGEST / 10:
        return pooled, float("inf"), "images differ no more than chance alone makes them differ"
    if size <= SMALLEST * 1.001:
        return center, size, "every image's responses are all the same: nothing is shrunken"
    return center, size, None


def loss_without_spread(k: Floats, n: Floats) -> float:
    """The same as −log_likelihood where all images have the pooled rate."""
    pooled = k.sum() / n.sum()
    return -float((special.xlogy(k, pooled) + special.xlogy(n - k, 1 - pooled)).sum())
