"""People's responses as matrices, ready to be summed over halves and looked up as scores.

A source knows the counts of each person on each image, and gives the scores of the people in one
half, and of all others, as places in a sorted table.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from analysis.splits.exact import exact_scores, log_linear_z
from analysis.splits.places import Block, Floats, Ints, PlaceTable, place_table, to_block

LARGEST_TABLE = 2_000_000

Totals = tuple[Ints, ...]


class Source(Protocol):
    """Counts by image and person that can be summed over some of the people."""

    def total(self, weights: Ints) -> Totals:
        """What everybody sums to, each person counting as often as the weights say."""

    def block(self, in_first: Ints, total: Totals) -> Block:
        """Scores of those in the first half, with their weights, and of the rest of the total."""

    def n_responses(self, total: Totals) -> Ints:
        """How many responses are behind each image's score."""


def make_source(score: str, matrices: tuple[sparse.csr_array, ...], largest: int) -> Source:
    """The quickest source for a score.

    Parameters
    ----------
    score
        Its name.
    matrices
        Part and whole of each rate that makes the score, images × people.
    largest
        The most responses of one image that will be summed.
    """
    has_table = (largest + 1) ** 2 <= LARGEST_TABLE
    if not has_table:
        return _Counted(score, tuple(matrix.astype(np.int64) for matrix in matrices))
    if score == "d_prime":
        table = _z_table(largest)
        hits, repeats, alarms, firsts = matrices
        width = largest + 1
        code_type = _code_type(len(table))
        return _Signal(
            (hits * width + repeats).astype(code_type),
            (alarms * width + firsts).astype(code_type),
            table,
            width,
        )
    if score != "corrected_recognition":
        return _packed(*matrices, largest=largest)
    hits, repeats, alarms, firsts = matrices
    if abs(repeats - firsts).sum() == 0:  # both rates have the same n: their difference is a ratio
        return _packed(hits - alarms, repeats, largest=largest, signed=True)
    return _Counted(score, tuple(matrix.astype(np.int64) for matrix in matrices))


@dataclass(frozen=True, slots=True)
class _Packed:
    """Both counts of a ratio in one matrix: a product of it is an index into the table."""

    matrix: sparse.csr_array  # images × people, numerator * width + n
    table: PlaceTable

    def total(self, weights: Ints) -> Totals:
        return (self.matrix @ weights.astype(self.matrix.dtype),)

    def block(self, in_first: Ints, total: Totals) -> Block:
        product = self.matrix @ in_first.astype(self.matrix.dtype)
        first = np.ascontiguousarray(product.T)
        return Block(self._places(first), self._places(total[0] - first), self.table.values)

    def n_responses(self, total: Totals) -> Ints:
        return np.asarray(total[0] % self.table.width)

    def _places(self, codes: Ints) -> Ints:
        places: Ints = self.table.place[codes + self.table.shift * self.table.width]
        return places


def _packed(
    part: sparse.csr_array, whole: sparse.csr_array, *, largest: int, signed: bool = False
) -> _Packed:
    table = place_table(largest, signed=signed)
    return _Packed((part * table.width + whole).astype(_code_type(len(table.place))), table)


def _code_type(n_codes: int) -> "np.dtype[Any]":
    """The smallest type that holds every code; small types multiply faster."""
    return np.dtype(np.int16 if n_codes < 2**15 else np.int32)


@dataclass(frozen=True, slots=True)
class _Signal:
    """Both rates of d′, each packed like the counts of a ratio, and the quantile of each code."""

    hits: sparse.csr_array  # images × people, hits * width + repeats
    alarms: sparse.csr_array
    z: Floats  # index: part * width + whole
    width: int

    def total(self, weights: Ints) -> Totals:
        return tuple(matrix @ weights.astype(matrix.dtype) for matrix in (self.hits, self.alarms))

    def block(self, in_first: Ints, total: Totals) -> Block:
        halves = []
        for matrix, everybody in zip((self.hits, self.alarms), total, strict=True):
            first = np.ascontiguousarray((matrix @ in_first.astype(matrix.dtype)).T)
            halves.append(np.stack([first, everybody - first]))
        places, values = _pair_places(halves[0], halves[1], self.z)
        return Block(places[0], places[1], values)

    def n_responses(self, total: Totals) -> Ints:
        return np.asarray(total[0] % self.width)


def _z_table(largest: int) -> Floats:
    """The log-linear quantile of every part of every whole up to the largest."""
    part, whole = np.divmod(np.arange((largest + 1) ** 2), largest + 1)
    return np.where(part <= whole, log_linear_z(np.minimum(part, whole), whole), np.nan)


def _pair_places(hits: Ints, alarms: Ints, z: Floats) -> tuple[Ints, Floats]:
    """Places of z(hits) − z(alarms) among all that occur; from a table if few pairs can occur."""
    hit_codes, hit = _renumbered(hits, len(z))
    alarm_codes, alarm = _renumbered(alarms, len(z))
    if len(hit_codes) * len(alarm_codes) > hits.size // 4:
        values, places = np.unique(z[hits] - z[alarms], return_inverse=True)
        return places.reshape(hits.shape), values[~np.isnan(values)]
    pairs = z[hit_codes][:, None] - z[alarm_codes]
    values, places = np.unique(pairs, return_inverse=True)
    return places.ravel()[hit * len(alarm_codes) + alarm], values[~np.isnan(values)]


def _renumbered(codes: Ints, n_codes: int) -> tuple[Ints, Ints]:
    """The codes that occur, ascending, and each code's number among them."""
    occurs = np.zeros(n_codes, dtype=bool)
    occurs[codes] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[codes]


@dataclass(frozen=True, slots=True)
class _Counted:
    """The counts in matrices of their own, for scores without a table of reasonable size."""

    score: str
    matrices: tuple[sparse.csr_array, ...]  # part, whole; for a difference of rates two of each

    def total(self, weights: Ints) -> Totals:
        return tuple(matrix @ weights.astype(np.int64) for matrix in self.matrices)

    def block(self, in_first: Ints, total: Totals) -> Block:
        firsts = [(matrix @ in_first.astype(np.int64)).T for matrix in self.matrices]
        seconds = [everybody - first for everybody, first in zip(total, firsts, strict=True)]
        return to_block(exact_scores(self.score, *firsts), exact_scores(self.score, *seconds))

    def n_responses(self, total: Totals) -> Ints:
        return total[1]
