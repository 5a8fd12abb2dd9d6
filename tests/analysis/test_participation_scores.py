"""Scores of study and test phases, lures, levels and images of an earlier run, by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.exclusions.finding import find_exclusions
from analysis.scores.lag_correction import lag_correction
from analysis.scores.lags import decay_curve, lag_pairs
from analysis.scores.responses import select_trials
from analysis.scores.scoring import image_scores, participant_scores
from tests.analysis.hand_made import dataset, trial


def exclusions(*rows: dict[str, Any]) -> pd.DataFrame:
    missing = {"run_id": None, "level": pd.NA, "number": np.nan, "decided_by": "rule"}
    return pd.DataFrame([{**missing, **row} for row in rows])


def study_and_test() -> list[dict[str, Any]]:
    """p1 studies a and b, then is tested with both and the new images c and d; p2 studies c."""
    study, test = {"phase": "study", "level": 1}, {"phase": "test", "level": 2}
    return [
        trial("p1", "a", repeat=False, responded=True, **study),
        trial("p1", "b", repeat=False, responded=False, **study),
        trial("p1", "a", repeat=True, responded=True, **test),
        trial("p1", "b", repeat=True, responded=False, **test),
        trial("p1", "c", repeat=False, responded=True, role="lure", **test),
        trial("p1", "d", repeat=False, responded=False, role="lure", **test),
        trial("p2", "c", repeat=False, responded=False, **study),
        trial("p2", "c", repeat=True, responded=True, **test),
    ]


COUNTS = ["hits", "repeats", "false_alarms", "firsts"]


def counts(data: Dataset, image: str, **options: Any) -> list[int]:
    """Hits, repeats, false alarms and firsts of an image."""
    scores = image_scores(data, **options).astype(float).to_dict("index")[image]
    return [int(scores[name]) for name in COUNTS]


def test_first_showings_of_a_study_phase_are_no_false_alarms_and_lures_are() -> None:
    data = dataset(study_and_test(), ["a", "b", "c", "d"])
    assert counts(data, "a") == [1, 1, 0, 0]  # the key while studying counts nowhere
    assert counts(data, "b") == [0, 1, 0, 0]
    assert counts(data, "c") == [1, 1, 1, 1]  # p2's target, p1's lure
    assert counts(data, "d") == [0, 0, 0, 1]
    alarms = image_scores(data)["false_alarm_rate"].to_dict()
    assert (alarms["d"], np.isnan(alarms["a"])) == (0, True)
    person = participant_scores(data).loc["p1"]
    assert (person["hit_rate"], person["false_alarm_rate"]) == (0.5, 0.5)


def test_lures_are_kept_apart_from_fillers_and_vigilance_images() -> None:
    data = dataset(study_and_test(), ["a", "b", "c", "d"])
    assert counts(data, "c", role="lure") == [0, 0, 1, 1]
    assert counts(data, "c", role="filler") == [0, 0, 0, 0]
    reasons = select_trials(data, role="filler").to_frame().set_index("reason")
    assert reasons.loc["lures, which are kept apart", "n_trials"] == 2
    told = select_trials(data).to_frame().set_index("reason")["n_trials"].to_dict()
    assert told == {"shown in a study phase": 3}


def test_a_rule_on_corrected_recognition_knows_false_alarms_from_lures() -> None:
    rows = [
        *(
            trial("p1", f"t{i}", repeat=True, responded=True, phase="test", level=2)
            for i in range(10)
        ),
        *(
            trial("p1", f"l{i}", repeat=False, responded=True, role="lure", phase="test", level=2)
            for i in range(10)
        ),
    ]  # presses always: ten hits of ten, ten false alarms of ten
    data = dataset(rows, [f"{kind}{i}" for kind in "tl" for i in range(10)])
    found = find_exclusions(data, ["hits_not_above_false_alarms"])
    assert found[["participant_id", "number"]].to_numpy().tolist() == [["p1", 0.0]]


def returning(**tables: Any) -> Dataset:
    """a is shown once in the first run and comes back in level 2 of the second; b twice in one."""

    def runs(person: str, *, remembers: bool) -> list[dict[str, Any]]:
        first, second = {"run_id": f"{person}-1"}, {"run_id": f"{person}-2"}
        none = {"first_run_id": None, "lag": pd.NA, "n_intervening": pd.NA}
        back = {**none, "first_run_id": f"{person}-1"}
        lag = {**none, "lag": 3, "n_intervening": 2}
        return [
            trial(person, "a", repeat=False, responded=False, **first, **none),
            trial(person, "b", repeat=False, responded=True, **first, **none),
            trial(person, "b", repeat=True, responded=True, **first, **lag),
            trial(person, "c", repeat=False, responded=False, **second, **none),
            trial(person, "a", repeat=True, responded=remembers, level=2, **second, **back),
        ]

    rows = [*runs("p1", remembers=True), *runs("p2", remembers=False)]
    return dataset(rows, ["a", "b", "c"], **tables)


def test_a_repeat_in_a_later_run_is_a_hit_or_a_miss_of_its_image() -> None:
    assert counts(returning(), "a") == [1, 2, 0, 2]


def test_a_repeat_in_a_later_run_is_in_no_curve_and_no_correction_of_lags() -> None:
    pairs = lag_pairs(returning())
    assert pairs.table["image_id"].tolist() == ["b", "b"]
    assert (pairs.n_unknown, pairs.n_across_runs) == (0, 2)
    assert decay_curve(returning())["repeats"].sum() == 2
    more = [
        trial("p3", "b", repeat=True, responded=False, first_run_id=None, lag=9, n_intervening=8)
    ]
    trials = returning().trials
    assert trials is not None
    data = replace(returning(), trials=pd.concat([trials, pd.DataFrame(more)], ignore_index=True))
    result = lag_correction(data)
    assert (result.n_pairs, result.n_unknown, result.n_across_runs) == (3, 0, 2)


def test_a_study_with_repeats_in_later_runs_only_says_that_there_are_no_lags() -> None:
    trials = returning().trials
    assert trials is not None
    data = replace(returning(), trials=trials[trials["image_id"] == "a"])
    with pytest.raises(AnalysisError, match=r"second time .* in the run that showed it first"):
        lag_pairs(data)


PAIRS = [  # what is left out; counts of a, b and c that stay
    # a's repeats lie in level 2 of the second run: with p1's goes its first showing in the first.
    ({"run_id": "p1-2", "level": 2}, [0, 1, 0, 1], [2, 2, 2, 2], [0, 0, 0, 2]),
    ({"run_id": "p1-1", "level": 1}, [0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 2]),
    ({"run_id": "p1-1"}, [0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 2]),
    ({"run_id": "p1-2"}, [0, 1, 0, 1], [2, 2, 2, 2], [0, 0, 0, 1]),
    ({}, [0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 1]),
]


@pytest.mark.parametrize(("what", "a", "b", "c"), PAIRS)
def test_a_pair_is_void_if_either_showing_is_left_out_in_whichever_run(
    what: dict[str, Any], a: list[int], b: list[int], c: list[int]
) -> None:
    out = exclusions({"participant_id": "p1", "rule": "attention", **what})
    data = returning(exclusions=out)
    assert [counts(data, image) for image in "abc"] == [a, b, c]
    assert counts(data, "a", include_excluded=True) == [1, 2, 0, 2]
    (left_out,) = (
        part for part in select_trials(data).left_out if part.reason.endswith("rule attention")
    )
    assert (left_out.n_trials, left_out.n_participants) == (
        10 - sum(n[1] + n[3] for n in (a, b, c)),
        1,
    )
