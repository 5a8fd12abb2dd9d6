"""Could a model's correlation be chance? Its predictions are dealt out to the images anew.

Under the hypothesis tested, which image a prediction belongs to does not matter, so that every
assignment of the predictions to the images is as likely as the one found. The p of a permutation
test counts the assignment found as one of them: p = (b + 1)/(B + 1) (Phipson & Smyth 2010, Stat
Appl Genet Mol Biol 9:39), which is never 0.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.comparison.model_splits import ModelSplits, split_with_models
from analysis.comparison.scored_images import ScoredImages
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.splits.pairs import pair_up
from analysis.splits.places import Floats

BLOCK = 4_000_000  # numbers of one block of permuted predictions
ROUNDING = 1e-12  # by which equal correlations may differ


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """A correlation, and how often predictions dealt out at random do as well."""

    model: str
    score: str
    statistic: str  # corr_half or corr_all
    method: str  # spearman or pearson
    observed: float
    p_one_sided: float  # as large or larger by chance: does the model predict better than chance?
    p_two_sided: float  # as far from 0 or farther, on either side
    n_permutations: int
    n_images: int

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        return pd.DataFrame([asdict(self)])


def permutation_test_all(
    images: ScoredImages,
    *,
    method: str = "spearman",
    n_permutations: int = 9999,
    rng: np.random.Generator,
) -> PermutationTest:
    """Test a model's correlation with everybody's scores, corr(M, F).

    Parameters
    ----------
    images
        See :func:`analysis.comparison.scored_images.match_scores`.
    method, n_permutations, rng
        spearman or pearson; the B of p = (b + 1)/(B + 1); the only source of chance.

    Raises
    ------
    AnalysisError
        If the method is another one, or there is no permutation.
    """
    _check(method, n_permutations)
    against = _unit(_numbers(images.scores, method))
    named = (images.model, images.score, "corr_all", method)
    return _test(named, images.predictions, against, n_permutations, rng)


def permutation_test_half(
    dataset: Dataset,
    predictions: "pd.Series[float]",
    model: str,
    score: str = "hit_rate",
    *,
    method: str = "spearman",
    n_splits: int = 1000,
    n_permutations: int = 9999,
    role: str = "target",
    rng: np.random.Generator,
) -> PermutationTest:
    """Test a model's correlation with a half of the people, corr(M, H), over all splits at once.

    The splits are drawn once and stay as they are for every permutation. Predictions are ranked
    (or centred) over all images once. Where some images are not in every split, the statistic is
    therefore not exactly corr_half of :func:`analysis.comparison.two_scales.compare`, which ranks
    the images of each split anew; the test is exact all the same, since the predictions as they
    are and the permuted ones are treated alike.

    Parameters
    ----------
    dataset, predictions, model, score, n_splits, role
        As in :func:`analysis.comparison.two_scales.compare`.
    method, n_permutations, rng
        As in :func:`permutation_test_all`.
    """
    _check(method, n_permutations)
    common = split_with_models(dataset, {model: predictions}, score, role=role)
    against = _mean_direction(common, method, n_splits, rng)
    named = (model, score, "corr_half", method)
    return _test(named, common.predictions[0], against, n_permutations, rng)


def _check(method: str, n_permutations: int) -> None:
    if method not in ("spearman", "pearson"):
        raise AnalysisError(f"method {method!r} has no permutation test; spearman and pearson have")
    if n_permutations < 1:
        raise AnalysisError(f"n_permutations is {n_permutations}; a test needs at least one")


def _numbers(values: Floats, method: str) -> Floats:
    ranked = stats.rankdata(values) if method == "spearman" else values
    return np.asarray(ranked - ranked.mean(), dtype=np.float64)


def _unit(numbers: Floats) -> Floats:
    """Centred numbers of length 1, whose product with others is a correlation; missing if flat."""
    length = float(np.sqrt(numbers @ numbers))
    return numbers / length if length > ROUNDING * len(numbers) else np.full_like(numbers, np.nan)


def _mean_direction(
    common: ModelSplits, method: str, n_splits: int, rng: np.random.Generator
) -> Floats:
    """Mean over splits and halves of the halves' scores of length 1; shape (images,).

    A correlation with every half is a product with that half, and the mean of products is one
    product with the mean: a permutation costs no more for a thousand splits than for one.
    """
    total, n = np.zeros(common.predictions.shape[1]), 0
    for block in common.splits.blocks(n_splits, rng):
        pairs = pair_up(block)
        for places in (pairs.first, pairs.second):
            halves = pairs.numbers(places, method)
            length = np.sqrt(np.einsum("ij,ij->i", halves, halves))
            differs = length > ROUNDING * halves.shape[1]
            total += (halves[differs] / length[differs, None]).sum(axis=0)
            n += int(differs.sum())
    return total / n if n else np.full_like(total, np.nan)


def _test(
    named: tuple[str, str, str, str],
    predictions: Floats,
    against: Floats,
    n_permutations: int,
    rng: np.random.Generator,
) -> PermutationTest:
    mine = _unit(_numbers(predictions, named[-1]))
    observed = float(mine @ against)
    larger = farther = 0
    for permuted in _permuted(mine, n_permutations, rng):
        chance = permuted @ against
        larger += int((chance >= observed - ROUNDING).sum())
        farther += int((np.abs(chance) >= abs(observed) - ROUNDING).sum())
    one, two = ((b + 1) / (n_permutations + 1) for b in (larger, farther))
    if np.isnan(observed):
        one = two = float("nan")
    return PermutationTest(*named, observed, one, two, n_permutations, len(predictions))


def _permuted(numbers: Floats, n: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Blocks of random orders of the numbers; shape (permutations, images)."""
    size = max(1, BLOCK // len(numbers))
    for start in range(0, n, size):
        rows = min(size, n - start)
        yield rng.permuted(np.broadcast_to(numbers, (rows, len(numbers))), axis=1)
