"""Published attention rules give after the fact what they give while people play.

The referee below judges a game as it is played, trial by trial in plain loops, by the rules as a
paradigm writes them down; ``find_exclusions`` judges the trials that were stored.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.exclusions.finding import find_exclusions
from experiment.design.attention import AttentionRule

RULES = {
    "lamem2015": (
        AttentionRule(
            "lamem2015", "vigilance_miss_rate", "above", 0.25, action="end_participation",
            discards="participant",
        ),
    ),
    "isola2014": (
        AttentionRule(
            "isola2014 vigilance", "vigilance_hit_rate", "below", 0.5, last=10, n_least=10,
            scope="level", when="during", action="end_level", discards="level",
        ),
        AttentionRule(
            "isola2014 false alarms", "false_alarm_rate", "above", 0.5, last=30, n_least=30,
            scope="level", when="during", action="end_level", discards="level",
        ),
    ),
    "memorygame2019": (
        AttentionRule(
            "memorygame2019 vigilance", "vigilance_hit_rate", "below", 0.6,
            action="end_participation", discards="run",
        ),
        AttentionRule(
            "memorygame2019 false alarms", "false_alarm_rate", "at_least", 0.4,
            action="end_participation", discards="run",
        ),
    ),
    "rim2025_example": (
        AttentionRule(
            "rim2025_example fillers", "filler_false_alarm_rate", "at_least", 0.7,
            discards="participant",
        ),
        AttentionRule(
            "rim2025_example vigilance", "vigilance_miss_rate", "at_least", 0.7,
            discards="participant",
        ),
    ),
}  # fmt: skip
Row = dict[str, Any]


def is_counted(rule: AttentionRule, row: Row) -> bool:
    """Whether a trial is of the kind that the rule's measure counts."""
    if rule.measure.startswith("vigilance"):
        return bool(row["role"] == "vigilance" and row["is_repeat"])
    if rule.measure == "filler_false_alarm_rate":
        return bool(row["role"] == "filler")
    return not row["is_repeat"]  # false_alarm_rate: first showings of any role


def judge(rule: AttentionRule, played: list[Row]) -> float | None:
    """The number on which the rule fires, or None."""
    level = played[-1]["level"]
    seen = [
        row
        for row in played
        if is_counted(rule, row) and (rule.scope == "run" or row["level"] == level)
    ][-rule.last :]
    if len(seen) < rule.n_least:
        return None
    rate = sum(row["responded"] for row in seen) / len(seen)
    if rule.measure == "vigilance_miss_rate":
        rate = sum(not row["responded"] for row in seen) / len(seen)
    fires = {
        "below": rate < rule.threshold,
        "at_most": rate <= rule.threshold,
        "above": rate > rule.threshold,
        "at_least": rate >= rule.threshold,
    }[rule.fires]
    return rate if fires else None


def referee(rules: tuple[AttentionRule, ...], planned: list[Row]) -> tuple[list[Row], list[Row]]:
    """Play a run under rules: the trials that were shown, and what was left out."""
    played: list[Row] = []
    out: list[Row] = []
    for row in planned:
        played.append(row)
        is_last = len(played) == len(planned)
        for rule in rules:
            number = judge(rule, played) if rule.when == "during" or is_last else None
            if number is not None:
                run = None if rule.discards == "participant" else row["run_id"]
                level = row["level"] if rule.discards == "level" else None
                out.append({"run_id": run, "level": level, "rule": rule.name, "number": number})
        if out and not is_last:
            break  # such a rule ends the run
    return played, out


def people(rng: np.random.Generator) -> Iterator[list[Row]]:
    """Runs of two levels with 24 vigilance repeats, fillers and targets; from attentive to not."""
    for number in range(40):
        hit_rate, alarm_rate = rng.uniform(0.2, 1), rng.uniform(0, 0.8)
        yield [
            {
                "participant_id": f"p{number}",
                "run_id": f"r{number}",
                "level": 1 + position // 60,
                "position": position,
                "image_id": f"{number}-{position}",
                "phase": "game",
                "role": role,
                "is_repeat": is_repeat,
                "responded": bool(rng.random() < (hit_rate if is_repeat else alarm_rate)),
                "rt_ms": np.nan,
                "is_interrupted": False,
            }
            for position, (role, is_repeat) in enumerate(kinds(rng))
        ]


def kinds(rng: np.random.Generator) -> list[tuple[str, bool]]:
    """Roles of the 120 trials of a run."""
    some = [("vigilance", True)] * 24 + [("filler", False)] * 60 + [("target", False)] * 36
    return [some[i] for i in rng.permutation(len(some))]


@pytest.mark.parametrize("paradigm", RULES)
def test_rules_leave_out_afterwards_what_they_left_out_in_the_game(paradigm: str) -> None:
    rows: list[Row] = []
    expected: list[tuple[Any, ...]] = []
    for planned in people(np.random.default_rng(20)):
        played, out = referee(RULES[paradigm], planned)
        rows += played
        person = played[0]["participant_id"]
        expected += [(person, e["run_id"], e["level"], e["rule"], e["number"]) for e in out]
    trials = pd.DataFrame(rows)
    data = Dataset(path=Path("games"), images=trials[["image_id"]], trials=trials)
    found = find_exclusions(data, [paradigm]).astype(object)
    columns = ["participant_id", "run_id", "level", "rule", "number"]
    told = [tuple(row) for row in found[columns].where(found[columns].notna(), None).to_numpy()]
    assert sorted(told, key=str) == sorted(expected, key=str)
    assert 5 < len({row[0] for row in told}) < 40  # some are left out, and some are not
