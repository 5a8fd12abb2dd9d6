"""Predictions against scores as values: how far off, on which scale, how widely spread.

A model can rank the images better and be further off in value, so that both are always told.
Source of the concordance correlation: Lin 1989, Biometrics 45:255.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.scored_images import ScoredImages
from analysis.errors import AnalysisError
from analysis.splits.places import Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """A model's predictions beside everybody's scores of the same images, as values."""

    model: str
    score: str
    n_images: int
    bias: float  # mean prediction − mean score
    mse: float
    mae: float
    slope: float  # of the regression of scores on predictions; 1 where a step is worth a step
    intercept: float  # score that the regression expects where the prediction is 0
    concordance: float  # Lin's concordance correlation: 1 only where every prediction is the score
    mse_recalibrated: float  # after a line fitted to the other folds' images
    mse_of_mean: float  # of the other folds' mean score as the only prediction
    n_folds: int
    noise: float  # mean p(1−p)/(n−1): the MSE of the true scores; missing but for rates of known n
    spread_predictions: float  # standard deviations over images, n − 1
    spread_scores: float
    spread_true: float  # of the scores without their noise; missing where noise explains it all
    spread_ratio: float  # predictions over scores
    spread_ratio_true: float  # predictions over scores without noise
    floor: float  # lowest prediction
    top: float  # highest prediction
    share_below: float  # of the images, those with a score below the floor
    share_above: float  # with a score above the top

    @property
    def share_outside(self) -> float:
        """Share of the images whose score is none that the model ever predicts."""
        return self.share_below + self.share_above

    def to_dict(self) -> dict[str, Any]:
        """Every number by name."""
        return asdict(self) | {"share_outside": self.share_outside}

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each number."""
        return pd.DataFrame([self.to_dict()])


def calibrate(images: ScoredImages, *, n_folds: int = 10, rng: np.random.Generator) -> Calibration:
    """Hold predictions against scores as values.

    Whether the raw errors (bias, MSE, MAE) mean something is said by
    :func:`analysis.comparison.raw_errors.raw_error_statement`.

    Parameters
    ----------
    images
        See :func:`analysis.comparison.scored_images.match_scores`.
    n_folds, rng
        Of the recalibration: the images are divided at random, and a line fitted to all other
        folds recalibrates those of one. At most as many folds as images.

    Raises
    ------
    AnalysisError
        If there are fewer than two folds.
    """
    predicted, scores = images.predictions, images.scores
    error = predicted - scores
    slope, intercept = regression(predicted, scores)
    recalibrated, of_mean, n_folds = _cross_validated(predicted, scores, n_folds, rng)
    noise = float(images.noise.mean())  # missing if one image's is
    spread, spread_scores = float(predicted.std(ddof=1)), float(scores.std(ddof=1))
    true = spread_scores**2 - noise
    spread_true = float(np.sqrt(true)) if true > 0 else float("nan")
    floor, top = float(predicted.min()), float(predicted.max())
    return Calibration(
        model=images.model,
        score=images.score,
        n_images=len(scores),
        bias=float(error.mean()),
        mse=float((error**2).mean()),
        mae=float(np.abs(error).mean()),
        slope=slope,
        intercept=intercept,
        concordance=concordance(predicted, scores),
        mse_recalibrated=recalibrated,
        mse_of_mean=of_mean,
        n_folds=n_folds,
        noise=noise,
        spread_predictions=spread,
        spread_scores=spread_scores,
        spread_true=spread_true,
        spread_ratio=spread / spread_scores if spread_scores > 0 else float("nan"),
        spread_ratio_true=spread / spread_true,
        floor=floor,
        top=top,
        share_below=float((scores < floor).mean()),
        share_above=float((scores > top).mean()),
    )


def regression(predicted: Floats, scores: Floats) -> tuple[float, float]:
    """Slope and intercept of the regression of scores on predictions (least squares).

    Missing where the predictions never differ.
    """
    if np.ptp(predicted) == 0:
        return float("nan"), float("nan")
    centred = predicted - predicted.mean()
    slope = float(centred @ scores / (centred @ centred))
    return slope, float(scores.mean() - slope * predicted.mean())


def concordance(predicted: Floats, scores: Floats) -> float:
    """Lin's concordance correlation coefficient (1989), with variances over n as he has them.

    2·cov / (var + var + (mean − mean)²); missing where neither ever differs and both are equal.
    """
    deviation, other = predicted - predicted.mean(), scores - scores.mean()
    shift = float(predicted.mean() - scores.mean())
    whole = float((deviation**2).mean() + (other**2).mean() + shift**2)
    return float(2 * (deviation * other).mean() / whole) if whole > 0 else float("nan")


def _cross_validated(
    predicted: Floats, scores: Floats, n_folds: int, rng: np.random.Generator
) -> tuple[float, float, int]:
    """MSE of recalibrated predictions, and of the mean score, by folds; and the folds."""
    if n_folds < 2:
        raise AnalysisError(f"n_folds is {n_folds}; a recalibration needs at least 2 folds")
    n_folds = min(n_folds, len(scores))
    fold = rng.permutation(len(scores)) % n_folds
    line, mean = np.empty_like(scores), np.empty_like(scores)
    for k in range(n_folds):
        one, others = fold == k, fold != k
        mean[one] = scores[others].mean()
        slope, intercept = regression(predicted[others], scores[others])
        line[one] = mean[one] if np.isnan(slope) else intercept + slope * predicted[one]
    return float(((line - scores) ** 2).mean()), float(((mean - scores) ** 2).mean()), n_folds
