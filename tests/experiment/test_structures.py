"""Presets, several ranges of lags, levels, study and test, and images that return later."""

import json
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiment.design.allocation import choose_images
from experiment.design.lag_bins import LagBin, largest_remainder
from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.design.sequence import PlannedTrial, check_feasible, draw_sequence, verify
from experiment.errors import AllocationError, ParadigmError, SequenceError

LAMEM = PRESETS["lamem2015"]
ISOLA = PRESETS["isola2014"]
STUDY_TEST = replace(
    LAMEM, name="study and test", phases="study_test", rests="required", n_targets=20, n_lures=25,
    n_fillers=4, n_vigilance=3, attention=(),
)  # fmt: skip
RETURNING = replace(LAMEM, name="returning", n_returning=10)
LEVELS = replace(
    LAMEM, name="levels", n_levels=4, rests="required", n_targets=6, n_fillers=5, n_vigilance=2,
    target_lags=(2, 9), vigilance_lags=(1, 3),
)  # fmt: skip


def lags(sequence: tuple[PlannedTrial, ...], role: str) -> list[int]:
    return [t.lag for t in sequence if t.role == role and t.lag is not None]


@pytest.mark.parametrize(
    ("name", "n_trials", "n_images", "seconds"),
    [  # paradigms.md: 186 trials and 260 s, 30 × 120, 215 and 260 trials
        ("lamem2015", 186, 108, 260.4),
        ("isola2014", 3600, 20 * 29 + 12 * 30 + 1720, 8640.0),
        ("memorygame2019", 215, 136, 301.0),
        ("rim2025_example", 260, 184, 403.0),
    ],
)
def test_the_published_games_are_as_long_as_they_say(
    name: str, n_trials: int, n_images: int, seconds: float
) -> None:
    preset = PRESETS[name]
    assert (preset.n_trials, preset.n_images) == (n_trials, n_images)
    assert preset.duration_ms / 1000 == pytest.approx(seconds)


@pytest.mark.parametrize("name", PRESETS)
def test_hundreds_of_runs_of_each_published_game_keep_every_promise(name: str) -> None:
    for seed in range(15 if name == "isola2014" else 300):
        verify(draw_sequence(PRESETS[name], Random(seed)), PRESETS[name])


def test_the_triangle_of_rim2025_is_one_two_three_four_three_two_one() -> None:
    # 60 targets in the proportions 1-2-3-4-3-2-1 of 16: 3.75, 7.5, 11.25, 15, …
    counts = Counter(lags(draw_sequence(PRESETS["rim2025_example"], Random(1)), "target"))
    assert sorted(counts) == list(range(17, 24))
    assert counts[20] == 15
    assert {counts[17], counts[23]} <= {3, 4}
    assert {counts[18], counts[22]} <= {7, 8}
    assert {counts[19], counts[21]} <= {11, 12}


def test_a_level_of_isola2014_is_the_steady_state_that_its_reading_describes() -> None:
    sequence = draw_sequence(ISOLA, Random(5))
    for level in range(2, 30):
        shown = Counter((t.role, t.is_repeat) for t in sequence if t.level == level)
        assert sum(shown.values()) == 120
        assert shown["target", False] == 20
        assert shown["vigilance", True] == 12
        assert shown["target", True] == pytest.approx(20, abs=6)
    assert max(lags(sequence, "target")) == 109
    assert any(t.is_repeat for t in sequence if t.level == 30 and t.role == "target")
    assert not any(t.role == "target" and not t.is_repeat for t in sequence if t.level == 30)


def test_whoever_stops_isola2014_after_some_levels_has_seen_whole_pairs() -> None:
    sequence = draw_sequence(ISOLA, Random(6))
    until = [t for t in sequence if t.level <= 3]
    assert len(until) == 360
    n_pairs = sum(t.role == "target" and t.is_repeat for t in until)
    # A target at position p has come back if p + lag < 360; firsts are even over 360 positions and
    # lags 100 on average: 60 × 260/360 = 43.3, with a standard deviation of 3.5 at most.
    assert n_pairs == pytest.approx(43.3, abs=4 * 3.5)


def test_short_lags_return_in_every_level_the_last_one_included() -> None:
    sequence = draw_sequence(LEVELS, Random(2))
    verify(sequence, LEVELS)
    assert LEVELS.n_trials == 4 * 21
    last = [t for t in sequence if t.level == 4 and t.role == "target" and not t.is_repeat]
    assert len(last) == 6


