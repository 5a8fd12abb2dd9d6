"""Places pairs of positions at the lags of a paradigm into a run, at random, none overlapping.

Free positions are the bits of one number: the places where a pair of lag L may begin are then
``free & (free >> L)``, one operation for the whole run.

Each pair goes to a spot drawn from all that are free. Where none is free it takes one from others,
which are placed again. That ends soon or not at all, so its steps are bounded, and so are the fresh
starts.
"""

from dataclasses import dataclass
from random import Random

from experiment.design.chance import below
from experiment.design.lags import PairGroup, fixed_lags, role_groups
from experiment.design.paradigms import Paradigm
from experiment.design.shape import Shape

Pair = tuple[int, int]  # 0-based positions of first presentation and repeat
Pairs = tuple[list[Pair], list[Pair]]  # of targets, of vigilance images

TRIES = 12  # fresh starts
STEPS_PER_PAIR = 20  # placements, repeated ones included, before a try is given up
GUESSES = 12  # spots drawn blindly before the free ones are counted
FEW_LAGS = 8  # lags looked at for a spot that somebody has to leave


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a pair may go."""

    lags: range
    start: int  # of the positions that its first presentation may take
    stop: int
    end: int  # its repeat comes before this position
    is_anywhere: bool  # in the run: the window says nothing that the free positions do not

    def spots(self, bits: int, lag: int) -> int:
        """The bits of the first positions that are left of these."""
        if self.is_anywhere:
            return bits
        stop = min(self.stop, self.end - lag)
        return bits & ((1 << max(stop, 0)) - 1) >> self.start << self.start


def place_pairs(
    paradigm: Paradigm,
    rng: Random,
    tries: int = TRIES,
    steps_per_pair: int = STEPS_PER_PAIR,
    shape: Shape | None = None,
) -> Pairs | None:
    """Draw where targets and vigilance images appear and return, in order of position.

    The first half of the tries leaves to chance all that the paradigm leaves open; then, where that
    does not fit, shorter and shorter lags are preferred. Every lag must be shorter than the run.
    Vigilance pairs lie within a level.

    Returns
    -------
    Pairs of targets and of vigilance images; no position is used twice. None if no try worked.
    """
    shape = shape or paradigm.shape()
    for number in range(tries):
        ease = max(0, number - (tries - 1) // 2)
        wishes = _wishes(paradigm, shape, rng, ease)
        spots = _fill(shape.n_trials, wishes, rng, steps_per_pair * len(wishes))
        if spots is not None:
            n_targets = len(wishes) - shape.n_vigilance
            return sorted(spots[:n_targets]), sorted(spots[n_targets:])
    return None


def _wishes(paradigm: Paradigm, shape: Shape, rng: Random, ease: int) -> list[Wish]:
    """What is wished for each pair, targets first; in each group long lags last."""
    wishes = []
    # In a study phase targets are shown once, and their repeats belong to the test phase.
    roles = ("vigilance",) if paradigm.phases == "study_test" else ("target", "vigilance")
    for role in roles:
        counts = shape.level_targets if role == "target" else shape.level_vigilance
        start = 0
        of_run = _lags_of_run(paradigm, role, sum(counts), rng, ease)
        for n_pairs, length in zip(counts, shape.level_trials, strict=True):
            end = start + length
            last = end if role == "vigilance" else shape.n_trials
            is_anywhere = (start, end, last) == (0, shape.n_trials, shape.n_trials)
            wishes += [Wish(lags, start, end, last, is_anywhere) for lags in of_run[:n_pairs]]
            of_run = of_run[n_pairs:]
            start = end
    return wishes


def _lags_of_run(
    paradigm: Paradigm, role: str, n_pairs: int, rng: Random, ease: int
) -> list[range]:
    """For each pair of a role the lags that will do, over all levels."""
    n_levels = 1 if paradigm.phases == "study_test" else paradigm.n_levels
    wanted = [
        lags
        for group in role_groups(paradigm, role, n_pairs)
        for lags in _wanted_lags(group, rng, ease)
    ]
    if n_levels == 1:
        return wanted
    # Each level has its share of short and long ones.
    return [lags for level in range(n_levels) for lags in wanted[level::n_levels]]


def _wanted_lags(group: PairGroup, rng: Random, ease: int) -> list[range]:
    """For each pair of the group the lags that will do, long ones last."""
    if not group.is_free:
        return [range(lag, lag + 1) for lag in fixed_lags(group, None if ease else rng)]
    longest = group.bin.shortest + (group.bin.longest - group.bin.shortest >> ease)
    return [range(group.bin.shortest, longest + 1)] * group.n_pairs


def _fill(n_trials: int, wishes: list[Wish], rng: Random, steps: int) -> list[Pair] | None:
    """Give each wish a spot; None if that takes more than so many steps."""
    free = (1 << n_trials) - 1
    spots: dict[int, Pair] = {}  # wish → spot
    owner: dict[int, int] = {}  # position → wish
    waiting = list(range(len(wishes)))  # taken from the end: vigilance first, then long lags
    while waiting:
        if steps == 0:
            return None
        steps -= 1
        wish = waiting.pop()
        spot = _free_spot(free, wishes[wish], rng) or _taken_spot(free, wishes[wish], rng)
        if spot is None:
            return None
        for other in sorted({owner[position] for position in spot if position in owner}):
            for position in spots.pop(other):
                del owner[position]
                free |= 1 << position
            waiting.append(other)
        spots[wish] = spot
        for position in spot:
            owner[position] = wish
            free &= ~(1 << position)
    return [spots[wish] for wish in range(len(wishes))]


def _free_spot(free: int, wish: Wish, rng: Random) -> Pair | None:
    """A spot drawn from all free ones, each as likely; None if there is none."""
    lags = wish.lags
    stop = min(wish.stop, wish.end - lags[0])
    if stop <= wish.start:
        return None
    for _ in range(GUESSES):
        first = wish.start + below(rng, stop - wish.start)
        repeat = first + lags[below(rng, len(lags))]
        if repeat < wish.end and free >> first & free >> repeat & 1:
            return first, repeat
    return _any_spot({lag: wish.spots(free & free >> lag, lag) for lag in lags}, rng)


def _taken_spot(free: int, wish: Wish, rng: Random) -> Pair | None:
    """A spot at one of a few lags, half of it free if possible; None if no lag fits at all."""
    lags = wish.lags
    few = [lags[below(rng, len(lags))] for _ in range(FEW_LAGS)]
    half_free = {
        lag: wish.spots((free | free >> lag) & ((1 << max(wish.end - lag, 0)) - 1), lag)
        for lag in few
    }
    if spot := _any_spot(half_free, rng):
        return spot
    stop = min(wish.stop, wish.end - few[0])
    if stop <= wish.start:
        return None
    first = wish.start + below(rng, stop - wish.start)
    return first, first + few[0]


def _any_spot(begins: dict[int, int], rng: Random) -> Pair | None:
    """One of the (first, first + lag) whose bit ``first`` is set for the lag, each as likely."""
    nth = below(rng, sum(bits.bit_count() for bits in begins.values()))
    for lag, bits in begins.items():
        if nth >= bits.bit_count():
            nth -= bits.bit_count()
            continue
        for _ in range(nth):
            bits &= bits - 1  # clears the lowest bit that is set
        first = (bits & -bits).bit_length() - 1
        return first, first + lag
    return None
