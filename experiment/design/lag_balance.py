"""How alike the lags of the images are, over all participants."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev


@dataclass(frozen=True, slots=True)
class LagBalance:
    """The mean lag of an image over its responses."""

    mean: float
    sd: float  # between images


def lag_balance(lags: Sequence[int], n_responses: int) -> LagBalance:
    """What the lags of whole runs let one expect of an image with so many responses.

    Which image of a run gets which of its lags is left to chance, and each response to an image is
    of another run: its lags are independent draws from all of them, so the mean of n of them varies
    by their standard deviation / √n.
    """
    return LagBalance(fmean(lags), pstdev(lags) / math.sqrt(n_responses))
