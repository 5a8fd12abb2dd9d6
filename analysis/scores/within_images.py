"""How hits go with a predictor within images, so that images that differ do not look like decay."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.lags import Floats, Ints
from analysis.scores.rates import ratio


@dataclass(frozen=True, slots=True)
class Within:
    """Sums within images of a predictor x (of the lag) and of the hits."""

    image: Ints  # each pair's image, counted from 0
    n: Floats  # pairs of each image
    mean_x: Floats
    hit_rate: Floats
    products: Floats  # Σ(x − mean x)(hit − hit rate)
    squares: Floats  # Σ(x − mean x)²
    has_slope: Ints  # whether x differs at all
    terms: tuple[Floats, ...]  # of each pair, what sums_of_samples sums: 1, x, hit, x·hit, x²
    scores: pd.DataFrame  # by image: hits, repeats, hit_rate


def within_images(table: pd.DataFrame, x: Floats) -> Within:
    """Sum up each image's pairs.

    Parameters
    ----------
    table
        Pairs as :func:`analysis.scores.lags.lag_pairs` gives them: image_id, t, is_hit.
    x
        The predictor of each pair.
    """
    image, names = pd.factorize(table["image_id"], sort=True)
    hit = table["is_hit"].to_numpy(dtype=np.float64)

    def sums(values: Floats) -> Floats:
        return np.bincount(image, values, minlength=len(names)).astype(np.float64)

    n = sums(np.ones(len(image)))
    mean_x, hit_rate = ratio(sums(x), n), ratio(sums(hit), n)
    apart = x - mean_x[image]
    lags = table["t"].groupby(image)
    counts = {"hits": sums(hit).astype(np.int64), "repeats": n.astype(np.int64)}
    scores = pd.DataFrame({**counts, "hit_rate": hit_rate}, index=pd.Index(names, name="image_id"))
    return Within(
        image=image,
        n=n,
        mean_x=mean_x,
        hit_rate=hit_rate,
        products=sums(apart * (hit - hit_rate[image])),
        squares=sums(apart**2),
        has_slope=(lags.max() > lags.min()).to_numpy(),
        terms=(np.ones(len(image)), x, hit, x * hit, x**2),
        scores=scores.astype({"hits": "Int64", "repeats": "Int64"}),
    )


def check_slope(within: Within, dataset: Dataset) -> None:
    """Refuse data in which no image came back at two different lags."""
    if not within.has_slope.any():
        raise AnalysisError(
            f"{dataset.path}: none of the {len(within.n)} images came back at two different lags, "
            "so how hits fall with the lag cannot be told from how images differ"
        )


def slope_of(products: Floats, squares: Floats, weights: Floats | float) -> float:
    """Least-squares slope within images, each image's sums times its weight."""
    return float((weights * products).sum() / (weights * squares).sum())
