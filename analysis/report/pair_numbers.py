"""Every pair of models, by the paired differences and by closed forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.comparison.dependent_correlations import DependentCorrelations, dependent_correlations
from analysis.comparison.paired_models import PairedDifference, compare_models
from analysis.comparison.scored_images import match_scores
from analysis.comparison.verdict import called
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.report.elsewhere import has_scores_alone
from analysis.report.progress import told
from analysis.splits.pairs import correlation

Predictions = Mapping[str, "pd.Series[float]"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models on the same images."""

    model_1: str
    model_2: str
    difference: PairedDifference | None  # None where there are scores alone
    tests: DependentCorrelations | None  # of both models with everybody; None if not defined


def gather_pairs(
    dataset: Dataset, predictions: Predictions, score: str, *, n_splits: int, seed: int
) -> tuple[tuple[Pair, ...], list[str]]:
    """Every pair of the models, and the pairs that could not be compared, with the reason."""
    if len(predictions) < 2:
        return (), []
    if has_scores_alone(dataset):
        return pairs_of_scores(dataset, predictions, score), []
    problems = []
    try:
        found = list(differences(dataset, predictions, score, n_splits, seed))
    except AnalysisError:  # of one pair; the others are told all the same
        found = []
        for one, other in combinations(predictions, 2):
            two = {one: predictions[one], other: predictions[other]}
            try:
                found += differences(dataset, two, score, n_splits, seed)
            except AnalysisError as error:
                why = told(error, dataset)
                problems.append(
                    f"{called(one)} and {called(other)} cannot be compared with each other: {why}."
                )
    return tuple(Pair(d.model_1, d.model_2, d, closed_forms(d)) for d in found), problems


def differences(
    dataset: Dataset, predictions: Predictions, score: str, n_splits: int, seed: int
) -> tuple[PairedDifference, ...]:
    """The paired differences of these models."""
    rng = np.random.default_rng([seed, 25])
    return compare_models(dataset, predictions, score, n_splits=n_splits, rng=rng)


def closed_forms(pair: PairedDifference) -> DependentCorrelations | None:
    """The tests of both correlations with everybody's scores."""
    return tests_of(pair.corr_all_1, pair.corr_all_2, pair.corr_models, pair.n_images)


def tests_of(r1: float, r2: float, r3: float, n: int) -> DependentCorrelations | None:
    """The closed forms of rank correlations; None where they are not defined."""
    try:
        if not np.isfinite([r1, r2, r3]).all():
            return None
        return dependent_correlations(r1, r2, r3, n, method="spearman")
    except AnalysisError:  # fewer than four images
        return None


def pairs_of_scores(dataset: Dataset, predictions: Predictions, score: str) -> tuple[Pair, ...]:
    """Pairs on scores that came alone: the closed forms are all that there is."""
    matched = {name: match_scores(dataset, v, name, score) for name, v in predictions.items()}
    pairs = []
    for one, other in combinations(matched, 2):
        frame = matched[one].to_frame()
        frame["other"] = matched[other].to_frame()["prediction"]
        both = frame.dropna(subset=["prediction", "other"])
        first, second, scores = (both[name].to_numpy() for name in ("prediction", "other", "score"))
        tests = None
        if len(both):
            r1, r2 = (correlation(mine, scores, "spearman") for mine in (first, second))
            tests = tests_of(r1, r2, correlation(first, second, "spearman"), len(both))
        pairs.append(Pair(one, other, None, tests))
    return tuple(pairs)