def test_a_study_phase_comes_first_and_the_test_mixes_old_and_new() -> None:
    sequence = draw_sequence(STUDY_TEST, Random(1))
    shown = Counter((t.phase, t.level, t.role, t.is_repeat) for t in sequence)
    assert shown == {
        ("study", 1, "target", False): 20,
        ("study", 1, "filler", False): 4,
        ("study", 1, "vigilance", False): 3,
        ("study", 1, "vigilance", True): 3,
        ("test", 2, "target", True): 20,
        ("test", 2, "lure", False): 25,
    }
    firsts = {t.image: t.position for t in sequence if not t.is_repeat}
    for trial in sequence:
        if trial.is_repeat:
            assert trial.lag == trial.position - firsts[trial.image]
    assert (STUDY_TEST.n_trials, STUDY_TEST.n_images) == (75, 52)


def test_images_leave_one_run_and_return_in_the_next() -> None:
    shapes = [RETURNING.shape(number, 3) for number in (1, 2, 3)]
    assert [shape.n_trials for shape in shapes] == [196, 206, 196]
    assert [(shape.n_leaving, shape.n_returning) for shape in shapes] == [
        (10, 0),
        (10, 10),
        (0, 10),
    ]
    for shape in shapes:
        for seed in range(50):
            sequence = draw_sequence(RETURNING, Random(seed), shape)
            verify(sequence, RETURNING, shape)
            assert not sequence[0].is_repeat
            assert sum(t.is_returning for t in sequence) == shape.n_returning


def test_of_a_run_that_was_cut_short_only_what_was_shown_returns() -> None:
    shape = RETURNING.shape(2, 2, n_returning=3)
    sequence = draw_sequence(RETURNING, Random(1), shape)
    verify(sequence, RETURNING, shape)
    assert sum(t.is_returning for t in sequence) == 3


def test_no_run_begins_with_an_image_of_an_earlier_run_though_almost_all_are() -> None:
    # 2 pairs, 1 filler and 8 that return: by chance alone most runs would begin with one of the 8
    game = replace(
        RETURNING, n_targets=2, n_fillers=1, n_vigilance=0, target_lags=(1, 2), n_returning=8
    )
    shape = game.shape(3, 3)
    for seed in range(200):
        sequence = draw_sequence(game, Random(seed), shape)
        verify(sequence, game, shape)
        assert not sequence[0].is_repeat


def test_several_ranges_have_their_shares() -> None:
    # 66 targets, one third at lags 9–15 and two thirds at 36–151
    paradigm = Paradigm.from_dict(
        LAMEM.to_dict()
        | {"target_lags": [{"lags": [9, 15], "share": 1}, {"lags": [36, 151], "share": 2}]}
    )
    assert paradigm.lag_range("target") == (9, 151)
    for seed in range(100):
        sequence = draw_sequence(paradigm, Random(seed))
        verify(sequence, paradigm)
        assert sum(lag <= 15 for lag in lags(sequence, "target")) == 22
    assert Paradigm.from_dict(json.loads(json.dumps(paradigm.to_dict()))) == paradigm
    (sentence,) = paradigm.deviations(LAMEM)
    assert sentence.startswith("target_lags is 9–15 (share 1) and 36–151 (share 2); in lamem2015")


def test_shares_are_rounded_so_that_they_sum_up() -> None:
    # Hamilton's method by hand: 3.5, 3.5 and 3 of 10; four times 1.25 of 5
    assert largest_remainder(10, [7, 7, 6]) == [4, 3, 3]
    assert largest_remainder(5, [1, 1, 1, 1]) == [2, 1, 1, 1]
    assert largest_remainder(0, [1, 2]) == [0, 0]


@st.composite
def games(draw: st.DrawFn) -> Paradigm:
    """Games of every structure, small enough to be drawn often."""
    structure = draw(st.sampled_from(["bins", "levels", "study_test", "returning"]))
    spread = st.sampled_from(["even", "feasible", "triangular"])
    changes: dict[str, Any] = {
        "name": structure,
        "n_targets": draw(st.integers(1, 12)),
        "n_fillers": draw(st.integers(0, 20)),
        "n_vigilance": draw(st.integers(0, 4)),
        "target_lags": (draw(st.integers(1, 6)), draw(st.integers(6, 14))),
        "vigilance_lags": (1, draw(st.integers(1, 4))),
        "target_lag_distribution": draw(spread),
        "vigilance_lag_distribution": draw(spread),
    }
    if structure == "bins":
        share = draw(st.floats(0.1, 5))
        changes["target_lags"] = (LagBin(1, 4, share), LagBin(6, 12))
    elif structure == "levels":
        changes |= {"n_levels": draw(st.integers(2, 5)), "rests": "required"}
    elif structure == "study_test":
        changes |= {
            "phases": "study_test", "rests": "required", "n_lures": draw(st.integers(1, 20)),
        }  # fmt: skip
    else:
        changes |= {"n_returning": draw(st.integers(1, 8)), "n_fillers": draw(st.integers(1, 20))}
    return replace(LAMEM, attention=(), **changes)


