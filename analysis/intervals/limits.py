"""Confidence intervals that hold for other people and other images.

Resampling people alone is wrong here: a sample has about 63 % of the people in it, so the noise
grows and the correlations sink. The limits are therefore not percentiles, but the estimate ± t
standard errors on Fisher's z, and the variance is that of both factors, people and images
(:mod:`analysis.intervals.covariances`; Schütt, Kipnis, Diedrichsen and Kriegeskorte 2023, eLife
12:e82566).

t has one degree of freedom fewer than there are people or images, whichever are fewer: the variance
over 20 people is itself known to a third. d is a ratio, and its limits are Fieller's (1954): the d
at which corr(M, H) − d√ρ would differ from 0 by t standard errors. They are absent where √ρ itself
does not, since then every d is possible.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.consistency.reliability import n_equivalent, spearman_brown
from analysis.intervals.covariances import Covariances, Model, covariances
from analysis.splits.halves import Splits
from analysis.splits.places import Floats

OF_BOTH = "people and images, two-factor variance"
OF_IMAGES = "images, for these responses only"


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, and how it was made."""

    low: float
    high: float
    level: float
    method: str


def bootstrap_intervals(
    estimates: dict[str, float],
    splits: Splits,
    model: Model | None,
    *,
    method: str = "spearman",
    level: float = 0.95,
    n_bootstrap: int = 200,
    rng: np.random.Generator,
) -> dict[str, Interval]:
    """Intervals around split-half consistency and a model's correlations.

    Parameters
    ----------
    estimates
        The numbers themselves: rho, and with a model corr_half, advantage, corr_all,
        disattenuated and disattenuated_all.
    splits
        What is split. Where only counts are known the intervals are for these responses, and say
        so.
    model
        The predictions of these images, or None.
    method, level, n_bootstrap, rng
        spearman or pearson; of the intervals; sets of people; the only source of chance.

    Returns
    -------
    By name, with reliability where there is rho. An interval is absent where its number is
    missing, too many resampled ones are, or there are fewer than four people.
    """
    rho = estimates["rho"]
    if not np.isfinite(rho):
        return {}
    is_predicted = model is not None and np.isfinite(estimates["corr_half"])
    models = [model] if model is not None and is_predicted else []
    spread = covariances(splits, models, method=method, n_sets=n_bootstrap, rng=rng)
    if spread is None:
        return {}
    reach = quantile(splits, level)
    k = splits.lengths.folds
    how = OF_IMAGES if spread.people is None else OF_BOTH
    found = {"rho": on_fishers_z(rho, spread.variance(np.eye(3)[0][: len(spread.images)]), reach)}
    if models:
        half, everybody = estimates["corr_half"], estimates["corr_all"]
        rho_axis, half_axis, all_axis = np.eye(3)
        found["corr_half"] = on_fishers_z(half, spread.variance(half_axis), reach)
        found["corr_all"] = on_fishers_z(everybody, spread.variance(all_axis), reach)
        found["advantage"] = plain(
            estimates["advantage"], spread.variance(half_axis - rho_axis), reach
        )
        if rho > 0:
            reliability = spearman_brown(rho, k)
            growth = k / (1 + (k - 1) * rho) ** 2  # of R with ρ
            found["disattenuated"] = of_ratio(half, rho, spread, half_axis, rho_axis, reach)
            found["disattenuated_all"] = of_ratio(
                everybody, reliability, spread, all_axis, growth * rho_axis, reach
            )
    intervals = {
        name: Interval(*limits, level, f"{how}{_scale(name)}")
        for name, limits in found.items()
        if np.isfinite(limits).all()
    }
    if "rho" in intervals:
        # No reliability is below 0, where Spearman–Brown runs to minus infinity.
        low, high = (spearman_brown(max(0.0, limit), k) for limit in found["rho"])
        low = min(low, spearman_brown(rho, k)) if rho < 0 else low
        intervals["reliability"] = Interval(
            low, high, level, f"{how}; of ρ, by Spearman–Brown, not below 0"
        )
    return intervals


def _scale(name: str) -> str:
    if name == "advantage":
        return ""
    return ", Fieller" if name.startswith("disattenuated") else ", Fisher's z"


def quantile(splits: Splits, level: float) -> float:
    """How many standard errors an interval reaches to each side."""
    return float(stats.t.ppf((1 + level) / 2, degrees_of_freedom(splits)))


def degrees_of_freedom(splits: Splits) -> int:
    """Of Student's t: one less than there are people or images, whichever are fewer."""
    n_images = len(splits.image_ids)
    return min(n_images, splits.n_participants or n_images) - 1


def on_fishers_z(estimate: float, variance: float, reach: float) -> tuple[float, float]:
    """Limits of a correlation, whose variance is on its own scale; missing of a perfect one."""
    if abs(estimate) > 1 - 1e-12:
        return float("nan"), float("nan")
    z = np.arctanh(estimate)
    error = reach * np.sqrt(variance) / max(1 - estimate**2, 1e-12)
    return float(np.tanh(z - error)), float(np.tanh(z + error))


def plain(estimate: float, variance: float, reach: float) -> tuple[float, float]:
    """Limits of a difference: the same distance to both sides."""
    error = reach * float(np.sqrt(variance))
    return estimate - error, estimate + error


def of_ratio(
    corr: float,
    consistency: float,
    spread: Covariances,
    corr_slopes: Floats,
    consistency_slopes: Floats,
    reach: float,
) -> tuple[float, float]:
    """Limits of corr/√consistency (Fieller 1954); missing where they would be endless.

    Parameters
    ----------
    corr, consistency
        The numbers, consistency above 0.
    spread, corr_slopes, consistency_slopes
        How they vary together: their slopes by the numbers of the covariances.
    reach
        Standard errors to each side.
    """
    root = float(np.sqrt(consistency))
    root_slopes = consistency_slopes / (2 * root)
    both = np.stack([corr_slopes, root_slopes])
    matrix = both @ spread.images @ both.T
    around = corr_slopes - corr / root * root_slopes
    if spread.people is not None and around @ spread.people @ around > 0:
        matrix = matrix + both @ spread.people @ both.T
    (v_corr, v_both), (_, v_root) = matrix * reach**2
    a, b, c = root**2 - v_root, corr * root - v_both, corr**2 - v_corr
    if a <= 0 or b**2 < a * c:
        return float("nan"), float("nan")
    wide = float(np.sqrt(b**2 - a * c))
    return (b - wide) / a, (b + wide) / a


def intervals_of_d(
    intervals: dict[str, Interval], rho: float, responses_per_half: float
) -> dict[str, Interval]:
    """What the intervals of d say of d² and of n equivalent; absent where d has none.

    n equivalent is infinite where d reaches 1, and both are 0 where d is not above 0.
    """
    found = {}
    if "disattenuated_all" in intervals:
        d = intervals["disattenuated_all"]
        low, high = (max(0.0, limit) ** 2 for limit in (d.low, d.high))
        found["explained"] = Interval(low, high, d.level, f"{d.method}; of d, squared")
    if "disattenuated" in intervals:
        d = intervals["disattenuated"]
        halves = (limit * float(np.sqrt(rho)) for limit in (d.low, d.high))
        low, high = (n_equivalent(half, rho, responses_per_half) for half in halves)
        found["n_equivalent"] = Interval(low, high, d.level, f"{d.method}; of d, as responses")
    return found
