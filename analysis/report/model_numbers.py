"""Every number of the report that is about models, beyond both scales."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.dataset import Dataset
from analysis.report.progress import Progress


@dataclass(frozen=True, slots=True)
class ModelNumbers:
    """What follows from predictions; a part is None or empty where the data do not have it."""

    problems: tuple[str, ...] = ()  # what could not be computed, and why


def gather_models(
    dataset: Dataset,
    predictions: Mapping[str, "pd.Series[float]"],
    score: str,
    *,
    n_splits: int,
    seed: int,
    progress: Progress,
) -> ModelNumbers:
    """Compute everything about models; the same seed gives the same numbers.

    Parameters
    ----------
    predictions
        Each model's predictions by image_id; may be empty.
    """
    return ModelNumbers()
