"""Halves of responses where only counts are known, not who gave them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.consistency.reliability import lengths_of_counts
from analysis.splits.exact import exact_scores
from analysis.splits.halves import BLOCK, counts_of
from analysis.splits.places import Block, Floats, Ints, to_block


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
        hit_rate, false_alarm_rate, corrected_recognition or d_prime.
    """

    def __init__(self, counts: pd.DataFrame, score: str) -> None:
        pairs = counts_of(score)
        enough = pd.concat([counts[name] >= 2 for _, name in pairs], axis=1).all(axis=1)
        kept = counts[enough]
        self.score = score
        self.image_ids = kept.index
        self._pairs = [
            (kept[k].to_numpy(dtype=np.int64), kept[n].to_numpy(dtype=np.int64)) for k, n in pairs
        ]
        self.n_responses = self._pairs[0][1].astype(np.float64)
        self.n_participants: int | None = None
        self.lengths = lengths_of_counts(self.n_responses)
        self.scores = exact_scores(score, *(count for pair in self._pairs for count in pair))

    def blocks(self, n_splits: int, rng: np.random.Generator) -> Iterator[Block]:
        """Scores in random halves of each image's responses."""
        size = max(1, BLOCK // max(1, len(self.image_ids)))
        for start in range(0, n_splits, size):
            yield self.thinned(1.0, min(size, n_splits - start), rng)[0]

    def thinned(
        self, share: float, n_splits: int, rng: np.random.Generator
    ) -> tuple[Block, Floats]:
        """Scores in halves of a share of each image's responses, drawn anew for every split.

        Returns
        -------
        The scores, and the number of responses behind each image's score, splits × images. The
        share of n responses is rounded up or down at random, so that it is right on average.
        """
        shape = (n_splits, len(self.image_ids))
        halves: tuple[list[Ints], list[Ints]] = ([], [])
        drawn = []
        for part, n in self._pairs:
            kept = np.broadcast_to(n, shape)
            if share < 1:
                kept = np.floor(n * share + rng.random(shape)).astype(np.int64)
            half = kept // 2
            first = rng.hypergeometric(part, n - part, half)
            halves[0].extend((first, half))
            second = part - first
            if share < 1:
                second = rng.hypergeometric(second, n - half - second, kept - half)
            halves[1].extend((second, kept - half))
            drawn.append(kept)
        first_scores, second_scores = (exact_scores(self.score, *half) for half in halves)
        return to_block(first_scores, second_scores), drawn[0].astype(np.float64)
