"""The same splits of the people seen three ways: in each group of images, between, and within."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.comparison.model_splits import ModelSplits
from analysis.errors import AnalysisError
from analysis.splits.halves import Bools
from analysis.splits.pairs import Pairs, correlation, mean_of_splits, row_correlation
from analysis.splits.places import Floats

EXACT = 12  # decimals of means; what differs less is equal but for floating point, and a tie


@dataclass(frozen=True, slots=True)
class ModelInGroup:
    """One model on some images, on both scales."""

    model: str
    corr_half: float  # with a half of the people, mean over the same splits as rho
    corr_all: float  # with everybody


def check_group_method(method: str) -> None:
    """Refuse a correlation that groups are not compared by."""
    if method not in ("spearman", "pearson"):
        raise AnalysisError(f"method {method!r} compares no groups; spearman and pearson do")


class GroupedSplits:
    """Collects the correlations of every split, block by block.

    Parameters
    ----------
    common
        What is split, and the models' predictions.
    member
        Which images are in which group, shape (groups, images); an image is in one group at most.
    method
        spearman or pearson.
    """

    def __init__(self, common: ModelSplits, member: Bools, method: str) -> None:
        self.common = common
        self.member = member
        self.method = method
        self.entered = np.zeros(member.shape[1], dtype=bool)  # in at least one split
        self._group = np.where(member.any(axis=0), member.argmax(axis=0), 0)
        # Of each view (the groups, then between, then within): ρ of the splits, and each model's.
        n_rows = 1 + len(common.models)
        self._found: list[list[list[Floats]]] = [
            [[] for _ in range(n_rows)] for _ in range(len(member) + 2)
        ]

    def add(self, pairs: Pairs) -> None:
        """Take in the splits of one block."""
        self.entered |= pairs.valid.any(axis=0)
        for k, images in enumerate(self.member):
            part = pairs.take(np.flatnonzero(images))
            self._found[k][0].append(part.correlate(self.method))
            for m, predicted in enumerate(self.common.predictions, start=1):
                values, places = np.unique(predicted[images], return_inverse=True)
                self._found[k][m].append(part.with_model(places, values, self.method)[1])
        scores = np.append(pairs.values, 0.0)
        halves = [scores[pairs.first], scores[pairs.second]]
        valid = pairs.valid & self.member.any(axis=0)
        predicted = [np.broadcast_to(p, valid.shape) for p in self.common.predictions]
        means = [self._means(row, valid).round(EXACT) for row in (*halves, *predicted)]
        there = valid @ self.member.T > 0
        self._collect(-2, means, there)
        within, several = self._deviations((*halves, *predicted), valid)
        self._collect(-1, within, several)

    def group(self, k: int) -> tuple[float, tuple[ModelInGroup, ...]]:
        """ρ and the models on the images of one group."""
        return self._told(k, self.common.splits.scores, self.common.predictions, self._in(k))

    def between(self) -> tuple[float, tuple[ModelInGroup, ...]]:
        """ρ and the models on the groups' means."""
        scores, *predicted = (
            self._means(row, self._known).round(EXACT) for row in self._everything()
        )
        there = (self._known @ self.member.T > 0)[0]
        return self._told(-2, scores[0], np.stack([p[0] for p in predicted]), there)

    def within(self) -> tuple[float, tuple[ModelInGroup, ...]]:
        """ρ and the models on the images less the means of their groups."""
        (scores, *predicted), several = self._deviations(self._everything(), self._known)
        return self._told(-1, scores[0], np.stack([p[0] for p in predicted]), several[0])

    @property
    def n_groups(self) -> int:
        """Groups with an image that entered a split."""
        return int((self._known @ self.member.T > 0).sum())

    @property
    def n_within(self) -> int:
        """Images that entered a split, in groups of two such images or more."""
        return int(self._deviations([np.asarray(self._known * 1.0)], self._known)[1].sum())

    @property
    def _known(self) -> Bools:
        return np.asarray(self.entered & self.member.any(axis=0))[None]

    def _in(self, k: int) -> Bools:
        return np.asarray(self.entered & self.member[k])

    def _everything(self) -> tuple[Floats, ...]:
        """Everybody's scores and each model's predictions, one row each."""
        known = np.where(self._known, self.common.splits.scores, 0.0)
        return known, *(predicted[None] for predicted in self.common.predictions)

    def _means(self, numbers: Floats, valid: Bools) -> Floats:
        """Means over the valid images of each group; shape (splits, groups), 0 where none is."""
        n = valid @ self.member.T.astype(np.float64)
        return np.asarray((numbers * valid) @ self.member.T / np.maximum(n, 1))

    def _deviations(self, numbers: Sequence[Floats], valid: Bools) -> tuple[list[Floats], Bools]:
        """Numbers less their group's mean, and which of them have another image in the group."""
        n = valid @ self.member.T.astype(np.float64)
        several = valid & (n[:, self._group] >= 2)
        less = [one - self._means(one, valid)[:, self._group] for one in numbers]
        return [one.round(EXACT) for one in less], several

    def _collect(self, view: int, numbers: list[Floats], valid: Bools) -> None:
        first, second, *predicted = (self._centred(one, valid) for one in numbers)
        self._found[view][0].append(row_correlation(first, second))
        for m, mine in enumerate(predicted, start=1):
            against = row_correlation(mine, first) + row_correlation(mine, second)
            self._found[view][m].append(against / 2)

    def _centred(self, numbers: Floats, valid: Bools) -> Floats:
        """Ranks or values of the valid ones of each row, less their mean; 0 elsewhere."""
        if self.method == "spearman":
            numbers = stats.rankdata(np.where(valid, numbers, np.inf), axis=1)
        n = np.maximum(valid.sum(axis=1, keepdims=True), 1)
        mean = (numbers * valid).sum(axis=1, keepdims=True) / n
        return np.asarray((numbers - mean) * valid)

    def _told(
        self, view: int, scores: Floats, predictions: Floats, chosen: Bools
    ) -> tuple[float, tuple[ModelInGroup, ...]]:
        rho, *halves = (mean_of_splits(np.concatenate(rows))[0] for rows in self._found[view])
        models = tuple(
            ModelInGroup(name, half, correlation(mine[chosen], scores[chosen], self.method))
            for name, half, mine in zip(self.common.models, halves, predictions, strict=True)
        )
        return rho, models