@settings(max_examples=500, deadline=None)
@given(games(), st.integers(0, 2**32), st.integers(1, 3))
def test_games_of_every_structure_are_drawn_with_every_promise_kept_or_refused(
    paradigm: Paradigm, seed: int, number: int
) -> None:
    try:
        check_feasible(paradigm)
    except SequenceError:
        return
    shape = paradigm.shape(number, 3)
    sequence = draw_sequence(paradigm, Random(seed), shape)
    verify(sequence, paradigm, shape)
    assert sequence == draw_sequence(paradigm, Random(seed), shape)


@settings(max_examples=200, deadline=None)
@given(games(), st.integers(0, 2**32), st.data())
def test_a_sequence_with_two_trials_exchanged_is_found_out(
    paradigm: Paradigm, seed: int, data: st.DataObject
) -> None:
    try:
        sequence = list(draw_sequence(paradigm, Random(seed)))
    except SequenceError:
        return
    one, other = (data.draw(st.integers(0, len(sequence) - 1)) for _ in range(2))
    if sequence[one].image == sequence[other].image or (
        {sequence[one].role, sequence[other].role} <= {"filler", "lure"}
    ):
        return  # exchanging these may give another good sequence
    moved = dict(zip((one, other), (sequence[other], sequence[one]), strict=True))
    for position, trial in moved.items():
        sequence[position] = replace(trial, position=position)
    with pytest.raises(SequenceError):
        verify(tuple(sequence), paradigm)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_lures": 5}, "n_lures is 5; new images belong to a test phase"),
        ({"phases": "study_test", "rests": "required"}, "n_lures is 0"),
        ({"phases": "study_test", "n_lures": 5}, "rests is 'none'; there is a pause between"),
        ({"n_levels": 2}, "rests is 'none'; levels are told apart by rests"),
        ({"n_levels": 2, "rests": "offered", "n_returning": 4}, "n_returning is 4"),
        ({"n_returning": 4, "n_fillers": 0}, "n_fillers is 0; a run never begins with an image of"),
        ({"return_after_hours": (4, 2)}, "give the earliest and the latest time in hours"),
        ({"stimulus_ms": 100, "gap_ms": 100}, "5.0 flashes per second, .* make them 334 ms"),
        ({"stimulus_ms": 200, "gap_ms": 200, "feedback": "border"}, "make them 667 ms together"),
        ({"target_lags": (LagBin(1, 5), LagBin(5, 9))}, "ranges that have no lag in common"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParadigmError, match=message):
        replace(LAMEM, early_key_ms=50, **changes)


def test_of_a_cluster_a_person_sees_one_image_at_most() -> None:
    # 60 images in 20 clusters of 3, of which 2 are used up by what was seen
    cluster_of = {image: image // 3 for image in range(60)}
    small = replace(LAMEM, n_targets=4, n_fillers=6, n_vigilance=2, target_lags=(2, 9))
    for seed in range(100):
        choice = choose_images(
            list(range(60)), list(range(60)), {}, [0, 4], small, Random(seed),
            cluster_of=cluster_of,
        )  # fmt: skip
        used = [cluster_of[image] for image in choice.images]
        assert len(used) == len(set(used)) == 12
        assert not {0, 1} & set(used)


def test_the_least_covered_image_of_a_cluster_becomes_the_target() -> None:
    cluster_of = {image: image // 3 for image in range(60)}
    coverage = {image: 0 if image % 3 == 2 else 4 for image in range(60)}
    small = replace(LAMEM, n_targets=4, n_fillers=6, n_vigilance=2, target_lags=(2, 9))
    choice = choose_images(
        list(range(60)), list(range(60)), coverage, [], small, Random(1), cluster_of=cluster_of
    )
    assert {image % 3 for image in choice.targets} == {2}


def test_too_few_clusters_are_told_in_clusters() -> None:
    cluster_of = {image: image // 30 for image in range(60)}
    small = replace(LAMEM, n_targets=4, n_fillers=6, n_vigilance=2, target_lags=(2, 9))
    with pytest.raises(AllocationError, match="2 of 2 clusters of images for targets left"):
        choose_images(
            list(range(60)), list(range(60)), {}, [], small, Random(1), cluster_of=cluster_of
        )
