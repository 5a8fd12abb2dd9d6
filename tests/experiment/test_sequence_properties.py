"""Random paradigms: what fits is drawn and keeps its promises, what does not is refused truly."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.design.sequence import check_feasible, draw_sequence, verify
from experiment.errors import SequenceError

LAMEM = PRESETS["lamem2015"]
spreads = st.sampled_from(["even", "feasible"])


@st.composite
def paradigms(draw: st.DrawFn, images: int, longest: int) -> Paradigm:
    """Games of up to so many images per role and lags up to so many trials."""
    target_lags = sorted(draw(st.tuples(st.integers(1, longest), st.integers(1, longest))))
    vigilance_lags = sorted(draw(st.tuples(st.integers(1, longest), st.integers(1, longest))))
    return replace(
        LAMEM,
        name="random",
        n_targets=draw(st.integers(1, images)),
        n_fillers=draw(st.integers(0, 2 * images)),
        n_vigilance=draw(st.integers(0, images)),
        target_lags=(target_lags[0], target_lags[1]),
        vigilance_lags=(vigilance_lags[0], vigilance_lags[1]),
        target_lag_distribution=draw(spreads),
        vigilance_lag_distribution=draw(spreads),
    )


@settings(max_examples=300, deadline=None)
@given(paradigms(images=20, longest=30), st.integers(0, 2**64))
def test_a_paradigm_is_drawn_with_every_promise_kept_or_refused(
    paradigm: Paradigm, seed: int
) -> None:
    try:
        check_feasible(paradigm)
    except SequenceError as refusal:
        event("refused")
        assert "do not fit into a run" in str(refusal)
        with pytest.raises(SequenceError):
            draw_sequence(paradigm, Random(seed))
        return
    event("drawn")
    sequence = draw_sequence(paradigm, Random(seed))
    verify(sequence, paradigm)
    assert sequence == draw_sequence(paradigm, Random(seed))


@settings(max_examples=80, deadline=None)
@given(paradigms(images=20, longest=30))
def test_what_a_refusal_proposes_is_accepted(paradigm: Paradigm) -> None:
    try:
        check_feasible(paradigm)
    except SequenceError as refusal:
        _, _, advice = str(refusal).partition("changing one thing only: ")
        event(f"{bool(advice)} advice")
        for remedy in advice.split("; ") if advice else []:
            key, _, value = remedy.partition(" ")
            numbers = [int(number) for number in re.findall(r"\d+", value)]
            change: Any = {key: tuple(numbers) if key.endswith("lags") else numbers[0]}
            check_feasible(replace(paradigm, **change))


@settings(max_examples=400, deadline=None)
@given(paradigms(images=3, longest=7).filter(lambda paradigm: paradigm.n_trials <= 9))
def test_a_short_run_is_refused_only_if_no_arrangement_exists(paradigm: Paradigm) -> None:
    try:
        check_feasible(paradigm)
        accepted = True
    except SequenceError:
        accepted = False
    # Lags as long as the run are refused by name, though the shorter ones of their range may do.
    has_room = all(
        longest < paradigm.n_trials
        for n, (_, longest) in (
            (paradigm.n_targets, paradigm.lag_range("target")),
            (paradigm.n_vigilance, paradigm.lag_range("vigilance")),
        )
        if n
    )
    event(f"accepted: {accepted}")
    assert accepted == (has_room and any(arrangements(paradigm)))


def arrangements(paradigm: Paradigm) -> Iterator[bool]:
    """True for each way of choosing the pairs that the paradigm allows, by trying all there are."""
    n_pairs = paradigm.n_targets + paradigm.n_vigilance
    for pairs in disjoint_pairs(paradigm.n_trials, n_pairs):
        for chosen in combinations(range(n_pairs), paradigm.n_targets):
            targets = [pairs[i][1] - pairs[i][0] for i in chosen]
            others = [b - a for i, (a, b) in enumerate(pairs) if i not in chosen]
            if allowed(
                targets, paradigm.lag_range("target"), paradigm.target_lag_distribution
            ) and allowed(
                others, paradigm.lag_range("vigilance"), paradigm.vigilance_lag_distribution
            ):
                yield True


def allowed(lags: list[int], bounds: tuple[int, int], spread: str) -> bool:
    if any(not bounds[0] <= lag <= bounds[1] for lag in lags):
        return False
    counts = Counter(lags)
    used = [counts[lag] for lag in range(bounds[0], bounds[1] + 1)]
    return spread == "feasible" or max(used) - min(used) <= 1


@cache
def disjoint_pairs(n_positions: int, n_pairs: int) -> list[tuple[tuple[int, int], ...]]:
    """Every set of so many pairs of positions that have none in common."""
    return [
        pairs
        for pairs in combinations(combinations(range(n_positions), 2), n_pairs)
        if len({position for pair in pairs for position in pair}) == 2 * n_pairs
    ]


@pytest.mark.parametrize(
    ("changes", "reason", "remedy"),
    [
        # by hand: 185 is the distance of the first and the last of 186 positions
        (
            {"target_lags": (200, 300)},
            "the longest lag in a run of 186 trials is 185",
            "target_lags 85–185",
        ),
        # 37 firsts and 37 repeats without a common position: 186 − 37 = 149 apart on average
        (
            {"target_lags": (150, 160)},
            "37 pairs can have a mean lag of 149 at most",
            "n_fillers 6",
        ),
        # lags of 2 come in fours (0-2, 1-3), and six positions without fillers are no multiple of 4
        (
            {"n_targets": 3, "n_fillers": 0, "n_vigilance": 0, "target_lags": (2, 2)},
            "there is no such arrangement",
            "n_fillers 1",
        ),
    ],
)
def test_a_refusal_says_why_and_what_would_fit(
    changes: dict[str, object], reason: str, remedy: str
) -> None:
    paradigm = replace(LAMEM, **changes)  # type: ignore[arg-type] # any field
    with pytest.raises(SequenceError, match=reason) as refusal:
        check_feasible(paradigm)
    assert remedy in str(refusal.value)


def test_an_arrangement_that_chance_hardly_finds_is_found_for_every_seed() -> None:
    # With these numbers firsts and repeats fill either end of the run almost completely.
    tight = replace(LAMEM, target_lags=(118, 150))
    for seed in range(6):
        verify(draw_sequence(tight, Random(seed)), tight)
