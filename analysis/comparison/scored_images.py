"""A model's predictions and everybody's scores, brought together image by image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.scoring import image_scores
from analysis.splits.pairs import FEWEST_IMAGES
from analysis.splits.places import Floats

RATES = ("hit_rate", "false_alarm_rate")  # shares of responses, so that their chance is binomial


@dataclass(frozen=True, slots=True)
class ScoredImages:
    """Predictions and everybody's scores of the same images, sorted by image_id."""

    model: str
    score: str
    image_ids: pd.Index
    predictions: Floats
    scores: Floats
    n_responses: Floats  # behind each score; missing where unknown
    n_without_prediction: int  # images with a score that the model has no prediction of

    @property
    def noise(self) -> Floats:
        """Variance of each score by chance, p(1−p)/(n−1); missing but for rates of known n."""
        if self.score not in RATES:
            return np.full(len(self.scores), np.nan)
        p, n = self.scores, np.where(self.n_responses > 1, self.n_responses, np.nan)
        return np.asarray(np.where((p >= 0) & (p <= 1), p * (1 - p) / (n - 1), np.nan))

    def to_frame(self) -> pd.DataFrame:
        """One row for each image: prediction, score, n_responses."""
        columns = {
            "prediction": self.predictions,
            "score": self.scores,
            "n_responses": self.n_responses,
        }
        return pd.DataFrame(columns, index=self.image_ids)

    def take(self, chosen: "np.ndarray[Any, Any]") -> "ScoredImages":
        """Some of the images, by a mask or by places."""
        return ScoredImages(
            self.model,
            self.score,
            self.image_ids[chosen],
            self.predictions[chosen],
            self.scores[chosen],
            self.n_responses[chosen],
            self.n_without_prediction,
        )


def known_predictions(predictions: "pd.Series[float]", model: str) -> "pd.Series[float]":
    """The predictions that are not missing.

    Raises
    ------
    AnalysisError
        If an image has two.
    """
    known = predictions.dropna()
    twice = known.index[known.index.duplicated()]
    if len(twice):
        raise AnalysisError(
            f"model {model}: image {twice[0]!r} has two predictions; give each image one"
        )
    return known


def match_scores(
    dataset: Dataset,
    predictions: "pd.Series[float]",
    model: str,
    score: str = "hit_rate",
    *,
    role: str = "target",
) -> ScoredImages:
    """Bring a model's predictions and everybody's scores of the same images together.

    Images that are known to have fewer than two responses are left out, as they are in splits.

    Parameters
    ----------
    dataset, score, role
        Anything with scores; a column of :func:`analysis.scores.scoring.image_scores`, or a score
        of the table image_scores; whose showings count.
    predictions, model
        By image_id; missing ones are left out and counted. The model's name.

    Raises
    ------
    AnalysisError
        If there is no such score, an image has two predictions, or fewer than three images are
        left.
    """
    known = known_predictions(predictions, model)
    table = image_scores(dataset, role=role)
    if score not in table or table[score].notna().sum() == 0:
        there = [
            str(name)
            for name in table.columns
            if table[name].notna().any() and not str(name).endswith(("_low", "_high"))
        ]
        raise AnalysisError(
            f"{dataset.path}: no image has a {score}; there is: {', '.join(there) or 'no score'}"
        )
    counts = _responses(dataset, table, score)
    alarms = table["firsts"].astype("Float64").astype(float)
    few = counts < 2
    if score in ("corrected_recognition", "d_prime", "criterion"):
        few |= alarms < 2
    kept = table.index[table[score].notna() & ~few].sort_values()
    both = kept[kept.isin(known.index)]
    if len(both) < FEWEST_IMAGES:
        raise AnalysisError(
            f"model {model} has predictions of {len(both)} of the {len(kept)} images with a "
            f"{score}; a comparison needs at least {FEWEST_IMAGES}"
        )
    return ScoredImages(
        model=model,
        score=score,
        image_ids=both,
        predictions=np.asarray(known.loc[both], dtype=np.float64),
        scores=np.asarray(table.loc[both, score], dtype=np.float64),
        n_responses=np.asarray(counts.loc[both], dtype=np.float64),
        n_without_prediction=len(kept) - len(both),
    )


def _responses(dataset: Dataset, table: pd.DataFrame, score: str) -> "pd.Series[float]":
    """How many responses are behind each image's score; missing where unknown."""
    given = dataset.image_scores
    if dataset.trials is None and dataset.image_counts is None and given is not None:
        rows = given[given["score"] == score].set_index("image_id")
        counts = rows["n"] if "n" in rows else pd.Series(pd.NA, index=rows.index, dtype="Int64")
        counts = counts.reindex(table.index)
    else:
        counts = table["firsts" if score == "false_alarm_rate" else "repeats"]
    return counts.astype("Float64").astype(float)
