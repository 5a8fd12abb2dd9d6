"""Hit rates as they would be at one lag, corrected by one logarithmic slope of all images.

People forget, so an image that came back sooner is remembered better for no merit of its own.
Source: Khosla, Raju, Torralba & Oliva 2015, ICCV.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.lags import Floats, lag_pairs, sums_of_samples
from analysis.scores.rates import ratio
from analysis.scores.within_images import check_slope, slope_of, within_images

ESTIMATORS = ("khosla", "least_squares")


@dataclass(frozen=True, slots=True)
class LagCorrection:
    """Hit rates at one lag, by m_t = m_T + α·ln(t/T); t counts the images in between."""

    estimator: str  # khosla or least_squares
    alpha: float  # change of the hit rate when ln t grows by 1; below 0 where people forget
    alpha_low: float | None  # percentile limits from resampled participants; None without rng
    alpha_high: float | None
    level: float | None  # of the limits
    t_reference: float  # T: the lag, in images in between, that the corrected rates are for
    n_images: int  # with a repeat at a known lag
    n_images_with_slope: int  # with repeats at two lags or more: those that tell α
    n_pairs: int  # repeats behind it
    n_participants: int
    n_unknown: int  # repeats left out because their lag is unknown
    n_across_runs: int  # repeats left out because an earlier run showed the image first
    n_immediate: int  # repeats left out because nothing came in between (t = 0)
    scores: pd.DataFrame  # by image: hits, repeats, hit_rate, lag_corrected_hit_rate

    def to_dict(self) -> dict[str, Any]:
        """Every field but the scores by name."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "scores"}

    def to_frame(self) -> pd.DataFrame:
        """A row for each image: hits, repeats, hit_rate, lag_corrected_hit_rate."""
        return self.scores.copy()


def lag_correction(
    dataset: Dataset,
    *,
    estimator: str = "khosla",
    t_reference: float | None = None,
    leave_out_immediate: bool = False,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    rng: np.random.Generator | None = None,
) -> LagCorrection:
    """Correct each image's hit rate for the lags at which it came back (Khosla et al. 2015).

    The model is m_t = m_T + α·ln(t/T), t being the images between the two showings. An image's
    corrected rate is the mean over its repeats of hit − α·ln(t/T). It may lie outside 0 to 1 and is
    kept there.

    Parameters
    ----------
    dataset, role, include_interrupted, include_excluded
        As in :func:`analysis.scores.scoring.image_scores`; with trials.
    estimator
        Of α. ``khosla``: their printed iteration, α from the images' rates and these from α in
        turn, each image's sums divided by its number of responses. It ends, and is computed here,
        at the least-squares slope within images that gives every image the weight 1/n.
        ``least_squares``: the α that makes their error smallest, which weighs all repeats alike.
        With equally many repeats of every image the two are the same.
    t_reference
        T, above 0; the median of t by default. It shifts all rates alike, so it changes no rank.
    leave_out_immediate
        t = 0 has no logarithm: such repeats are refused unless they are to be left out, and then
        counted.
    level, n_bootstrap, rng
        Of α's percentile limits from resampled participants; there are none without an rng.

    Raises
    ------
    AnalysisError
        If lags are unknown, repeats came back to back, no image came back at two different lags,
        or the estimator is not known.
    """
    if estimator not in ESTIMATORS:
        raise AnalysisError(
            f"estimator {estimator!r} is not known; it is one of {', '.join(ESTIMATORS)}"
        )
    pairs = lag_pairs(
        dataset,
        role=role,
        include_interrupted=include_interrupted,
        include_excluded=include_excluded,
    )
    immediate = pairs.table["t"] <= 0
    n_immediate = int(immediate.sum())
    if n_immediate and not leave_out_immediate:
        raise AnalysisError(
            f"{dataset.path}: {n_immediate} of {len(pairs.table)} repeats came back to back (t = 0 "
            "images in between), and ln 0 is none; leave them out with leave_out_immediate=True"
        )
    table = pairs.table[~immediate]
    t_middle = float(table["t"].median()) if t_reference is None else float(t_reference)
    if not t_middle > 0 and len(table):
        raise AnalysisError(f"t_reference is {t_middle:g}; it must be above 0")
    x = np.log(table["t"].to_numpy() / t_middle)
    within = within_images(table, x)
    check_slope(within, dataset)
    weights = ratio(np.ones(len(within.n)), within.n) if estimator == "khosla" else 1.0
    alpha = slope_of(within.products, within.squares, weights)
    low = high = None
    person, people = pd.factorize(table["participant_id"], sort=True)
    if rng is not None and n_bootstrap > 0 and len(people) > 1:
        sums = sums_of_samples(within.image, len(within.n), person, within.terms, n_bootstrap, rng)
        slopes = np.array(list(_slopes(sums, estimator)))
        low, high = (
            float(np.nanquantile(slopes, tail)) for tail in ((1 - level) / 2, (1 + level) / 2)
        )
    scores = within.scores.assign(
        lag_corrected_hit_rate=within.hit_rate - alpha * within.mean_x
    ).reindex(pd.Index(dataset.images["image_id"], name="image_id"))
    return LagCorrection(
        estimator=estimator,
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        level=None if low is None else level,
        t_reference=t_middle,
        n_images=len(within.n),
        n_images_with_slope=int(within.has_slope.sum()),
        n_pairs=len(table),
        n_participants=len(people),
        n_unknown=pairs.n_unknown,
        n_across_runs=pairs.n_across_runs,
        n_immediate=n_immediate,
        scores=scores,
    )


def _slopes(samples: Iterator[Floats], estimator: str) -> Iterator[float]:
    """The slope of each sample from its sums; missing where no image has two lags in it."""
    for n, x, hit, x_hit, x_squared in samples:
        one_over_n = ratio(np.ones(len(n)), n)
        seen = n > 0
        products = (x_hit - x * hit * one_over_n)[seen]
        squares = (x_squared - x**2 * one_over_n)[seen]
        weights = one_over_n[seen] if estimator == "khosla" else 1.0
        is_flat = squares.sum() <= 1e-9 * x_squared.sum()
        yield float("nan") if is_flat else slope_of(products, squares, weights)
