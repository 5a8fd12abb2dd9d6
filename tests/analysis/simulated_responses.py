"""People with a known memory for images with known memorability, as matrices and as tables."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.scores.responses import Responses, to_responses

Floats = np.ndarray[Any, np.dtype[np.float64]]


def simulated_trials(
    rng: np.random.Generator,
    *,
    hit_rates: Floats,
    n_people: int,
    n_seen: int | None = None,
    alarm_rates: Floats | None = None,
    person_spread: float = 0.0,
) -> pd.DataFrame:
    """Trials of people who each see some of the images twice.

    Parameters
    ----------
    rng
        The only source of chance.
    hit_rates, alarm_rates
        Each image's true rates.
    n_people, n_seen
        People, and how many of the images each sees (default: all).
    person_spread
        Standard deviation of how much better than others a person's hit rate is everywhere.
    """
    n_images = len(hit_rates)
    seen = np.concatenate([rng.permutation(n_images)[:n_seen] for _ in range(n_people)])
    person = np.repeat(np.arange(n_people), n_seen or n_images)
    shift = rng.normal(0, person_spread, n_people)[person] if person_spread else 0.0
    hit = rng.random(len(seen)) < hit_rates[seen] + shift
    alarm = rng.random(len(seen)) < (0 if alarm_rates is None else alarm_rates[seen])
    one = {"participant_id": [f"p{p}" for p in person], "image_id": [f"i{i:05d}" for i in seen]}
    firsts = pd.DataFrame({**one, "is_repeat": False, "responded": alarm})
    repeats = pd.DataFrame({**one, "is_repeat": True, "responded": hit})
    return pd.concat([firsts, repeats], ignore_index=True)


def simulated_responses(rng: np.random.Generator, **options: Any) -> Responses:
    """The matrices of :func:`simulated_trials`."""
    return to_responses(simulated_trials(rng, **options))


def simulated_study(
    rng: np.random.Generator, truth: Floats, *, name: str = "simulated", **options: Any
) -> Dataset:
    """A dataset of people with these true hit rates per image; options of simulated_trials."""
    trials = simulated_trials(rng, hit_rates=truth, **options)
    trials = trials.assign(role="target", phase="game", is_interrupted=False, rt_ms=np.nan)
    images = pd.DataFrame({"image_id": simulated_predictions(truth).index})
    return Dataset(path=Path(name), images=images, trials=trials)


def simulated_predictions(values: Floats) -> "pd.Series[float]":
    """A model's predictions of the images of simulated_trials."""
    return pd.Series(values, index=[f"i{i:05d}" for i in range(len(values))])
