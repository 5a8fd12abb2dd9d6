"""Every number of the report that is about models, beyond both scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.comparison.calibration import Calibration, calibrate
from analysis.comparison.cutoffs import cutoff_errors
from analysis.comparison.error_curves import ErrorCurves, error_curves
from analysis.comparison.groups import Groups
from analysis.comparison.permutation import (
    PermutationTest,
    permutation_test_all,
    permutation_test_half,
)
from analysis.comparison.raw_errors import are_in_one_unit, raw_error_statement
from analysis.comparison.scored_images import match_scores
from analysis.comparison.scores_alone import ScoreComparison, compare_scores
from analysis.comparison.transfer import Transfer
from analysis.comparison.two_scales import Comparison, compare
from analysis.comparison.verdict import called
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.report.elsewhere import Elsewhere, gather_transfer, has_scores_alone
from analysis.report.group_numbers import gather_groups
from analysis.report.pair_numbers import Pair, gather_pairs
from analysis.report.progress import Progress, told
from analysis.training_images.overlap import Overlap

MANY_IMAGES = 5_000  # with more, fewer permutations and splits: they tell as much, and take long
PERMUTATIONS, FEWER_PERMUTATIONS = 9_999, 999
MOST_SPLITS, FEWER_SPLITS = 1_000, 100


@dataclass(frozen=True, slots=True)
class OneModel:
    """What one model's predictions come to beyond both scales."""

    model: str
    raw_errors: str  # whether they mean something here, in sentences
    in_one_unit: bool  # predictions and scores; if not, no raw error is told
    on_half: PermutationTest | None = None  # of corr_half; None without halves
    on_all: PermutationTest | None = None  # of corr_all
    calibration: Calibration | None = None
    cutoffs: pd.DataFrame | None = None  # see analysis.comparison.cutoffs
    curves: ErrorCurves | None = None  # None without halves
    overlap: Overlap | None = None  # with the images it was trained on; None without a list
    on_new: Comparison | ScoreComparison | None = None  # without those images, if there are any


@dataclass(frozen=True, slots=True)
class ModelNumbers:
    """What follows from predictions; a part is None or empty where the data do not have it."""

    models: tuple[OneModel, ...] = ()
    scores_alone: tuple[ScoreComparison, ...] = ()  # instead of comparisons, without halves
    pairs: tuple[Pair, ...] = ()
    groups: tuple[Groups, ...] = ()  # by category and other attributes
    not_grouped: tuple[str, ...] = ()  # attributes that make no groups here, and why
    transfer: Transfer | None = None  # on other data sets, too
    problems: tuple[str, ...] = ()  # what could not be computed, and why

    def of(self, model: str) -> OneModel | None:
        """One model's numbers."""
        return next((one for one in self.models if one.model == model), None)


