"""People who forget at a known pace, with the lag of every repeat."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset

Floats = np.ndarray[Any, np.dtype[np.float64]]


def lagged_study(
    rng: np.random.Generator,
    *,
    at_reference: Floats,
    alpha: float = -0.08,
    t_reference: float = 80.0,
    n_people: int = 60,
    seen: float = 1.0,
    lags: tuple[int, int] = (5, 150),
    is_linear: bool = False,
    person_spread: float = 0.0,
) -> Dataset:
    """Repeats at even lags, hit with m + α·ln(t/T), or linearly m + α·(t − T).

    Parameters
    ----------
    rng
        The only source of chance.
    at_reference
        m of each image.
    alpha, t_reference, is_linear
        Of the formula; t counts the images in between.
    n_people, seen, lags
        People, the share of images that each sees, the smallest and largest t.
    person_spread
        Standard deviation of how much better than others a person remembers.
    """
    n_images = len(at_reference)
    image = np.tile(np.arange(n_images), n_people)
    person = np.repeat(np.arange(n_people), n_images)
    t = rng.integers(lags[0], lags[1] + 1, len(image))
    apart = t - t_reference if is_linear else np.log(t / t_reference)
    better = rng.normal(0, person_spread, n_people)[person]
    hit = rng.random(len(image)) < at_reference[image] + alpha * apart + better
    trials = pd.DataFrame(
        {
            "participant_id": [f"p{k:03d}" for k in person],
            "image_id": [f"i{k:03d}" for k in image],
            "run_id": [f"r{k:03d}" for k in person],
            "phase": "game",
            "role": "target",
            "level": 1,
            "is_repeat": True,
            "responded": hit,
            "lag": pd.array(t + 1, dtype="Int64"),
            "n_intervening": pd.array(t, dtype="Int64"),
            "is_interrupted": False,
            "rt_ms": np.nan,
        }
    )
    kept = trials[rng.random(len(trials)) < seen].reset_index(drop=True)
    images = pd.DataFrame({"image_id": [f"i{k:03d}" for k in range(n_images)]})
    return Dataset(path=Path("lagged"), images=images, trials=kept)
