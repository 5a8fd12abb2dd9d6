"""Places pairs of positions at the lags of a paradigm into a run, at random, none overlapping.

Free positions are the bits of one number: the places where a pair of lag L may begin are then
``free & (free >> L)``, one operation for the whole run.

Each pair goes to a spot drawn from all that are free. Where none is free it takes one from others,
which are placed again. That ends soon or not at all, so its steps are bounded, and so are the fresh
starts.
"""

from dataclasses import dataclass, field
from random import Random

from experiment.design.chance import below
from experiment.design.lags import PairGroup, even_lags, pair_groups
from experiment.design.paradigms import Paradigm

Pair = tuple[int, int]  # 0-based positions of first presentation and repeat

TRIES = 12  # fresh starts
STEPS_PER_PAIR = 20  # placements, repeated ones included, before a try is given up
GUESSES = 12  # spots drawn blindly before the free ones are counted


@dataclass(frozen=True, slots=True)
class _Wish:
    """A pair that wants a spot."""

    group: PairGroup
    lag: int | None  # None: any of the group's


@dataclass(slots=True)
class _Run:
    """A run that is being filled."""

    n_trials: int
    free: int  # bit p is set where position p is free
    placed: dict[int, tuple[_Wish, Pair]] = field(default_factory=dict)  # by either position

    def put(self, wish: _Wish, pair: Pair) -> list[_Wish]:
        """Give a pair its spot; the wishes that had to leave for it."""
        left = []
        for position in pair:
            if position in self.placed:
                other, spot = self.placed[position]
                left.append(other)
                for taken in spot:
                    del self.placed[taken]
                    self.free |= 1 << taken
        for position in pair:
            self.placed[position] = (wish, pair)
            self.free &= ~(1 << position)
        return left


def place_pairs(
    paradigm: Paradigm, rng: Random, tries: int = TRIES, steps_per_pair: int = STEPS_PER_PAIR
) -> tuple[list[Pair], list[Pair]] | None:
    """Draw where targets and vigilance images appear and return, in order of position.

    Returns
    -------
    Pairs of targets and of vigilance images; no position is used twice. None if no try worked.
    """
    for number in range(tries):
        # Where a random even spread hardly ever fits, the easiest one may.
        easiest = number >= tries // 2
        run = _fill(paradigm, rng, steps_per_pair, easiest=easiest)
        if run is not None:
            spots = {pair: wish.group.role for wish, pair in run.placed.values()}
            targets, vigilance = (
                sorted(pair for pair, role in spots.items() if role == wanted)
                for wanted in ("target", "vigilance")
            )
            return targets, vigilance
    return None


def _fill(paradigm: Paradigm, rng: Random, steps_per_pair: int, *, easiest: bool) -> _Run | None:
    n_trials = paradigm.n_trials
    run = _Run(n_trials, (1 << n_trials) - 1)
    # Taken from the end: vigilance before targets, given lags before any, long lags before short.
    waiting: list[_Wish] = []
    for group in pair_groups(paradigm):
        if group.is_even:
            lags = even_lags(group, None if easiest else rng)
            waiting += [_Wish(group, lag) for lag in lags]
        else:
            waiting += [_Wish(group, None)] * group.n_pairs
    steps = steps_per_pair * len(waiting)
    while waiting:
        if steps == 0:
            return None
        steps -= 1
        wish = waiting.pop()
        spot = _free_spot(run, wish, rng) or _taken_spot(run, wish, rng)
        if spot is None:
            return None
        waiting += run.put(wish, spot)
    return run


def _lags(run: _Run, wish: _Wish) -> range:
    if wish.lag is not None:
        return range(wish.lag, min(wish.lag, run.n_trials - 1) + 1)
    return range(wish.group.shortest, min(wish.group.longest, run.n_trials - 1) + 1)


def _free_spot(run: _Run, wish: _Wish, rng: Random) -> Pair | None:
    """A spot drawn from all free ones, each as likely; None if there is none."""
    lags = _lags(run, wish)
    if not lags:
        return None
    for _ in range(GUESSES):
        first = below(rng, run.n_trials - lags[0])
        repeat = first + lags[below(rng, len(lags))]
        if repeat < run.n_trials and run.free >> first & run.free >> repeat & 1:
            return first, repeat
    return _nth_spot({lag: run.free & run.free >> lag for lag in lags}, rng)


def _taken_spot(run: _Run, wish: _Wish, rng: Random) -> Pair | None:
    """A spot of which one half is free if there is such a one, else any; None if there is none."""
    half_free: dict[int, int] = {}
    for lag in _lags(run, wish):
        begins = (1 << run.n_trials - lag) - 1
        half_free[lag] = (run.free | run.free >> lag) & begins
    anywhere = {lag: (1 << run.n_trials - lag) - 1 for lag in half_free}
    return _nth_spot(half_free, rng) or _nth_spot(anywhere, rng)


def _nth_spot(begins: dict[int, int], rng: Random) -> Pair | None:
    """One of the (beginning, lag) whose bits are set, each as likely."""
    n_spots = sum(bits.bit_count() for bits in begins.values())
    if n_spots == 0:
        return None
    nth = below(rng, n_spots)
    for lag, bits in begins.items():
        if nth >= bits.bit_count():
            nth -= bits.bit_count()
            continue
        for _ in range(nth):
            bits &= bits - 1  # clears the lowest bit that is set
        first = (bits & -bits).bit_length() - 1
        return first, first + lag
    return None
