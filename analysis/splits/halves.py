"""Random halves of the people, and the images' scores in each half.

People are split, never responses: one person's responses stay in one half. Many splits are made
at once as a product of two matrices, people's responses (images × people, sparse) and who is in
the first half (people × splits). Scores are ratios of small whole numbers, so each half's score
is a place in a table of all scores that can occur, sorted; equal ratios share a place, whatever
their numbers. Ranks with ties then come from counting places, without sorting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.errors import AnalysisError
from analysis.rates import difference, ratio
from analysis.responses import Responses
from analysis.score_names import SCORES
from analysis.splits.places import Floats, Ints, PlaceTable, place_table

Bools = np.ndarray[Any, np.dtype[np.bool_]]

BLOCK = 400_000  # splits × images that are worked on at a time
LARGEST_TABLE = 2_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """Scores of some splits as places in a sorted table; the place after the last is missing."""

    first: Ints  # splits × images
    second: Ints
    values: Floats  # score at each place, ascending


class Splits(Protocol):
    """Something that can be split in halves again and again."""

    image_ids: pd.Index
    score: str
    scores: Floats  # of everybody together, per image
    n_responses: Floats  # behind each image's score
    n_participants: int | None

    def blocks(self, n_splits: int, rng: np.random.Generator) -> Iterator[Block]:
        """The scores in both halves, some splits at a time."""


def _parts(score: str) -> tuple[str, str]:
    """The counts that make a rate."""
    if score not in SCORES:
        raise AnalysisError(f"score {score!r} cannot be split; it is one of {', '.join(SCORES)}")
    return ("false_alarms", "firsts") if score == "false_alarm_rate" else ("hits", "repeats")


class PersonSplits:
    """Halves of the people behind a matrix of responses.

    Parameters
    ----------
    responses
        People × images. Images with fewer than two responses never enter a split and are left out.
    score
        hit_rate, false_alarm_rate or corrected_recognition.
    copies
        Numbers of copies of people that :meth:`halves_of` will be given, shape (people, sets).

    Raises
    ------
    AnalysisError
        If the score is none of these or there are fewer than two people.
    """

    def __init__(self, responses: Responses, score: str, copies: Ints | None = None) -> None:
        part, whole = _parts(score)
        n_people = len(responses.row_ids)
        if n_people < 2:
            people = "participant" if n_people == 1 else "participants"
            raise AnalysisError(f"{n_people} {people} cannot be split in halves")
        self.score = score
        shown = getattr(responses, whole)
        n = np.asarray(shown.sum(axis=0)).ravel()
        kept = n >= 2
        if score == "corrected_recognition":
            kept &= np.asarray(responses.firsts.sum(axis=0)).ravel() >= 2
        self.image_ids = responses.column_ids[kept]
        self.n_responses = n[kept].astype(np.float64)
        self.n_participants: int | None = len(responses.row_ids)

        def by_image(matrix: sparse.csr_array) -> sparse.csr_array:
            return matrix[:, kept].T.tocsr()

        part_counts, whole_counts = by_image(getattr(responses, part)), by_image(shown)
        totals = n[kept] if copies is None else whole_counts @ copies
        largest = int(totals.max()) if totals.size else 0
        if score == "corrected_recognition":
            alarms, firsts = by_image(responses.false_alarms), by_image(responses.firsts)
            self._source = _corrected_source(part_counts, whole_counts, alarms, firsts, largest)
        else:
            self._source = _rate_source(part_counts, whole_counts, largest)
        nobody = np.zeros((len(responses.row_ids), 1), dtype=np.int8)
        self._everybody = self._source.total(1 - nobody[:, 0])
        everything = self._source.block(nobody, self._everybody)
        self.scores = np.append(everything.values, np.nan)[everything.second[0]]

    def blocks(self, n_splits: int, rng: np.random.Generator) -> Iterator[Block]:
        """Scores in random halves of the people, equally many in both or one more in the second.

        Every split is as likely as any other; see :func:`random_halves`.
        """
        size = max(1, BLOCK // max(1, len(self.image_ids)))
        for start in range(0, n_splits, size):
            n = min(size, n_splits - start)
            yield self.halves(random_halves(int(self.n_participants or 0), n, rng))

    def halves(self, in_first: Ints) -> Block:
        """Scores in given halves: 1 where a person is in the first, shape (people, splits)."""
        return self._source.block(in_first, self._everybody)

    def halves_of(self, in_first: Ints, kept: Ints) -> tuple[Block, Block]:
        """Scores in given halves of some of the people only, and of all of these together.

        Parameters
        ----------
        in_first
            1 where a person is in the first half, shape (people, splits).
        kept
            How often a person counts, shape (people, sets): 1 or 0, or one of the copies given at
            the beginning. Copies of a person stay in one half.

        Returns
        -------
        Rows are (set, split), the splits of a set together; and a row for each set, as its
        second half.
        """
        n_sets, n_splits = kept.shape[1], in_first.shape[1]
        totals = [np.ascontiguousarray(total.T) for total in self._source.total(kept)]
        chosen = (kept[:, :, None] * in_first[:, None, :]).reshape(len(kept), n_sets * n_splits)
        repeated = tuple(np.repeat(total, n_splits, axis=0) for total in totals)
        together = self._source.block(np.zeros_like(kept), tuple(totals))
        return self._source.block(chosen, repeated), together


def random_halves(n_people: int, n_splits: int, rng: np.random.Generator) -> Ints:
    """Random splits of people in halves: 1 in the first, shape (people, splits).

    Every split is drawn by itself, and any split is as likely as any other: a coin is tossed for
    each person, then as many as are too many in one half, chosen at random, go to the other. For
    many people that costs a seventh of a shuffle. Of an odd number, the second half has one more.
    """
    coins = np.frombuffer(rng.bytes(-(-n_splits * n_people // 8)), dtype=np.uint8)
    in_first = np.unpackbits(coins, count=n_splits * n_people).reshape(n_splits, n_people)
    too_many = in_first.sum(axis=1, dtype=np.int64) - n_people // 2
    for split, excess in zip(in_first, too_many, strict=True):
        if excess:
            side = np.flatnonzero(split == (excess > 0))
            split[rng.choice(side, abs(excess), replace=False, shuffle=False)] = excess < 0
    return np.ascontiguousarray(in_first.T).view(np.int8)


@dataclass(frozen=True, slots=True)
class _Packed:
    """Both counts of a ratio in one matrix: a product of it is an index into the table."""

    matrix: sparse.csr_array  # images × people, numerator * width + n
    table: PlaceTable

    def total(self, weights: Ints) -> tuple[Ints, ...]:
        """What everybody sums to, each person counting as often as the weights say."""
        return (self.matrix @ weights.astype(self.matrix.dtype),)

    def block(self, in_first: Ints, total: tuple[Ints, ...]) -> Block:
        """Scores of those in the first half, with their weights, and of the rest of the total."""
        product = self.matrix @ in_first.astype(self.matrix.dtype)
        first = np.ascontiguousarray(product.T)
        return Block(self._places(first), self._places(total[0] - first), self.table.values)

    def _places(self, codes: Ints) -> Ints:
        places: Ints = self.table.place[codes + self.table.shift * self.table.width]
        return places


@dataclass(frozen=True, slots=True)
class _Counted:
    """The counts in matrices of their own, for scores without a table of reasonable size."""

    matrices: tuple[sparse.csr_array, ...]  # part, whole; for a difference of rates two of each

    def total(self, weights: Ints) -> tuple[Ints, ...]:
        return tuple(matrix @ weights.astype(np.int64) for matrix in self.matrices)

    def block(self, in_first: Ints, total: tuple[Ints, ...]) -> Block:
        firsts = [(matrix @ in_first.astype(np.int64)).T for matrix in self.matrices]
        seconds = [everybody - first for everybody, first in zip(total, firsts, strict=True)]
        return to_block(_exact(*firsts), _exact(*seconds))


def _exact(part: Ints, whole: Ints, *others: Ints) -> Floats:
    """A rate, or the difference of two, with exact ties."""
    return difference(part, whole, *others) if others else ratio(part, whole)


def to_block(first: Floats, second: Floats) -> Block:
    """Places by sorting, for scores of any kind."""
    values, places = np.unique(np.stack([first, second]), return_inverse=True)
    places = places.reshape(2, *first.shape)
    return Block(places[0], places[1], values[~np.isnan(values)])


def _rate_source(
    part: sparse.csr_array, whole: sparse.csr_array, largest: int, *, signed: bool = False
) -> _Packed | _Counted:
    if (largest + 1) ** 2 > LARGEST_TABLE:
        return _Counted((part.astype(np.int64), whole.astype(np.int64)))
    table = place_table(largest, signed=signed)
    return _Packed((part * table.width + whole).astype(table.code_type), table)


def _corrected_source(
    hits: sparse.csr_array,
    repeats: sparse.csr_array,
    alarms: sparse.csr_array,
    firsts: sparse.csr_array,
    largest: int,
) -> _Packed | _Counted:
    if abs(repeats - firsts).sum() == 0:  # both rates have the same n: their difference is a ratio
        return _rate_source(hits - alarms, repeats, largest, signed=True)
    return _Counted(tuple(m.astype(np.int64) for m in (hits, repeats, alarms, firsts)))


class CountSplits:
    """Halves drawn from counts alone: h of n is split as if responses had no people.

    One half gets n // 2 of an image's responses, its hits drawn from the hypergeometric
    distribution; the other gets the rest. This ignores differences between people.

    Parameters
    ----------
    counts
        hits, repeats, false_alarms, firsts, indexed by image_id. Images with fewer than two
        responses are left out.
    score
        hit_rate, false_alarm_rate or corrected_recognition.
    """

    def __init__(self, counts: pd.DataFrame, score: str) -> None:
        part, whole = _parts(score)
        pairs = [(part, whole)]
        if score == "corrected_recognition":
            pairs.append(("false_alarms", "firsts"))
        enough = pd.concat([counts[name] >= 2 for _, name in pairs], axis=1).all(axis=1)
        kept = counts[enough]
        self.score = score
        self.image_ids = kept.index
        self._pairs = [
            (kept[k].to_numpy(dtype=np.int64), kept[n].to_numpy(dtype=np.int64)) for k, n in pairs
        ]
        self.n_responses = self._pairs[0][1].astype(np.float64)
        self.n_participants: int | None = None
        self.scores = _exact(*(count for pair in self._pairs for count in pair))

    def blocks(self, n_splits: int, rng: np.random.Generator) -> Iterator[Block]:
        """Scores in random halves of each image's responses."""
        size = max(1, BLOCK // max(1, len(self.image_ids)))
        for start in range(0, n_splits, size):
            shape = (min(size, n_splits - start), len(self.image_ids))
            halves: tuple[list[Ints], list[Ints]] = ([], [])
            for part, n in self._pairs:
                half = np.broadcast_to(n // 2, shape)
                first = rng.hypergeometric(part, n - part, half)
                halves[0].extend((first, half))
                halves[1].extend((part - first, n - half))
            yield to_block(_exact(*halves[0]), _exact(*halves[1]))
