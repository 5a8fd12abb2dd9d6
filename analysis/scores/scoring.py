"""Scores per image and per participant, each with its counts and its interval.

A score with no valid trial behind it is missing, never 0.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.rates import difference, newcombe, ratio, wilson
from analysis.scores.resampled import hit_times, resampled_intervals
from analysis.scores.responses import COUNTS, select_trials, to_responses
from analysis.scores.signal_detection import a_prime, memcat_score, signal_detection

Array = np.ndarray[Any, np.dtype[np.float64]]


def image_scores(
    dataset: Dataset,
    *,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
    correction: str = "log_linear",
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
        Take in what is left out otherwise; see :func:`analysis.scores.responses.select_trials`.
    correction
        Of the rates behind d′ and criterion: log_linear, or one_over_2n for the 1/(2N) rule; see
        :func:`analysis.scores.signal_detection.corrected_rate`.
    level, n_bootstrap, rng
        Of the intervals. Corrected recognition and MemCat's score have Newcombe's hybrid score
        interval. With an rng and trials, d′, criterion, A′ and reaction times have estimate ± t
        standard errors from resampled participants; without, their limits are missing.

    Returns
    -------
    Indexed by image_id, a row for every image of the table ``images`` in its order: hits, repeats,
    hit_rate, hit_rate_low, hit_rate_high, false_alarms, firsts, false_alarm_rate, …_low, …_high,
    and, each with …_low and …_high: corrected_recognition, d_prime, criterion, a_prime,
    memcat_score, (H − FA)/n, missing where repeats and firsts differ, rt_ms_mean and rt_ms_median
    of the hits; hits_with_rt. Rates have Wilson intervals.
    """
    images = pd.Index(dataset.images["image_id"], name="image_id")
    if dataset.trials is not None:
        selection = select_trials(
            dataset,
            role=role,
            include_interrupted=include_interrupted,
            include_excluded=include_excluded,
        )
        return score_trials(
            selection.trials,
            "image_id",
            "participant_id",
            images,
            level=level,
            correction=correction,
            n_bootstrap=n_bootstrap,
            rng=rng,
        )
    if dataset.image_counts is not None:
        counts = group_counts(dataset, role).reindex(images)
        return _with_times(score_counts(counts, level=level, correction=correction))
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
    correction: str = "log_linear",
    level: float = 0.95,
    n_bootstrap: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Score every participant from their own trials.

    The parameters and columns are those of :func:`image_scores`, the index is participant_id.
    There is only one participant behind each row, so that with an rng the images are resampled.

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
    return score_trials(
        selection.trials,
        "participant_id",
        "image_id",
        people,
        level=level,
        correction=correction,
        n_bootstrap=n_bootstrap,
        rng=rng,
    )


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


def score_counts(
    counts: pd.DataFrame, *, level: float = 0.95, correction: str = "log_linear"
) -> pd.DataFrame:
    """Scores and intervals from hits, repeats, false_alarms and firsts, one row each.

    Rates have Wilson intervals; corrected recognition, and with it MemCat's score, has Newcombe's
    hybrid score interval for a difference of two rates; the limits of all else are missing.
    """
    numbers = [counts[name].to_numpy(dtype=float) for name in COUNTS]
    hits, repeats, alarms, firsts = numbers
    missing = np.full(len(counts), np.nan)
    d_prime, criterion = signal_detection(hits, repeats, alarms, firsts, correction)
    memcat = memcat_score(hits, repeats, alarms, firsts)
    low, high = newcombe(hits, repeats, alarms, firsts, level)
    absent = np.isnan(memcat)
    scored = {
        "hit_rate": (ratio(hits, repeats), *wilson(hits, repeats, level)),
        "false_alarm_rate": (ratio(alarms, firsts), *wilson(alarms, firsts, level)),
        "corrected_recognition": (difference(hits, repeats, alarms, firsts), low, high),
        "d_prime": (d_prime, missing, missing),
        "criterion": (criterion, missing, missing),
        "a_prime": (a_prime(hits, repeats, alarms, firsts), missing, missing),
        "memcat_score": (memcat, np.where(absent, np.nan, low), np.where(absent, np.nan, high)),
    }
    columns: dict[str, Array] = {}
    for name, (value, lowest, highest) in scored.items():
        if name in ("hit_rate", "false_alarm_rate"):
            part, whole = COUNTS[:2] if name == "hit_rate" else COUNTS[2:]
            columns |= {part: counts[part].to_numpy(float), whole: counts[whole].to_numpy(float)}
        columns |= {name: value, f"{name}_low": lowest, f"{name}_high": highest}
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


def score_trials(
    trials: pd.DataFrame,
    unit: str,
    other: str,
    index: pd.Index,
    *,
    level: float = 0.95,
    correction: str = "log_linear",
    n_bootstrap: int = 0,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Scores of every unit (image_id or participant_id) from the trials of or with the other.

    The columns are those of :func:`image_scores`; with an rng, the other is resampled.
    """
    responses = to_responses(trials, rows=other, columns=unit, column_ids=index)
    scores = score_counts(responses.counts(), level=level, correction=correction)
    times = hit_times(trials, responses)
    n, mean, median = times.summaries()
    scores = _with_times(scores, mean, median)
    scores["hits_with_rt"] = pd.array(n, dtype="Int64")
    if rng is not None and n_bootstrap > 0 and len(responses.row_ids) > 1:
        limits = resampled_intervals(
            responses,
            times,
            scores,
            level=level,
            correction=correction,
            n_bootstrap=n_bootstrap,
            rng=rng,
        )
        for name, (low, high) in limits.items():
            scores[f"{name}_low"], scores[f"{name}_high"] = low, high
    return scores


def _with_times(
    scores: pd.DataFrame, mean: Array | float = np.nan, median: Array | float = np.nan
) -> pd.DataFrame:
    """The same with reaction times, whose limits and number are missing."""
    times: dict[str, Array | float] = {"rt_ms_mean": mean, "rt_ms_median": median}
    for name, value in times.items():
        columns = {name: value, f"{name}_low": np.nan, f"{name}_high": np.nan}
        scores = scores.assign(**columns)
    return scores.assign(hits_with_rt=pd.array([pd.NA] * len(scores), dtype="Int64"))


def _given_scores(table: pd.DataFrame, images: pd.Index) -> pd.DataFrame:
    """Scores that came without counts: the values as given, all else missing."""
    scores = score_counts(pd.DataFrame(np.nan, index=images, columns=list(COUNTS)))
    scores = _with_times(scores)
    for name, rows in table.groupby("score"):
        scores[str(name)] = rows.set_index("image_id")["value"].reindex(images)
    return scores
