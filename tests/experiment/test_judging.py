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


def test_enough_trials_of_the_kind_are_asked_for_beside_the_window() -> None:
    rule = AttentionRule("r", "vigilance_hit_rate", "below", 0.5, last=2, n_least=6)
    assert judge(rule, vigilance([False] * 5)) is None
    found = judge(rule, vigilance([False] * 6))
    assert found is not None
    assert (found.fires, found.n) == (True, 2)


# The published rules of paradigms.md, as a game judges them; `analysis.exclusions` has the same
# ones as rules to apply afterwards.
DURING_A_GAME = {
    "lamem2015": [MISSES],
    "memorygame2019": [
        AttentionRule("hits", "vigilance_hit_rate", "below", 0.6),
        AttentionRule("alarms", "false_alarm_rate", "at_least", 0.4),
    ],
    "rim2025_example": [
        AttentionRule("fillers", "filler_false_alarm_rate", "at_least", 0.7),
        AttentionRule("vigilance", "vigilance_miss_rate", "at_least", 0.7),
    ],
    "isola2014": [
        AttentionRule("hits", "vigilance_hit_rate", "below", 0.5, last=10, scope="level"),
        AttentionRule("alarms", "false_alarm_rate", "above", 0.5, last=30, scope="level"),
    ],
}
KINDS_OF_TRIALS = [("target", False), ("target", True), ("filler", False), ("vigilance", True)]


def random_run(rng: Random, n_trials: int = 120) -> list[Outcome]:
    """Two levels of somebody who is as good as chance has it, in each of the two."""
    run = []
    for level in (1, 2):
        hit_rate, alarm_rate = rng.random(), rng.random()
        for place in range(n_trials // 2):
            role, is_repeat = rng.choice(KINDS_OF_TRIALS)
            key = rng.random() < (hit_rate if is_repeat else alarm_rate)
            run.append(Outcome((level - 1) * n_trials // 2 + place, level, role, is_repeat, key))
    return run


def fires(rule: AttentionRule, outcomes: list[Outcome]) -> bool:
    """Whether the rule fires: with a window after any trial, without one at the end."""
    if rule.last:
        return first_firing(rule, outcomes, since=0) is not None
    found = judge(rule, outcomes)
    return found is not None and found.fires


@pytest.mark.parametrize("name", DURING_A_GAME)
def test_the_server_ends_those_whom_the_same_rule_leaves_out_of_the_exported_data(
    name: str,
) -> None:
    rng = Random(3)
    runs = {f"p{number:02}": random_run(rng) for number in range(60)}
    rows = [
        trial(
            person,
            f"image {outcome.position}",
            repeat=outcome.is_repeat,
            responded=outcome.responded,
            role=outcome.role,
            position=outcome.position,
            level=outcome.level,
        )
        for person, run in runs.items()
        for outcome in run
    ]
    data = dataset(rows, [f"image {position}" for position in range(120)])
    for judged, afterwards in zip(DURING_A_GAME[name], PUBLISHED[name], strict=True):
        fired = {
            (person, level if judged.scope == "level" else None)
            for person, run in runs.items()
            for level in (1, 2)
            if fires(judged, [o for o in run if judged.scope == "run" or o.level == level])
        }
        table = find_exclusions(data, [afterwards])
        levels = [level if judged.scope == "level" else None for level in table["level"]]
        assert fired == set(zip(table["participant_id"], levels, strict=True))
        assert 3 < len(fired) < (117 if judged.scope == "level" else 57)
