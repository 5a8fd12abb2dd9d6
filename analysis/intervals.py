"""Confidence intervals that hold for other people and other images.

Resampling people alone is wrong here: a sample has about 63 % of the people in it, so the noise
grows and the correlations sink. The limits are therefore not percentiles, but the estimate ± z
standard errors on Fisher's z, and the variance is that of both factors, people and images,
corrected for what resampling both counts twice. Source: Schütt, Kipnis, Diedrichsen and
Kriegeskorte 2023, eLife 12:e82566.

ρ of resampled people is brought back to the length of a half of them all (Spearman–Brown) before
its variance is taken: copies carry less than as many people would, and how much less differs from
sample to sample, which is no variance of ρ. This is done to first order around the estimate (the
delta method), because the formula itself sends a moderately negative ρ below −1.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.errors import AnalysisError
from analysis.reliability import disattenuate, folds, n_equivalent, spearman_brown
from analysis.responses import Responses
from analysis.splits.halves import PersonSplits, Splits
from analysis.splits.pairs import Pairs, correlation, mean_of_splits, pair_up
from analysis.splits.places import Floats, Ints

N_SPLITS = 20  # behind each bootstrap value of a mean over splits
ON_FISHERS_Z = ("rho", "corr_half", "corr_all")
FEWEST_DEFINED = 0.9  # share of bootstrap values that must exist


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, and how it was made."""

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Model:
    """Predictions as places in their own sorted values, per image of the splits."""

    places: Ints
    values: Floats


def two_factor_variance(
    v_people: float, v_images: float, v_both: float, n_people: int, n_images: int
) -> float:
    """Variance over people and images from three bootstraps (Schütt et al. 2023).

    Parameters
    ----------
    v_people, v_images, v_both
        Bootstrap variances over people, over images, and over both at once.
    n_people, n_images
        Sizes of the sample.
    """
    people, images = n_people / (n_people - 1), n_images / (n_images - 1)
    corrected = (
        people * v_people + images * v_images - people * images * (v_both - v_people - v_images)
    )
    least = max(people * v_people, images * v_images)
    return min(max(corrected, least), max(v_both, least))


