"""Scores per image and per participant, each with its counts and its interval.

A score with no valid trial behind it is missing, never 0. Source of the interval of corrected
recognition from counts: Newcombe 1998, Statistics in Medicine 17:873, method 10.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.rates import difference, ratio, signal_detection, wilson
from analysis.responses import Responses, select_trials, to_responses

Array = np.ndarray[Any, np.dtype[np.float64]]

COUNTS = ("hits", "repeats", "false_alarms", "firsts")
BLOCK = 2_000_000  # numbers of one bootstrap block


def image_scores(
    dataset: Dataset,
    *,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Score every image of the dataset.

    Parameters
    ----------
    dataset
        With trials; else with image_counts; else with image_scores, which are taken as they are.
    role
        Whose showings count: target, filler or vigilance; for count tables the group's name.
    include_interrupted, include_excluded
        Take in what is left out otherwise; see :func:`analysis.responses.select_trials`.
    level, n_bootstrap, rng
        Of the intervals. With an rng and trials, corrected recognition, d′ and criterion get
        percentile intervals from resampled participants; without, corrected recognition gets
        Newcombe's hybrid score interval and the other two are missing.

    Returns
    -------
    Indexed by image_id, a row for every image of the table ``images`` in its order: hits, repeats,
    hit_rate, hit_rate_low, hit_rate_high, false_alarms, firsts, false_alarm_rate, …_low, …_high,
    corrected_recognition, …_low, …_high, d_prime, …_low, …_high, criterion, …_low, …_high,
    rt_ms_mean and rt_ms_median of the hits. Rates have Wilson intervals.
    """
    images = pd.Index(dataset.images["image_id"], name="image_id")
    if dataset.trials is not None:
        selection = select_trials(
            dataset,
            role=role,
            include_interrupted=include_interrupted,
            include_excluded=include_excluded,
        )
        return _score(
            selection.trials, "image_id", "participant_id", images, level, n_bootstrap, rng
        )
    if dataset.image_counts is not None:
        scores = score_counts(group_counts(dataset, role).reindex(images), level=level)
        return scores.assign(rt_ms_mean=np.nan, rt_ms_median=np.nan)
    if dataset.image_scores is not None:
        return _given_scores(dataset.image_scores, images)
    raise AnalysisError(
        f"{dataset.path}: has neither trials nor image_counts nor image_scores to score images by"
    )


