"""What the report says of attention rules and of how images were shown, on data written by hand."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.report.left_out import left_out
from analysis.report.numbers import Numbers
from analysis.report.sections.attention import attention_words
from analysis.report.sections.left_out import left_out_section
from analysis.report.sections.methods import lag_words, methods, paradigm_words
from analysis.scores.responses import Presentation, count_presentation
from analysis.scores.scoring import image_scores
from tests.analysis.report_study import study, study_numbers, words

VIGILANCE = {
    "name": "vigilance",
    "measure": "vigilance_hit_rate",
    "fires": "below",
    "threshold": 0.5,
    "last": 10,
    "scope": "level",
    "action": "end_level",
    "discards": "level",
}
SLIPS = {
    "name": "slips",
    "measure": "false_alarm_rate",
    "fires": "at_least",
    "threshold": 0.4,
    "last": 0,
    "scope": "run",
    "action": "warn",
    "discards": "nothing",
}


@pytest.fixture
def numbers() -> Numbers:
    return study_numbers()


def with_rules(dataset: Dataset, *fired: tuple[str, str]) -> Dataset:
    events = pd.DataFrame(fired, columns=["run_id", "rule"])
    runs = pd.DataFrame({"run_id": ["r1", "r2", "r3"], "participant_id": ["p1", "p1", "p2"]})
    return replace(
        dataset,
        meta=dict(dataset.meta) | {"paradigm": {"attention": [VIGILANCE, SLIPS]}},
        rule_events=events,
        runs=runs,
    )


def test_the_methods_tell_the_attention_rules_and_how_often_each_fired(numbers: Numbers) -> None:
    data = with_rules(
        numbers.dataset, ("r1", "vigilance"), ("r2", "vigilance"), ("r3", "vigilance")
    )
    told = (
        "Attention was watched during the game: vigilance (the hit rate of vigilance images < 0.5 "
        "over the last 10 in a level: the run ended and the level was left out); slips (the "
        "false-alarm rate ≥ 0.4 in a run: a reminder was shown). vigilance fired 3 times, in runs "
        "of 2 participants."
    )
    assert attention_words(data) == [told]
    assert told in methods(replace(numbers, dataset=data))


def test_rules_that_never_fired_are_told_so_and_no_rules_are_not_told(numbers: Numbers) -> None:
    assert attention_words(with_rules(numbers.dataset))[0].endswith("None of the rules fired.")
    assert attention_words(numbers.dataset) == []


def test_exclusions_are_told_by_rule_and_by_what_they_left_out() -> None:
    data = study()
    assert data.trials is not None
    run = data.trials["run_id"].iloc[0]
    person, other = data.trials["participant_id"].unique()[:2]
    exclusions = pd.DataFrame(
        {
            "participant_id": [person, other],
            "run_id": [run, None],
            "level": pd.array([1, pd.NA], dtype="Int64"),
            "rule": ["vigilance", "looked odd"],
            "number": [0.4, None],
            "decided_by": ["rule", "A. Researcher"],
        }
    )
    data = replace(data, exclusions=exclusions)
    found = left_out(data, image_scores(data)["hit_rate"], "hit rate", None)
    told = [(part.what, part.count, part.reason) for part in found]
    assert ("levels", 1, "excluded by the rule vigilance") in told
    assert ("participants", 1, "excluded by the rule looked odd") in told


def test_dropped_frames_and_lost_focus_are_counted_by_trial_where_they_are_known() -> None:
    trials = pd.DataFrame(
        {
            "dropped_frames": pd.array([0, 2, 1, pd.NA], dtype="Int64"),
            "had_focus": pd.array([True, pd.NA, False, True], dtype="boolean"),
        }
    )
    assert count_presentation(trials) == Presentation(
        n_dropped=2, n_frames_known=3, n_without_focus=1, n_focus_known=3
    )
    assert count_presentation(trials[[]]) == Presentation(0, 0, 0, 0)


def test_the_report_tells_dropped_frames_and_lost_focus_only_where_they_are_known(
    numbers: Numbers,
) -> None:
    def told(shown: Presentation) -> str:
        people = replace(numbers.people, presentation=shown)
        return words(left_out_section(replace(numbers, people=people)))

    assert (
        "In 30 of 2,000 trials (1.5%) the screen dropped a frame or more, and in 1 of 500 trials "
        "(0.2%) the window was not in front all the time. They stay in the scores."
    ) in told(Presentation(30, 2000, 1, 500))
    only_frames = told(Presentation(0, 2000, 0, 0))
    assert "In 0 of 2,000 trials (0.0%) the screen dropped a frame or more. They" in only_frames
    assert "window" not in only_frames
    assert "dropped" not in told(Presentation(0, 0, 0, 0))


def test_levels_and_lures_are_in_the_words_of_the_paradigm(numbers: Numbers) -> None:
    counts = {"n_targets": 20, "n_fillers": 56, "n_vigilance": 12, "n_lures": 5}
    data = replace(numbers.dataset, meta={"paradigm": {**counts, "n_levels": 30}})
    assert (
        "Each of up to 30 levels of a run had 20 targets, 56 fillers, 12 vigilance images, 5 lures."
    ) in paradigm_words(data)
    plain = replace(numbers.dataset, meta={"paradigm": {**counts, "n_lures": 0}})
    assert "A run had 20 targets, 56 fillers, 12 vigilance images." in paradigm_words(plain)


@pytest.mark.parametrize(
    ("lags", "told"),
    [
        ([36, 151], "36 to 151"),
        (
            [{"lags": [5, 10], "share": 1.0}, {"lags": [50, 60], "share": 2.0}],
            "5 to 10 or 50 to 60",
        ),
        (None, ""),
        ([], ""),
    ],
)
def test_one_range_of_lags_and_several_are_told(lags: Any, told: str) -> None:
    assert lag_words(lags) == told
