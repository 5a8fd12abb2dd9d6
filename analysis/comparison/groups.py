"""People and models within categories and other groups of images, and between them.

A model may know which categories are memorable and nothing about the images within one, or the
other way round; one correlation over all images does not tell. Groups of fewer than eight images
or eight people are too small for a number and get none.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.attributes import group_images
from analysis.comparison.grouped_splits import GroupedSplits, ModelInGroup, check_group_method
from analysis.comparison.model_splits import ModelSplits, split_with_models
from analysis.comparison.verdict import FEW
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses
from analysis.splits.pairs import pair_up


@dataclass(frozen=True, slots=True)
class Group:
    """One group of images, or all of them between or within groups."""

    name: str
    n_images: int
    n_people: int | None  # with a response to at least one of them; None where only counts are
    mean_score: float  # everybody's, mean over images; missing where too small
    rho: float  # half against half; missing where the group is too small
    models: tuple[ModelInGroup, ...]
    is_too_small: bool  # fewer than eight images or eight people


@dataclass(frozen=True, slots=True)
class Between:
    """Of groups instead of images: do people and models agree on which groups are memorable?

    The scores are means of the groups' images, so that ``n_groups`` is what a correlation is of.
    """

    n_groups: int
    rho: float
    models: tuple[ModelInGroup, ...]
    is_too_small: bool  # fewer than eight groups, or eight people


@dataclass(frozen=True, slots=True)
class Within:
    """Of all images, each less the mean of its group: what is left of agreement within groups."""

    n_images: int  # in groups of two images or more
    rho: float
    models: tuple[ModelInGroup, ...]
    is_too_small: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """People and models by one attribute of the images, on the same splits throughout."""

    dataset: str
    score: str
    by: str  # the attribute
    method: str  # spearman or pearson
    n_splits: int
    counts_only: bool  # halves drawn from counts: differences between people are ignored
    n_without_group: int  # images that the attribute is missing for; they are left out
    n_without_prediction: int
    groups: tuple[Group, ...]
    between: Between
    within: Within

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, nested as it is here."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row for each group (kind "group"), then one between groups and one within them.

        Each model has two columns, corr_half_MODEL and corr_all_MODEL; n is the images, between
        groups the groups.
        """
        rows: list[dict[str, Any]] = [
            {
                "kind": "group",
                "group": group.name,
                "n": group.n_images,
                "n_people": group.n_people,
                "mean_score": group.mean_score,
                **_numbers(group),
            }
            for group in self.groups
        ]
        between, within = self.between, self.within
        rows.append({"kind": "between", "n": between.n_groups, **_numbers(between)})
        rows.append({"kind": "within", "n": within.n_images, **_numbers(within)})
        return pd.DataFrame(rows).astype({"n_people": "Int64"})


def _numbers(part: Group | Between | Within) -> dict[str, Any]:
    row: dict[str, Any] = {"rho": part.rho, "is_too_small": part.is_too_small}
    for one in part.models:
        row[f"corr_half_{one.model}"] = one.corr_half
        row[f"corr_all_{one.model}"] = one.corr_all
    return row


def compare_groups(
    dataset: Dataset,
    predictions: Mapping[str, "pd.Series[float]"],
    by: str = "category",
    score: str = "hit_rate",
    *,
    method: str = "spearman",
    n_splits: int = 200,
    n_bins: int = 4,
    role: str = "target",
    rng: np.random.Generator,
) -> Groups:
    """Compare people and models within each group of images, between groups and within all.

    Parameters
    ----------
    dataset, score, role
        As in :func:`analysis.comparison.two_scales.compare`.
    predictions
        By model, then by image_id; only images that every model predicts are compared.
    by, n_bins
        A column of the table images. Numbers with more than ``n_bins`` different values are put
        into that many quantiles, all else is grouped by value.
    method, n_splits, rng
        spearman or pearson. All numbers come from the same splits, of all images: a group's ρ is
        of its images in those splits.

    Returns
    -------
    There are no intervals: the numbers of groups are for looking where to look.

    Raises
    ------
    AnalysisError
        If there is no such column or it is empty, or as
        :func:`analysis.comparison.model_splits.split_with_models`.
    """
    check_group_method(method)
    labels = group_images(dataset.images, by, n_bins)
    common = split_with_models(dataset, predictions, score, role=role)
    label = labels.reindex(common.splits.image_ids)
    names = [name for name in labels.cat.categories if (label == name).any()]
    member = np.stack([np.asarray(label == name) for name in names]) if names else None
    if member is None:
        raise AnalysisError(f"{by} is missing for every image that is compared")
    views = GroupedSplits(common, member, method)
    for block in common.splits.blocks(n_splits, rng):
        views.add(pair_up(block))
    few_people = (common.splits.n_participants or FEW) < FEW
    between_n, within_n = views.n_groups, views.n_within
    return Groups(
        dataset=dataset.name,
        score=score,
        by=by,
        method=method,
        n_splits=n_splits,
        counts_only=common.splits.n_participants is None,
        n_without_group=int(label.isna().sum()),
        n_without_prediction=common.n_without_prediction,
        groups=tuple(_group(str(name), k, common, views) for k, name in enumerate(names)),
        between=Between(between_n, *_told(views.between(), few_people or between_n < FEW)),
        within=Within(within_n, *_told(views.within(), few_people or within_n < FEW)),
    )


def _group(name: str, k: int, common: ModelSplits, views: GroupedSplits) -> Group:
    images = views.entered & views.member[k]
    n_images, n_people = int(images.sum()), None
    if isinstance(common.source, Responses):
        shown = "firsts" if common.splits.score == "false_alarm_rate" else "repeats"
        seen = getattr(common.source.of_columns(common.splits.image_ids[images]), shown)
        n_people = int((np.asarray(seen.sum(axis=1)).ravel() > 0).sum())
    is_too_small = n_images < FEW or (n_people is not None and n_people < FEW)
    rho, models, _ = _told(views.group(k), is_too_small)
    scores = common.splits.scores[images]
    mean = float("nan") if is_too_small else float(scores.mean())
    return Group(name, n_images, n_people, mean, rho, models, is_too_small)


def _told(
    found: tuple[float, tuple[ModelInGroup, ...]], is_too_small: bool
) -> tuple[float, tuple[ModelInGroup, ...], bool]:
    """The numbers, or none of what is too small for them."""
    rho, models = found
    if is_too_small:
        missing = float("nan")
        return missing, tuple(replace(m, corr_half=missing, corr_all=missing) for m in models), True
    return rho, models, False