def bootstrap_intervals(
    estimates: dict[str, float],
    splits: Splits,
    responses: Responses | None,
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
        disattenuated and disattenuated_all, which are resampled together.
    splits, responses
        What is split; the responses of people, only to these images, or None where only counts
        are known: then the intervals are for these responses, and say so.
    model
        The predictions of these images, or None.
    method, level, n_bootstrap, rng
        spearman or pearson; of the intervals; samples of each kind; the only source of chance.

    Returns
    -------
    By name, with reliability where there is rho. An interval is absent where its number is
    missing or too many samples leave it undefined.
    """
    k = folds(splits.n_participants)
    samples = _Samples(splits, responses, model, method, n_bootstrap, rng)
    rho = estimates["rho"]
    by_image = _variances(samples.of_images(), rho, k)
    n_images = len(splits.image_ids)
    if responses is None:
        variances = {name: v * n_images / (n_images - 1) for name, v in by_image.items()}
        how = "bootstrap over images, for these responses only"
    else:
        people, both, lengthening = samples.of_people()
        by_person, by_both = (_variances(some, rho, k, lengthening) for some in (people, both))
        variances = {
            name: two_factor_variance(
                by_person[name], v, by_both[name], len(responses.row_ids), n_images
            )
            for name, v in by_image.items()
        }
        how = "bootstrap over people and images, two-factor variance"
    found = {}
    for name, variance in variances.items():
        interval = _limits(estimates[name], variance, level, name, how)
        if interval is not None:
            found[name] = interval
    if "rho" in found:
        # No reliability is below 0, where Spearman–Brown runs to minus infinity.
        limits = (max(0.0, limit) for limit in (found["rho"].low, found["rho"].high))
        low, high = (spearman_brown(limit, k) for limit in limits)
        found["reliability"] = Interval(
            low, high, level, f"{how}; of ρ, by Spearman–Brown, not below 0"
        )
    return found


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


def _limits(estimate: float, variance: float, level: float, name: str, how: str) -> Interval | None:
    if not (np.isfinite(estimate) and np.isfinite(variance)):
        return None
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(variance)
    if name not in ON_FISHERS_Z:
        return Interval(float(estimate - reach), float(estimate + reach), level, how)
    middle = np.arctanh(np.clip(estimate, -1 + 1e-12, 1 - 1e-12))
    low, high = np.tanh([middle - reach, middle + reach])
    return Interval(float(low), float(high), level, f"{how}, Fisher's z")


def lengthened(samples: Floats, estimate: float, times: Floats) -> Floats:
    """Split-half consistencies of shorter halves, as of halves that are some times as long.

    Spearman–Brown to first order around the estimate: whatever the sample, the result is finite,
    and a sample that is what the estimate would be at its length gives the estimate.

    Parameters
    ----------
    samples, times
        Consistencies, and how many times longer than theirs the estimate's halves are.
    estimate
        The consistency of the longer halves, above −1.
    """
    ratio = 1 + (1 / times - 1) * estimate
    expected = estimate / times / ratio
    return estimate + times * ratio**2 * (samples - expected)


def _variances(
    samples: Floats, rho: float, k: float, lengthening: Floats | None = None
) -> dict[str, float]:
    """Of each number, on the scale of its interval; missing where too few samples are defined.

    Parameters
    ----------
    samples
        rho, and with a model corr_half and corr_all; shape (samples, numbers).
    rho
        Of all the data.
    k, lengthening
        Of everybody over a half; of a half of the people over a half of a sample's, per sample.
    """
    columns = {"rho": samples[:, 0]}
    if lengthening is not None:
        columns["rho"] = lengthened(samples[:, 0], rho, lengthening)
    if samples.shape[1] > 1:
        columns["corr_half"], columns["corr_all"] = samples[:, 1], samples[:, 2]
        columns["advantage"] = columns["corr_half"] - columns["rho"]
        columns["disattenuated"] = np.array([disattenuate(half, rho) for rho, half, _ in samples])
        columns["disattenuated_all"] = np.array(
            [disattenuate(everybody, spearman_brown(rho, k)) for rho, _, everybody in samples]
        )
    found = {}
    for name, column in columns.items():
        known = column[np.isfinite(column)]
        if name == "rho" and lengthening is not None:
            known = known / max(1 - rho**2, 1e-12)  # a first-order value may lie beyond 1
        elif name in ON_FISHERS_Z:
            known = np.arctanh(np.clip(known, -1 + 1e-12, 1 - 1e-12))
        is_enough = len(known) >= max(2, FEWEST_DEFINED * len(column))
        found[name] = float(known.var(ddof=1)) if is_enough else float("nan")
    return found


@dataclass(frozen=True, slots=True)
class _Samples:
    """Resamples people, images, or both, and computes the numbers again."""

    splits: Splits
    responses: Responses | None
    model: Model | None
    method: str
    n: int
    rng: np.random.Generator

    def of_images(self) -> Floats:
        """Images resampled, on the same splits every time; shape (samples, numbers)."""
        pairs = [pair_up(block) for block in self.splits.blocks(N_SPLITS, self.rng)]
        n_images = len(self.splits.image_ids)
        samples = []
        for _ in range(self.n):
            images = self.rng.integers(n_images, size=n_images)
            values = [self._numbers(some, self.splits.scores, images) for some in pairs]
            samples.append(np.mean(values, axis=0))
        return np.array(samples)

    def of_people(self) -> tuple[Floats, Floats, Floats]:
        """People resampled, and people and images: shape (samples, numbers); and lengthening.

        The last says for each sample how many times fewer people its copies are worth.
        """
        if self.responses is None:
            raise AnalysisError("counts alone have no people to resample")
        n_people, n_images = len(self.responses.row_ids), len(self.splits.image_ids)
        copies = self.rng.multinomial(n_people, np.full(n_people, 1 / n_people), size=self.n)
        source = PersonSplits(self.responses, self.splits.score, copies.T)
        everything = np.arange(n_images)
        people, both = [], []
        for one in copies:
            block, scores = source.resampled(one, N_SPLITS, self.rng)
            pairs = pair_up(block)
            people.append(self._numbers(pairs, scores, everything))
            images = self.rng.integers(n_images, size=n_images)
            both.append(self._numbers(pairs, scores, images))
        return np.array(people), np.array(both), (copies**2).sum(axis=1) / n_people

    def _numbers(self, pairs: Pairs, scores: Floats, images: Ints) -> Floats:
        """Rho, and with a model corr_half and corr_all, of these images."""
        chosen = pairs.take(images)
        if self.model is None:
            return np.array([mean_of_splits(chosen.correlate(self.method))[0]])
        places, values = self.model.places[images], self.model.values
        rho, half = chosen.with_model(places, values, self.method)
        known = np.isfinite(scores[images])
        everybody = correlation(values[places][known], scores[images][known], self.method)
        return np.array([mean_of_splits(rho)[0], mean_of_splits(half)[0], everybody])
