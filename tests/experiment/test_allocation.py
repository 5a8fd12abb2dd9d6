"""Which images a participant gets: least covered first, never twice, roles apart."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.design.allocation import choose_images
from experiment.design.presets import PRESETS
from experiment.errors import AllocationError

SMALL = replace(
    PRESETS["lamem2015"],
    name="small",
    n_targets=4,
    n_fillers=3,
    n_vigilance=2,
    target_lags=(2, 8),
    vigilance_lags=(1, 3),
)
SET = list(range(100))


def test_every_role_gets_its_number_and_no_image_two_roles() -> None:
    choice = choose_images(SET, SET, {}, [], SMALL, Random(1))
    assert [len(choice.targets), len(choice.fillers), len(choice.vigilance)] == [4, 3, 2]
    assert len(set(choice.images)) == 9
    assert choice.images == choice.targets + choice.fillers + choice.vigilance


def test_the_least_covered_images_become_targets() -> None:
    coverage = dict.fromkeys(SET, 5) | {7: 1, 8: 1, 9: 2, 10: 2}
    for seed in range(50):
        choice = choose_images(SET, SET, coverage, [], SMALL, Random(seed))
        assert sorted(choice.targets) == [7, 8, 9, 10]


def test_an_image_without_an_entry_has_no_coverage_yet() -> None:
    coverage = {image: 1 for image in SET if image not in (3, 4, 5, 6)}
    choice = choose_images(SET, SET, coverage, [], SMALL, Random(1))
    assert sorted(choice.targets) == [3, 4, 5, 6]


def test_ties_are_broken_by_chance() -> None:
    # 4 targets of 100 over 2,000 draws: each image 80 times, within five standard deviations
    counts: Counter[int] = Counter()
    for seed in range(2000):
        counts.update(choose_images(SET, SET, {}, [], SMALL, Random(seed)).targets)
    deviation = (2000 * 0.04 * 0.96) ** 0.5
    assert all(abs(counts[image] - 80) < 5 * deviation for image in SET)


def test_participants_one_after_another_cover_the_set_evenly() -> None:
    # 25 people × 4 targets = each of 100 images once, then twice
    coverage: Counter[int] = Counter()
    rng = Random(3)
    for rounds in (1, 2):
        for _ in range(25):
            coverage.update(choose_images(SET, SET, coverage, [], SMALL, rng).targets)
        assert set(coverage.values()) == {rounds}
        assert len(coverage) == 100


def test_nobody_sees_an_image_again_over_runs_until_none_are_left() -> None:
    seen: set[int] = set()
    rng = Random(5)
    for _ in range(11):  # 11 × 9 images of 100
        choice = choose_images(SET, SET, {}, seen, SMALL, rng)
        assert not seen.intersection(choice.images)
        seen.update(choice.images)
    with pytest.raises(AllocationError, match="has 1 of 100 images for targets left"):
        choose_images(SET, SET, {}, seen, SMALL, rng)


def test_fillers_and_vigilance_images_come_from_their_own_pool() -> None:
    choice = choose_images(SET[:50], SET[50:], {}, [], SMALL, Random(2))
    assert set(choice.targets) <= set(range(50))
    assert set(choice.fillers + choice.vigilance) <= set(range(50, 100))


def test_a_scarce_filler_pool_is_not_eaten_up_by_targets() -> None:
    # Images 0–4 are the only fillers and would also be the least covered targets.
    coverage = dict.fromkeys(range(5, 20), 9)
    choice = choose_images(list(range(20)), list(range(5)), coverage, [], SMALL, Random(1))
    assert set(choice.fillers + choice.vigilance) == set(range(5))
    assert set(choice.targets) <= set(range(5, 20))


def test_too_few_images_are_refused_with_the_counts() -> None:
    with pytest.raises(AllocationError) as refusal:
        choose_images(SET[:10], SET[8:14], {}, [0, 9, 13], SMALL, Random(1))
    assert "needs 4 targets and 5 fillers and vigilance images" in str(refusal.value)
    assert "8 of 10 images for targets left" in str(refusal.value)
    assert "4 of 6 for the others, 1 of them for either" in str(refusal.value)


def test_a_seed_gives_the_same_images() -> None:
    first, second = (choose_images(SET, SET, {}, [], SMALL, Random(9)) for _ in range(2))
    assert first == second


@given(
    st.lists(st.integers(0, 30), unique=True),
    st.lists(st.integers(0, 30), unique=True),
    st.sets(st.integers(0, 30)),
    st.dictionaries(st.integers(0, 30), st.integers(0, 4)),
    st.integers(0, 1000),
)
def test_images_are_refused_only_if_there_are_too_few(
    targets: list[int], fillers: list[int], seen: set[int], coverage: dict[int, int], seed: int
) -> None:
    left_t, left_f = set(targets) - seen, set(fillers) - seen
    # Hall's condition for two groups of 4 and 5
    enough = len(left_t) >= 4 and len(left_f) >= 5 and len(left_t | left_f) >= 9
    try:
        choice = choose_images(targets, fillers, coverage, seen, SMALL, Random(seed))
    except AllocationError:
        assert not enough
        return
    assert enough
    assert set(choice.targets) <= left_t
    assert set(choice.fillers + choice.vigilance) <= left_f
    assert len(set(choice.images)) == 9
