"""Correlations between two halves' scores of the same images, and of a model with both."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from analysis.errors import AnalysisError
from analysis.splits.halves import Bools
from analysis.splits.places import Block, Floats, Ints

CACHED = 50_000  # numbers that are ranked at a time
FEWEST_IMAGES = 3  # of which a correlation is computed at all
METHODS = ("spearman", "pearson", "kendall")


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

    def take(self, images: Ints) -> "Pairs":
        """The scores of some of the images, or of some of them more than once."""
        return Pairs(
            self.first[:, images],
            self.second[:, images],
            self.valid[:, images],
            self.values,
            self.is_complete,
        )

    def correlate(self, method: str) -> Floats:
        """Correlation between the halves, one per split; missing of fewer than three images."""
        if method == "kendall":
            values = np.append(self.values, np.nan)
            return self._enough(kendall(values[self.first], values[self.second], self.valid))
        first, second = self.numbers(self.first, method), self.numbers(self.second, method)
        return self._enough(row_correlation(first, second))

    def _enough(self, rhos: Floats) -> Floats:
        """Two images correlate perfectly whatever they are: missing there."""
        if self.is_complete and self.valid.shape[1] >= FEWEST_IMAGES:
            return rhos
        return np.where(self.valid.sum(axis=1) >= FEWEST_IMAGES, rhos, np.nan)

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
            return self._enough(kendall(one, other, self.valid)), self._enough(against / 2)
        first, second = self.numbers(self.first, method), self.numbers(self.second, method)
        if self.is_complete:
            predicted = centred(model[None, :], values, method, None)
        else:
            places = np.where(self.valid, model, len(values))
            predicted = centred(places, values, method, self.valid)
        against = row_correlation(predicted, first) + row_correlation(predicted, second)
        return self._enough(row_correlation(first, second)), self._enough(against / 2)


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
        numbers = _ranks(places, len(values) + 1)
    if valid is None:
        # The mean of ranks is known.
        numbers -= (
            (places.shape[1] + 1) / 2
            if method == "spearman"
            else numbers.mean(axis=1, keepdims=True)
        )
        return numbers
    n_valid = np.maximum(valid.sum(axis=1, keepdims=True), 1)
    mean = (numbers * valid).sum(axis=1, keepdims=True) / n_valid
    numbers -= mean
    numbers *= valid
    return numbers


def _ranks(places: Ints, n_places: int) -> Floats:
    """Average ranks in each row, by counting places; as many rows at a time as fit a cache."""
    found = np.empty(places.shape)
    size = max(1, CACHED // max(n_places, places.shape[1]))
    offsets = np.arange(size)[:, None] * n_places
    for start in range(0, len(places), size):
        some = places[start : start + size]
        flat = some + offsets[: len(some)]
        counts = np.bincount(flat.ravel(), minlength=len(some) * n_places)
        counts = counts.reshape(len(some), n_places)
        ranks = np.cumsum(counts, axis=1) - (counts - 1) / 2
        # Every index is within the table; "clip" only spares a check that copies.
        np.take(ranks.ravel(), flat, out=found[start : start + size], mode="clip")
    return found


def row_correlation(x: Floats, y: Floats) -> Floats:
    """Correlation of centred numbers, row by row; missing where either never differs."""
    products = _row_products(x, y)
    scale = np.sqrt(_row_products(x, x) * _row_products(y, y))
    # Numbers that are equal up to rounding have no spread to correlate.
    flat = scale <= 1e-12 * max(1, x.shape[1])
    return np.asarray(np.where(flat, np.nan, products / np.where(flat, 1, scale)))


def _row_products(x: Floats, y: Floats) -> Floats:
    """Sum of products in each row."""
    products: Floats = (x[:, None, :] @ y[:, :, None])[:, 0, 0]
    return products


def kendall(x: Floats, y: Floats, valid: Any) -> Floats:
    """Kendall's τ-b, row by row."""
    rows = zip(x, y, valid, strict=True)
    return np.array([stats.kendalltau(a[keep], b[keep]).statistic for a, b, keep in rows])


def correlation(x: Floats, y: Floats, method: str) -> float:
    """Spearman, Pearson or Kendall's τ-b; missing where either never differs."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    if method == "kendall":
        return float(kendall(x[None], y[None], np.ones((1, len(x)), dtype=bool))[0])
    if method == "spearman":
        return float(stats.spearmanr(x, y).statistic)
    return float(stats.pearsonr(x, y).statistic)
