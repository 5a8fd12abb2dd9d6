"""Ranges of lags, and how the repeats of a run are shared out among and within them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeGuard

from experiment.design.values import is_number, is_whole, refuse_unless

LONGEST_LAG = 100_000
ADVICE = (
    "give the shortest and the longest lag, whole numbers from 1 up, like 36 and 151; or several "
    "ranges with their shares, like [{lags = [2, 8], share = 0.5}, {lags = [36, 151], share = 0.5}]"
)

# even: over a run, the counts of any two lags of a range differ by at most 1
# feasible: as random placement gives it, P(lag) ∝ n_trials − lag as far as the run allows
# triangular: rising by equal steps to the middle of a range and falling again, 1-2-3-4-3-2-1
LAG_DISTRIBUTIONS = ("even", "feasible", "triangular")


@dataclass(frozen=True, slots=True)
class LagBin:
    """A range of lags and its share of the repeats."""

    shortest: int  # both included
    longest: int
    share: float = 1.0  # of a role's repeats, in proportion to the other ranges'

    @property
    def lags(self) -> range:
        """Its lags."""
        return range(self.shortest, self.longest + 1)

    def to_json(self) -> dict[str, Any]:
        """As a table."""
        return {"lags": [self.shortest, self.longest], "share": self.share}


def lag_bins(key: str, value: object) -> tuple[LagBin, ...]:
    """The ranges that are meant: one pair of numbers, or several tables with `lags` and `share`.

    Raises
    ------
    ParadigmError
        If it is neither, or two ranges overlap.
    """
    if isinstance(value, tuple | list) and value and all(isinstance(b, LagBin) for b in value):
        bins = tuple(value)
    elif _is_pair(value):
        bins = (LagBin(value[0], value[1]),)
    else:
        tables = list(value) if isinstance(value, tuple | list) else []
        refuse_unless(
            bool(tables) and all(_is_table(table) for table in tables), key, value, ADVICE
        )
        bins = tuple(
            LagBin(table["lags"][0], table["lags"][1], table.get("share", 1.0)) for table in tables
        )
    ordered = sorted(bins, key=lambda one: one.shortest)
    for one, other in pairwise(ordered):
        refuse_unless(
            one.longest < other.shortest, key, value, "give ranges that have no lag in common"
        )
    return tuple(ordered)


def plain(bins: tuple[LagBin, ...]) -> list[Any]:
    """The inverse of ``lag_bins``: a pair of numbers where there is one range."""
    if len(bins) == 1:
        return [bins[0].shortest, bins[0].longest]
    return [one.to_json() for one in bins]


def largest_remainder(n: int, weights: list[float]) -> list[int]:
    """Whole numbers in these proportions that sum to n (Hamilton's method; ties to the first)."""
    total = sum(map(Fraction, weights))
    exact = [n * Fraction(weight) / total for weight in weights]
    counts = [int(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for index in order[: n - sum(counts)]:
        counts[index] += 1
    return counts


def _is_pair(value: object) -> TypeGuard[Sequence[int]]:
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(is_whole(lag, 1, LONGEST_LAG) for lag in value)
        and value[0] <= value[1]
    )


def _is_table(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) <= {"lags", "share"}
        and _is_pair(value.get("lags"))
        and is_number(value.get("share", 1.0), 1e-6, 1e6)
    )
