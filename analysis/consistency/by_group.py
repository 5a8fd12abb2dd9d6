"""Split-half consistency by category or another attribute of the images, within and between.

All images, each group, the pooled images within groups, and the groups' means are correlated on
the same splits of the same people. Agreement on which categories are memorable is one thing,
agreement on which images are within a category another; the consistency of all images mixes both.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.consistency.reliability import spearman_brown
from analysis.consistency.split_half import to_source, to_splits
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses
from analysis.splits.halves import counts_of
from analysis.splits.pairs import Pairs, check_method, mean_of_splits, pair_up
from analysis.splits.places import Floats, Ints, to_block

FEWEST = 8  # images, people or groups of which a consistency is told
COLUMNS = (
    "part",
    "group",
    "n_images",
    "n_participants",
    "images_per_split",
    "responses_per_half",
    "rho",
    "spread",
    "reliability",
    "n_splits",
    "counts_only",
    "note",
)


def split_half_by(
    dataset: Dataset,
    by: str = "category",
    score: str = "hit_rate",
    *,
    n_splits: int = 1000,
    method: str = "spearman",
    role: str = "target",
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Split-half consistency of each group of images, and within and between the groups.

    Parameters
    ----------
    dataset
        With trials, or with image_counts: then the result says ``counts_only``.
    by
        Column of the table ``images`` that holds the groups.
    score, n_splits, method, role, rng
        As in :func:`analysis.consistency.split_half.split_half`.

    Returns
    -------
    A row for each part of the images: ``all`` of them; ``within``, each image's score less the mean
    of its group in that half, pooled over groups of two or more; ``between``, the groups' means;
    and each ``group``, sorted. Columns: part, group, n_images (that can be split; for between, the
    groups), n_participants (with a response to one of them; missing for counts), images_per_split,
    responses_per_half, rho, spread (over splits: Monte-Carlo spread), reliability (of everybody's
    scores, Spearman–Brown), n_splits, counts_only, note. With fewer than eight images, people or
    groups, the numbers are missing and the note says so.

    Raises
    ------
    AnalysisError
        If there is no such column or nothing to split.
    """
    check_method(method)
    source = to_source(dataset, role)
    splits = to_splits(source, score)
    labels = _labels(dataset, by).reindex(splits.image_ids)
    codes, names = pd.factorize(labels, sort=True)
    people = _people(source, score, splits.image_ids)
    if not len(names):
        raise AnalysisError(
            f"{dataset.path}: no image that can be split in halves has a value of {by}"
        )
    groups = _Groups(np.asarray(codes), len(names))

    def part(name: str, images: Ints, made: Callable[[Pairs], Pairs]) -> _Part:
        return _Part(name, images, None if people is None else people(images), made)

    everything = np.arange(len(codes))
    grouped = np.flatnonzero(groups.codes >= 0)
    parts = [
        part("all", everything, lambda pairs: pairs),
        part("within", np.flatnonzero(groups.sizes[codes] * (codes >= 0) >= 2), groups.within),
        part("between", grouped, groups.between),
    ]
    for code in range(len(names)):
        images = np.flatnonzero(codes == code)
        parts.append(part("group", images, partial(Pairs.take, images=images)))
    for block in splits.blocks(n_splits, rng):
        pairs = pair_up(block)
        for one in parts:
            one.add(pairs, splits.n_responses, method, len(names))
    n_without = len(codes) - len(grouped)
    rows = []
    for i, one in enumerate(parts):
        row = one.row(len(names), splits.lengths.folds)
        row |= {"group": names[i - 3] if i > 2 else None, "counts_only": people is None}
        if n_without and one.name in ("within", "between"):
            row["note"] = "; ".join(filter(None, [row["note"], f"{n_without} without a group"]))
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _labels(dataset: Dataset, by: str) -> "pd.Series[Any]":
    images = dataset.images.set_index("image_id")
    if by not in images:
        raise AnalysisError(
            f"{dataset.path}: the table images has no column {by!r}; it has "
            f"{', '.join(map(str, images)) or 'none but image_id'}"
        )
    return images[by]


