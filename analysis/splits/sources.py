"""People's responses as matrices, ready to be summed over halves and looked up as scores.

A source knows the counts of each person on each image, and gives the scores of the people in one
half, and of all others, as places in a sorted table.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from analysis.splits.exact import exact_scores, log_linear_z
from analysis.splits.places import (
    Block,
    Floats,
    Ints,
    PlaceTable,
    look_up,
    place_table,
    to_block,
)

LARGEST_TABLE = 2_000_000

Sums = tuple[Ints, ...]  # whole numbers that stand for the counts, an array for each matrix


class Source(Protocol):
    """Counts by image and person that can be summed over some of the people."""

    def sums(self, weights: Ints) -> Sums:
        """Sums over people, each counting as often as the weights say.

        Weights of shape (people,) give sums of shape (images,), weights of shape (people, splits)
        sums of shape (splits, images).
        """

    def block(self, first: Sums, total: Sums) -> Block:
        """Scores of the first half of each split, and of the rest of the total."""

    def n_responses(self, total: Sums) -> Ints:
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


def _product(matrix: sparse.csr_array, weights: Ints) -> Ints:
    return np.ascontiguousarray((matrix @ weights.astype(matrix.dtype)).T)


def _code_type(n_codes: int) -> "np.dtype[Any]":
    """The smallest type that holds every code; small types multiply faster."""
    return np.dtype(np.int16 if n_codes < 2**15 else np.int32)


@dataclass(frozen=True, slots=True)
class _Packed:
    """Both counts of a ratio in one matrix: a product of it is an index into the table."""

    matrix: sparse.csr_array  # images × people, numerator * width + n
    table: PlaceTable

    def sums(self, weights: Ints) -> Sums:
        return (_product(self.matrix, weights),)

    def block(self, first: Sums, total: Sums) -> Block:
        shift = self.table.shift * self.table.width
        codes = (first[0] + shift, total[0] - first[0] + shift)
        place, values = self.table.place, self.table.values
        if len(values) > first[0].shape[-1]:  # most places are empty: leave those out
            occurs = np.zeros(len(values) + 1, dtype=bool)
            for half in codes:
                occurs[place[half]] = True
            occurs[-1] = True
            place, values = (np.cumsum(occurs) - 1)[place], values[occurs[:-1]]
        return Block(look_up(place, codes[0]), look_up(place, codes[1]), values)

    def n_responses(self, total: Sums) -> Ints:
        return np.asarray(total[0] % self.table.width)


def _packed(
    part: sparse.csr_array, whole: sparse.csr_array, *, largest: int, signed: bool = False
) -> _Packed:
    table = place_table(largest, signed=signed)
    return _Packed((part * table.width + whole).astype(_code_type(len(table.place))), table)


@dataclass(frozen=True, slots=True)
class _Signal:
    """Both rates of d′, each packed like the counts of a ratio, and the quantile of each code."""

    hits: sparse.csr_array  # images × people, hits * width + repeats
    alarms: sparse.csr_array
    z: Floats  # index: part * width + whole
    width: int

    def sums(self, weights: Ints) -> Sums:
        return _product(self.hits, weights), _product(self.alarms, weights)

    def block(self, first: Sums, total: Sums) -> Block:
        hits, alarms = (
            np.stack([half, everybody - half]) for half, everybody in zip(first, total, strict=True)
        )
        places, values = _pair_places(hits, alarms, self.z)
        return Block(places[0], places[1], values)

    def n_responses(self, total: Sums) -> Ints:
        return np.asarray(total[0] % self.width)


def _z_table(largest: int) -> Floats:
    """The log-linear quantile of every part of every whole up to the largest."""
    part, whole = np.divmod(np.arange((largest + 1) ** 2), largest + 1)
    return np.where(part <= whole, log_linear_z(np.minimum(part, whole), whole), np.nan)


def _pair_places(hits: Ints, alarms: Ints, z: Floats) -> tuple[Ints, Floats]:
    """Places of z(hits) − z(alarms) among all that occur; from a table if few pairs can occur."""
    hit_codes, hit_number = _renumbered(hits, len(z))
    alarm_codes, alarm_number = _renumbered(alarms, len(z))
    if len(hit_codes) * len(alarm_codes) > hits.size // 4:
        values, places = np.unique(z[hits] - z[alarms], return_inverse=True)
        return places.reshape(hits.shape), values[~np.isnan(values)]
    pairs = z[hit_codes][:, None] - z[alarm_codes]
    values, places = np.unique(pairs, return_inverse=True)
    numbers = (hit_number * len(alarm_codes))[hits] + alarm_number[alarms]
    return places.ravel()[numbers], values[~np.isnan(values)]


def _renumbered(codes: Ints, n_codes: int) -> tuple[Ints, Ints]:
    """The codes that occur, ascending; and for each code its number among them."""
    occurs = np.zeros(n_codes, dtype=bool)
    occurs[codes] = True
    return np.flatnonzero(occurs), np.cumsum(occurs) - 1


@dataclass(frozen=True, slots=True)
class _Counted:
    """The counts in matrices of their own, for scores without a table of reasonable size."""

    score: str
    matrices: tuple[sparse.csr_array, ...]  # part, whole; for a difference of rates two of each

    def sums(self, weights: Ints) -> Sums:
        return tuple(_product(matrix, weights) for matrix in self.matrices)

    def block(self, first: Sums, total: Sums) -> Block:
        second = [everybody - half for everybody, half in zip(total, first, strict=True)]
        return to_block(exact_scores(self.score, *first), exact_scores(self.score, *second))

    def n_responses(self, total: Sums) -> Ints:
        return total[1]
