"""Flags: each is raised by what it is about, and people who play in earnest get none."""

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from experiment.database import Database
from experiment.models import Flag
from experiment.oddities import odd_presses, odd_screen, periodic_stretch
from tests.experiment.visitor import N_TRIALS, Visitor, event, response

N = 186  # trials of lamem2015


def kinds(found: Iterable[tuple[str, dict[str, Any]]]) -> set[str]:
    return {kind for kind, _ in found}


def honest(rng: Random, press_rate: float) -> tuple[list[bool], list[float | None]]:
    """Presses at random, with ex-Gaussian times: Gaussian of 400 ± 50 ms, tail of 120 ms."""
    pressed = [rng.random() < press_rate for _ in range(N)]
    times = [rng.gauss(400, 50) + rng.expovariate(1 / 120) if key else None for key in pressed]
    return pressed, times


@pytest.mark.parametrize("press_rate", [0.1, 0.42, 0.7])
def test_people_who_press_at_random_moments_are_not_flagged(press_rate: float) -> None:
    rng = Random(7)
    assert [kinds(odd_presses(*honest(rng, press_rate))) for _ in range(500)] == [set()] * 500


def test_always_and_never_pressing_are_flagged_from_thirty_trials_on() -> None:
    nobody: list[float | None] = [None] * N
    assert dict(odd_presses([False] * 30, nobody[:30])) == {"never_pressing": {"n": 30}}
    assert kinds(odd_presses([False] * 29, nobody[:29])) == set()
    rng = Random(1)
    times = [rng.gauss(450, 80) for _ in range(30)]
    found = dict(odd_presses([True] * 27 + [False] * 3, [*times[:27], *nobody[:3]]))
    assert found == {"always_pressing": {"share": 0.9, "n": 30}}
    assert kinds(odd_presses([True] * 26 + [False] * 4, [*times[:26], *nobody[:4]])) == set()


def test_a_fifth_of_presses_before_anybody_can_see_is_flagged() -> None:
    late = [300.0 + 20 * number for number in range(16)]
    pressed = [True] * 20 + [False] * 30
    rest: list[float | None] = [None] * 30
    found = dict(odd_presses(pressed, [*late, 199.0, 190.0, 100.0, 20.0, *rest]))
    assert found == {"fast_responding": {"share": 0.2, "below_ms": 200.0, "n": 20}}
    assert kinds(odd_presses(pressed, [*late, 200.0, 190.0, 100.0, 20.0, *rest])) == set()


def test_times_that_hardly_differ_are_flagged() -> None:
    # 300 and 320 in turn: standard deviation 10 × √(20/19)
    times = [300.0, 320.0] * 10
    (flag,) = odd_presses([True] * 20, times)
    assert flag[0] == "regular_responding"
    assert flag[1]["sd_ms"] == pytest.approx(10 * (20 / 19) ** 0.5)
    assert (flag[1]["mean_ms"], flag[1]["n"]) == (310.0, 20)
    assert kinds(odd_presses([True] * 19, times[:19])) == set()  # fewer than 20 tell nothing


@pytest.mark.parametrize(("period", "trials"), [(2, 24), (3, 24), (5, 40), (8, 64)])
def test_every_so_manieth_trial_is_a_pattern_once_it_is_long(period: int, trials: int) -> None:
    one = [True] + [False] * (period - 1)
    pattern = (one * trials)[:trials]
    found = periodic_stretch(pattern)
    assert found == {"period": period, "trials": trials, "until": trials - 1}
    assert periodic_stretch(pattern[:-1]) is None
    spoilt = [*pattern]
    spoilt[trials // 2] = not spoilt[trials // 2]
    assert periodic_stretch(spoilt) is None


def test_a_pattern_is_found_within_an_honest_run() -> None:
    pressed, _ = honest(Random(3), 0.42)
    pressed[50:74] = [True, False] * 12
    assert periodic_stretch(pressed) is not None


def test_dropped_frames_and_a_window_behind_others_are_flagged_from_a_tenth_on() -> None:
    dropped = [0] * 90 + [2] * 10
    focused = [True] * 90 + [False] * 10
    assert dict(odd_screen(dropped, focused)) == {
        "many_dropped_frames": {"share": 0.1, "frames": 20, "n": 100},
        "out_of_focus": {"share": 0.1, "n": 100},
    }
    assert kinds(odd_screen([0, *dropped], [True, *focused])) == set()
    assert kinds(odd_screen([0] * 100, [None] * 100)) == set()  # not told is not away


def test_interruptions_and_keys_of_no_keyboard_are_flagged_and_nothing_follows(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    for position in (1, 3, 5, 7):
        player.start(last_shown=position)
    player.send(events=[event("a", "untrusted_key"), event("b", "untrusted_key"), event("c")])
    player.play()
    player.finish()
    with database.read() as session:
        of_run = session.scalars(select(Flag).where(Flag.run_number == 1))
        flags = {flag.kind: flag.detail for flag in of_run}
    assert flags == {"many_interruptions": {"n": 4}, "untrusted_keys": {"n": 2}}
    assert len(player.config()["stored"]) == N_TRIALS


def test_a_run_as_usual_has_no_flag(visitor: Visitor, database: Database) -> None:
    player = visitor.begin_run()
    player.start(last_shown=0)
    player.send(response(0), events=[event("a"), event("b", "focus")])
    player.play({3, 8})
    with database.read() as session:
        assert session.scalars(select(Flag).where(Flag.run_number == 1)).all() == []