def _people(
    source: Responses | pd.DataFrame, score: str, image_ids: pd.Index
) -> Callable[[Ints], int] | None:
    """How many people responded to any of some images; None where only counts are known."""
    if not isinstance(source, Responses):
        return None
    _, whole = counts_of(score)[0]
    shown = getattr(source.of_columns(image_ids), whole).tocsc()

    def count(images: Ints) -> int:
        return int((np.asarray(shown[:, images].sum(axis=1)).ravel() > 0).sum())

    return count


@dataclass(frozen=True, slots=True)
class _Groups:
    """The images' groups, and halves' scores within and between them."""

    codes: Ints  # group of each image; −1 for none
    n: int

    @property
    def sizes(self) -> Ints:
        """Images in each group."""
        return np.bincount(self.codes[self.codes >= 0], minlength=self.n)

    def within(self, pairs: Pairs) -> Pairs:
        """Scores less the group's mean in that half; only in groups of two or more images."""
        means, n_valid = self._means(pairs)
        member = self.codes >= 0
        belongs = member & (np.take(n_valid, self.codes, axis=1) >= 2) & pairs.valid
        values = np.append(pairs.values, np.nan)
        halves = [
            np.where(belongs, values[places] - np.take(mean, self.codes, axis=1), np.nan)
            for places, mean in zip((pairs.first, pairs.second), means, strict=True)
        ]
        return _paired(halves)

    def between(self, pairs: Pairs) -> Pairs:
        """The groups' mean scores in each half."""
        return _paired(self._means(pairs)[0])

    def _means(self, pairs: Pairs) -> tuple[list[Floats], Ints]:
        """Means in both halves, missing for groups without a valid image; and valid images."""
        member = np.zeros((len(self.codes), self.n))
        member[np.flatnonzero(self.codes >= 0), self.codes[self.codes >= 0]] = 1
        n_valid = (pairs.valid @ member).astype(np.int64)
        values = np.append(pairs.values, 0.0)
        n = np.where(n_valid > 0, n_valid, np.nan)
        return [
            (values[p] * pairs.valid) @ member / n for p in (pairs.first, pairs.second)
        ], n_valid


def _paired(halves: list[Floats]) -> Pairs:
    """Pairs of any numbers; those that differ by rounding alone are a tie."""
    first, second = (half.round(12) for half in halves)
    return pair_up(to_block(first, second))


@dataclass(slots=True)
class _Part:
    """One row of the result, gathered block by block."""

    name: str
    images: Ints  # of the splits
    n_people: int | None
    made: Callable[[Pairs], Pairs]
    rhos: list[Floats] = field(default_factory=list)
    n_valid: float = 0.0
    behind: float = 0.0

    def too_small(self, n_groups: int) -> str | None:
        """Why no number is told, or None."""
        found = [(len(self.images), "images")]
        if self.name == "between":
            found = [(n_groups, "groups")]
        if self.n_people is not None:
            found.append((self.n_people, "participants"))
        few = [f"{n} {what}" for n, what in found if n < FEWEST]
        return f"too small: {' and '.join(few)}, of at least {FEWEST}" if few else None

    def add(self, pairs: Pairs, n_responses: Floats, method: str, n_groups: int) -> None:
        """Correlate the halves of some splits."""
        valid = pairs.valid[:, self.images]
        self.behind += float((valid @ n_responses[self.images]).sum())
        self.n_valid += float(valid.sum())
        if self.too_small(n_groups) is None:
            self.rhos.append(self.made(pairs).correlate(method))
        else:
            self.rhos.append(np.full(len(valid), np.nan))

    def row(self, n_groups: int, k: float) -> dict[str, Any]:
        """All but the group's name."""
        rhos = np.concatenate(self.rhos)
        rho, spread, n_defined = mean_of_splits(rhos)
        return {
            "part": self.name,
            "n_images": n_groups if self.name == "between" else len(self.images),
            "n_participants": self.n_people,
            "images_per_split": self.n_valid / len(rhos),
            "responses_per_half": self.behind / self.n_valid / 2 if self.n_valid else 0.0,
            "rho": rho,
            "spread": spread,
            "reliability": spearman_brown(rho, k),
            "n_splits": n_defined,
            "note": self.too_small(n_groups),
        }
