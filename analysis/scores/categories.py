"""Scores per category of images: the mean over its images, and the pooled counts beside it."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, stats

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.names import SCORE_WORDS
from analysis.scores.rates import ratio, wilson
from analysis.scores.resampled import hit_times, resampled_scores
from analysis.scores.responses import COUNTS, select_trials, to_responses
from analysis.scores.scoring import image_scores

Floats = np.ndarray[Any, np.dtype[np.float64]]

SCORED = tuple(SCORE_WORDS)


def category_scores(
    dataset: Dataset,
    *,
    by: str = "category",
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
    correction: str = "log_linear",
    level: float = 0.95,
    n_bootstrap: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Score every category: each score is the mean over those of its images that have it.

    An image counts once, however many responses it has; in the pooled rates each response does.

    Parameters
    ----------
    dataset
        With trials, image_counts or image_scores.
    by
        A column of the table ``images``: category, or an attribute of the researcher's own. Images
        without one belong to no category.
    role, include_interrupted, include_excluded, correction
        As in :func:`analysis.scores.scoring.image_scores`.
    level, n_bootstrap, rng
        Of the intervals. With an rng and trials, every mean has one: estimate ± t standard errors
        from resampled participants, t being Student's with one degree of freedom less than there
        are participants. It is about other people and these images.

    Returns
    -------
    Indexed by category, sorted: n_images of the table; hits, repeats, false_alarms and firsts,
    summed over images; pooled_hit_rate and pooled_false_alarm_rate with Wilson's …_low and …_high,
    which take responses as independent; and for each score of
    :data:`analysis.scores.names.SCORE_WORDS` its mean, …_low, …_high and …_n_images, the images
    behind it.

    Raises
    ------
    AnalysisError
        If the table images has no such column or no image has one.
    """
    categories = _categories(dataset, by)
    options: dict[str, Any] = {
        "role": role,
        "include_interrupted": include_interrupted,
        "include_excluded": include_excluded,
    }
    scores = image_scores(dataset, correction=correction, level=level, **options)
    groups = scores.groupby(categories, sort=True)
    pooled = groups[list(COUNTS)].sum(min_count=1)
    result = pd.DataFrame({"n_images": groups.size()}).join(pooled)
    for name, part, whole in (
        ("pooled_hit_rate", "hits", "repeats"),
        ("pooled_false_alarm_rate", "false_alarms", "firsts"),
    ):
        k, n = (pooled[count].to_numpy(dtype=float, na_value=np.nan) for count in (part, whole))
        result[name] = ratio(k, n)
        result[f"{name}_low"], result[f"{name}_high"] = wilson(k, n, level)
    means, n_behind = groups[list(SCORED)].mean(), groups[list(SCORED)].count()
    reach = pd.DataFrame(np.nan, index=means.index, columns=list(SCORED))
    if rng is not None and n_bootstrap > 1 and dataset.trials is not None:
        trials = select_trials(dataset, **options).trials
        errors = _standard_errors(trials, categories, correction, n_bootstrap, rng)
        free = trials["participant_id"].nunique() - 1
        reach = stats.t.ppf((1 + level) / 2, free) * errors
    for name in SCORED:
        result[name] = means[name]
        result[f"{name}_low"] = means[name] - reach[name]
        result[f"{name}_high"] = means[name] + reach[name]
        result[f"{name}_n_images"] = n_behind[name]
    result.index.name = by
    return result


def _categories(dataset: Dataset, by: str) -> pd.Series:
    """Each image's category by image_id."""
    images = dataset.images
    if by not in images or by == "image_id":
        others = ", ".join(name for name in images.columns if name != "image_id")
        raise AnalysisError(
            f"{dataset.path}: the table images has no column {by!r} to group by; it has "
            f"{others or 'image_id only'}"
        )
    categories = images.set_index("image_id")[by]
    if categories.isna().all():
        raise AnalysisError(f"{dataset.path}: no image has a {by}")
    return categories


def _standard_errors(
    trials: pd.DataFrame,
    categories: pd.Series,
    correction: str,
    n_bootstrap: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Of each category's means, from resampled participants; missing if there is only one."""
    known = categories.dropna()
    trials = trials[trials["image_id"].isin(known.index)]
    responses = to_responses(trials, column_ids=pd.Index(known.index, name="image_id"))
    codes, names = pd.factorize(known, sort=True)
    n_people = len(responses.row_ids)
    if n_people < 2:
        return pd.DataFrame(np.nan, index=names, columns=list(SCORED))
    member = sparse.csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))))
    sums = {name: np.zeros((len(names), n_bootstrap)) for name in SCORED}
    n = {name: np.zeros((len(names), n_bootstrap)) for name in SCORED}
    samples = resampled_scores(
        responses,
        hit_times(trials, responses),
        names=SCORED,
        correction=correction,
        n_bootstrap=n_bootstrap,
        rng=rng,
    )
    for block, scores in samples:
        of_block = member[:, block]
        for name, values in scores.items():
            sums[name] += of_block @ np.nan_to_num(values)
            n[name] += of_block @ np.isfinite(values).astype(np.float64)
    fewer = np.sqrt(n_people / (n_people - 1))
    errors = {name: fewer * _spread(ratio(sums[name], n[name])) for name in SCORED}
    return pd.DataFrame(errors, index=names)


def _spread(samples: Floats) -> Floats:
    """Standard deviation of each row's known values; missing where fewer than two are known."""
    return pd.DataFrame(samples).std(axis=1, ddof=1).to_numpy(dtype=np.float64)
