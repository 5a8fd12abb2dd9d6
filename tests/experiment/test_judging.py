"""Attention rules as arithmetic: by hand, and against the published sets applied afterwards."""

from dataclasses import replace
from random import Random

import pytest

from analysis.exclusions.finding import find_exclusions
from analysis.exclusions.rules import PUBLISHED
from experiment.design.attention import AttentionRule
from experiment.design.judging import Outcome, first_firing, judge
from tests.analysis.hand_made import dataset, trial

MISSES = AttentionRule("vigilance", "vigilance_miss_rate", "above", 0.25)


def vigilance(responded: list[bool], level: int = 1) -> list[Outcome]:
    return [Outcome(p, level, "vigilance", True, key) for p, key in enumerate(responded)]


def test_a_quarter_is_not_more_than_a_quarter() -> None:
    # Khosla et al. 2015: more than 25 % of vigilance repeats missed; 3 of 12 are exactly 25 %
    three, four = ([False] * n + [True] * (12 - n) for n in (3, 4))
    assert not judge(MISSES, vigilance(three)).fires  # type: ignore[union-attr] # 12 are enough
    found = judge(MISSES, vigilance(four))
    assert found is not None
    assert (found.fires, found.n) == (True, 12)
    assert found.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("fires", "n_missed"), [("above", 4), ("at_least", 3), ("below", 2), ("at_most", 3)]
)
def test_each_comparison_has_its_own_edge(fires: str, n_missed: int) -> None:
    rule = replace(MISSES, fires=fires)

    def holds(n: int) -> bool:
        found = judge(rule, vigilance([False] * n + [True] * (12 - n)))
        return found is not None and found.fires

    step = 1 if fires in ("below", "at_most") else -1
    assert holds(n_missed)
    assert not holds(n_missed + step)


def test_a_threshold_of_three_tenths_is_met_by_three_of_ten() -> None:
    # As binary fractions 3/10 and .3 differ from what they are compared with in the last place.
    rule = AttentionRule("r", "response_rate", "at_least", 0.3)
    found = judge(rule, vigilance([True] * 3 + [False] * 7))
    assert found is not None
    assert found.fires


def test_only_the_last_trials_of_a_kind_are_looked_at_and_only_when_there_are_so_many() -> None:
    rule = AttentionRule("r", "vigilance_hit_rate", "below", 0.5, last=4)
    assert judge(rule, vigilance([False] * 3)) is None
    assert judge(rule, vigilance([False] * 4 + [True] * 2)).value == 0.5  # type: ignore[union-attr]
    others = [Outcome(9 + p, 1, "target", True, True) for p in range(20)]
    found = judge(rule, vigilance([False] * 4) + others)
    assert found is not None
    assert found.value == 0.0


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("vigilance_hit_rate", 1 / 2),
        ("vigilance_miss_rate", 1 / 2),
        ("false_alarm_rate", 2 / 5),
        ("filler_false_alarm_rate", 1 / 2),
        ("target_hit_rate", 1 / 1),
        ("response_rate", 4 / 8),
    ],
)
def test_measures_count_what_they_say(measure: str, value: float) -> None:
    outcomes = [
        Outcome(0, 1, "target", False, False),
        Outcome(1, 1, "filler", False, True),
        Outcome(2, 1, "filler", False, False),
        Outcome(3, 1, "vigilance", False, True),
        Outcome(4, 1, "vigilance", True, True),
        Outcome(5, 1, "vigilance", True, False),
        Outcome(6, 1, "target", True, True),
        Outcome(7, 1, "lure", False, False),
    ]
    found = judge(AttentionRule("r", measure, "below", 0.5), outcomes)
    assert found is not None
    assert found.value == pytest.approx(value)


def test_trials_that_come_together_are_judged_one_after_the_other() -> None:
    # After the fourth trial 1 of the last 4 was hit; after the eighth all of them.
    rule = AttentionRule("r", "vigilance_hit_rate", "below", 0.5, last=4)
    outcomes = vigilance([True, False, False, False, True, True, True, True])
    found = first_firing(rule, outcomes, since=0)
    assert found is not None
    assert found[0].position == 3
    assert first_firing(rule, outcomes, since=6) is None


def test_the_rules_of_the_server_say_what_the_same_rules_say_of_the_exported_data() -> None:
    rng = Random(3)
    chances = [0.5, 0.75, 0.95]
    runs = {f"p{n:02}": [rng.random() < chances[n % 3] for _ in range(12)] for n in range(40)}
    rows = [
        trial(
            person,
            f"image {number}",
            repeat=True,
            responded=hit,
            role="vigilance",
            position=number,
        )
        for person, hits in runs.items()
        for number, hit in enumerate(hits)
    ]
    data = dataset(rows, [f"image {number:}" for number in range(12)])
    fired = {
        person
        for person, hits in runs.items()
        if (found := judge(MISSES, vigilance(hits))) is not None and found.fires
    }
    assert 5 < len(fired) < 35
    left_out = find_exclusions(data, PUBLISHED["lamem2015"])
    assert set(left_out["participant_id"]) == fired
