"""Places pairs of positions at the lags of a paradigm into a run, at random, none overlapping.

Free positions are the bits of one number: the places where a pair of lag L may begin are then
``free & (free >> L)``, one operation for the whole run.

Each pair goes to a spot drawn from all that are free. Where none is free it takes one from others,
which are placed again. That ends soon or not at all, so its steps are bounded, and so are the fresh
starts.
"""

from random import Random

from experiment.design.chance import below
from experiment.design.lags import PairGroup, even_lags, pair_groups
from experiment.design.paradigms import Paradigm

Pair = tuple[int, int]  # 0-based positions of first presentation and repeat
Pairs = tuple[list[Pair], list[Pair]]  # of targets, of vigilance images

TRIES = 12  # fresh starts
STEPS_PER_PAIR = 20  # placements, repeated ones included, before a try is given up
GUESSES = 12  # spots drawn blindly before the free ones are counted
FEW_LAGS = 8  # lags looked at for a spot that somebody has to leave


def place_pairs(
    paradigm: Paradigm, rng: Random, tries: int = TRIES, steps_per_pair: int = STEPS_PER_PAIR
) -> Pairs | None:
    """Draw where targets and vigilance images appear and return, in order of position.

    The first half of the tries leaves to chance all that the paradigm leaves open; then, where that
    does not fit, shorter and shorter lags are preferred. Every lag must be shorter than the run.

    Returns
    -------
    Pairs of targets and of vigilance images; no position is used twice. None if no try worked.
    """
    groups = pair_groups(paradigm)
    for number in range(tries):
        ease = max(0, number - (tries - 1) // 2)
        wishes = [lags for group in groups for lags in _wanted_lags(group, rng, ease)]
        spots = _fill(paradigm.n_trials, wishes, rng, steps_per_pair * len(wishes))
        if spots is not None:
            n_targets = paradigm.n_targets
            return sorted(spots[:n_targets]), sorted(spots[n_targets:])
    return None


def _wanted_lags(group: PairGroup, rng: Random, ease: int) -> list[range]:
    """For each pair of the group the lags that will do, long ones last."""
    if group.is_even:
        return [range(lag, lag + 1) for lag in even_lags(group, None if ease else rng)]
    longest = group.shortest + (group.longest - group.shortest >> ease)
    return [range(group.shortest, longest + 1)] * group.n_pairs


def _fill(n_trials: int, wishes: list[range], rng: Random, steps: int) -> list[Pair] | None:
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
        spot = _free_spot(n_trials, free, wishes[wish], rng) or _taken_spot(
            n_trials, free, wishes[wish], rng
        )
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


def _free_spot(n_trials: int, free: int, lags: range, rng: Random) -> Pair | None:
    """A spot drawn from all free ones, each as likely; None if there is none."""
    for _ in range(GUESSES):
        first = below(rng, n_trials - lags[0])
        repeat = first + lags[below(rng, len(lags))]
        if repeat < n_trials and free >> first & free >> repeat & 1:
            return first, repeat
    return _any_spot({lag: free & free >> lag for lag in lags}, rng)


def _taken_spot(n_trials: int, free: int, lags: range, rng: Random) -> Pair:
    """A spot at one of a few lags, half of it free if possible."""
    few = [lags[below(rng, len(lags))] for _ in range(FEW_LAGS)]
    half_free = {lag: (free | free >> lag) & ((1 << n_trials - lag) - 1) for lag in few}
    if spot := _any_spot(half_free, rng):
        return spot
    first = below(rng, n_trials - few[0])
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
