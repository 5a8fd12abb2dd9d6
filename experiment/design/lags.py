"""Which lags the repeats of a run have, before it is known where they fall."""

from dataclasses import dataclass
from random import Random

from experiment.design.chance import shuffled
from experiment.design.paradigms import Paradigm


@dataclass(frozen=True, slots=True)
class PairGroup:
    """The images of one role that return, and the lags they return at."""

    role: str
    n_pairs: int
    shortest: int
    longest: int
    is_even: bool  # else any lags of the range will do

    @property
    def share(self) -> tuple[int, int]:
        """How often an even spread uses each lag, and how many lags are used once more."""
        return divmod(self.n_pairs, self.longest - self.shortest + 1)


def pair_groups(paradigm: Paradigm) -> tuple[PairGroup, PairGroup]:
    """Targets and vigilance images."""
    return (
        PairGroup(
            "target",
            paradigm.n_targets,
            *paradigm.target_lags,
            paradigm.target_lag_distribution == "even",
        ),
        PairGroup(
            "vigilance",
            paradigm.n_vigilance,
            *paradigm.vigilance_lags,
            paradigm.vigilance_lag_distribution == "even",
        ),
    )


def even_lags(group: PairGroup, rng: Random | None) -> list[int]:
    """Lags whose counts differ by at most 1; which ones are used once more is left to chance.

    Without ``rng`` these are the shortest ones: the even spread that fits most easily.
    """
    each, more = group.share
    lags = list(range(group.shortest, group.longest + 1))
    extra = lags[:more] if rng is None else shuffled(rng, lags)[:more]
    return sorted(lags * each + extra)


def shortest_lags(paradigm: Paradigm) -> list[int]:
    """The shortest lags that the paradigm lets a run have, longest first: one per pair."""
    lags: list[int] = []
    for group in pair_groups(paradigm):
        lags += even_lags(group, None) if group.is_even else [group.shortest] * group.n_pairs
    return sorted(lags, reverse=True)
