"""Hit rates at 80 images in between, by a straight line for each image.

Source: Newman, Fosco, Casser, Lee, McNamara & Oliva 2020, ECCV (Memento10k).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.lags import lag_pairs
from analysis.scores.rates import ratio
from analysis.scores.within_images import check_slope, slope_of, within_images

SLOPES = ("image", "common")


@dataclass(frozen=True, slots=True)
class MementoDecay:
    """Hit rates at one lag, by hit = m + β·(t − T); t counts the images in between."""

    slope: str  # image: each its own β; common: one for all
    beta: float  # common slope, least squares within images: change per image in between
    t_reference: float  # T: the lag, in images in between, that the rates are for
    n_images: int  # with a repeat at a known lag
    n_images_with_slope: int  # with repeats at two lags or more
    n_pairs: int  # repeats behind it
    n_unknown: int  # repeats left out because their lag is unknown
    n_across_runs: int  # repeats left out because an earlier run showed the image first
    scores: pd.DataFrame  # by image: hits, repeats, hit_rate, beta, memento_hit_rate

    def to_dict(self) -> dict[str, Any]:
        """Every field but the scores by name."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "scores"}

    def to_frame(self) -> pd.DataFrame:
        """A row for each image: hits, repeats, hit_rate, beta, memento_hit_rate."""
        return self.scores.copy()


def memento_decay(
    dataset: Dataset,
    *,
    slope: str = "image",
    t_reference: float = 80.0,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
) -> MementoDecay:
    """Each image's hit rate at 80 images in between, and how fast it falls (Newman et al. 2020).

    The model is theirs: hit = m_80 + β·(t − 80), linear in the lag. The estimates are ours: least
    squares within each image in closed form, which is where updating m and β in turn ends. A
    slope from few repeats is mostly noise; ``common`` gives all images one slope, within images.

    Parameters
    ----------
    dataset, role, include_interrupted, include_excluded
        As in :func:`analysis.scores.scoring.image_scores`; with trials.
    slope
        image or common.
    t_reference
        The lag, in images in between, that the rates are for.

    Returns
    -------
    With its own slope, an image that never came back at two different lags is missing.

    Raises
    ------
    AnalysisError
        If lags are unknown, no image came back at two different lags, or the slope is not known.
    """
    if slope not in SLOPES:
        raise AnalysisError(f"slope {slope!r} is not known; it is one of {', '.join(SLOPES)}")
    pairs = lag_pairs(
        dataset,
        role=role,
        include_interrupted=include_interrupted,
        include_excluded=include_excluded,
    )
    within = within_images(pairs.table, pairs.table["t"].to_numpy() - t_reference)
    check_slope(within, dataset)
    common = slope_of(within.products, within.squares, 1.0)
    own = ratio(within.products, np.where(within.has_slope, within.squares, np.nan))
    beta = np.full(len(within.n), common) if slope == "common" else own
    scores = within.scores.assign(
        beta=beta, memento_hit_rate=within.hit_rate - beta * within.mean_x
    ).reindex(pd.Index(dataset.images["image_id"], name="image_id"))
    return MementoDecay(
        slope=slope,
        beta=common,
        t_reference=t_reference,
        n_images=len(within.n),
        n_images_with_slope=int(within.has_slope.sum()),
        n_pairs=len(pairs.table),
        n_unknown=pairs.n_unknown,
        n_across_runs=pairs.n_across_runs,
        scores=scores,
    )
