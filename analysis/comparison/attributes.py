"""Groups of images by what the table images says of them: their category and other attributes."""

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from analysis.tables.schema import IMAGES

NO_ATTRIBUTES = {column.name for column in IMAGES.columns} - {
    "category",
    "licence",
    "width_px",
    "height_px",
}


def group_images(images: pd.DataFrame, by: str, n_bins: int = 4) -> "pd.Series[str]":
    """Put every image in a group.

    Parameters
    ----------
    images
        The table images.
    by
        One of its columns. Where all its values are numbers, more than ``n_bins`` different ones,
        they are put into that many quantiles; otherwise each value is a group.
    n_bins
        Quantiles of numbers, at least 2.

    Returns
    -------
    By image_id, an ordered categorical; missing where the attribute is. Quantiles are called by
    their lowest and highest value, such as "12 to 34 (1 of 4)".

    Raises
    ------
    AnalysisError
        If there is no such column, it has no value, or n_bins is below 2.
    """
    if by not in images or by == "image_id":
        there = ", ".join(attributes(images)) or "none that images can be grouped by"
        raise AnalysisError(f"the table images has no attribute {by!r}; it has {there}")
    if n_bins < 2:
        raise AnalysisError(f"n_bins is {n_bins}; numbers are put into at least 2 quantiles")
    values = pd.Series(images[by].to_numpy(), index=pd.Index(images["image_id"]), dtype=object)
    known = values.dropna()
    if known.empty:
        raise AnalysisError(f"{by} of the images is always missing; there is nothing to group by")
    numbers = _numbers(known)
    if numbers is not None and numbers.nunique() > n_bins:
        part = pd.qcut(numbers, n_bins, labels=False, duplicates="drop")
        names = {
            k: f"{some.min():g} to {some.max():g} ({k + 1} of {int(part.max()) + 1})"
            for k, some in numbers.groupby(part)
        }
        labels, order = part.map(names), [names[k] for k in sorted(names)]
    elif numbers is not None:
        labels = numbers.map(lambda number: f"{number:g}")
        order = [f"{number:g}" for number in sorted(numbers.unique())]
    else:
        labels = known.astype(str)
        order = sorted(labels.unique())
    grouped = pd.Categorical(labels.reindex(values.index), categories=order, ordered=True)
    return pd.Series(grouped, index=values.index)


def attributes(images: pd.DataFrame) -> tuple[str, ...]:
    """Columns of the table images that images can be grouped by.

    Those with at least two values; texts only if half of the images or more share theirs with
    another image, since a name or an address of each image's own makes no group.
    """
    found = []
    for name in images.columns:
        known = images[name].dropna()
        if name in NO_ATTRIBUTES or known.nunique() < 2:
            continue
        is_shared = known.duplicated(keep=False).mean() >= 0.5
        if is_shared or _numbers(known) is not None:
            found.append(str(name))
    return tuple(found)


def _numbers(known: pd.Series) -> "pd.Series[float] | None":
    """The values as numbers, None if one is none (true and false are none)."""
    if known.map(lambda value: isinstance(value, (bool, np.bool_))).any():
        return None
    numbers = pd.to_numeric(known, errors="coerce").astype(float)
    return numbers if np.isfinite(numbers.to_numpy()).all() else None
