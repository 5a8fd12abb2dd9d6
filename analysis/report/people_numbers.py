"""Every number of the report that is about people alone, beyond scores and their consistency."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from analysis.consistency.by_group import split_half_by
from analysis.consistency.chance import ChanceLine, chance_line
from analysis.consistency.curve import ConsistencyCurve, consistency_curve
from analysis.consistency.split_half import SplitHalf
from analysis.consistency.variance_components import VarianceComponents, variance_components
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.exclusions.finding import can_judge
from analysis.exclusions.rules import PUBLISHED, SIMPLE, Rule
from analysis.exclusions.sensitivity import sensitivity
from analysis.report.progress import Progress
from analysis.scores.categories import category_scores
from analysis.scores.lag_correction import ESTIMATORS, LagCorrection, lag_correction
from analysis.scores.lags import decay_curve, lag_pairs
from analysis.scores.memento_decay import MementoDecay, memento_decay
from analysis.scores.responses import (
    EarlyKeys,
    Presentation,
    count_early,
    count_presentation,
    select_trials,
)

MANY_IMAGES = 5_000  # beyond, fewer subsamples and splits do: their spread is small then
MANY_TRIALS = 300_000  # beyond, fewer permutations
TOO_MANY_TRIALS = 3_000_000  # beyond, neither permutations nor the table of the rules
BY = "category"
P = ParamSpec("P")
T = TypeVar("T")
RATES = ("hit_rate", "false_alarm_rate")


@dataclass(frozen=True, slots=True)
class PeopleNumbers:
    """What follows from the responses; a part is None or empty where the data do not have it."""

    sensitivity: pd.DataFrame | None = None  # the main results under each rule that can judge
    sensitivity_splits: int = 0  # splits behind each of its rows
    early: EarlyKeys | None = None  # of the trials that count
    presentation: Presentation | None = None  # of the trials that count
    decay: pd.DataFrame | None = None  # hit rate by lag
    lag_corrections: tuple[LagCorrection, ...] = ()  # one for each estimator of α, same T
    memento: MementoDecay | None = None  # with one slope for all images
    categories: pd.DataFrame | None = None  # index category
    curve: ConsistencyCurve | None = None  # of the report's score
    curve_samples: int = 0  # random subsamples behind each of its points
    chance: ChanceLine | None = None
    components: tuple[VarianceComponents, ...] = ()  # of the rates
    by_category: pd.DataFrame | None = None  # consistency within and between
    by_category_splits: int = 0
    problems: tuple[str, ...] = ()  # what could not be computed, and why


def gather_people(
    dataset: Dataset,
    score: str,
    *,
    predictions: "Mapping[str, pd.Series[float]]",
    split: SplitHalf | None,
    n_splits: int,
    seed: int,
    progress: Progress,
) -> PeopleNumbers:
    """Compute everything about people; the same seed gives the same numbers.

    Parameters
    ----------
    predictions
        By model, for the models' numbers under each exclusion rule.
    split
        The consistency of the report's score; None where it is not known, and then all that needs
        halves is left out too.
    """
    n_images = len(dataset.images)
    n_trials = 0 if dataset.trials is None else len(dataset.trials)
    few_splits = min(n_splits, 200 if n_images <= MANY_IMAGES else 20)

    def fresh(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    few_images = n_images <= MANY_IMAGES
    found: dict[str, Any] = {"sensitivity_splits": few_splits, "by_category_splits": few_splits}
    if dataset.trials is not None:
        progress("forgetting, variance of images and people")
        counting = select_trials(dataset).trials
        found["early"] = count_early(counting)
        found["presentation"] = count_presentation(counting)
        components = [known(variance_components, dataset, rate) for rate in RATES]
        found["components"] = tuple(one for one in components if one is not None)
        if lags_differ(dataset):
            found |= forgetting(dataset, fresh)
    if has_categories(dataset):
        progress("categories")
        found["categories"] = known(category_scores, dataset, by=BY, rng=fresh(23))
    if split is not None:
        progress("consistency by number of participants and by category")
        found["curve_samples"] = 50 if few_images else 5
        found["curve"] = known(
            consistency_curve,
            dataset,
            score,
            n_samples=found["curve_samples"],
            n_splits=n_splits if few_images else min(n_splits, 200),
            # The state that the report's consistency began with, so that both have the same splits.
            rng=fresh(1),
        )
        if has_categories(dataset):
            found["by_category"] = known(
                split_half_by, dataset, BY, score, n_splits=few_splits, rng=fresh(24)
            )
    if split is not None and 0 < n_trials <= TOO_MANY_TRIALS:
        progress("what exclusions change")
        found["sensitivity"] = known(
            sensitivity,
            dataset,
            judging_rules(dataset),
            predictions=predictions,
            score=score,
            n_splits=few_splits,
            rng=fresh(20),
        )
        progress("what chance gives")
        found["chance"] = known(
            chance_line,
            dataset,
            score,
            n_permutations=200 if n_trials <= MANY_TRIALS else 99,
            n_splits=100 if n_trials <= MANY_TRIALS else 20,
            rng=fresh(25),
        )
    return PeopleNumbers(**found)


def forgetting(dataset: Dataset, fresh: Callable[[int], np.random.Generator]) -> dict[str, Any]:
    """Hit rates by lag, and corrected for it."""
    corrections = [
        known(lag_correction, dataset, estimator=estimator, leave_out_immediate=True, rng=fresh(22))
        for estimator in ESTIMATORS
    ]
    return {
        "decay": known(decay_curve, dataset, rng=fresh(21)),
        "lag_corrections": tuple(one for one in corrections if one is not None),
        "memento": known(memento_decay, dataset, slope="common"),
    }


def known(compute: Callable[P, T], *args: P.args, **options: P.kwargs) -> T | None:
    """What is computed, or None where the data do not have what it needs."""
    try:
        return compute(*args, **options)
    except AnalysisError:
        return None


def judging_rules(dataset: Dataset) -> dict[str, tuple[Rule, ...]]:
    """The published and simple rules all of whose numbers this dataset has."""
    return {
        name: rules
        for name, rules in {**PUBLISHED, **SIMPLE}.items()
        if all(can_judge(dataset, rule) for rule in rules)
    }


def lags_differ(dataset: Dataset) -> bool:
    """Whether repeats came at two known lags or more."""
    pairs = None if dataset.trials is None else known(lambda: lag_pairs(dataset))
    return pairs is not None and len(pairs.table["t"].unique()) > 1


def has_categories(dataset: Dataset) -> bool:
    """Whether images have two categories or more, and not each its own."""
    if BY not in dataset.images:
        return False
    found = dataset.images[BY].dropna()
    return 1 < len(found.unique()) < len(found)