def gather_models(
    dataset: Dataset,
    predictions: Mapping[str, "pd.Series[float]"],
    score: str,
    *,
    comparisons: Sequence[Comparison] = (),
    overlaps: Mapping[str, Overlap] | None = None,
    elsewhere: Elsewhere | None = None,
    n_splits: int,
    seed: int,
    progress: Progress,
) -> ModelNumbers:
    """Compute everything about models; the same seed gives the same numbers.

    Parameters
    ----------
    predictions
        Each model's predictions by image_id; may be empty.
    comparisons, overlaps
        The models on both scales; the images they were trained on, for models with a list.
    elsewhere
        Other data sets to test the models on.
    """
    elsewhere, overlaps = elsewhere or Elsewhere(), overlaps or {}
    if not predictions:
        return ModelNumbers()
    problems: list[str] = []
    alone: dict[str, ScoreComparison] = {}
    if has_scores_alone(dataset):
        for model, values in predictions.items():
            progress(f"comparison with {model}")
            try:
                alone[model] = compare_scores(
                    dataset,
                    values,
                    model,
                    score,
                    n_permutations=enough(len(values))[0],
                    overlap=overlaps.get(model),
                    rng=np.random.default_rng([seed, 20]),
                )
            except AnalysisError as error:
                problems.append(f"{called(model)} cannot be compared: {told(error, dataset)}.")
    compared = {name: predictions[name] for name in (*alone, *(c.model for c in comparisons))}
    models = []
    for model, values in compared.items():
        progress(f"errors of {model}")
        own = (alone.get(model), overlaps.get(model))
        one, unknown = gather_one(dataset, values, model, score, *own, n_splits, seed)
        models.append(one)
        problems += unknown
    progress("pairs of models")
    fewer = min(n_splits, enough(len(dataset.images))[1])
    pairs, unknown = gather_pairs(dataset, compared, score, n_splits=fewer, seed=seed)
    problems += unknown
    groups, not_grouped = gather_groups(
        dataset,
        {} if alone else compared,
        score,
        n_splits=min(fewer, 200),
        seed=seed,
        progress=progress,
    )
    found: list[Comparison | ScoreComparison] = [*comparisons, *alone.values()]
    transfer, unknown = gather_transfer(
        dataset, found, score, elsewhere, n_splits=n_splits, seed=seed, progress=progress
    )
    return ModelNumbers(
        models=tuple(models),
        scores_alone=tuple(alone.values()),
        pairs=pairs,
        groups=groups,
        not_grouped=not_grouped,
        transfer=transfer,
        problems=(*problems, *unknown),
    )


def enough(n_images: int) -> tuple[int, int]:
    """Permutations of a test, and at most how many splits of errors, pairs and groups."""
    if n_images > MANY_IMAGES:
        return FEWER_PERMUTATIONS, FEWER_SPLITS
    return PERMUTATIONS, MOST_SPLITS


def gather_one(
    dataset: Dataset,
    values: "pd.Series[float]",
    model: str,
    score: str,
    alone: ScoreComparison | None,
    overlap: Overlap | None,
    n_splits: int,
    seed: int,
) -> tuple[OneModel, list[str]]:
    """One model that could be compared, and what of it could not be computed."""
    images = match_scores(dataset, values, model, score)
    n_permutations, most_splits = enough(len(images.scores))
    fewer = min(n_splits, most_splits)
    in_one_unit = are_in_one_unit(model, score, images.predictions)
    paradigm = dataset.meta.get("paradigm")
    half = curves = None
    if alone is None:
        half = permutation_test_half(
            dataset,
            values,
            model,
            score,
            n_splits=fewer,
            n_permutations=n_permutations,
            rng=np.random.default_rng([seed, 21]),
        )
        on_all = permutation_test_all(
            images, n_permutations=n_permutations, rng=np.random.default_rng([seed, 22])
        )
        calibration = calibrate(images, rng=np.random.default_rng([seed, 23]))
        if in_one_unit:
            rng = np.random.default_rng([seed, 24])
            curves = error_curves(dataset, values, model, score, n_splits=fewer, rng=rng)
    else:
        on_all, calibration = alone.permutation, alone.calibration
    on_new: Comparison | ScoreComparison | None = None
    problems = []
    if overlap is not None and overlap.n_seen(images.image_ids):
        new, rng = overlap.without(values), np.random.default_rng([seed, 1])
        try:
            if alone is None:
                on_new = compare(
                    dataset, new, model, score, n_splits=n_splits, overlap=overlap, rng=rng
                )
            else:
                on_new = compare_scores(
                    dataset,
                    new,
                    model,
                    score,
                    n_permutations=n_permutations,
                    overlap=overlap,
                    rng=rng,
                )
        except AnalysisError as error:
            why = told(error, dataset)
            problems.append(
                f"{called(model)} cannot be compared on images that it has not seen: {why}."
            )
    known_game = paradigm if isinstance(paradigm, dict) else None
    one = OneModel(
        model=model,
        raw_errors=raw_error_statement(model, score, known_game),
        in_one_unit=in_one_unit,
        on_half=half,
        on_all=on_all,
        calibration=calibration,
        cutoffs=cutoff_errors(images) if in_one_unit else None,
        curves=curves,
        overlap=overlap,
        on_new=on_new,
    )
    return one, problems
