"""Scores of images and participants, by hand, by published numbers and by simulation."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.names import SCORE_WORDS
from analysis.scores.rates import difference, wilson
from analysis.scores.responses import EarlyKeys, count_early, select_trials
from analysis.scores.scoring import image_scores, participant_scores, rate_correlation, score_counts
from tests.analysis.hand_made import dataset, trial


def small_rows() -> list[dict[str, Any]]:
    """Three people: a is hit by two of three and falsely known by one; b is seen by one person."""
    return [
        trial("p1", "a", repeat=False, responded=False),
        trial("p2", "a", repeat=False, responded=True),
        trial("p3", "a", repeat=False, responded=False),
        trial("p1", "a", repeat=True, responded=True, rt_ms=400.0),
        trial("p2", "a", repeat=True, responded=True, rt_ms=700.0),
        trial("p3", "a", repeat=True, responded=False),
        trial("p1", "b", repeat=False, responded=False),
        trial("p1", "c", repeat=False, responded=True, role="filler"),
    ]


def small() -> Dataset:
    return dataset(small_rows(), ["a", "b", "c", "unseen"])


def test_rates_are_counted_by_image() -> None:
    scores = image_scores(small())
    a = scores.loc["a"]
    assert (a["hits"], a["repeats"], a["false_alarms"], a["firsts"]) == (2, 3, 1, 3)
    assert a["hit_rate"] == pytest.approx(2 / 3)
    assert a["false_alarm_rate"] == pytest.approx(1 / 3)
    assert a["corrected_recognition"] == pytest.approx(1 / 3)
    assert (a["rt_ms_mean"], a["rt_ms_median"]) == (550, 550)


def test_score_without_a_trial_behind_it_is_missing_never_zero() -> None:
    scores = image_scores(small(), rng=np.random.default_rng(1))
    assert list(scores.index) == ["a", "b", "c", "unseen"]
    assert scores.loc["b", "repeats"] == 0
    assert scores.loc["b", "false_alarm_rate"] == 0
    rated = [name for name in scores.columns if name not in ("hits", "repeats")]
    assert scores.loc["b", ["hit_rate", "hit_rate_low", "corrected_recognition"]].isna().all()
    assert scores.loc["b", ["d_prime", "criterion", "d_prime_low"]].isna().all()
    counted = ("false_alarms", "firsts", "hits_with_rt")
    rated = [name for name in rated if name not in counted]
    assert scores.loc["unseen", rated].isna().all()


def test_fillers_are_kept_apart() -> None:
    assert image_scores(small()).loc["c", "firsts"] == 0
    assert image_scores(small(), role="filler").loc["c", "false_alarms"] == 1


def test_participants_are_scored_from_their_own_trials() -> None:
    scores = participant_scores(small())
    assert scores.loc["p2", "hit_rate"] == 1
    assert scores.loc["p2", "false_alarm_rate"] == 1
    assert scores.loc["p1", "firsts"] == 2


def test_interrupted_pairs_are_left_out_and_counted_unless_asked_for() -> None:
    rows = [
        trial("p1", "a", repeat=False, responded=False),
        trial("p1", "a", repeat=True, responded=True, is_interrupted=True),
    ]
    data = dataset(rows, ["a"])
    assert image_scores(data).loc["a", "repeats"] == 0
    assert image_scores(data, include_interrupted=True).loc["a", "repeats"] == 1
    (left_out,) = select_trials(data).left_out
    assert (left_out.n_trials, left_out.n_participants) == (1, 1)
    assert "interrupted" in left_out.reason


def exclude(**fields: Any) -> pd.DataFrame:
    row: dict[str, Any] = {
        "run_id": np.nan,
        "level": pd.NA,
        "number": np.nan,
        "decided_by": "rule",
        **fields,
    }
    return pd.DataFrame([row])


def test_excluded_participant_is_left_out_and_counted_under_the_rule() -> None:
    data = dataset(
        small_rows(),
        ["a", "b", "c"],
        exclusions=exclude(participant_id="p2", rule="vigilance"),
    )
    a = image_scores(data).loc["a"]
    assert (a["hits"], a["repeats"]) == (1, 2)
    assert image_scores(data, include_excluded=True).loc["a", "repeats"] == 3
    frame = select_trials(data).to_frame().set_index("reason")
    assert frame.loc["left out by the rule vigilance", "n_trials"] == 2
    assert frame.loc["fillers, which are kept apart", "n_trials"] == 1


def test_pair_with_either_showing_in_a_discarded_level_is_left_out_whole() -> None:
    rows = [
        trial("p1", "a", repeat=False, responded=False, level=1),
        trial("p1", "a", repeat=True, responded=True, level=2),
        trial("p1", "b", repeat=False, responded=False, level=1),
        trial("p1", "b", repeat=True, responded=True, level=1),
    ]
    discarded = exclude(participant_id="p1", run_id="run of p1", level=2, rule="attention")
    scores = image_scores(dataset(rows, ["a", "b"], exclusions=discarded))
    assert scores["repeats"].tolist() == [0, 1]
    assert scores["firsts"].tolist() == [0, 1]


def test_showings_of_a_study_phase_are_no_chance_of_a_false_alarm() -> None:
    rows = [
        trial("p1", "a", repeat=False, responded=False, phase="study"),
        trial("p1", "a", repeat=True, responded=True, phase="test"),
        trial("p1", "b", repeat=False, responded=True, phase="test"),
    ]
    scores = image_scores(dataset(rows, ["a", "b"]))
    assert scores["firsts"].tolist() == [0, 1]
    assert scores.loc["a", "hits"] == 1


def test_wilson_interval_is_scipys() -> None:
    for k, n in [(0, 7), (3, 7), (7, 7), (81, 263)]:
        low, high = wilson(np.array([float(k)]), np.array([float(n)]))
        theirs = stats.binomtest(k, n).proportion_ci(method="wilson")
        assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_difference_has_newcombes_interval() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, table II, example (a), method 10:
    # 56/70 − 48/80 = .2000 [.0524, .3339]
    counts = pd.DataFrame({"hits": [56], "repeats": [70], "false_alarms": [48], "firsts": [80]})
    row = score_counts(counts).iloc[0]
    assert row["corrected_recognition"] == pytest.approx(0.2)
    assert row["corrected_recognition_low"] == pytest.approx(0.0524, abs=5e-5)
    assert row["corrected_recognition_high"] == pytest.approx(0.3339, abs=5e-5)


def test_equal_differences_of_rates_are_equal_numbers() -> None:
    tens = np.array([10, 10, 10])
    values = difference(np.array([9, 5, 4]), tens, np.array([6, 2, 1]), tens)
    assert len(set(values)) == 1
    assert len({0.9 - 0.6, 0.5 - 0.2, 0.4 - 0.1}) > 1


def simulate(rng: np.random.Generator, n_people: int, rates: list[tuple[float, float]]) -> Dataset:
    rows = []
    for person in range(n_people):
        for image, (hit, alarm) in enumerate(rates):
            rows.append(
                trial(f"p{person}", f"i{image}", repeat=False, responded=rng.random() < alarm)
            )
            rows.append(trial(f"p{person}", f"i{image}", repeat=True, responded=rng.random() < hit))
    return dataset(rows, [f"i{image}" for image in range(len(rates))])


def test_intervals_from_resampled_participants_hold_the_truth_about_as_often_as_they_say() -> None:
    # 300 images with one truth: hit rate .7, false-alarm rate .2, so corrected recognition is .5.
    rng = np.random.default_rng(3)
    scores = image_scores(simulate(rng, 60, [(0.7, 0.2)] * 300), rng=rng, n_bootstrap=500)
    held = scores["corrected_recognition_low"].le(0.5) & scores["corrected_recognition_high"].ge(
        0.5
    )
    assert 0.90 <= held.mean() <= 0.98
    truth = stats.norm.ppf(0.7) - stats.norm.ppf(0.2)
    held = scores["d_prime_low"].le(truth) & scores["d_prime_high"].ge(truth)
    assert 0.90 <= held.mean() <= 0.98


def test_counts_alone_score_like_the_trials_they_come_from() -> None:
    data = simulate(np.random.default_rng(4), 9, [(0.6, 0.1), (0.9, 0.4), (0.5, 0.5)])
    scores = image_scores(data)
    counts = scores[["hits", "repeats", "false_alarms", "firsts"]].reset_index()
    from_counts = image_scores(
        Dataset(
            path=Path("somewhere"), images=data.images, image_counts=counts.assign(group="target")
        )
    )
    assert from_counts["hits_with_rt"].isna().all()
    pd.testing.assert_frame_equal(
        scores.drop(columns="hits_with_rt"), from_counts.drop(columns="hits_with_rt")
    )


def test_group_that_is_not_there_is_told_with_those_that_are() -> None:
    counts = pd.DataFrame(
        {"image_id": ["a"], "hits": [1], "repeats": [2], "false_alarms": [0], "firsts": [2]}
    ).assign(group="adults")
    data = Dataset(path=Path("x"), images=pd.DataFrame({"image_id": ["a"]}), image_counts=counts)
    with pytest.raises(AnalysisError, match="no group 'target'; it has adults"):
        image_scores(data)
    assert image_scores(data, role="adults").loc["a", "hit_rate"] == 0.5


def test_scores_that_came_alone_are_taken_as_they_are() -> None:
    table = pd.DataFrame({"image_id": ["a"], "score": ["hit_rate"], "value": [0.75], "n": [pd.NA]})
    images = pd.DataFrame({"image_id": ["a", "b"]})
    scores = image_scores(Dataset(path=Path("x"), images=images, image_scores=table))
    assert scores.loc["a", "hit_rate"] == 0.75
    assert scores["repeats"].isna().all()
    assert scores["hit_rate"].isna().tolist() == [False, True]
    with pytest.raises(AnalysisError, match="has neither trials nor image_counts nor image_scores"):
        image_scores(Dataset(path=Path("x"), images=images))


def test_correlation_of_rates_is_scipys_and_missing_without_variance() -> None:
    rng = np.random.default_rng(5)
    scores = pd.DataFrame({"hit_rate": rng.random(20), "false_alarm_rate": rng.random(20)})
    expected = stats.spearmanr(scores["hit_rate"], scores["false_alarm_rate"]).statistic
    assert rate_correlation(scores) == pytest.approx(expected)
    assert np.isnan(rate_correlation(scores.assign(hit_rate=0.5)))


def test_early_keys_are_counted_and_stay_in_the_scores() -> None:
    rows = [
        trial("p1", "a", repeat=True, responded=True, rt_ms=90.0, is_early=True),
        trial("p2", "a", repeat=True, responded=True, rt_ms=500.0, is_early=False),
        trial("p3", "a", repeat=True, responded=True, is_early=pd.NA),
        trial("p4", "a", repeat=True, responded=False, is_early=pd.NA),
    ]
    data = dataset(rows, ["a"])
    assert image_scores(data).loc["a", "hits"] == 3
    early = count_early(select_trials(data).trials)
    assert (early.n_early, early.n_responded, early.n_unknown) == (1, 3, 1)
    assert early.to_frame().iloc[0].to_dict() == {"n_early": 1, "n_responded": 3, "n_unknown": 1}
    without = pd.DataFrame(rows).drop(columns="is_early")
    assert count_early(without) == EarlyKeys(n_early=0, n_responded=3, n_unknown=3)


def test_every_score_has_its_name_in_words() -> None:
    scores = image_scores(small())
    limited = {name.removesuffix("_low") for name in scores.columns if name.endswith("_low")}
    assert limited == set(SCORE_WORDS)


def test_run_and_level_are_left_out_of_that_person_and_of_no_other() -> None:
    rows = [
        trial(person, image, repeat=False, responded=False, run_id=f"{person}{run}", level=level)
        for person in ("p1", "p2")
        for run, level, image in (("r1", 1, "a"), ("r1", 2, "b"), ("r2", 1, "c"))
    ]
    for fields, left in (
        ({"run_id": "p1r1"}, [1, 1, 2]),
        ({"level": 1}, [1, 2, 1]),
        ({"run_id": "p1r1", "level": 1}, [1, 2, 2]),
        ({}, [1, 1, 1]),
    ):
        excluded = exclude(participant_id="p1", rule="x", **fields)
        scores = image_scores(dataset(rows, ["a", "b", "c"], exclusions=excluded))
        assert scores["firsts"].tolist() == left, fields
