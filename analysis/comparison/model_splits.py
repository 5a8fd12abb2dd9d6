"""People in random halves on the images that every model predicts: both scales' common ground."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.comparison.scored_images import known_predictions
from analysis.consistency.split_half import to_source, to_splits
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses
from analysis.splits.halves import Splits
from analysis.splits.pairs import FEWEST_IMAGES
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
        As in :func:`analysis.consistency.split_half.split_half`.

    Raises
    ------
    AnalysisError
        If there is no model, the dataset has scores alone, fewer than three images are left, or an
        image has two predictions.
    """
    if not predictions:
        raise AnalysisError("no model's predictions were given; a comparison needs at least one")
    source, scored, known = _splittable(dataset, predictions, score, role)
    return _of_common_images(source, scored, known, score)


def split_with_pairs(
    dataset: Dataset,
    predictions: Mapping[str, "pd.Series[float]"],
    score: str = "hit_rate",
    *,
    role: str = "target",
) -> list[tuple[ModelSplits, list[tuple[str, str]]]]:
    """Choose for every pair of models the images that both predict; parameters and errors as above.

    Pairs that have the same images are split together.
    """
    source, scored, known = _splittable(dataset, predictions, score, role)
    groups: dict[tuple[bool, ...], list[tuple[str, str]]] = {}
    for one, other in combinations(known, 2):
        common = scored.isin(known[one].index) & scored.isin(known[other].index)
        _refuse_few([one, other], int(common.sum()), len(scored))
        groups.setdefault(tuple(common), []).append((one, other))
    found = []
    for pairs in groups.values():
        names = [name for name in known if any(name in pair for pair in pairs)]
        some = {name: known[name] for name in names}
        found.append((_of_common_images(source, scored, some, score), pairs))
    return found


def _splittable(
    dataset: Dataset, predictions: Mapping[str, "pd.Series[float]"], score: str, role: str
) -> tuple[Responses | pd.DataFrame, pd.Index, dict[str, "pd.Series[float]"]]:
    """What can be split, its images, and what the models predict."""
    alone = dataset.trials is None and dataset.image_counts is None
    if alone and dataset.image_scores is not None:
        raise AnalysisError(
            f"{dataset.path}: has neither trials nor image_counts, so no halves to compare a model "
            "with; hitrate.compare_scores says what scores alone can tell"
        )
    known = {model: known_predictions(values, model) for model, values in predictions.items()}
    source = to_source(dataset, role)
    return source, to_splits(source, score).image_ids, known


def _of_common_images(
    source: Responses | pd.DataFrame,
    scored: pd.Index,
    known: Mapping[str, "pd.Series[float]"],
    score: str,
) -> ModelSplits:
    """The images that all of the models predict."""
    both = scored
    for values in known.values():
        both = both[both.isin(values.index)]
    _refuse_few(list(known), len(both), len(scored))
    chosen = source.loc[both] if isinstance(source, pd.DataFrame) else source.of_columns(both)
    splits = to_splits(chosen, score)
    mine = [np.asarray(v.reindex(splits.image_ids), dtype=np.float64) for v in known.values()]
    return ModelSplits(chosen, splits, tuple(known), np.stack(mine), len(scored) - len(both))


def _refuse_few(models: Sequence[str], n_images: int, n_scored: int) -> None:
    """Refuse fewer images than a correlation needs."""
    if n_images < FEWEST_IMAGES:
        who = (
            f"models {', '.join(models)} all have" if len(models) > 1 else f"model {models[0]} has"
        )
        raise AnalysisError(
            f"{who} predictions of {n_images} of the {n_scored} images that can be split in "
            f"halves; a comparison needs at least {FEWEST_IMAGES}"
        )
