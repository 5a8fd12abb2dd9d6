"""People and models by category and by the researcher's own attributes of the images."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.comparison.attributes import attributes, group_images
from analysis.comparison.groups import Groups, compare_groups
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.report.progress import Progress, told

MOST_GROUPS = 24  # of one attribute; more would fill pages, each with few images
MOST_ATTRIBUTES = 6
OF_THE_FILE = ("licence", "width_px", "height_px")  # not of what is in the picture


def gather_groups(
    dataset: Dataset,
    predictions: Mapping[str, "pd.Series[float]"],
    score: str,
    *,
    n_splits: int,
    seed: int,
    progress: Progress,
) -> tuple[tuple[Groups, ...], tuple[str, ...]]:
    """The groups of each attribute, and the attributes that none are told of, with the reason."""
    if not predictions:
        return (), ()
    found: list[Groups] = []
    skipped = []
    for by in attributes(dataset.images):
        if by in OF_THE_FILE:
            continue
        n_groups = int(group_images(dataset.images, by).nunique())
        if n_groups > MOST_GROUPS:
            skipped.append(f"{by} has {n_groups:,} values; at most {MOST_GROUPS} are shown")
        elif len(found) == MOST_ATTRIBUTES:
            skipped.append(f"{by} comes after the first {MOST_ATTRIBUTES} attributes")
        else:
            progress(f"groups by {by}")
            rng = np.random.default_rng([seed, 26])
            try:
                found.append(
                    compare_groups(dataset, predictions, by, score, n_splits=n_splits, rng=rng)
                )
            except AnalysisError as error:
                skipped.append(f"{by}: {told(error, dataset)}")
    return tuple(found), tuple(skipped)
