"""Exclusion rules as data: what each finds, by hand, and what putting them into force does."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.dataset import Dataset, write_dataset
from analysis.errors import AnalysisError
from analysis.exclusions.finding import can_judge, find_exclusions, with_exclusions
from analysis.exclusions.rules import PUBLISHED, SIMPLE, Rule, read_rules
from analysis.scores.responses import select_trials
from analysis.scores.scoring import image_scores
from tests.analysis.hand_made import dataset, trial


def answers(
    person: str, role: str, *, repeat: bool, pressed: list[bool] | list[int], **more: Any
) -> list[dict[str, Any]]:
    """Trials of one role, one after another, each with its own image."""
    return [
        trial(
            person,
            f"{role} {more.get('run_id', '')} {more.get('level', '')} {k}",
            repeat=repeat,
            responded=bool(key),
            role=role,
            **{"position": k, **more},
        )
        for k, key in enumerate(pressed)
    ]


def played(*parts: list[dict[str, Any]]) -> Dataset:
    rows = [row for part in parts for row in part]
    return dataset(rows, sorted({row["image_id"] for row in rows}))


def found(data: Dataset, name: str) -> list[tuple[str, str, float]]:
    """Who is left out by the rules of a name: participant, rule and number."""
    table = find_exclusions(data, (PUBLISHED | SIMPLE)[name])
    columns = (table["participant_id"], table["rule"], table["number"])
    return list(zip(*columns, strict=True))


def test_lamem_leaves_out_who_missed_more_than_a_quarter_of_the_vigilance_repeats() -> None:
    data = played(
        answers("quarter", "vigilance", repeat=True, pressed=[1, 1, 1, 0]),
        answers("half", "vigilance", repeat=True, pressed=[1, 0, 1, 0]),
        answers("none seen", "target", repeat=True, pressed=[0, 0]),
    )
    assert found(data, "lamem2015") == [("half", "lamem2015", 0.5)]


def test_memory_game_leaves_out_runs_with_few_vigilance_hits_or_many_false_alarms() -> None:
    good = {"run_id": "r1"}
    bad = {"run_id": "r2"}
    data = played(
        answers("p1", "vigilance", repeat=True, pressed=[1, 1, 1, 0, 0], **good),  # .60 is enough
        answers("p1", "vigilance", repeat=True, pressed=[1, 0], **bad),
        answers("p1", "filler", repeat=False, pressed=[1, 0, 0], **good),
        answers("p1", "target", repeat=False, pressed=[1, 0], **bad),
        answers("p1", "filler", repeat=False, pressed=[0, 1, 0], **bad),  # 2 of 5, all roles
    )
    table = find_exclusions(data, PUBLISHED["memorygame2019"])
    assert table["run_id"].tolist() == ["r2", "r2"]
    assert table["rule"].tolist() == ["memorygame2019 false alarms", "memorygame2019 vigilance"]
    assert table["number"].tolist() == [0.4, 0.5]
    assert table["level"].isna().all()
    assert set(table["decided_by"]) == {"rule"}


def test_rim_leaves_out_people_at_seventy_percent_of_either() -> None:
    ten = [1] * 7 + [0] * 3
    data = played(
        answers("p1", "filler", repeat=False, pressed=ten),
        answers("p2", "filler", repeat=False, pressed=[1, 0]),
        answers("p2", "vigilance", repeat=True, pressed=[1 - key for key in ten]),
        answers("p3", "target", repeat=False, pressed=[1, 1]),
    )
    assert found(data, "rim2025_example") == [
        ("p1", "rim2025_example fillers", 0.7),
        ("p2", "rim2025_example vigilance", 0.7),
    ]


def test_isola_looks_at_any_ten_vigilance_repeats_on_end_within_a_level() -> None:
    # Level 1: 6 misses at the end of 20 are 4 of the last 10 hits. Level 2: never below 5 of 10.
    # Level 3: all missed, but fewer than ten.
    one = [1] * 14 + [0] * 6
    two = [1, 0] * 10
    data = played(
        answers("p1", "vigilance", repeat=True, pressed=one, level=1),
        answers("p1", "vigilance", repeat=True, pressed=two, level=2),
        answers("p1", "vigilance", repeat=True, pressed=[0] * 9, level=3),
    )
    table = find_exclusions(data, PUBLISHED["isola2014"])
    assert table["level"].tolist() == [1]
    assert table["number"].tolist() == pytest.approx([0.4])
    assert table["rule"].tolist() == ["isola2014 vigilance"]


def test_isola_looks_at_any_thirty_first_showings_of_any_role_in_their_order() -> None:
    # 40 first showings; 16 keys in a row of 30 are more than half, in whatever order rows come.
    keys = [0] * 5 + [1] * 16 + [0] * 19
    rows = answers("p1", "target", repeat=False, pressed=keys)
    for row in rows[::2]:
        row["role"] = "filler"
    few = answers("p2", "target", repeat=False, pressed=[0] * 5 + [1] * 15 + [0] * 20)
    data = played(rows[::-1], few)
    table = find_exclusions(data, PUBLISHED["isola2014"])
    assert table["participant_id"].tolist() == ["p1"]
    assert table["number"].tolist() == pytest.approx([16 / 30])


def test_window_needs_positions_and_a_run_or_level() -> None:
    rows = answers("p1", "vigilance", repeat=True, pressed=[0] * 12)
    for row in rows:
        del row["position"]
    with pytest.raises(AnalysisError, match="10 trials on end, but the trials have no positions"):
        find_exclusions(played(rows), PUBLISHED["isola2014"])
    with pytest.raises(AnalysisError, match="windows are of rates, in a run or a level"):
        Rule("x", "hit_rate", "below", 0.5, window=5)


def test_simple_rules_find_who_they_are_named_after() -> None:
    def person(name: str, hits: int, alarms: int, rt_ms: float = 600.0) -> list[dict[str, Any]]:
        rows = [
            *answers(name, "target", repeat=True, pressed=[True] * hits + [False] * (20 - hits)),
            *answers(
                name, "target", repeat=False, pressed=[True] * alarms + [False] * (20 - alarms)
            ),
        ]
        return [{**row, "rt_ms": rt_ms} if row["responded"] else row for row in rows]

    data = played(
        person("good", 15, 3),
        person("at chance", 8, 8),
        person("always", 20, 20),
        person("never", 0, 0),
        person("fast", 15, 3, rt_ms=120.0),
        person("brief", 15, 3)[:12],
    )
    assert found(data, "hits_not_above_false_alarms") == [
        ("always", "hits_not_above_false_alarms", 0.0),
        ("at chance", "hits_not_above_false_alarms", 0.0),
        ("never", "hits_not_above_false_alarms", 0.0),
    ]
    assert found(data, "always_pressing") == [("always", "always_pressing", 1.0)]
    assert found(data, "never_pressing") == [("never", "never_pressing", 0.0)]
    assert found(data, "implausibly_fast") == [("fast", "implausibly_fast", 120.0)]
    assert found(data, "too_few_trials") == [("brief", "too_few_trials", 12.0)]


def test_rule_says_nothing_with_fewer_trials_than_it_needs() -> None:
    data = played(answers("p1", "target", repeat=True, pressed=[0, 0, 0]))
    for least, n in ((3, 1), (4, 0)):
        rule = Rule("poor", "hit_rate", "below", 0.5, min_trials=least)
        assert len(find_exclusions(data, [rule])) == n


def test_interrupted_repeats_and_study_phases_are_no_evidence_against_anybody() -> None:
    data = played(
        answers("p1", "vigilance", repeat=True, pressed=[0, 0], is_interrupted=True),
        answers("p1", "target", repeat=False, pressed=[0] * 30, phase="study"),
    )
    every = find_exclusions(data, PUBLISHED | SIMPLE)
    assert every["rule"].tolist() == ["too_few_trials"]


def test_exclusions_put_into_force_leave_trials_out_and_keep_the_datasets_own() -> None:
    data = played(
        answers("p1", "target", repeat=True, pressed=[1]),
        answers("p2", "target", repeat=True, pressed=[0]),
        answers("p3", "target", repeat=True, pressed=[1]),
    )
    own = with_exclusions(data, pd.DataFrame({"participant_id": ["p3"], "rule": ["asked to"]}))
    rule = Rule("missed", "hit_rate", "below", 0.5)
    both = with_exclusions(own, find_exclusions(own, [rule]))
    assert select_trials(both).trials["participant_id"].tolist() == ["p1"]
    reasons = [part.reason for part in select_trials(both).left_out]
    assert reasons == ["left out by the rule asked to", "left out by the rule missed"]
    alone = with_exclusions(own, find_exclusions(own, [rule]), keep_own=False)
    assert image_scores(alone)["repeats"].sum() == 2
    assert data.exclusions is None


def test_exclusions_of_unknown_people_or_without_a_rule_are_refused() -> None:
    data = played(answers("p1", "target", repeat=True, pressed=[1]))
    with pytest.raises(AnalysisError, match="participant 'p9', whom somewhere does not have"):
        with_exclusions(data, pd.DataFrame({"participant_id": ["p9"], "rule": ["x"]}))
    with pytest.raises(AnalysisError, match="no column 'rule'"):
        with_exclusions(data, pd.DataFrame({"participant_id": ["p1"]}))


def test_what_the_rules_find_is_a_table_of_the_codebook(tmp_path: Path) -> None:
    data = played(
        answers("p1", "vigilance", repeat=True, pressed=[1] * 14 + [0] * 6, level=2, run_id="r1"),
        answers("p2", "vigilance", repeat=True, pressed=[0, 0], run_id="r2"),
    )
    assert data.trials is not None
    table = find_exclusions(data, PUBLISHED)
    # p1 missed .30 of all, but .60 of the last ten of level 2; p2 missed all of run r2.
    assert table["rule"].value_counts().to_dict() == {
        "lamem2015": 2,
        "isola2014 vigilance": 1,
        "memorygame2019 vigilance": 1,
        "rim2025_example vigilance": 1,
    }
    rows = data.trials.assign(position=range(len(data.trials)))
    tables = {"images": data.images, "trials": rows, "exclusions": table}
    again = write_dataset(tables, tmp_path / "written")
    assert again.exclusions is not None
    scored = image_scores(again, role="vigilance")
    assert scored["repeats"].sum() == 0
    expected = select_trials(with_exclusions(data, table), role="vigilance").to_frame()
    assert select_trials(again, role="vigilance").to_frame().equals(expected)


def test_order_of_rows_and_other_names_of_people_change_nothing_else() -> None:
    data = played(
        *(
            answers(f"p{k}", "vigilance", repeat=True, pressed=[j % (k + 2) > 0 for j in range(25)])
            for k in range(5)
        )
    )
    assert data.trials is not None
    names = {f"p{k}": f"q{k}" for k in range(5)}
    shuffled = data.trials.sample(frac=1, random_state=1)
    shuffled = shuffled.assign(participant_id=shuffled["participant_id"].map(names))
    other = Dataset(path=data.path, images=data.images, trials=shuffled)
    one, two = (find_exclusions(some, PUBLISHED) for some in (data, other))
    assert len(one) > 0
    renamed = one.assign(participant_id=one["participant_id"].map(names).astype(object))
    pd.testing.assert_frame_equal(renamed, two)


RULES = """
use = ["lamem2015", "always_pressing"]

