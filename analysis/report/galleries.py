"""Which pictures the report shows, and in which order."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.readable import decimal
from analysis.report.numbers import Numbers
from analysis.verdict import called

GALLERY = 12
STRIP = 48


def wanted_pictures(numbers: Numbers, most: int) -> list[str]:
    """image_ids whose thumbnails the page needs, those of the galleries first."""
    ids: dict[str, None] = {}
    ordered = ranking(numbers)
    for part in (ordered[:GALLERY], ordered[-GALLERY:], evenly(ordered, STRIP)):
        ids |= dict.fromkeys(part)
    for model in numbers.models():
        errors = residuals(numbers, model)
        ids |= dict.fromkeys([*errors.index[:GALLERY], *errors.index[-GALLERY:]])
    for image_id in numbers.images.index:
        if len(ids) >= most:
            break
        ids[image_id] = None
    return list(ids)


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


def tile(
    numbers: Numbers, image_id: str, pictures: Mapping[str, str], model: str | None = None
) -> dict[str, Any]:
    """One picture of a gallery with its numbers."""
    row: dict[Any, Any] = numbers.images.loc[image_id].to_dict()
    lines = [{"of": "of-people", "text": decimal(row[numbers.score])}]
    if model is not None:
        lines[0]["text"] = f"people {lines[0]['text']}"
        told = f"{called(model)} {decimal(row[f'prediction_{model}'])}"
        lines.append({"of": "of-model", "text": told})
    parts = re.findall(r"[^/_.-]*[/_.-]*", image_id)  # a long name breaks behind these
    return {"name_parts": parts, "picture": pictures.get(image_id), "lines": lines}
