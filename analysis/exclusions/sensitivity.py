"""What the exclusions do to the main results: the same table under each rule, all and none."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.two_scales import compare
from analysis.consistency.split_half import split_half
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.exclusions.finding import find_exclusions, with_exclusions
from analysis.exclusions.rules import Rule
from analysis.scores.responses import select_trials
from analysis.scores.scoring import image_scores, rate_correlation

NONE, OWN, ALL = "none", "the dataset's own", "all together"


def sensitivity(
    dataset: Dataset,
    rules: Mapping[str, Sequence[Rule]],
    *,
    predictions: "Mapping[str, pd.Series[float]] | None" = None,
    score: str = "hit_rate",
    role: str = "target",
    n_splits: int = 1000,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The main results without exclusions, with the dataset's own, under each rule and under all.

    Parameters
    ----------
    dataset
        With trials.
    rules
        By name, such as :data:`analysis.exclusions.rules.PUBLISHED`.
    predictions
        By model, its prediction by image_id.
    score, role, n_splits
        Of the consistency and the comparison; see
        :func:`analysis.consistency.split_half.split_half`.
    rng
        The only source of chance; every row begins at the same state.

    Returns
    -------
    Rows ``none``, ``the dataset's own``, one for each name, and ``all together`` (the dataset's own
    too). Columns: exclusions (the row's name), n_exclusions (rows of the table), n_participants and
    n_trials that count, n_left_out (participants of whom nothing counts any more), mean_hit_rate
    and mean_false_alarm_rate over images, rate_correlation, rho, reliability, n_images behind rho,
    for each model corr_half_MODEL and corr_all_MODEL, and problem: why a number is missing.
    """
    own = dataset.exclusions
    found = {name: find_exclusions(dataset, list(some)) for name, some in rules.items()}
    nothing = find_exclusions(dataset, [])
    everything = pd.concat([nothing, *found.values()], ignore_index=True)
    under = {
        NONE: with_exclusions(dataset, nothing, keep_own=False),
        OWN: with_exclusions(dataset, nothing if own is None else own, keep_own=False),
        **{name: with_exclusions(dataset, some, keep_own=False) for name, some in found.items()},
        ALL: with_exclusions(dataset, everything),
    }
    seed = int(rng.integers(2**63))
    of_nobody = _results(under[NONE], predictions or {}, score, role, n_splits, seed)
    n_all = of_nobody["n_participants"]
    rows = []
    for name, one in under.items():
        n_exclusions = len(_table(one))
        results = of_nobody  # the same trials and the same state give the same numbers
        if n_exclusions:
            results = _results(one, predictions or {}, score, role, n_splits, seed)
        rows.append({"exclusions": name, "n_exclusions": n_exclusions, **results})
    table = pd.DataFrame(rows)
    place = table.columns.get_loc("n_participants")
    table.insert(int(str(place)) + 1, "n_left_out", n_all - table["n_participants"])
    return table


def _table(dataset: Dataset) -> pd.DataFrame:
    return pd.DataFrame() if dataset.exclusions is None else dataset.exclusions


def _results(
    dataset: Dataset,
    predictions: "Mapping[str, pd.Series[float]]",
    score: str,
    role: str,
    n_splits: int,
    seed: int,
) -> dict[str, Any]:
    """One row's numbers."""
    trials = select_trials(dataset, role=role).trials
    scores = image_scores(dataset, role=role)
    row: dict[str, Any] = {
        "n_participants": trials["participant_id"].nunique(),
        "n_trials": len(trials),
        "mean_hit_rate": float(scores["hit_rate"].mean()),
        "mean_false_alarm_rate": float(scores["false_alarm_rate"].mean()),
        "rate_correlation": rate_correlation(scores),
        "rho": np.nan,
        "reliability": np.nan,
        "n_images": 0,
    }
    problems = []
    options: dict[str, Any] = {"n_splits": n_splits, "n_bootstrap": 0, "role": role}
    try:
        half = split_half(dataset, score, rng=np.random.default_rng(seed), **options)
        row |= {"rho": half.rho, "reliability": half.reliability, "n_images": half.n_images}
    except AnalysisError as error:
        problems.append(str(error))
    for model, values in predictions.items():
        half_name, all_name = f"corr_half_{model}", f"corr_all_{model}"
        row |= {half_name: np.nan, all_name: np.nan}
        try:
            rng = np.random.default_rng(seed)
            result = compare(dataset, values, model, score, rng=rng, **options)
            row |= {half_name: result.corr_half, all_name: result.corr_all}
        except AnalysisError as error:
            problems.append(str(error))
    return {**row, "problem": "; ".join(dict.fromkeys(problems)) or None}
