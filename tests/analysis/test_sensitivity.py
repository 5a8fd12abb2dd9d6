"""The sensitivity table: each row is what the functions give under those exclusions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.two_scales import compare
from analysis.consistency.split_half import split_half
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.exclusions.finding import can_judge, with_exclusions
from analysis.exclusions.rules import PUBLISHED, SIMPLE, Rule
from analysis.exclusions.sensitivity import sensitivity
from tests.analysis.hand_made import dataset, trial
from tests.analysis.simulated_responses import simulated_predictions, simulated_study

RULES = {
    "pressers": (Rule("pressers", "press_rate", "at_or_above", 0.95),),
    "nobody": (Rule("nobody", "press_rate", "above", 2.0),),
}
TRUTH = np.linspace(0.3, 0.9, 30)


def study_with_pressers() -> Dataset:
    """Twenty people who remember, and four (q0 to q3) who press at everything."""
    data = simulated_study(
        np.random.default_rng(1), TRUTH, n_people=20, alarm_rates=np.full(30, 0.1)
    )
    assert data.trials is not None
    trials = data.trials.assign(run_id=data.trials["participant_id"], level=1)
    one = trials[trials["participant_id"] == "p0"].assign(responded=True)
    pressers = [one.assign(participant_id=f"q{k}", run_id=f"q{k}") for k in range(4)]
    trials = pd.concat([trials, *pressers], ignore_index=True)
    return Dataset(path=data.path, images=data.images, trials=trials)


def test_each_row_is_what_remains_under_its_exclusions() -> None:
    data = study_with_pressers()
    assert data.trials is not None
    own = pd.DataFrame({"participant_id": ["p1"], "rule": ["asked to"]})
    data = with_exclusions(data, own)
    table = sensitivity(
        data,
        RULES,
        predictions={"truth": simulated_predictions(TRUTH)},
        n_splits=50,
        rng=np.random.default_rng(2),
    ).set_index("exclusions")
    assert list(table.index) == ["none", "the dataset's own", "pressers", "nobody", "all together"]
    assert table["n_exclusions"].tolist() == [0, 1, 4, 0, 5]
    assert table["n_participants"].tolist() == [24, 23, 20, 24, 19]
    assert table["n_left_out"].tolist() == [0, 1, 4, 0, 5]
    assert table["n_trials"].tolist() == [60 * n for n in (24, 23, 20, 24, 19)]
    trials = data.trials
    assert trials is not None
    rates = trials[trials["participant_id"].str.startswith("p")].groupby("is_repeat")["responded"]
    pressers = table.loc["pressers"]
    assert pressers["mean_false_alarm_rate"] == pytest.approx(rates.mean()[False])
    assert pressers["mean_hit_rate"] == pytest.approx(rates.mean()[True])
    assert table.loc["none", "mean_false_alarm_rate"] > pressers["mean_false_alarm_rate"] + 0.1
    same = ["rho", "corr_half_truth", "corr_all_truth", "rate_correlation"]
    numbers = table[same].astype(float)
    pd.testing.assert_frame_equal(
        numbers.loc[["nobody"]], numbers.loc[["none"]].rename(index={"none": "nobody"})
    )
    assert table["problem"].isna().all()


def test_numbers_are_those_of_split_half_and_compare() -> None:
    data = study_with_pressers()
    predictions = simulated_predictions(TRUTH)
    table = sensitivity(
        data, {}, predictions={"m": predictions}, n_splits=40, rng=np.random.default_rng(3)
    ).set_index("exclusions")
    seed = int(np.random.default_rng(3).integers(2**63))
    half = split_half(data, n_splits=40, n_bootstrap=0, rng=np.random.default_rng(seed))
    model = compare(
        data, predictions, "m", n_splits=40, n_bootstrap=0, rng=np.random.default_rng(seed)
    )
    row = table.loc["none"]
    assert (row["rho"], row["reliability"]) == pytest.approx((half.rho, half.reliability))
    expected = (model.corr_half, model.corr_all)
    assert (row["corr_half_m"], row["corr_all_m"]) == pytest.approx(expected)
    assert row["n_images"] == 30


def test_row_whose_exclusions_leave_too_little_says_why_its_numbers_are_missing() -> None:
    rules = {"everybody": (Rule("everybody", "press_rate", "at_or_above", 0.0),)}
    table = sensitivity(
        study_with_pressers(), rules, n_splits=10, rng=np.random.default_rng(4)
    ).set_index("exclusions")
    row = table.loc["everybody"]
    assert row["n_left_out"] == 24
    assert row[["rho", "mean_hit_rate", "rate_correlation"]].isna().all()
    assert row["problem"] == "0 participants cannot be split in halves"


def test_a_rule_can_judge_only_where_its_number_is_known_of_someone() -> None:
    rows = [
        trial("a", f"i{k}", repeat=repeat, responded=True, position=k + 9 * repeat)
        for repeat in (False, True)
        for k in range(9)
    ]
    data = dataset(rows, [f"i{k}" for k in range(9)])
    # No vigilance images and no fillers, of which each published paradigm has a rule.
    assert not any(all(can_judge(data, one) for one in some) for some in PUBLISHED.values())
    (pressing,) = SIMPLE["always_pressing"]
    assert not can_judge(data, pressing)  # 18 trials, of at least 20
    assert can_judge(data, Rule("any", "press_rate", "above", 0.5, min_trials=18))
    window = Rule("window", "false_alarm_rate", "above", 0.5, scope="run", window=9)
    assert can_judge(data, window)
    for missing in ("position", "run_id"):
        less = [{name: value for name, value in row.items() if name != missing} for row in rows]
        assert not can_judge(dataset(less, ["i0"]), window)
    nothing = Dataset(path=Path("bare"), images=pd.DataFrame({"image_id": ["a"]}))
    with pytest.raises(AnalysisError, match="bare: has no table trials"):
        can_judge(nothing, pressing)
