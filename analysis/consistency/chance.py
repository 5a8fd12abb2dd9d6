"""What consistency is by chance: the images permuted within each person.

If images did not differ, a person's responses could as well have fallen on any other of the images
that they saw. So each person's responses are shuffled over those images, and the mean over the same
splits is computed again. Differences between people, and how many responses each image has, stay
as they are. (Permuting the labels of one half instead finds agreement where there is none: with a
fresh permutation for every split in a third of the cases, not one in twenty.)
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.consistency.split_half import to_source, to_splits
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses
from analysis.splits.halves import BLOCK, PersonSplits, counts_of, random_halves
from analysis.splits.pairs import check_method, mean_of_splits, pair_up
from analysis.splits.places import Ints


@dataclass(frozen=True, slots=True)
class ChanceLine:
    """Split-half consistency beside what it is where images do not differ."""

    score: str  # hit_rate, false_alarm_rate, corrected_recognition or d_prime
    method: str  # spearman, pearson or kendall
    rho: float  # of the responses as they are, mean over the splits
    p: float  # (b + 1)/(B + 1), b of B permutations with a mean at least as large
    chance: float  # mean over permutations
    chance_low: float  # quantiles of the permutations, for a band
    chance_high: float
    level: float  # share of the permutations within the band
    n_participants: int
    n_images: int
    n_permutations: int  # B
    n_undefined: int  # of them without a correlation; they count as at least as large
    n_splits: int  # the same for every permutation
    permuted: tuple[float, ...]  # the mean over splits of each permutation

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field but the permutations."""
        fields = self.to_dict()
        del fields["permuted"]
        return pd.DataFrame([fields])


def chance_line(
    source: Dataset | Responses,
    score: str = "hit_rate",
    *,
    method: str = "spearman",
    n_permutations: int = 200,
    n_splits: int = 100,
    role: str = "target",
    level: float = 0.95,
    rng: np.random.Generator,
) -> ChanceLine:
    """Test split-half consistency against images that do not differ.

    Parameters
    ----------
    source, score, method, role
        As in :func:`analysis.consistency.split_half.split_half`, but people's responses: counts
        alone do not say who gave which.
    n_permutations, n_splits
        Permutations, and splits of the people, which are the same ones for each of them.
    level, rng
        Of the band; the only source of chance.

    Raises
    ------
    AnalysisError
        If only counts are known, or there is nothing to split.
    """
    check_method(method)
    chosen = to_source(source, role)
    if not isinstance(chosen, Responses):
        raise AnalysisError(
            "only counts are known, not who gave which response, so images cannot be permuted "
            "within people; a chance line needs trials"
        )
    splits = to_splits(chosen, score)
    halves = random_halves(len(chosen.row_ids), n_splits, rng)
    rho = _mean(PersonSplits(chosen, score), halves, method)
    shuffling = Shuffling(chosen, score)
    permuted = np.array(
        [
            _mean(PersonSplits(shuffling.draw(rng), score), halves, method)
            for _ in range(n_permutations)
        ]
    )
    known = permuted[np.isfinite(permuted)]
    n_undefined = n_permutations - len(known)
    # A permutation that changes nothing gives the same mean, but for the last bits.
    as_large = int((known >= rho - 1e-12).sum()) + n_undefined
    limits = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(known, limits) if len(known) else (np.nan, np.nan)
    return ChanceLine(
        score=score,
        method=method,
        rho=rho,
        p=(as_large + 1) / (n_permutations + 1) if np.isfinite(rho) else float("nan"),
        chance=float(known.mean()) if len(known) else float("nan"),
        chance_low=float(low),
        chance_high=float(high),
        level=level,
        n_participants=len(chosen.row_ids),
        n_images=len(splits.image_ids),
        n_permutations=n_permutations,
        n_undefined=n_undefined,
        n_splits=n_splits,
        permuted=tuple(permuted.tolist()),
    )


def _mean(splits: PersonSplits, halves: Ints, method: str) -> float:
    """Mean correlation between the halves, some splits at a time."""
    size = max(1, BLOCK // max(1, len(splits.image_ids)))
    rhos = [
        pair_up(splits.halves(halves[:, start : start + size])).correlate(method)
        for start in range(0, halves.shape[1], size)
    ]
    return mean_of_splits(np.concatenate(rhos))[0]


class Shuffling:
    """Shuffles each person's responses over the images that they saw.

    What a person did on one image stays together, hits with false alarms, and changes places only
    with another image that this person saw as often: no image gets more or fewer responses.

    Parameters
    ----------
    responses
        People × images.
    score
        Whose counts are shuffled; the others are left out.
    """

    def __init__(self, responses: Responses, score: str) -> None:
        pairs = counts_of(score)
        self._responses = responses
        self._names = [name for pair in pairs for name in pair]
        seen = sum(getattr(responses, whole) for _, whole in pairs).tocoo()
        counts = np.stack(
            [np.asarray(getattr(responses, name)[seen.row, seen.col]) for name in self._names]
        )
        alike = np.unique(np.vstack([seen.row, counts[1::2]]), axis=1, return_inverse=True)[1]
        order = np.argsort(alike, kind="stable")  # by row first
        self._starts = np.searchsorted(seen.row[order], np.arange(seen.shape[0] + 1))
        self._columns = seen.col[order]
        self._alike, self._counts = alike[order], counts[:, order]

    def draw(self, rng: np.random.Generator) -> Responses:
        """The responses, shuffled once."""
        order = np.argsort(self._alike + rng.random(len(self._alike)))
        shape = self._responses.hits.shape
        shuffled = {
            name: sparse.csr_array((values[order], self._columns, self._starts), shape=shape)
            for name, values in zip(self._names, self._counts, strict=True)
        }
        nothing = sparse.csr_array(shape, dtype=np.int32)
        names = ("hits", "repeats", "false_alarms", "firsts")
        return Responses(
            self._responses.row_ids,
            self._responses.column_ids,
            *(shuffled.get(name, nothing) for name in names),
        )
