"""Repeats with the lag at which they came, and how hits fall as it grows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.rates import ratio, wilson
from analysis.scores.responses import select_trials

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class LagPairs:
    """Pairs of showings whose lag is known: one row for each repeat that counts."""

    table: pd.DataFrame  # image_id, participant_id, t (images in between), is_hit
    n_unknown: int  # repeats left out because their lag is unknown
    n_across_runs: int  # repeats left out because an earlier run showed the image first: no lag


def lag_pairs(
    dataset: Dataset,
    *,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
) -> LagPairs:
    """The repeats that count, with the number of images between the two showings.

    Repeats of images that an earlier run showed first have none: hours lie between the two.

    Raises
    ------
    AnalysisError
        If the dataset has no trials, no repeats of this role within a run, or no lag of any.
    """
    trials = select_trials(
        dataset,
        role=role,
        include_interrupted=include_interrupted,
        include_excluded=include_excluded,
    ).trials
    every = trials[trials["is_repeat"]]
    repeats = every
    if "first_run_id" in every:
        repeats = every[every["first_run_id"].isna()]
    if repeats.empty:
        raise AnalysisError(
            f"{dataset.path}: no {role} was shown a second time in a trial that counts"
            + (" in the run that showed it first" if len(every) else "")
        )
    t = pd.Series(np.nan, index=repeats.index)
    if "n_intervening" in repeats:
        t = repeats["n_intervening"].astype("Float64").astype(float)
    if "lag" in repeats:
        t = t.fillna(repeats["lag"].astype("Float64").astype(float) - 1)
    known = t.notna()
    if not known.any():
        raise AnalysisError(
            f"{dataset.path}: the lag of all {len(repeats)} repeats is unknown (lag and "
            "n_intervening are missing), so nothing can be said of how hits fall with it"
        )
    table = pd.DataFrame(
        {
            "image_id": repeats["image_id"],
            "participant_id": repeats["participant_id"],
            "t": t,
            "is_hit": repeats["responded"].astype(bool),
        }
    )
    pairs = table[known].reset_index(drop=True)
    return LagPairs(pairs, int((~known).sum()), len(every) - len(repeats))


def decay_curve(
    dataset: Dataset,
    *,
    n_bins: int = 8,
    edges: Sequence[float] | None = None,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Hit rate by lag, over all images and people.

    Different images and people may be behind different bins; a slope within images is what
    :func:`analysis.scores.lag_correction.lag_correction` estimates.

    Parameters
    ----------
    dataset, role, include_interrupted, include_excluded
        As in :func:`analysis.scores.scoring.image_scores`; with trials whose lag is known.
    n_bins, edges
        Bins of about as many repeats each, or their limits in intervening images: a bin holds its
        lower limit, the last one also its upper.
    level, n_bootstrap, rng
        Of the intervals: Wilson's, which take responses as independent, or with an rng percentile
        limits from resampled participants.

    Returns
    -------
    A row for each bin: t_low and t_high, the smallest and largest number of intervening images
    (missing in an empty bin), t_mean, hits, repeats, n_images, n_participants, hit_rate,
    hit_rate_low, hit_rate_high, interval (how it was made).

    Raises
    ------
    AnalysisError
        If no lag is known, or repeats lie outside the edges.
    """
    pairs = lag_pairs(
        dataset,
        role=role,
        include_interrupted=include_interrupted,
        include_excluded=include_excluded,
    ).table
    t = pairs["t"].to_numpy()
    limits = _even_edges(t, n_bins) if edges is None else np.asarray(edges, dtype=np.float64)
    if len(limits) < 2 or (np.diff(limits) <= 0).any():
        raise AnalysisError(f"edges {list(limits)} are no ascending limits of at least one bin")
    outside = int(((t < limits[0]) | (t > limits[-1])).sum())
    if outside:
        raise AnalysisError(
            f"{outside} of {len(t)} repeats lie outside the edges {limits[0]:g} to "
            f"{limits[-1]:g}; their lags go from {t.min():g} to {t.max():g}"
        )
    n = len(limits) - 1
    bins = np.minimum(np.searchsorted(limits, t, side="right") - 1, n - 1)
    groups = pairs.groupby(bins)
    every = pd.RangeIndex(n)
    curve = pd.DataFrame(
        {
            "t_low": groups["t"].min().reindex(every),
            "t_high": groups["t"].max().reindex(every),
            "t_mean": groups["t"].mean().reindex(every),
            "hits": groups["is_hit"].sum().reindex(every, fill_value=0),
            "repeats": groups.size().reindex(every, fill_value=0),
            "n_images": groups["image_id"].nunique().reindex(every, fill_value=0),
            "n_participants": groups["participant_id"].nunique().reindex(every, fill_value=0),
        }
    )
    hits, repeats = (curve[name].to_numpy(dtype=float) for name in ("hits", "repeats"))
    curve["hit_rate"] = ratio(hits, repeats)
    person, people = pd.factorize(pairs["participant_id"], sort=True)
    if rng is None or n_bootstrap < 1 or len(people) < 2:
        curve["hit_rate_low"], curve["hit_rate_high"] = wilson(hits, repeats, level)
        return curve.assign(interval="Wilson")
    counts = [pairs["is_hit"].to_numpy(dtype=float), np.ones(len(pairs))]
    samples = np.array(
        [
            ratio(hit, shown)
            for hit, shown in sums_of_samples(bins, n, person, counts, n_bootstrap, rng)
        ]
    )
    tails = [(1 - level) / 2, (1 + level) / 2]
    shown_at_all = repeats > 0
    found = np.full((2, n), np.nan)
    found[:, shown_at_all] = np.nanquantile(samples[:, shown_at_all], tails, axis=0)
    curve["hit_rate_low"], curve["hit_rate_high"] = found
    return curve.assign(interval="bootstrap over participants")


def sums_of_samples(
    groups: Ints,
    n_groups: int,
    person: Ints,
    values: Sequence[Floats],
    n_bootstrap: int,
    rng: np.random.Generator,
) -> Iterator[Floats]:
    """Sums of values in groups of rows, in samples of people drawn with replacement.

    Parameters
    ----------
    groups, n_groups, person
        Each row's group and person, counted from 0.
    values
        What is summed, each of shape (rows,).
    n_bootstrap, rng
        Number of samples; the only source of chance.

    Yields
    ------
    For each sample the sums, shape (values, groups).
    """
    n_people = int(person.max()) + 1
    shape = (n_groups, n_people)
    parts = [sparse.coo_array((value, (groups, person)), shape=shape) for value in values]
    matrix = sparse.vstack(parts, format="csr")
    for _ in range(n_bootstrap):
        copies = np.bincount(rng.integers(n_people, size=n_people), minlength=n_people)
        yield (matrix @ copies.astype(np.float64)).reshape(len(values), n_groups)


def _even_edges(t: Floats, n_bins: int) -> Floats:
    """Limits of about evenly filled bins; a bin for each lag where there are no more than bins."""
    lags = np.unique(t)
    if len(lags) <= n_bins:
        return np.append(lags, lags[-1] + 1)
    edges = np.unique(np.quantile(t, np.linspace(0, 1, n_bins + 1)))
    return np.asarray(edges, dtype=np.float64)
