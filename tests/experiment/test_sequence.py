"""Sequences of the published paradigm: every promise kept, and chance as it should be."""

import hashlib
import json
import time
from collections import Counter
from dataclasses import asdict, replace
from random import Random

import pytest
from scipy.stats import chi2, chisquare

from experiment.design.chance import below, from_seed, shuffled
from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.design.sequence import PlannedTrial, draw_sequence, verify
from experiment.errors import SequenceError

LAMEM = PRESETS["lamem2015"]
EVEN = replace(LAMEM, target_lag_distribution="even", vigilance_lag_distribution="even")
LONG = replace(
    LAMEM, name="long", n_targets=350, n_fillers=200, n_vigilance=50, target_lags=(36, 800)
)

GOLDEN_FEASIBLE = "bd66510071cfa5330bc5f2880357f11adfff35ab7b8f01610883570fcac2c962"
GOLDEN_EVEN = "ddd76a0664e1b219ee1a6f92b765251c326ce02316ac05a9d587245b22ffac75"


def repeats(sequence: tuple[PlannedTrial, ...], role: str) -> list[PlannedTrial]:
    return [trial for trial in sequence if trial.role == role and trial.is_repeat]


def digest(sequence: tuple[PlannedTrial, ...]) -> str:
    return hashlib.sha256(json.dumps([asdict(trial) for trial in sequence]).encode()).hexdigest()


def test_three_thousand_runs_of_lamem2015_keep_every_promise() -> None:
    for seed in range(3000):
        verify(draw_sequence(LAMEM, Random(seed)), LAMEM)


def test_a_run_of_lamem2015_is_what_the_paper_describes() -> None:
    # Khosla et al. 2015: 186 images, 66 targets twice, 30 fillers, 12 vigilance twice
    sequence = draw_sequence(LAMEM, Random(1))
    assert len(sequence) == 186
    shown = Counter((trial.role, trial.is_repeat) for trial in sequence)
    assert shown == {
        ("target", False): 66,
        ("target", True): 66,
        ("filler", False): 30,
        ("vigilance", False): 12,
        ("vigilance", True): 12,
    }
    assert not sequence[0].is_repeat
    # 35–150 and 1–7 intervening images
    assert all(35 <= (trial.lag or 0) - 1 <= 150 for trial in repeats(sequence, "target"))
    assert all(1 <= (trial.lag or 0) - 1 <= 7 for trial in repeats(sequence, "vigilance"))


def test_a_seed_gives_the_same_sequence_for_ever() -> None:
    # Stored when the generator was written: a study's seeds must go on meaning its sequences.
    assert digest(draw_sequence(LAMEM, from_seed("golden"))) == GOLDEN_FEASIBLE
    assert digest(draw_sequence(EVEN, from_seed("golden"))) == GOLDEN_EVEN


def test_the_source_of_chance_is_the_one_that_python_promises_to_keep() -> None:
    # sha256("golden") as a number seeds Random; the first number it gives, worked out once
    rng = from_seed("golden")
    expected = Random(int(hashlib.sha256(b"golden").hexdigest(), 16))
    assert [rng.random() for _ in range(3)] == [expected.random() for _ in range(3)]


def test_shuffling_gives_every_order_equally_often() -> None:
    rng = Random(4)
    counts = Counter(tuple(shuffled(rng, "abc")) for _ in range(6000))
    assert len(counts) == 6
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_whole_numbers_stay_below_their_end() -> None:
    rng = Random(5)
    assert Counter(below(rng, 3) for _ in range(300)).keys() == {0, 1, 2}


def test_feasible_lags_are_as_frequent_as_random_placement_makes_them() -> None:
    # Two positions of 186 at lag L can be chosen in 186 − L ways: P(L) ∝ 186 − L on 36–151.
    counts: Counter[int] = Counter()
    n_runs = 1000
    for seed in range(n_runs):
        for trial in repeats(draw_sequence(LAMEM, Random(seed)), "target"):
            counts[trial.lag or 0] += 1
    ways = {lag: 186 - lag for lag in range(36, 152)}
    expected = [66 * n_runs * way / sum(ways.values()) for way in ways.values()]
    assert chisquare([counts[lag] for lag in ways], expected).pvalue > 0.001


def test_an_even_spread_uses_each_lag_equally_often_end_points_included() -> None:
    # 66 targets on 116 lags: each lag is used once or not at all, with probability 66/116.
    counts: Counter[int] = Counter()
    n_runs = 600
    for seed in range(n_runs):
        sequence = draw_sequence(EVEN, Random(seed))
        verify(sequence, EVEN)
        counts.update(trial.lag for trial in repeats(sequence, "target") if trial.lag is not None)
    probability = 66 / 116
    deviation = (n_runs * probability * (1 - probability)) ** 0.5
    standard = {lag: (counts[lag] - n_runs * probability) / deviation for lag in range(36, 152)}
    # Lags are drawn without replacement, which makes the sum of squares 115/116 of 116 on average.
    assert sum(z * z for z in standard.values()) < chi2.ppf(0.999, 115)
    assert abs(standard[36]) < 3.5
    assert abs(standard[151]) < 3.5


