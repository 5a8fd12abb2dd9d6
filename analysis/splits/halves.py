"""Random halves of the people, and the images' scores in each half.

People are split, never responses: one person's responses stay in one half. Many splits are made
at once as a product of two matrices, people's responses (images × people, sparse) and who is in
the first half (people × splits). Scores are ratios of small whole numbers, so each half's score
is a place in a table of all scores that can occur, sorted; equal ratios share a place, whatever
their numbers. Ranks with ties then come from counting places, without sorting.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.consistency.reliability import Lengths, lengths_of_people
from analysis.errors import AnalysisError
from analysis.scores.names import SCORE_COUNTS, SCORES
from analysis.scores.responses import Responses
from analysis.splits.places import Block, Floats, Ints
from analysis.splits.sources import Sums, make_source

Bools = np.ndarray[Any, np.dtype[np.bool_]]

BLOCK = 400_000  # splits × images that are worked on at a time
WIDTH = 32  # splits that are multiplied at a time, at least: wider products cost less each


class Splits(Protocol):
    """Something that can be split in halves again and again."""

    image_ids: pd.Index
    score: str
    scores: Floats  # of everybody together, per image
    n_responses: Floats  # behind each image's score
    n_participants: int | None
    lengths: Lengths  # responses in halves and together

    def blocks(self, n_splits: int, rng: np.random.Generator) -> Iterator[Block]:
        """The scores in both halves, some splits at a time."""


def counts_of(score: str) -> tuple[tuple[str, str], ...]:
    """The counts that make a score, each of its rates as (part, whole).

    Raises
    ------
    AnalysisError
        If people cannot be split by it.
    """
    if score not in SCORE_COUNTS:
        raise AnalysisError(f"score {score!r} cannot be split; it is one of {', '.join(SCORES)}")
    return SCORE_COUNTS[score]


class PersonSplits:
    """Halves of the people behind a matrix of responses.

    Parameters
    ----------
    responses
        People × images. Images with responses of fewer than two people never enter a split and are
        left out.
    score
        hit_rate, false_alarm_rate, corrected_recognition or d_prime.
    copies
        Numbers of copies of people that :meth:`halves_of` will be given, shape (people, sets).

    Raises
    ------
    AnalysisError
        If the score is none of these or there are fewer than two people.
    """

    def __init__(self, responses: Responses, score: str, copies: Ints | None = None) -> None:
        pairs = counts_of(score)
        n_people = len(responses.row_ids)
        if n_people < 2:
            people = "participant" if n_people == 1 else "participants"
            raise AnalysisError(f"{n_people} {people} cannot be split in halves")
        self.score = score
        behind = [np.asarray(getattr(responses, n).sum(axis=0)).ravel() for _, n in pairs]
        responded = [_people_behind(getattr(responses, name)) for _, name in pairs]
        kept = np.all(np.stack(responded) >= 2, axis=0)
        self.image_ids = responses.column_ids[kept]
        self.n_responses = behind[0][kept].astype(np.float64)
        self.n_participants: int | None = n_people
        matrices = tuple(
            getattr(responses, name)[:, kept].T.tocsr() for pair in pairs for name in pair
        )
        largest = 0
        if kept.any():
            totals = behind if copies is None else [whole @ copies for whole in matrices[1::2]]
            largest = max(int(n.max()) for n in totals)
        self._source = make_source(score, matrices, largest)
        self._everybody = self._source.sums(np.ones(n_people, dtype=np.int8))
        self.scores = self._scores(self._everybody)
        self._responded = (matrices[1] > 0).astype(np.int8)
        self.lengths = self.lengths_of(np.ones(n_people, dtype=np.int64))

    def blocks(self, n_splits: int, rng: np.random.Generator) -> Iterator[Block]:
        """Scores in random halves of the people, equally many in both or one more in the second.

        Every split is as likely as any other; see :func:`random_halves`.
        """
        size = max(1, BLOCK // max(1, len(self.image_ids)))
        width = max(size, WIDTH)
        for start in range(0, n_splits, width):
            n = min(width, n_splits - start)
            sums = self._source.sums(random_halves(int(self.n_participants or 0), n, rng))
            for some in range(0, n, size):
                first = tuple(half[some : some + size] for half in sums)
                yield self._source.block(first, self._everybody)

    def halves(self, in_first: Ints) -> Block:
        """Scores in given halves: 1 where a person is in the first, shape (people, splits)."""
        return self._source.block(self._source.sums(in_first), self._everybody)

    def responses_of(self, copies: Ints) -> Ints:
        """How many responses of some people, with their copies, are behind each image's score."""
        return self._source.n_responses(self._source.sums(copies))

    def lengths_of(self, copies: Ints) -> Lengths:
        """Lengths of halves of some of the people, each there once or not at all."""
        n_behind = self._responded @ copies
        enough = n_behind >= 2
        if not enough.any():
            return Lengths(float("nan"), float("nan"))
        n_responses = self.responses_of(copies)[enough]
        return lengths_of_people(n_responses, n_behind[enough], int((copies > 0).sum()))

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
        totals = self._source.sums(kept)
        n_sets, n_splits = kept.shape[1], in_first.shape[1]
        chosen = (kept[:, :, None] * in_first[:, None, :]).reshape(len(kept), n_sets * n_splits)
        repeated = tuple(np.repeat(total, n_splits, axis=0) for total in totals)
        nobody = tuple(np.zeros_like(total) for total in totals)
        together = self._source.block(nobody, totals)
        return self._source.block(self._source.sums(chosen), repeated), together

    def resampled(self, copies: Ints, n_splits: int, rng: np.random.Generator) -> Block:
        """Scores in random halves of some of the people.

        Distinct people are assigned to halves, so that nobody is in both, and their copies count
        as weights.

        Parameters
        ----------
        copies
            How often each person counts, shape (people,); 0 or 1, or one of those given at the
            beginning.
        n_splits, rng
            Splits to draw; the only source of chance.
        """
        distinct = np.flatnonzero(copies)
        in_first = np.zeros((len(copies), n_splits), dtype=np.int64)
        in_first[distinct] = random_halves(len(distinct), n_splits, rng)
        first = self._source.sums(in_first * copies[:, None])
        return self._source.block(first, self._source.sums(copies))

    def _scores(self, everybody: Sums) -> Floats:
        """Scores of people together: of the second half where nobody is in the first."""
        nobody = tuple(np.zeros_like(total)[None] for total in everybody)
        block = self._source.block(nobody, everybody)
        scores: Floats = np.append(block.values, np.nan)[block.second[0]]
        return scores


def _people_behind(shown: sparse.csr_array) -> Ints:
    """How many people responded to each image, however often."""
    return np.bincount(shown.indices[shown.data > 0], minlength=shown.shape[1])


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
