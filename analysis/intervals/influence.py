"""What each image contributes to a correlation: the derivative by the image's weight.

A mean over images has the variance Σ(x − mean)²/I². A correlation is no mean, but for small changes
of the images' weights it is one of their contributions, and its variance over images follows in the
same way, without resampling: the infinitesimal jackknife (Jaeckel 1972; Efron 1982). For Spearman's
correlation an image counts twice: by its own ranks, and by the ranks that it gives to the others.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.splits.pairs import centred
from analysis.splits.places import Floats, Ints


@dataclass(frozen=True, slots=True)
class Ranked:
    """Some rows of numbers for the same images, as unit vectors of their ranks or values."""

    places: Ints  # rows × images: place in the sorted values; len(values) for missing
    n_places: int
    unit: Floats  # centred over the valid images, of length 1; 0 where invalid
    length: Floats  # rows × 1, of the centred ranks or values
    valid: Any  # rows × images, or None where all are
    is_rank: bool


def ranked(places: Ints, values: Floats, method: str, valid: Any) -> Ranked:
    """Rows of places as unit vectors; missing (NaN) in a row that never differs."""
    numbers = centred(places, values, method, valid)
    length = np.sqrt(np.einsum("ij,ij->i", numbers, numbers))[:, None]
    flat = length <= np.sqrt(1e-12 * max(1, places.shape[1]))
    unit = numbers / np.where(flat, np.nan, length)
    return Ranked(places, len(values) + 1, unit, length, valid, method == "spearman")


def contributions(x: Ranked, y: Ranked) -> tuple[Floats, Floats]:
    """Correlations of two rows each, and what each image contributes to them.

    With unit vectors x and y of centred ranks or values, r = Σxy, the contribution of image m is

        x_m y_m − r/2 (x_m² + y_m²) + Σ_i K(x_m, x_i)(y_i − r x_i)/|x|
            + Σ_i K(y_m, y_i)(x_i − r y_i)/|y|

    less the mean of these over images. The sums are Spearman's alone: a heavier image m lifts the
    ranks of those above it (K = 1) and half the ranks of those beside it (K = ½).

    Returns
    -------
    Shape (rows,), and (rows, images): r with weights 1 + v is about r + Σ v × contribution. Images
    that are not valid contribute 0.
    """
    r = unit_correlation(x, y)
    column = r[:, None]
    found = x.unit * y.unit - column / 2 * (x.unit**2 + y.unit**2)
    if x.is_rank:
        found += _above(x, y.unit - column * x.unit) / x.length
        found += _above(y, x.unit - column * y.unit) / y.length
    valid = x.valid if x.valid is not None else y.valid
    if valid is None:
        return r, found - found.mean(axis=1, keepdims=True)
    mean = (found * valid).sum(axis=1, keepdims=True) / valid.sum(axis=1, keepdims=True)
    return r, (found - mean) * valid


def unit_correlation(x: Ranked, y: Ranked) -> Floats:
    """Correlation of each row of one with the same row of the other, shape (rows,)."""
    return np.asarray(np.einsum("ij,ij->i", *np.broadcast_arrays(x.unit, y.unit)))


def _above(side: Ranked, weights: Floats) -> Floats:
    """For each image the sum of the weights of images above it, and half of those beside it."""
    n_rows, n_places = len(weights), side.n_places
    flat = side.places + np.arange(n_rows)[:, None] * n_places
    sums = np.bincount(flat.ravel(), weights=weights.ravel(), minlength=n_rows * n_places)
    sums = sums.reshape(n_rows, n_places)
    from_top = np.cumsum(sums[:, ::-1], axis=1)[:, ::-1]
    return np.take((from_top - sums / 2).ravel(), flat)
