"""Says whether a paradigm fits into its run, and if not, why, and what would."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from random import Random
from typing import Any

from experiment.design.lags import pair_groups, shortest_lags
from experiment.design.paradigms import Paradigm
from experiment.design.placement import Pairs, place_pairs
from experiment.design.search import search_pairs
from experiment.design.shape import Shape
from experiment.errors import ParadigmError, SequenceError

# Of the numbers nearby, those are worth suggesting that fit without much trouble.
EASY_TRIES, EASY_STEPS = 2, 4
ADVISED_TRIALS = 600  # of a longer run no numbers that fit are looked for: it would take too long


def arrange(paradigm: Paradigm, rng: Random, shape: Shape) -> Pairs:
    """Draw where targets and vigilance images appear and return.

    What ``check_feasible`` accepts never fails here: a draw that finds no place falls back on the
    arrangement that the check found.

    Raises
    ------
    SequenceError
        If the paradigm does not fit.
    """
    # First of all, so that what the check refuses is never drawn by luck.
    known = _known_arrangement(paradigm)
    # With more images around the pairs, what fits into the first run fits all the same.
    return place_pairs(paradigm, rng, shape=shape) or known


def check_feasible(paradigm: Paradigm) -> None:
    """Refuse a paradigm whose repeats do not fit into its run.

    Raises
    ------
    SequenceError
        With the reason, and the nearest numbers that fit (each was tried).
    """
    _known_arrangement(paradigm)


def _known_arrangement(paradigm: Paradigm) -> Pairs:
    found = _arrangement_or_refusal(paradigm)
    if isinstance(found, str):
        raise SequenceError(found)
    return found


@lru_cache(maxsize=64)
def _arrangement_or_refusal(paradigm: Paradigm) -> Pairs | str:
    """An arrangement that fits, always the same one; or why there is none, and what would fit."""
    if (reason := _too_long(paradigm)) is None:
        # What was proposed as fitting easily must be found again.
        if pairs := place_pairs(paradigm, Random(0), EASY_TRIES, EASY_STEPS) or place_pairs(
            paradigm, Random(0)
        ):
            return pairs
        pairs, searched = search_pairs(paradigm, Random(0))
        if pairs:
            return pairs
        reason = (
            "there is no such arrangement"
            if searched
            else "no arrangement was found, though none of the numbers forbids one by itself"
        )
    return _refusal(paradigm, reason)


def _too_long(paradigm: Paradigm) -> str | None:
    """Why the lags cannot fit, by counting alone; None if counting does not forbid it."""
    n_trials = paradigm.n_trials
    groups = [group for group in pair_groups(paradigm) if is_placed(paradigm, group.role)]
    for group in groups:
        n_room = n_trials if group.role == "target" else paradigm.shape().level_trials[0]
        if group.n_pairs and group.bin.longest >= n_room:
            room = "run" if n_room == n_trials else "level"
            return f"the longest lag in a {room} of {n_room} trials is {n_room - 1}"
    if paradigm.n_levels > 1 or paradigm.phases == "study_test":
        return None
    # k pairs begin at k positions and end at k others, so their lags sum to k(n − k) at most.
    total = 0
    for k, lag in enumerate(shortest_lags(paradigm), start=1):
        total += lag
        if total > k * (n_trials - k):
            return (
                f"{k} pairs can have a mean lag of {n_trials - k} at most, "
                f"and here {k} of them need {total / k:.1f} at least"
            )
    return None


def is_placed(paradigm: Paradigm, role: str) -> bool:
    """Whether a role's pairs are placed by their lags; targets of a test phase are not."""
    return role == "vigilance" or paradigm.phases == "continuous"


def _refusal(paradigm: Paradigm, reason: str) -> str:
    what = []
    for group in pair_groups(paradigm):
        if group.n_pairs:
            role = "targets" if group.role == "target" else "vigilance images"
            spread = {"even": ", each as often", "triangular": ", most in the middle"}
            lags = f"{group.bin.shortest}–{group.bin.longest}{spread.get(group.distribution, '')}"
            what.append(f"{group.n_pairs} {role} (lags {lags})")
    remedies = _remedies(paradigm) if paradigm.n_trials <= ADVISED_TRIALS else []
    advice = (
        f"what fits, changing one thing only: {'; '.join(remedies)}"
        if remedies
        else "choose shorter lags and a longer run"
    )
    return (
        f"{paradigm.name}: {', '.join(what)} and {paradigm.n_fillers} fillers do not fit into a "
        f"run of {paradigm.n_trials} trials: {reason}; {advice}"
    )


def _remedies(paradigm: Paradigm) -> list[str]:
    """The nearest numbers that fit, changing one thing at a time."""
    found = []
    for key in ("target_lags", "vigilance_lags"):
        bins = paradigm.lag_bins(key.removesuffix("_lags"))
        if len(bins) > 1:
            continue
        shortest, longest = bins[0].shortest, bins[0].longest
        width = longest - shortest

        def narrowed(lag: int, key: str = key, shortest: int = shortest) -> dict[str, Any]:
            return {key: (shortest, lag)}

        def moved(lag: int, key: str = key, width: int = width) -> dict[str, Any]:
            return {key: (max(1, lag - width), lag)}

        # A range of one lag has none shorter to give up, but may do with a neighbour.
        if (lag := _nearest(paradigm, narrowed, longest, shortest + 1)) is not None:
            found.append(f"{key} {shortest}–{lag}")
        elif (lag := _nearest(paradigm, moved, longest, 1)) is not None:
            found.append(f"{key} {max(1, lag - width)}–{lag}")
    for key, far in (("n_targets", 1), ("n_vigilance", 0), ("n_fillers", 4 * paradigm.n_trials)):

        def so_many(n: int, key: str = key) -> dict[str, Any]:
            return {key: n}

        if (n := _nearest(paradigm, so_many, getattr(paradigm, key), far)) is not None:
            found.append(f"{key} {n}")
    return found


def _nearest(
    paradigm: Paradigm, change: Callable[[int], dict[str, Any]], near: int, far: int
) -> int | None:
    """The number closest to ``near``, on the way to ``far``, with which the changed paradigm fits.

    Goes out in doubling steps and halves the last one, so that a few tries do.
    """

    def fits(number: int) -> bool:
        try:
            changed = replace(paradigm, **change(number))
        except ParadigmError:
            return False
        return (
            _too_long(changed) is None
            and place_pairs(changed, Random(0), EASY_TRIES, EASY_STEPS) is not None
        )

    way = 1 if far >= near else -1
    distance = abs(far - near)
    bad, good = 0, 1
    while good <= distance and not fits(near + way * good):
        bad, good = good, distance if good < distance < 2 * good else 2 * good
    if good > distance:
        return None
    while good - bad > 1:
        middle = (bad + good) // 2
        if fits(near + way * middle):
            good = middle
        else:
            bad = middle
    return near + way * good