def participant_scores(
    dataset: Dataset,
    *,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Score every participant from their own trials.

    The columns are those of :func:`image_scores`, the index is participant_id; corrected
    recognition has Newcombe's interval, d′ and criterion have none.

    Raises
    ------
    AnalysisError
        If the dataset has no trials.
    """
    selection = select_trials(
        dataset,
        role=role,
        include_interrupted=include_interrupted,
        include_excluded=include_excluded,
    )
    people = pd.Index(sorted(selection.trials["participant_id"].unique()), name="participant_id")
    return _score(selection.trials, "participant_id", "image_id", people, level, 0, None)


def group_counts(dataset: Dataset, group: str) -> pd.DataFrame:
    """The counts of one group of the table image_counts, by image_id, as floats.

    Raises
    ------
    AnalysisError
        If there is no such group.
    """
    table = dataset.image_counts
    if table is None:
        raise AnalysisError(f"{dataset.path}: has no table image_counts")
    chosen = table[table["group"] == group]
    if chosen.empty:
        groups = ", ".join(sorted(table["group"].dropna().unique()))
        raise AnalysisError(f"image_counts has no group {group!r}; it has {groups}")
    return chosen.set_index("image_id")[list(COUNTS)].astype("Float64").astype(float)


def score_counts(counts: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Scores and intervals from hits, repeats, false_alarms and firsts, one row each.

    Corrected recognition gets Newcombe's hybrid score interval for a difference of two rates; d′
    and criterion, log-linear (0.5 is added to hits and false alarms, 1 to the trials), get none.
    """
    hits, repeats, alarms, firsts = (counts[name].to_numpy(dtype=float) for name in COUNTS)
    hit_rate, alarm_rate = ratio(hits, repeats), ratio(alarms, firsts)
    hit_low, hit_high = wilson(hits, repeats, level)
    alarm_low, alarm_high = wilson(alarms, firsts, level)
    corrected = difference(hits, repeats, alarms, firsts)
    below = np.hypot(hit_rate - hit_low, alarm_high - alarm_rate)
    above = np.hypot(hit_high - hit_rate, alarm_rate - alarm_low)
    d_prime, criterion = signal_detection(hits, repeats, alarms, firsts)
    missing = np.full(len(counts), np.nan)
    columns = {
        "hits": hits,
        "repeats": repeats,
        "hit_rate": hit_rate,
        "hit_rate_low": hit_low,
        "hit_rate_high": hit_high,
        "false_alarms": alarms,
        "firsts": firsts,
        "false_alarm_rate": alarm_rate,
        "false_alarm_rate_low": alarm_low,
        "false_alarm_rate_high": alarm_high,
        "corrected_recognition": corrected,
        "corrected_recognition_low": corrected - below,
        "corrected_recognition_high": corrected + above,
        "d_prime": d_prime,
        "d_prime_low": missing,
        "d_prime_high": missing,
        "criterion": criterion,
        "criterion_low": missing,
        "criterion_high": missing,
    }
    scores = pd.DataFrame(columns, index=counts.index)
    scores[list(COUNTS)] = scores[list(COUNTS)].astype("Int64")
    return scores


def rate_correlation(scores: pd.DataFrame) -> float:
    """Spearman correlation of hit rate with false-alarm rate over images.

    Where it is high, hit rates measure a readiness to press as much as memory. Missing if fewer
    than three images have both rates, or one of them never differs.
    """
    both = scores[["hit_rate", "false_alarm_rate"]].dropna()
    if len(both) < 3 or (both.nunique() < 2).any():
        return float("nan")
    return float(stats.spearmanr(both["hit_rate"], both["false_alarm_rate"]).statistic)


def _score(
    trials: pd.DataFrame,
    unit: str,
    other: str,
    index: pd.Index,
    level: float,
    n_bootstrap: int,
    rng: np.random.Generator | None,
) -> pd.DataFrame:
    """Scores of every unit (image or participant) from the responses of or to the other."""
    responses = to_responses(trials, rows=other, columns=unit, column_ids=index)
    counts = responses.counts().astype(float)
    scores = score_counts(counts, level=level)
    if rng is not None and n_bootstrap > 0 and len(responses.row_ids) > 1:
        for name, (low, high) in _bootstrap(responses, level, n_bootstrap, rng).items():
            scores[f"{name}_low"], scores[f"{name}_high"] = low, high
    hits = trials[trials["is_repeat"] & trials["responded"]].groupby(unit)["rt_ms"]
    scores["rt_ms_mean"] = hits.mean().reindex(index).to_numpy(dtype=float)
    scores["rt_ms_median"] = hits.median().reindex(index).to_numpy(dtype=float)
    return scores


def _bootstrap(
    responses: Responses, level: float, n_bootstrap: int, rng: np.random.Generator
) -> dict[str, tuple[Array, Array]]:
    """Percentile intervals from resampled rows, for every column: (low, high) by score."""
    n_rows, n_columns = responses.hits.shape
    drawn = rng.integers(n_rows, size=(n_bootstrap, n_rows))
    offsets = np.arange(n_bootstrap)[:, None] * n_rows
    weights = np.bincount((drawn + offsets).ravel(), minlength=n_bootstrap * n_rows)
    weights = weights.reshape(n_bootstrap, n_rows).T.astype(np.float64)  # rows × samples
    limits = [(1 - level) / 2, (1 + level) / 2]
    names = ("corrected_recognition", "d_prime", "criterion")
    low = {name: np.full(n_columns, np.nan) for name in names}
    high = {name: np.full(n_columns, np.nan) for name in names}
    matrices = [getattr(responses, name).T.tocsr().astype(np.float64) for name in COUNTS]
    size = max(1, BLOCK // n_bootstrap)
    for start in range(0, n_columns, size):
        block = slice(start, min(start + size, n_columns))
        hits, repeats, alarms, firsts = (matrix[block] @ weights for matrix in matrices)
        d_prime, criterion = signal_detection(hits, repeats, alarms, firsts)
        corrected = difference(hits, repeats, alarms, firsts)
        for name, values in zip(names, (corrected, d_prime, criterion), strict=True):
            # A sample may hold nobody who saw the image; the others still tell its spread.
            known = np.isfinite(values).any(axis=1)
            rows = np.arange(block.start, block.stop)[known]
            if len(rows):
                low[name][rows], high[name][rows] = np.nanquantile(values[known], limits, axis=1)
    return {name: (low[name], high[name]) for name in names}


def _given_scores(table: pd.DataFrame, images: pd.Index) -> pd.DataFrame:
    """Scores that came without counts: the values as given, all else missing."""
    scores = score_counts(pd.DataFrame(np.nan, index=images, columns=list(COUNTS)))
    for name, rows in table.groupby("score"):
        scores[str(name)] = rows.set_index("image_id")["value"].reindex(images)
    return scores.assign(rt_ms_mean=np.nan, rt_ms_median=np.nan)
