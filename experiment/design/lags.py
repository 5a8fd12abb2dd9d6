"""Which lags the repeats of a run have, before it is known where they fall."""

from dataclasses import dataclass
from random import Random

from experiment.design.chance import shuffled
from experiment.design.lag_bins import LagBin, largest_remainder
from experiment.design.paradigms import Paradigm


@dataclass(frozen=True, slots=True)
class PairGroup:
    """Images of one role that return, and the range of lags they return at."""

    role: str
    n_pairs: int
    bin: LagBin
    distribution: str

    @property
    def is_free(self) -> bool:
        """Whether any lags of the range will do."""
        return self.distribution == "feasible"

    @property
    def weights(self) -> list[int]:
        """How often each lag of the range is to be used, in proportion."""
        n = len(self.bin.lags)
        if self.distribution == "triangular":
            return [min(i + 1, n - i) for i in range(n)]
        return [1] * n

    @property
    def share(self) -> list[int]:
        """How often each lag is used at least."""
        total = sum(self.weights)
        return [self.n_pairs * weight // total for weight in self.weights]

    @property
    def n_more(self) -> int:
        """How many lags are used once more than that."""
        return self.n_pairs - sum(self.share)

    def may_be_more(self, index: int) -> bool:
        """Whether the lag of this index in the range may be used once more than its share."""
        return self.n_pairs * self.weights[index] % sum(self.weights) > 0


def pair_groups(paradigm: Paradigm) -> tuple[PairGroup, ...]:
    """Targets and vigilance images of one level, range by range."""
    return (
        *role_groups(paradigm, "target", paradigm.n_targets),
        *role_groups(paradigm, "vigilance", paradigm.n_vigilance),
    )


def role_groups(paradigm: Paradigm, role: str, n_pairs: int) -> tuple[PairGroup, ...]:
    """So many pairs of a role, shared out among its ranges of lags."""
    bins = paradigm.lag_bins(role)
    distribution = (
        paradigm.target_lag_distribution
        if role == "target"
        else paradigm.vigilance_lag_distribution
    )
    counts = largest_remainder(n_pairs, [one.share for one in bins])
    return tuple(PairGroup(role, n, one, distribution) for n, one in zip(counts, bins, strict=True))


def fixed_lags(group: PairGroup, rng: Random | None) -> list[int]:
    """Lags as often as the distribution has them; which ones are used once more is left to chance.

    Without ``rng`` these are the shortest ones: the spread that fits most easily.
    """
    lags = list(group.bin.lags)
    more = [lag for index, lag in enumerate(lags) if group.may_be_more(index)]
    extra = (more if rng is None else shuffled(rng, more))[: group.n_more]
    each = [lag for lag, n in zip(lags, group.share, strict=True) for _ in range(n)]
    return sorted(each + extra)


def shortest_lags(paradigm: Paradigm) -> list[int]:
    """The shortest lags that the paradigm lets a level have, longest first: one per pair."""
    lags: list[int] = []
    for group in pair_groups(paradigm):
        if group.is_free:
            lags += [group.bin.shortest] * group.n_pairs
        else:
            lags += fixed_lags(group, None)
    return sorted(lags, reverse=True)
