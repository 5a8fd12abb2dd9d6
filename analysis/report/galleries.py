"""Which pictures the report shows, and in which order."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.verdict import called
from analysis.readable import decimal
from analysis.report.blocks import Tile
from analysis.report.numbers import Numbers

GALLERY = 12
STRIP = 48


def ranking(numbers: Numbers) -> list[str]:
    """image_ids with a score, the highest first."""
    scores = numbers.images[numbers.score].dropna().astype(float)
    order = scores.sort_values(ascending=False, kind="stable")
    return list(order.index)


def residuals(numbers: Numbers, model: str) -> "pd.Series[float]":
    """Rank of people's score less rank of the prediction, largest first, of images with both."""
    both = numbers.images[[numbers.score, f"prediction_{model}"]].dropna().astype(float)
    ranks = both.rank()
    difference = ranks[numbers.score] - ranks[f"prediction_{model}"]
    return difference.sort_values(ascending=False, kind="stable")


def evenly(ids: list[str], n: int) -> list[str]:
    """At most n of the ids, first and last included."""
    if len(ids) <= n:
        return ids
    places = np.unique(np.linspace(0, len(ids) - 1, n).round().astype(int))
    return [ids[i] for i in places]


def tile(numbers: Numbers, image_id: str, model: str | None = None) -> Tile:
    """One picture of a gallery with its numbers."""
    row: dict[Any, Any] = numbers.images.loc[image_id].to_dict()
    score = decimal(row[numbers.score])
    if model is None:
        return Tile(image_id, [("of-people", score)])
    told = f"{called(model)} {decimal(row[f'prediction_{model}'])}"
    return Tile(image_id, [("of-people", f"people {score}"), ("of-model", told)])