def targets_in_sixths(paradigm: Paradigm, n_runs: int) -> list[float]:
    """Share of the trials of each sixth of the run that show a target, over runs."""
    counts = Counter(
        trial.position // 31
        for seed in range(n_runs)
        for trial in draw_sequence(paradigm, Random(seed))
        if trial.role == "target"
    )
    return [counts[sixth] / (31 * n_runs) for sixth in range(6)]


def test_every_part_of_a_lamem2015_run_holds_as_many_targets() -> None:
    # 132 of 186 trials show targets, and every position has 115 or 116 partners at a lag of 36–151.
    assert targets_in_sixths(LAMEM, 500) == pytest.approx([132 / 186] * 6, rel=0.02)


def test_an_even_spread_is_the_same_from_either_end_of_the_run() -> None:
    # Long lags fit near the ends only, so there are more targets there; a run read backwards is as
    # good a run, so both halves have equal shares.
    shares = targets_in_sixths(EVEN, 500)
    assert shares[3:] == pytest.approx(shares[2::-1], rel=0.03)
    assert sum(shares) / 6 == pytest.approx(132 / 186)


def test_every_position_can_hold_every_role_and_a_repeat_that_fits_there() -> None:
    first: set[tuple[int, str]] = set()
    second: set[tuple[int, str]] = set()
    for seed in range(1500):
        for trial in draw_sequence(LAMEM, Random(seed)):
            (second if trial.is_repeat else first).add((trial.position, trial.role))
    assert {p for p, role in first if role == "target"} == set(range(186 - 36))
    assert {p for p, role in second if role == "target"} == set(range(36, 186))
    assert {p for p, role in second if role == "vigilance"} == set(range(2, 186))
    assert {p for p, role in first if role == "filler"} == set(range(186))


def test_which_image_of_a_role_falls_where_is_left_to_chance() -> None:
    places = [
        next(trial.position for trial in draw_sequence(LAMEM, Random(seed)) if trial.image == 0)
        for seed in range(300)
    ]
    assert len(set(places)) > 90  # of the 150 where a target may first appear
    # A target can first appear at p with every lag from 36 to 151 that ends before the run does.
    ways = {p: min(151, 185 - p) - 35 for p in range(150)}
    mean = sum(p * way for p, way in ways.items()) / sum(ways.values())
    assert sum(places) / 300 == pytest.approx(mean, abs=4 * 40 / 300**0.5)  # 4 standard errors


def test_a_run_of_a_thousand_trials_is_drawn_in_milliseconds() -> None:
    assert LONG.n_trials == 1000
    times = []
    for seed in range(10):
        begin = time.process_time()
        sequence = draw_sequence(LONG, Random(seed))
        times.append(time.process_time() - begin)
        verify(sequence, LONG)
    assert min(times) < 1.0  # 40 ms where it was measured


def swap(sequence: tuple[PlannedTrial, ...], **changes: object) -> tuple[PlannedTrial, ...]:
    """The sequence with its first target repeat changed."""
    index = next(t.position for t in sequence if t.role == "target" and t.is_repeat)
    return (
        *sequence[:index],
        replace(sequence[index], **changes),  # type: ignore[arg-type] # any field
        *sequence[index + 1 :],
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lag": 35}, "says lag 35"),
        ({"lag": None}, "says lag None"),
        ({"is_repeat": False}, "new or old"),
        ({"image": 70}, "as .target"),
        ({"image": 999}, "shows image 999"),
        ({"image": -1}, "shows image -1"),
        ({"role": "filler"}, "as .filler"),
        ({"position": 0}, "holds the trial of position 0"),
        ({"level": 2}, "level 2"),
        ({"phase": "test"}, "phase test"),
    ],
)
def test_verify_names_a_broken_trial(changes: dict[str, object], reason: str) -> None:
    sequence = draw_sequence(LAMEM, Random(3))
    with pytest.raises(SequenceError, match=reason):
        verify(swap(sequence, **changes), LAMEM)


def test_verify_refuses_what_no_single_trial_shows() -> None:
    sequence = draw_sequence(LAMEM, Random(3))
    with pytest.raises(SequenceError, match="185 trials, not 186"):
        verify(sequence[:-1], LAMEM)
    with pytest.raises(SequenceError, match="outside 36–60"):
        verify(sequence, replace(LAMEM, target_lags=(36, 60)))
    with pytest.raises(SequenceError, match="outside 8–8"):
        verify(sequence, replace(LAMEM, vigilance_lags=(8, 8)))
    with pytest.raises(SequenceError, match="lags of targets are not even"):
        verify(sequence, replace(LAMEM, target_lag_distribution="even"))
    with pytest.raises(SequenceError, match="shows image 96 as"):
        verify(sequence, replace(LAMEM, n_targets=65, n_fillers=32))
    once = replace(LAMEM, n_targets=1, n_fillers=1, n_vigilance=0, target_lags=(1, 2))
    thrice = (
        PlannedTrial(0, 0, "target", False, None, 1, "game"),
        PlannedTrial(1, 0, "target", True, 1, 1, "game"),
        PlannedTrial(2, 0, "target", True, 2, 1, "game"),
    )
    with pytest.raises(SequenceError, match="once too often"):
        verify(thrice, once)
