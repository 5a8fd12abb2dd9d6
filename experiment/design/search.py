"""Looks through every way to fill a short run, for paradigms that random placement does not fit."""

from random import Random

from experiment.design.chance import shuffled
from experiment.design.lags import pair_groups
from experiment.design.paradigms import Paradigm
from experiment.design.placement import Pair, Pairs

SEARCHED_TRIALS = 64  # longer runs are not searched
SEARCHED_STATES = 20_000  # states looked at before the search is given up


def search_pairs(paradigm: Paradigm, rng: Random) -> tuple[Pairs | None, bool]:
    """Find target and vigilance pairs: fill the run from its beginning, go back where stuck.

    Returns
    -------
    The pairs, None if none were found; and whether the search came to its end: with no pairs, True
    means that there are none.
    """
    if paradigm.n_levels > 1 or paradigm.n_trials > SEARCHED_TRIALS:
        return None, False
    return _Search(paradigm, rng).find()


class _Search:
    def __init__(self, paradigm: Paradigm, rng: Random) -> None:
        self.paradigm = paradigm
        self.groups = pair_groups(paradigm)
        self.rng = rng
        # per group: lag → pairs that have it
        self.counts: tuple[dict[int, int], ...] = tuple({} for _ in self.groups)
        self.once_more = [group.n_more for group in self.groups]
        self.shares = [group.share for group in self.groups]
        self.pairs: tuple[list[Pair], ...] = tuple([] for _ in self.groups)
        self.dead_ends: set[object] = set()
        self.n_states = 0

    def find(self) -> tuple[Pairs | None, bool]:
        found = self._fill((1 << self.paradigm.n_trials) - 1, self.paradigm.n_fillers)
        if found:
            of_role: Pairs = ([], [])
            for group, pairs in zip(self.groups, self.pairs, strict=True):
                of_role[group.role == "vigilance"].extend(pairs)
            return (sorted(of_role[0]), sorted(of_role[1])), True
        return None, self.n_states < SEARCHED_STATES

    def _fill(self, free: int, n_fillers: int) -> bool:
        """Fill the free positions; whether it worked. On failure nothing is changed."""
        if free == 0:
            return True
        # Where any lag of a group will do, only the number of its pairs matters.
        used = tuple(
            sum(counts.values()) if group.is_free else tuple(sorted(counts.items()))
            for group, counts in zip(self.groups, self.counts, strict=True)
        )
        state = (free, n_fillers, used)
        if state in self.dead_ends:
            return False
        if self.n_states >= SEARCHED_STATES:
            return False
        self.n_states += 1
        first = (free & -free).bit_length() - 1
        moves: list[tuple[int, int] | None] = [None] if n_fillers else []
        for which, group in enumerate(self.groups):
            if len(self.pairs[which]) == group.n_pairs:
                continue
            moves += [
                (which, lag)
                for lag in group.bin.lags
                if free >> (first + lag) & 1 and self._may_use(which, lag)
            ]
        for move in shuffled(self.rng, moves):
            rest = free & ~(1 << first)
            if move is None:
                if self._fill(rest, n_fillers - 1):
                    return True
                continue
            which, lag = move
            self._use(which, lag, 1)
            self.pairs[which].append((first, first + lag))
            if self._fill(rest & ~(1 << first + lag), n_fillers):
                return True
            self.pairs[which].pop()
            self._use(which, lag, -1)
        self.dead_ends.add(state)
        return False

    def _may_use(self, which: int, lag: int) -> bool:
        group = self.groups[which]
        if group.is_free:
            return True
        used, index = self.counts[which].get(lag, 0), lag - group.bin.shortest
        each = self.shares[which][index]
        return used < each or (
            used == each and self.once_more[which] > 0 and group.may_be_more(index)
        )

    def _use(self, which: int, lag: int, step: int) -> None:
        group = self.groups[which]
        counts, each = self.counts[which], self.shares[which][lag - group.bin.shortest]
        before = counts.get(lag, 0)
        counts[lag] = before + step
        if max(before, before + step) > each:
            self.once_more[which] -= step
