"""Split-half consistency: how alike do two random halves of the people rank the images?

ρ is the mean over random splits of the correlation between the halves' scores, averaged plainly
as the field does. Its spread over splits is Monte-Carlo spread, not a confidence interval.
Sources: Spearman 1910 and Brown 1910 (reliability of a longer test).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.halves import Block, Bools, CountSplits, PersonSplits, Splits
from analysis.places import Floats, Ints
from analysis.reliability import folds, r_binom, spearman_brown
from analysis.responses import Responses, select_trials, to_responses
from analysis.scores import group_counts

METHODS = ("spearman", "pearson", "kendall")


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """How alike two random halves of the participants score the images."""

    score: str  # hit_rate, false_alarm_rate or corrected_recognition
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

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        return pd.DataFrame([self.to_dict()])


def split_half(
    source: Dataset | Responses | pd.DataFrame | Splits,
    score: str = "hit_rate",
    *,
    n_splits: int = 1000,
    method: str = "spearman",
    role: str = "target",
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
        hit_rate, false_alarm_rate or corrected_recognition.
    n_splits, method, role, rng
        Splits to average over; spearman (average ranks for ties), pearson or kendall (τ-b); whose
        showings count; the only source of chance.

    Raises
    ------
    AnalysisError
        If there is nothing to split: no people or counts, or fewer than three images.
    """
    splits = to_splits(source, score, role)
    check_method(method)
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
    return SplitHalf(
        score=splits.score,
        method=method,
        rho=rho,
        spread=spread,
        reliability=spearman_brown(rho, folds(splits.n_participants)),
        n_images=int(entered.sum()),
        images_per_split=float(valid.mean()),
        responses_per_half=float(behind.sum() / valid.sum() / 2) if valid.any() else 0.0,
        n_participants=splits.n_participants,
        n_splits=n_defined,
        counts_only=splits.n_participants is None,
        r_binom=None
        if splits.score == "corrected_recognition"
        else r_binom(splits.scores, splits.n_responses),
    )


def to_splits(
    source: Dataset | Responses | pd.DataFrame | Splits, score: str, role: str = "target"
) -> Splits:
    """Whatever can be split, ready for it; see :func:`split_half`."""
    if isinstance(source, Dataset):
        if source.trials is not None:
            source = to_responses(select_trials(source, role=role).trials)
        elif source.image_counts is not None:
            source = group_counts(source, role).sort_index()
        else:
            raise AnalysisError(
                f"{source.path}: has neither trials nor image_counts, so no halves to compare"
            )
    if isinstance(source, Responses):
        source = PersonSplits(source, score)
    elif isinstance(source, pd.DataFrame):
        source = CountSplits(source, score)
    if len(source.image_ids) < 3:
        raise AnalysisError(
            f"{len(source.image_ids)} images have two or more responses; a correlation between "
            "halves needs at least 3"
        )
    return source


def check_method(method: str) -> None:
    """Refuse a correlation that is not known by its name."""
    if method not in METHODS:
        raise AnalysisError(f"method {method!r} is not known; it is one of {', '.join(METHODS)}")


def mean_of_splits(rhos: Floats) -> tuple[float, float, int]:
    """Mean, standard deviation and number of the correlations that are defined."""
    defined = rhos[np.isfinite(rhos)]
    if not len(defined):
        return float("nan"), float("nan"), 0
    return float(defined.mean()), float(defined.std()), len(defined)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Both halves' scores of the images that have one in both; others at the missing place."""

    first: Ints  # splits × images: place in values, or len(values) for missing
    second: Ints
    valid: Bools
    values: Floats
    is_complete: bool

    def correlate(self, method: str) -> Floats:
        """Correlation between the halves, one per split."""
        if method == "kendall":
            values = np.append(self.values, np.nan)
            return kendall(values[self.first], values[self.second], self.valid)
        return row_correlation(self.numbers(self.first, method), self.numbers(self.second, method))

    def numbers(self, places: Ints, method: str) -> Floats:
        """Ranks or values of the valid images, centred in each split; 0 elsewhere."""
        return centred(places, self.values, method, None if self.is_complete else self.valid)

    def with_model(self, model: Ints, values: Floats, method: str) -> tuple[Floats, Floats]:
        """Half against half, and model against half (mean of both), one of each per split.

        ``model`` holds the predictions as places in their own sorted ``values``, per image.
        """
        if method == "kendall":
            scores = np.append(self.values, np.nan)
            one, other = scores[self.first], scores[self.second]
            predicted = np.broadcast_to(values[model], self.first.shape)
            against = kendall(predicted, one, self.valid) + kendall(predicted, other, self.valid)
            return kendall(one, other, self.valid), against / 2
        first, second = self.numbers(self.first, method), self.numbers(self.second, method)
        if self.is_complete:
            predicted = centred(model[None, :], values, method, None)
        else:
            places = np.where(self.valid, model, len(values))
            predicted = centred(places, values, method, self.valid)
        against = row_correlation(predicted, first) + row_correlation(predicted, second)
        return row_correlation(first, second), against / 2


def pair_up(block: Block) -> Pairs:
    """Keep of each split the images that both halves have a score of."""
    missing = len(block.values)
    valid = (block.first != missing) & (block.second != missing)
    if valid.all():
        return Pairs(block.first, block.second, valid, block.values, is_complete=True)
    first, second = (np.where(valid, half, missing) for half in (block.first, block.second))
    return Pairs(first, second, valid, block.values, is_complete=False)


def centred(places: Ints, values: Floats, method: str, valid: Any) -> Floats:
    """Average ranks (by counting places) or values, less their mean over the valid images."""
    if method == "pearson":
        numbers = np.append(values, 0.0)[places]
    else:
        n_rows, n_places = len(places), len(values) + 1
        offsets = np.arange(n_rows)[:, None] * n_places
        flat = places + offsets
        counts = np.bincount(flat.ravel(), minlength=n_rows * n_places).reshape(n_rows, n_places)
        ranks = np.cumsum(counts, axis=1) - (counts - 1) / 2
        numbers = np.take(ranks.ravel(), flat)
    if valid is None:
        numbers -= numbers.mean(axis=1, keepdims=True)
        return numbers
    n_valid = np.maximum(valid.sum(axis=1, keepdims=True), 1)
    mean = (numbers * valid).sum(axis=1, keepdims=True) / n_valid
    return np.asarray((numbers - mean) * valid, dtype=np.float64)


def row_correlation(x: Floats, y: Floats) -> Floats:
    """Correlation of centred numbers, row by row; missing where either never differs."""
    products = np.einsum("ij,ij->i", *np.broadcast_arrays(x, y))
    scale = np.sqrt(np.einsum("ij,ij->i", x, x) * np.einsum("ij,ij->i", y, y))
    # Numbers that are equal up to rounding have no spread to correlate.
    flat = scale <= 1e-12 * max(1, x.shape[1])
    return np.asarray(np.where(flat, np.nan, products / np.where(flat, 1, scale)))


def kendall(x: Floats, y: Floats, valid: Any) -> Floats:
    """Kendall's τ-b, row by row."""
    rows: Iterator[tuple[Any, Any, Any]] = zip(x, y, valid, strict=True)
    return np.array([stats.kendalltau(a[keep], b[keep]).statistic for a, b, keep in rows])
