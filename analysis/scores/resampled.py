"""Scores of participants drawn again with replacement, many samples at once.

A sample is a number of copies for each row of the responses (a person; of a participant's own
scores, an image), so that the counts of all samples are products of two matrices of whole numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.scores.rates import difference, ratio
from analysis.scores.responses import COUNTS, Responses
from analysis.scores.signal_detection import a_prime, signal_detection

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[Any]]

# Rates have Wilson intervals and their difference Newcombe's, which hold better with few people.
RESAMPLED = ("d_prime", "criterion", "a_prime", "rt_ms_mean", "rt_ms_median")
BLOCK = 1_000_000  # columns × samples that are worked on at a time


@dataclass(frozen=True, slots=True)
class HitTimes:
    """Reaction times of the hits, sorted by column and, within a column, by time."""

    rows: Ints  # each hit's row in the responses
    times: Floats  # in ms
    starts: Ints  # where each column's hits begin, and where the last one's end

    def of(self, column: int) -> tuple[Ints, Floats]:
        """Rows and ascending times of one column's hits."""
        part = slice(self.starts[column], self.starts[column + 1])
        return self.rows[part], self.times[part]

    def summaries(self) -> tuple[Ints, Floats, Floats]:
        """Number, mean and median of each column's times; the last two missing without any."""
        n = np.diff(self.starts)
        column = np.repeat(np.arange(len(n)), n)
        mean = ratio(np.bincount(column, self.times, minlength=len(n)), n)
        times = np.append(self.times, np.nan)
        lower = times[np.where(n > 0, self.starts[:-1] + (n - 1) // 2, -1)]
        upper = times[np.where(n > 0, self.starts[:-1] + n // 2, -1)]
        return n, mean, (lower + upper) / 2


def hit_times(trials: pd.DataFrame, responses: Responses) -> HitTimes:
    """The reaction times that the trials behind these responses have; hits without one are not in.

    Parameters
    ----------
    trials
        Those that the responses were counted from, with rt_ms.
    responses
        Rows and columns named like columns of the trials.
    """
    hits = trials[trials["is_repeat"] & trials["responded"] & trials["rt_ms"].notna()]
    row = responses.row_ids.get_indexer(pd.Index(hits[responses.row_ids.name]))
    column = responses.column_ids.get_indexer(pd.Index(hits[responses.column_ids.name]))
    times = hits["rt_ms"].to_numpy(dtype=np.float64)
    order = np.lexsort((row, times, column))
    starts = np.searchsorted(column[order], np.arange(len(responses.column_ids) + 1))
    return HitTimes(row[order], times[order], starts)


def resampled_scores(
    responses: Responses,
    times: HitTimes,
    *,
    names: tuple[str, ...],
    correction: str,
    n_bootstrap: int,
    rng: np.random.Generator,
) -> Iterator[tuple[slice, dict[str, Floats]]]:
    """Scores of every column in every sample, some columns at a time.

    Parameters
    ----------
    responses, times
        What is resampled by rows.
    names
        Which scores: of :data:`analysis.scores.names.SCORE_WORDS`.
    correction, n_bootstrap, rng
        Of d′ and criterion; number of samples; the only source of chance.

    Yields
    ------
    The columns, and by name their scores, shape (columns, samples), missing in samples that have
    no trial behind the score.
    """
    largest = max(int(getattr(responses, name).sum(axis=0).max(initial=0)) for name in COUNTS)
    copies = draw_copies(len(responses.row_ids), n_bootstrap, rng, largest)
    matrices = [getattr(responses, name).T.tocsr().astype(copies.dtype) for name in COUNTS]
    n_columns = len(responses.column_ids)
    size = max(1, BLOCK // n_bootstrap)
    for start in range(0, n_columns, size):
        block = slice(start, min(start + size, n_columns))
        counts = [np.asarray(matrix[block] @ copies, dtype=np.float64) for matrix in matrices]
        found = _scores(counts, correction)
        found["memcat_score"][_differ(matrices, block)] = np.nan
        if "rt_ms_mean" in names or "rt_ms_median" in names:
            found["rt_ms_mean"], found["rt_ms_median"] = _times(times, block, copies)
        yield block, {name: found[name] for name in names}


def draw_copies(n_rows: int, n_bootstrap: int, rng: np.random.Generator, largest: int = 1) -> Ints:
    """How often each row is in each sample of as many rows, shape (rows, samples).

    Whole numbers of a size that sums of ``largest`` rows' copies fit into.
    """
    drawn = [
        np.bincount(rng.integers(n_rows, size=n_rows), minlength=n_rows).astype(np.int16)
        for _ in range(n_bootstrap)
    ]
    copies = np.stack(drawn, axis=1)
    fits = largest * int(copies.max(initial=1)) <= np.iinfo(np.int16).max
    return copies if fits else copies.astype(np.int64)


def resampled_intervals(
    responses: Responses,
    times: HitTimes,
    estimates: pd.DataFrame,
    *,
    level: float,
    correction: str,
    n_bootstrap: int,
    rng: np.random.Generator,
) -> dict[str, tuple[Floats, Floats]]:
    """Limits of every column's scores that counts alone give none: (low, high) by name.

    The estimate ± t standard errors, t being Student's with one degree of freedom less than there
    are rows, and the standard errors those of the samples: percentiles of few rows are too narrow.
    Missing where no sample differs from another, as of an image that everybody hit.

    Parameters
    ----------
    responses, times, correction, n_bootstrap, rng
        As in :func:`resampled_scores`.
    estimates
        The scores of the columns, a row each.
    level
        Of the limits.
    """
    reach = stats.t.ppf((1 + level) / 2, len(responses.row_ids) - 1)
    error = {name: np.full(len(responses.column_ids), np.nan) for name in RESAMPLED}
    options: dict[str, Any] = {"correction": correction, "n_bootstrap": n_bootstrap, "rng": rng}
    for block, scores in resampled_scores(responses, times, names=RESAMPLED, **options):
        for name, values in scores.items():
            error[name][block] = standard_errors(values)
    limits = {}
    for name in RESAMPLED:
        middle = estimates[name].to_numpy(dtype=np.float64)
        low, high = middle - reach * error[name], middle + reach * error[name]
        limits[name] = (
            (np.maximum(low, 0), np.minimum(high, 1)) if name == "a_prime" else (low, high)
        )
    return limits


def standard_errors(values: Floats) -> Floats:
    """Standard deviation of each row's known values; missing without two that differ."""
    known = np.isfinite(values)
    n = known.sum(axis=1)
    total = np.where(known, values, 0).sum(axis=1)
    mean = total / np.maximum(n, 1)
    squares = (np.where(known, values - mean[:, None], 0) ** 2).sum(axis=1)
    found = np.sqrt(squares / np.maximum(n - 1, 1))
    scale = np.maximum(1, np.abs(mean))
    return np.asarray(np.where((n > 1) & (found > 1e-12 * scale), found, np.nan))


def _scores(counts: list[Floats], correction: str) -> dict[str, Floats]:
    hits, repeats, alarms, firsts = counts
    corrected = difference(hits, repeats, alarms, firsts)
    d_prime, criterion = signal_detection(hits, repeats, alarms, firsts, correction)
    return {
        "hit_rate": ratio(hits, repeats),
        "false_alarm_rate": ratio(alarms, firsts),
        "corrected_recognition": corrected,
        "d_prime": d_prime,
        "criterion": criterion,
        "a_prime": a_prime(hits, repeats, alarms, firsts),
        # Where n is one number, (H − FA)/n is hit rate less false-alarm rate, in samples as well.
        "memcat_score": corrected.copy(),
    }


def _differ(matrices: list[Any], block: slice) -> Ints:
    """Columns whose repeats are not as many as their first showings."""
    _, repeats, _, firsts = (matrix[block].sum(axis=1) for matrix in matrices)
    return np.flatnonzero(np.asarray(repeats).ravel() != np.asarray(firsts).ravel())


def _times(times: HitTimes, block: slice, copies: Ints) -> tuple[Floats, Floats]:
    """Mean and median reaction time of the block's columns in every sample."""
    shape = (block.stop - block.start, copies.shape[1])
    means, medians = np.full(shape, np.nan), np.full(shape, np.nan)
    for place, column in enumerate(range(block.start, block.stop)):
        rows, own = times.of(column)
        if not len(rows):
            continue
        up_to = copies[rows]
        total = own @ up_to
        for one, before in zip(up_to[1:], up_to, strict=False):
            one += before  # numpy's cumsum over rows takes four times as long
        n = up_to[-1]
        means[place] = ratio(total, n)
        # The middle one of an odd number of times, the mean of the middle two of an even one.
        known = np.append(own, np.nan)
        lower = known[(up_to < (n + 1) // 2).sum(axis=0, dtype=n.dtype)]
        upper = known[(up_to < n // 2 + 1).sum(axis=0, dtype=n.dtype)]
        medians[place] = (lower + upper) / 2
    return means, medians
