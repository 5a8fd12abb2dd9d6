"""Errors of a model where the least memorable images are left out, cut-off by cut-off.

Some published errors are of images above a cut-off. Leaving out images narrows what is left, so
that errors and correlations both change with the cut-off without any change of the model. A
cut-off on people's scores also leaves out those images that were low by chance.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from analysis.comparison.scored_images import ScoredImages
from analysis.comparison.verdict import FEW
from analysis.errors import AnalysisError
from analysis.splits.pairs import correlation

N_CUTOFFS = 21


def cutoff_errors(
    images: ScoredImages,
    cutoffs: Sequence[float] | None = None,
    *,
    by: Literal["score", "prediction"] = "score",
) -> pd.DataFrame:
    """MSE, MAE and Spearman correlation of the images at or above each cut-off.

    Parameters
    ----------
    images
        See :func:`analysis.comparison.scored_images.match_scores`.
    cutoffs
        In units of the score; by default 21, evenly from the lowest value to the highest.
    by
        Whether people's score or the prediction is cut off.

    Returns
    -------
    One row for each cut-off, ascending: by, cutoff, n_images, share_left_out, mse, mae, spearman,
    is_too_small. With fewer than eight images the three numbers are missing and is_too_small is
    true.

    Raises
    ------
    AnalysisError
        If ``by`` is neither, or a cut-off is missing.
    """
    if by not in ("score", "prediction"):
        raise AnalysisError(f"by is {by!r}; cut off by 'score' or by 'prediction'")
    values = images.scores if by == "score" else images.predictions
    if cutoffs is None:
        cutoffs = np.linspace(values.min(), values.max(), N_CUTOFFS).tolist()
    if np.isnan(np.asarray(cutoffs, dtype=np.float64)).any():
        raise AnalysisError("a cut-off is missing; each is a number in units of the score")
    rows = []
    for cutoff in sorted(cutoffs):
        kept = images.take(values >= cutoff)
        n = len(kept.scores)
        too_small = n < FEW
        error = np.full(1, np.nan) if too_small else kept.predictions - kept.scores
        spearman = correlation(kept.predictions, kept.scores, "spearman")
        rows.append(
            {
                "by": by,
                "cutoff": float(cutoff),
                "n_images": n,
                "share_left_out": 1 - n / len(values),
                "mse": float((error**2).mean()),
                "mae": float(np.abs(error).mean()),
                "spearman": float("nan") if too_small else spearman,
                "is_too_small": too_small,
            }
        )
    return pd.DataFrame(rows)