[[rule]]
name = "slow"
measure = "rt_ms_median"
side = "above"
threshold = 1500
min_trials = 10
"""


def test_rules_are_read_from_toml(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    rules = read_rules(tmp_path / "rules.toml")
    assert list(rules) == ["lamem2015", "always_pressing", "slow"]
    (slow,) = rules["slow"]
    assert slow == Rule("slow", "rt_ms_median", "above", 1500, min_trials=10)
    assert slow.in_words() == (
        "participant left out: median reaction time of all keys, in ms > 1500"
    )
    assert PUBLISHED["isola2014"][0].in_words() == (
        "level left out: hits among repeats of vigilance images < 0.5, in any 10 on end"
    )
    assert slow.to_dict()["side"] == "above"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("use = [", "cannot be read as TOML"),
        ("uses = []", "unknown key 'uses'"),
        ('use = "lamem2015"', "use is no list"),
        ('use = ["lamem"]', "no rule is called 'lamem'; there are lamem2015"),
        ("rule = [1]", "rule 1: is no table"),
        (RULES.replace("side", "sides"), "rule 1: unknown field 'sides'"),
        (RULES.replace('side = "above"', ""), "rule 1: has no side"),
        (RULES.replace("1500", '"slow"'), "rule 1: threshold is 'slow', not a number"),
        (RULES.replace("= 10", "= 1.5"), "rule 1: min_trials is 1.5, not a whole number"),
        (RULES.replace("above", "over"), "side 'over' is not known; it is one of above"),
        (RULES.replace("rt_ms_median", "rt"), "measure 'rt' is not known"),
        (RULES.replace('"slow"', '"lamem2015"'), "two rules are called 'lamem2015'"),
    ],
)
def test_wrong_rules_are_told_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    with pytest.raises(AnalysisError, match=message):
        read_rules(tmp_path / "rules.toml")


def test_rules_that_are_no_file_or_meet_no_trials_are_told(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="cannot be read"):
        read_rules(tmp_path / "none.toml")
    nothing = Dataset(path=Path("bare"), images=pd.DataFrame({"image_id": ["a"]}))
    with pytest.raises(AnalysisError, match="bare: has no table trials"):
        find_exclusions(nothing, PUBLISHED)


def test_rules_about_what_the_trials_do_not_have_are_refused_by_name() -> None:
    data = played(answers("a", "vigilance", repeat=True, pressed=[0] * 12))
    assert data.trials is not None
    without = replace(data, trials=data.trials.drop(columns="level"))
    unknown = replace(data, trials=data.trials.assign(level=float("nan")))
    for one in (without, unknown):
        with pytest.raises(AnalysisError, match="is about each level, and no trial has a level"):
            find_exclusions(one, PUBLISHED["isola2014"])
        assert not any(can_judge(one, rule) for rule in PUBLISHED["isola2014"])


def test_rules_go_by_their_names() -> None:
    data = played(answers("a", "vigilance", repeat=True, pressed=[0] * 12))
    by_name = find_exclusions(data, ["lamem2015", "never_pressing"])
    rules = [*PUBLISHED["lamem2015"], *SIMPLE["never_pressing"]]
    pd.testing.assert_frame_equal(by_name, find_exclusions(data, rules))
    with pytest.raises(AnalysisError, match="no rule is called 'lamem'; there are lamem2015, "):
        find_exclusions(data, ["lamem"])
