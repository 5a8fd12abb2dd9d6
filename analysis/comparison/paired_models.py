"""Two models on the same people: is one of them certainly better?

Both models' correlations hold the same people's noise and the same images' chance, so the interval
of their difference comes from how they vary together, not from two intervals that overlap or not.
All models share splits, sets of people and images (:mod:`analysis.intervals.covariances`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.comparison.model_splits import ModelSplits, split_with_pairs
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.intervals.covariances import Model, covariances, to_model
from analysis.intervals.limits import (
    OF_BOTH,
    OF_IMAGES,
    Interval,
    degrees_of_freedom,
    plain,
    quantile,
)
from analysis.splits.halves import Splits
from analysis.splits.pairs import correlation, mean_of_splits, pair_up
from analysis.splits.places import Floats


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Two models' correlations with the same scores of the same images, and their difference."""

    model_1: str
    model_2: str
    score: str
    method: str  # spearman or pearson
    n_images: int  # that both predict and that can be split
    n_participants: int | None  # None where only counts are known
    corr_half_1: float  # model against a half, mean over splits
    corr_half_2: float
    corr_all_1: float  # model against everybody
    corr_all_2: float
    corr_models: float  # between the two predictions
    difference_half: float  # corr_half_1 − corr_half_2
    difference_all: float
    interval_half: Interval | None  # other people and other images; None where it cannot be had
    interval_all: Interval | None
    interval_half_these_people: Interval | None  # other images only
    interval_all_these_people: Interval | None
    p_half: float  # two-sided, of the same t as the interval; missing without one
    p_all: float
    counts_only: bool  # only counts are known: the intervals are of images only

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, nested as it is here."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row; an interval has the columns NAME_low, NAME_high, NAME_level and NAME_method."""
        row: dict[str, Any] = {}
        for name, value in self.to_dict().items():
            if name.startswith("interval_"):
                parts = value or dict.fromkeys(("low", "high", "level", "method"))
                row |= {f"{name}_{part}": one for part, one in parts.items()}
            else:
                row[name] = value
        return pd.DataFrame([row])


def compare_models(
    dataset: Dataset,
    predictions: "Mapping[str, pd.Series[float]]",
    score: str = "hit_rate",
    *,
    method: str = "spearman",
    role: str = "target",
    level: float = 0.95,
    n_splits: int = 1000,
    n_bootstrap: int = 200,
    rng: np.random.Generator,
) -> tuple[PairedDifference, ...]:
    """Every pair of models, each on the images that both predict.

    Parameters
    ----------
    dataset
        With trials, or with image_counts (then the result is ``counts_only``).
    predictions
        By name of the model, each model's prediction by image_id; missing ones are left out.
    score, method, role, level, n_splits, n_bootstrap, rng
        As in :func:`analysis.comparison.two_scales.compare`; method is spearman or pearson.

    Raises
    ------
    AnalysisError
        If there are fewer than two models, an image has two predictions of one model, or two
        models have fewer than three images in common.
    """
    if method not in ("spearman", "pearson"):
        raise AnalysisError(f"method {method!r} cannot compare models; use spearman or pearson")
    if len(predictions) < 2:
        raise AnalysisError(f"{len(predictions)} models make no pair; give two or more")
    found: dict[tuple[str, str], PairedDifference] = {}
    for common, pairs in split_with_pairs(dataset, predictions, score, role=role):
        of_these = _differences(common, method, level, n_splits, n_bootstrap, rng)
        found |= {pair: of_these[pair] for pair in pairs}
    return tuple(found[pair] for pair in combinations(predictions, 2))


def joint_estimates(
    splits: Splits, models: Sequence[Model], method: str, n_splits: int, rng: np.random.Generator
) -> Floats:
    """ρ, corr(M, H) of each model and corr(M, F) of each model, on the same splits."""
    between, against = [], []
    for block in splits.blocks(n_splits, rng):
        pairs = pair_up(block)
        both = [pairs.with_model(model.places, model.values, method) for model in models]
        between.append(both[0][0])
        against.append(np.stack([half for _, half in both]))
    halves = [mean_of_splits(one)[0] for one in np.concatenate(against, axis=1)]
    wholes = [correlation(one.values[one.places], splits.scores, method) for one in models]
    return np.array([mean_of_splits(np.concatenate(between))[0], *halves, *wholes])


def _differences(
    common: ModelSplits,
    method: str,
    level: float,
    n_splits: int,
    n_bootstrap: int,
    rng: np.random.Generator,
) -> dict[tuple[str, str], PairedDifference]:
    """Every pair of models of the same images."""
    splits, names = common.splits, common.models
    models = [to_model(one) for one in common.predictions]
    n = len(models)
    estimates = joint_estimates(splits, models, method, n_splits, rng)
    halves, wholes = estimates[1 : n + 1], estimates[n + 1 :]
    # A model that predicts the same for every image has no correlation to vary with others.
    ranking = [i for i in range(n) if np.isfinite(halves[i]) and np.isfinite(wholes[i])]
    spread = None
    if n_bootstrap and np.isfinite(estimates[0]) and ranking:
        some = [models[i] for i in ranking]
        spread = covariances(splits, some, method=method, n_sets=n_bootstrap, rng=rng)
    reach = quantile(splits, level)
    result = {}
    for i, j in combinations(range(n), 2):
        intervals: dict[str, Any] = {}
        for which, numbers, start in (("half", halves, 1), ("all", wholes, len(ranking) + 1)):
            difference = float(numbers[i] - numbers[j])
            main = these = None
            p = float("nan")
            if spread is not None and i in ranking and j in ranking:
                slopes = np.zeros(2 * len(ranking) + 1)
                slopes[start + ranking.index(i)], slopes[start + ranking.index(j)] = 1, -1
                variance = spread.variance(slopes)
                how = OF_IMAGES if spread.people is None else OF_BOTH
                main = Interval(*plain(difference, variance, reach), level, how)
                alone = spread.variance_for_these_people(slopes)
                these = Interval(*plain(difference, alone, reach), level, OF_IMAGES)
                if variance > 0:
                    t = abs(difference) / float(np.sqrt(variance))
                    p = float(2 * stats.t.sf(t, degrees_of_freedom(splits)))
            intervals |= {f"interval_{which}": main, f"interval_{which}_these_people": these}
            intervals[f"p_{which}"] = p
        result[names[i], names[j]] = PairedDifference(
            model_1=names[i],
            model_2=names[j],
            score=splits.score,
            method=method,
            n_images=len(splits.image_ids),
            n_participants=splits.n_participants,
            corr_half_1=float(halves[i]),
            corr_half_2=float(halves[j]),
            corr_all_1=float(wholes[i]),
            corr_all_2=float(wholes[j]),
            corr_models=correlation(common.predictions[i], common.predictions[j], method),
            difference_half=float(halves[i] - halves[j]),
            difference_all=float(wholes[i] - wholes[j]),
            counts_only=splits.n_participants is None,
            **intervals,
        )
    return result
