"""People in random halves on the images that every model predicts: both scales' common ground."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.consistency import FEWEST_IMAGES, to_source, to_splits
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.responses import Responses
from analysis.scored_images import known_predictions
from analysis.splits.halves import Splits
from analysis.splits.places import Floats


@dataclass(frozen=True, slots=True)
class ModelSplits:
    """What can be split, and the models' predictions of the same images."""

    source: Responses | pd.DataFrame  # people's responses to these images, or counts of them
    splits: Splits
    models: tuple[str, ...]
    predictions: Floats  # models × images, images as in splits.image_ids
    n_without_prediction: int  # images that can be split, but have not every model's prediction


def split_with_models(
    dataset: Dataset,
    predictions: Mapping[str, "pd.Series[float]"],
    score: str = "hit_rate",
    *,
    role: str = "target",
) -> ModelSplits:
    """Choose the images that can be split and that every model predicts.

    Splits of these images from the same seed are the same, whatever is computed from them.

    Parameters
    ----------
    dataset
        With trials or with image_counts.
    predictions
        By model, then by image_id; missing ones are left out and counted.
    score, role
        As in :func:`analysis.consistency.split_half`.

    Raises
    ------
    AnalysisError
        If there is no model, the dataset has scores alone, fewer than three images are left, or an
        image has two predictions.
    """
    if not predictions:
        raise AnalysisError("no model's predictions were given; a comparison needs at least one")
    alone = dataset.trials is None and dataset.image_counts is None
    if alone and dataset.image_scores is not None:
        raise AnalysisError(
            f"{dataset.path}: has neither trials nor image_counts, so no halves to compare a model "
            "with; compare_scores of analysis.score_comparison says what scores alone can tell"
        )
    known = {model: known_predictions(values, model) for model, values in predictions.items()}
    source = to_source(dataset, role)
    scored = to_splits(source, score).image_ids
    both = scored
    for values in known.values():
        both = both[both.isin(values.index)]
    if len(both) < FEWEST_IMAGES:
        who = f"model {next(iter(known))} has"
        if len(known) > 1:
            who = f"models {', '.join(known)} all have"
        raise AnalysisError(
            f"{who} predictions of {len(both)} of the {len(scored)} images that can be "
            f"split in halves; a comparison needs at least {FEWEST_IMAGES}"
        )
    chosen = source.loc[both] if isinstance(source, pd.DataFrame) else source.of_columns(both)
    splits = to_splits(chosen, score)
    mine = [np.asarray(v.reindex(splits.image_ids), dtype=np.float64) for v in known.values()]
    return ModelSplits(chosen, splits, tuple(known), np.stack(mine), len(scored) - len(both))
