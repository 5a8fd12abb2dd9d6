"""How far off a model is over the range of scores, beside how far off people and chance are.

Two references, as there are two scales. |M − H1| stands beside |H2 − H1| on the same splits: how
far is the model from a half of the people, and how far is another half? |M − F| stands beside the
noise floor: how far from everybody's scores F are the images' true rates T?

The floor is the mean of |T − F| given F, where the true rates are spread as a beta distribution
with the mean and the variance that the scores have without their binomial noise, so that T given
h hits of n is beta, too. Noise around the score itself, p(1−p)/n, would be no reference for a
curve: the images that score highest are those with luck, and their true rates lie lower.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from analysis.comparison.model_splits import ModelSplits, split_with_models
from analysis.comparison.scored_images import RATES
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.splits.pairs import pair_up
from analysis.splits.places import Floats

ALL_BUT_CERTAIN = 1e6  # responses that a prior is worth where true rates do not seem to differ


@dataclass(frozen=True, slots=True)
class ErrorBin:
    """Mean absolute errors of the images in one part of the range of scores."""

    low: float  # lowest and highest score of these images
    high: float
    mean_score: float
    n_images: int
    model_half: float  # |M − H1|, mean over images of their mean over splits and both halves
    people_half: float  # |H2 − H1| on the same splits
    model_all: float  # |M − F|
    noise_floor: float  # |T − F| as expected of the true rates; missing but for rates


@dataclass(frozen=True, slots=True)
class ErrorCurves:
    """A model's absolute errors, each beside its own reference: as curves and in total."""

    model: str
    score: str
    n_splits: int
    counts_only: bool  # halves drawn from counts: differences between people are ignored
    total: ErrorBin  # all images
    curve: tuple[ErrorBin, ...]  # by everybody's score, ascending

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, nested as it is here."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row for each part of the range, ascending, and a last one ("all") for all images."""
        rows = [{"part": str(k + 1), **asdict(part)} for k, part in enumerate(self.curve)]
        return pd.DataFrame([*rows, {"part": "all", **asdict(self.total)}])


def error_curves(
    dataset: Dataset,
    predictions: "pd.Series[float]",
    model: str,
    score: str = "hit_rate",
    *,
    n_splits: int = 1000,
    n_bins: int = 10,
    role: str = "target",
    rng: np.random.Generator,
) -> ErrorCurves:
    """Absolute errors of a model over the range of scores, beside people's and chance's.

    Parameters
    ----------
    dataset, predictions, model, score, n_splits, role, rng
        As in :func:`analysis.comparison.two_scales.compare`: the same seed gives the same splits.
    n_bins
        Parts of the range, by rank of everybody's score with about as many images in each; images
        with the same score are in one part, so that there may be fewer parts.

    Raises
    ------
    AnalysisError
        As :func:`analysis.comparison.model_splits.split_with_models`, or if there is not at least
        one part.
    """
    if n_bins < 1:
        raise AnalysisError(f"n_bins is {n_bins}; there is at least one part of the range")
    common = split_with_models(dataset, {model: predictions}, score, role=role)
    splits, predicted = common.splits, common.predictions[0]
    with_half, between = _distances(common, n_splits, rng)
    entered = np.isfinite(between)
    floor = np.full(len(predicted), np.nan)
    if score in RATES:
        floor[entered] = noise_floor(splits.scores[entered], splits.n_responses[entered])
    columns = (
        splits.scores,
        with_half,
        between,
        np.abs(predicted - splits.scores),
        floor,
    )
    kept = np.stack(columns, axis=1)[entered]
    part = bins_by_rank(kept[:, 0], n_bins)
    return ErrorCurves(
        model=model,
        score=score,
        n_splits=n_splits,
        counts_only=splits.n_participants is None,
        total=_bin(kept),
        curve=tuple(_bin(kept[part == k]) for k in range(part.max(initial=-1) + 1)),
    )


def _distances(common: ModelSplits, n_splits: int, rng: np.random.Generator) -> tuple[Floats, ...]:
    """|M − H1| and |H2 − H1| of each image, means over the splits that it is in; else missing."""
    predicted, splits = common.predictions[0], common.splits
    n = np.zeros(len(predicted))
    with_half, between = np.zeros(len(predicted)), np.zeros(len(predicted))
    for block in splits.blocks(n_splits, rng):
        pairs = pair_up(block)
        values = np.append(pairs.values, 0.0)
        first, second = values[pairs.first], values[pairs.second]
        of_model = (np.abs(predicted - first) + np.abs(predicted - second)) / 2
        with_half += (of_model * pairs.valid).sum(axis=0)
        between += (np.abs(first - second) * pairs.valid).sum(axis=0)
        n += pairs.valid.sum(axis=0)
    n[n == 0] = np.nan
    return with_half / n, between / n


def noise_floor(scores: Floats, n_responses: Floats) -> Floats:
    """Expected |T − F| of each image's true rate T, given its rate F of n responses.

    Parameters
    ----------
    scores, n_responses
        Rates from 0 to 1, and the responses behind each (two or more); both of shape (images,).

    Returns
    -------
    Shape (images,). Its mean over images is what the true rates themselves would be off.
    """
    mean = float(scores.mean())
    noise = float((scores * (1 - scores) / (n_responses - 1)).mean())
    variance = float(scores.var(ddof=1)) - noise if len(scores) > 1 else 0.0
    if mean in (0.0, 1.0):
        return np.zeros(len(scores))  # nothing but hits, or none: no noise to be seen
    worth = mean * (1 - mean) / variance - 1 if variance > 0 else ALL_BUT_CERTAIN
    worth = min(max(worth, 0.0), ALL_BUT_CERTAIN)  # responses that the prior is worth
    a = mean * worth + scores * n_responses
    b = (1 - mean) * worth + (1 - scores) * n_responses
    expected = a / (a + b)
    # ∫|t − F| dBeta(a, b) by the distribution function of the beta and of the one with a + 1
    below, weighted = special.betainc(a, b, scores), special.betainc(a + 1, b, scores)
    return np.asarray(scores * (2 * below - 1) + expected * (1 - 2 * weighted))


def bins_by_rank(scores: Floats, n_bins: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Which of the parts of the range each score is in, from 0; equal scores are in one part."""
    ordered = np.sort(scores)
    middle = (np.searchsorted(ordered, scores) + np.searchsorted(ordered, scores, "right")) / 2
    part = np.minimum((middle * n_bins / len(scores)).astype(np.int64), n_bins - 1)
    return np.unique(part, return_inverse=True)[1].astype(np.int64)


def _bin(rows: Floats) -> ErrorBin:
    """One part's means; a column of rows is a number, the first the score."""
    if not len(rows):
        missing = float("nan")
        return ErrorBin(missing, missing, missing, 0, missing, missing, missing, missing)
    score, model_half, people_half, model_all, floor = (float(mean) for mean in rows.mean(axis=0))
    low, high = float(rows[:, 0].min()), float(rows[:, 0].max())
    return ErrorBin(low, high, score, len(rows), model_half, people_half, model_all, floor)
