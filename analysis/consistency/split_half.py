"""Split-half consistency: how alike do two random halves of the people rank the images?

ρ is the mean over random splits of the correlation between the halves' scores, averaged plainly
as the field does. Its spread over splits is Monte-Carlo spread, not a confidence interval.
Sources: Spearman 1910 and Brown 1910 (reliability of a longer test).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.consistency.reliability import r_binom, spearman_brown
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.intervals.limits import bootstrap_intervals
from analysis.scores.names import SCORE_COUNTS, SCORES
from analysis.scores.responses import Responses, select_trials, to_responses
from analysis.scores.scoring import group_counts
from analysis.splits.counts import CountSplits
from analysis.splits.halves import PersonSplits
from analysis.splits.pairs import FEWEST_IMAGES, check_method, mean_of_splits, pair_up


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """How alike two random halves of the participants score the images."""

    score: str  # hit_rate, false_alarm_rate, corrected_recognition or d_prime
    method: str  # spearman, pearson or kendall
    rho: float  # correlation between the halves, mean over splits
    spread: float  # standard deviation over splits: Monte-Carlo spread, not a confidence interval
    reliability: float  # R of all participants' scores, Spearman–Brown
    n_images: int  # that entered at least one split
    images_per_split: float  # mean over splits of the images with responses in both halves
    responses_per_half: float  # per image, mean over images and splits
    n_participants: int | None  # None where only counts are known
    n_splits: int
    counts_only: bool  # halves drawn from counts: differences between people are ignored
    r_binom: float | None  # reliability from counts and chance alone; for rates only
    rho_low: float | None = None  # confidence limits, None where there are none
    rho_high: float | None = None
    reliability_low: float | None = None
    reliability_high: float | None = None
    level: float | None = None  # of the confidence limits
    interval: str | None = None  # how they were made

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        return pd.DataFrame([self.to_dict()])


def split_half(
    source: Dataset | Responses | pd.DataFrame,
    score: str = "hit_rate",
    *,
    n_splits: int = 1000,
    method: str = "spearman",
    role: str = "target",
    level: float = 0.95,
    n_bootstrap: int = 200,
    rng: np.random.Generator,
) -> SplitHalf:
    """Correlate the images' scores between random halves of the people.

    An image enters a split only where both halves have a response to it.

    Parameters
    ----------
    source
        A dataset (its trials, else its image_counts), the responses of people to images, or a
        frame of hits, repeats, false_alarms and firsts by image_id. From counts alone the halves
        are hypergeometric draws, and the result says ``counts_only``.
    score
        hit_rate, false_alarm_rate, corrected_recognition or d_prime.
    n_splits, method, role
        Splits to average over; spearman (average ranks for ties), pearson or kendall (τ-b, without
        confidence limits); whose showings count.
    level, n_bootstrap
        Of the confidence limits; 0 samples for none. See :mod:`analysis.intervals.limits`.
    rng
        The only source of chance.

    Raises
    ------
    AnalysisError
        If there is nothing to split: no people or counts, or fewer than three images.
    """
    check_method(method)
    source = to_source(source, role)
    splits = to_splits(source, score)
    rhos, n_valid, n_behind = [], [], []
    entered = np.zeros(len(splits.image_ids), dtype=bool)
    for block in splits.blocks(n_splits, rng):
        pairs = pair_up(block)
        rhos.append(pairs.correlate(method))
        n_valid.append(pairs.valid.sum(axis=1))
        n_behind.append(pairs.valid @ splits.n_responses)
        entered |= pairs.valid.any(axis=0)
    rho, spread, n_defined = mean_of_splits(np.concatenate(rhos))
    valid, behind = np.concatenate(n_valid), np.concatenate(n_behind)
    result = SplitHalf(
        score=splits.score,
        method=method,
        rho=rho,
        spread=spread,
        reliability=spearman_brown(rho, splits.lengths.folds),
        n_images=int(entered.sum()),
        images_per_split=float(valid.mean()),
        responses_per_half=float(behind.sum() / valid.sum() / 2) if valid.any() else 0.0,
        n_participants=splits.n_participants,
        n_splits=n_defined,
        counts_only=splits.n_participants is None,
        r_binom=r_binom(splits.scores, splits.n_responses)
        if len(SCORE_COUNTS[splits.score]) == 1
        else None,
    )
    if n_bootstrap == 0 or method == "kendall":
        return result
    intervals = bootstrap_intervals(
        {"rho": rho},
        splits,
        None,
        method=method,
        level=level,
        n_bootstrap=n_bootstrap,
        rng=rng,
    )
    if "rho" not in intervals:
        return result
    return replace(
        result,
        rho_low=intervals["rho"].low,
        rho_high=intervals["rho"].high,
        reliability_low=intervals["reliability"].low,
        reliability_high=intervals["reliability"].high,
        level=level,
        interval=intervals["rho"].method,
    )


def split_halves(
    source: Dataset | Responses | pd.DataFrame,
    scores: Sequence[str] = SCORES,
    *,
    n_splits: int = 1000,
    method: str = "spearman",
    role: str = "target",
    level: float = 0.95,
    n_bootstrap: int = 200,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Split-half consistency of several scores, side by side.

    Parameters
    ----------
    scores
        Of hit_rate, false_alarm_rate, corrected_recognition and d_prime; all four by default.
    source, n_splits, method, role, level, n_bootstrap, rng
        As in :func:`split_half`; every score starts from the same state of chance.

    Returns
    -------
    A row for each score: the fields of :class:`SplitHalf`, and ``problem``, which says why a score
    could not be split; its numbers are missing then.

    Raises
    ------
    AnalysisError
        If no score can be split.
    """
    source = to_source(source, role)
    seed = int(rng.integers(2**63))
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for score in scores:
        try:
            one = split_half(
                source,
                score,
                n_splits=n_splits,
                method=method,
                level=level,
                n_bootstrap=n_bootstrap,
                rng=np.random.default_rng(seed),
            )
            rows.append({**one.to_dict(), "problem": None})
        except AnalysisError as error:
            problems.append(str(error))
            rows.append({"score": score, "method": method, "problem": str(error)})
    if len(problems) == len(rows):
        raise AnalysisError("; ".join(dict.fromkeys(problems)) or "no score was asked for")
    return pd.DataFrame(rows, columns=[*SplitHalf.__dataclass_fields__, "problem"])


def to_source(
    source: Dataset | Responses | pd.DataFrame, role: str = "target"
) -> Responses | pd.DataFrame:
    """People's responses, or the counts of a dataset that has no trials.

    Raises
    ------
    AnalysisError
        If a dataset has neither.
    """
    if not isinstance(source, Dataset):
        return source
    if source.trials is not None:
        return to_responses(select_trials(source, role=role).trials)
    if source.image_counts is not None:
        return group_counts(source, role).sort_index()
    raise AnalysisError(
        f"{source.path}: has neither trials nor image_counts, so no halves to compare"
    )


def to_splits(source: Responses | pd.DataFrame, score: str) -> PersonSplits | CountSplits:
    """What can be split, ready for it; see :func:`split_half`."""
    splits: PersonSplits | CountSplits
    if isinstance(source, Responses):
        splits = PersonSplits(source, score)
    else:
        splits = CountSplits(source, score)
    n_images = len(splits.image_ids)
    if n_images < FEWEST_IMAGES:
        of_people = " of different people" if isinstance(source, Responses) else ""
        raise AnalysisError(
            f"{n_images} image{' has' if n_images == 1 else 's have'} two or more responses"
            f"{of_people}; a correlation between halves needs at least {FEWEST_IMAGES}"
        )
    return splits
