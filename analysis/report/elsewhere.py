"""What a report is told beside its dataset and the predictions, and what follows from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.comparison.scores_alone import ScoreComparison, compare_scores
from analysis.comparison.transfer import Transfer, transfer_table
from analysis.comparison.two_scales import Comparison, compare
from analysis.comparison.verdict import called
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.importers.predictions import by_model, match_predictions
from analysis.report.progress import Progress, told
from analysis.training_images.overlap import Overlap, TrainingImages, find_overlap


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Lists of training images, and other data sets that the models are tested on, too."""

    training: Mapping[str, TrainingImages] = field(default_factory=dict)  # by model
    datasets: Sequence[Dataset] = ()
    predictions: pd.DataFrame | None = None  # as given, with the images of the other data sets
    trained_on: Mapping[str, str] = field(default_factory=dict)  # data sets in words, by model


def has_scores_alone(dataset: Dataset) -> bool:
    """Whether there are neither people nor counts, and so no halves."""
    return dataset.trials is None and dataset.image_counts is None


def known_models(predictions: pd.DataFrame | None) -> dict[str, "pd.Series[float]"]:
    """Each model's predictions by image_id, in the order of the table."""
    return {} if predictions is None else by_model(predictions)


def find_overlaps(
    dataset: Dataset, models: Sequence[str], training: Mapping[str, TrainingImages]
) -> dict[str, Overlap]:
    """Which images each model was trained on, for those models that there is a list of."""
    return {
        model: find_overlap(dataset, model, training[model])
        for model in models
        if model in training
    }


def gather_transfer(
    dataset: Dataset,
    found: Sequence[Comparison | ScoreComparison],
    score: str,
    elsewhere: Elsewhere,
    *,
    n_splits: int,
    seed: int,
    progress: Progress,
) -> tuple[Transfer | None, list[str]]:
    """The table of all models on all data sets, and what it lacks.

    Parameters
    ----------
    dataset, found
        The report's own, and its comparisons.
    score, n_splits, seed
        As in :func:`analysis.comparison.two_scales.compare`, without intervals.
    """
    if not elsewhere.datasets:
        return None, []
    results, problems, names = list(found), [], [dataset.name]
    for k, other in enumerate(elsewhere.datasets):
        name = other.name if other.name not in names else f"{other.name} ({len(names) + 1})"
        names.append(name)
        models = predictions_of(other, elsewhere.predictions)
        if not models:
            problems.append(f"There are no predictions of the images of {name}.")
        overlaps = find_overlaps(other, list(models), elsewhere.training)
        for model, values in models.items():
            progress(f"{model} on {name}")
            rng = np.random.default_rng([seed, 29, k])
            overlap = overlaps.get(model)
            try:
                result: Comparison | ScoreComparison
                if has_scores_alone(other):
                    result = compare_scores(
                        other, values, model, score, n_permutations=1, overlap=overlap, rng=rng
                    )
                else:
                    result = compare(
                        other,
                        values,
                        model,
                        score,
                        n_splits=n_splits,
                        n_bootstrap=0,
                        overlap=overlap,
                        rng=rng,
                    )
                results.append(replace(result, dataset=name))
            except AnalysisError as error:
                why = told(error, other)
                problems.append(f"{called(model)} cannot be compared on {name}: {why}.")
    if not results:
        return None, problems
    return transfer_table(results, elsewhere.trained_on), problems


def predictions_of(dataset: Dataset, given: pd.DataFrame | None) -> dict[str, "pd.Series[float]"]:
    """Predictions of another data set: its own, and the given ones of models that it has not."""
    found = {}
    if given is not None:
        found = known_models(match_predictions(given, dataset.images).table)
    if dataset.predictions is not None:
        found |= known_models(match_predictions(dataset.predictions, dataset.images).table)
    return {model: values for model, values in found.items() if len(values)}
