"""Two models on the same people: the numbers, how they vary together, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.paired_models import compare_models
from analysis.comparison.two_scales import compare
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from tests.analysis.simulated_responses import simulated_predictions, simulated_study


def example(seed: int, n_images: int = 80) -> "tuple[Dataset, dict[str, pd.Series[float]]]":
    """30 people who differ, and three models of which the third is the worst."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(6, 3, n_images)
    data = simulated_study(rng, truth, n_people=30, person_spread=0.05)
    noise = {"a": 0.12, "b": 0.12, "c": 0.6}
    return data, {
        name: simulated_predictions(truth + rng.normal(0, size, n_images))
        for name, size in noise.items()
    }


def test_every_pair_has_the_numbers_that_each_model_has_alone() -> None:
    data, models = example(1)
    pairs = compare_models(data, models, n_splits=400, rng=np.random.default_rng(1))
    assert [(pair.model_1, pair.model_2) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    pair = pairs[1]
    alone = {
        name: compare(data, models[name], name, n_splits=400, rng=np.random.default_rng(1))
        for name in "ac"
    }
    assert pair.corr_half_1 == pytest.approx(alone["a"].corr_half)
    assert pair.corr_half_2 == pytest.approx(alone["c"].corr_half)
    assert pair.corr_all_1 == pytest.approx(alone["a"].corr_all)
    assert pair.corr_models == pytest.approx(models["a"].corr(models["c"], method="spearman"))
    assert pair.difference_all == pair.corr_all_1 - pair.corr_all_2
    assert pair.interval_all is not None
    assert pair.interval_all.low > 0  # noise of .12 against .6
    assert pair.p_all < 0.001
    assert pair.p_half < 0.001


def test_the_interval_of_a_difference_is_as_wide_as_data_sets_differ() -> None:
    # Simulation: a and b are equally good, so the truth is 0. 95 % of 60 data sets is 57, and
    # fewer than 51 come by chance once in 1,000 (binomial). 500 data sets gave 97 %, 1.04 times.
    held, wide, differences = 0, [], []
    for seed in range(60):
        data, models = example(10_000 + seed)
        rng = np.random.default_rng(90_000 + seed)
        pair = compare_models(
            data, {name: models[name] for name in "ab"}, n_splits=40, n_bootstrap=40, rng=rng
        )[0]
        assert pair.interval_half is not None
        held += pair.interval_half.low <= 0 <= pair.interval_half.high
        wide.append((pair.interval_half.high - pair.interval_half.low) / 2 / 2.05)  # t, df 29
        differences.append(pair.difference_half)
    assert held >= 51
    assert 0.75 < np.mean(wide) / np.std(differences) < 1.35  # known within 9 %


def test_other_people_never_make_an_interval_narrower() -> None:
    data, models = example(2)
    for pair in compare_models(data, models, n_splits=20, rng=np.random.default_rng(1)):
        assert pair.interval_all is not None
        assert pair.interval_all_these_people is not None
        assert pair.interval_all.low <= pair.interval_all_these_people.low
        assert "these responses only" in pair.interval_all_these_people.method


def test_a_model_does_not_differ_from_itself() -> None:
    data, models = example(3)
    same = {"one": models["a"], "other": models["a"]}
    pair = compare_models(data, same, n_splits=20, rng=np.random.default_rng(1))[0]
    assert pair.difference_half == 0
    assert pair.corr_models == pytest.approx(1)
    assert pair.interval_half is not None
    assert pair.interval_half.high == pytest.approx(0, abs=1e-6)


def test_a_pair_is_compared_on_the_images_that_both_predict() -> None:
    data, models = example(4)
    some = {"a": models["a"].iloc[:60], "b": models["b"].iloc[20:], "c": models["c"]}
    pairs = compare_models(data, some, n_splits=20, rng=np.random.default_rng(1))
    assert [pair.n_images for pair in pairs] == [40, 60, 60]
    some = {"a": models["a"], "b": models["b"], "c": models["c"].iloc[:60]}
    pairs = compare_models(data, some, n_splits=20, rng=np.random.default_rng(1))
    assert [pair.n_images for pair in pairs] == [len(models["a"]), 60, 60]


def test_a_constant_model_takes_nothing_from_the_other_pairs() -> None:
    data, models = example(6)
    two = {name: models[name] for name in ("a", "b")}
    alone = compare_models(data, two, n_splits=20, rng=np.random.default_rng(1))[0]
    constant = two | {"same": models["a"] * 0}
    pairs = compare_models(data, constant, n_splits=20, rng=np.random.default_rng(1))
    assert pairs[0] == alone
    assert all(np.isnan(pair.difference_half) for pair in pairs[1:])
    assert all(pair.interval_half is None and np.isnan(pair.p_half) for pair in pairs[1:])


def test_counts_alone_have_intervals_of_images_only() -> None:
    data, models = example(5)
    assert data.trials is not None
    repeats = data.trials[data.trials["is_repeat"]].groupby("image_id")["responded"]
    counts = pd.DataFrame({"hits": repeats.sum(), "repeats": repeats.size()}).reset_index()
    counts = counts.assign(false_alarms=0, firsts=counts["repeats"], group="target")
    pair = compare_models(
        replace(data, trials=None, image_counts=counts),
        models,
        n_splits=20,
        rng=np.random.default_rng(1),
    )[0]
    assert pair.counts_only
    assert pair.n_participants is None
    assert pair.interval_all == pair.interval_all_these_people


def test_a_pair_is_one_row_of_a_table() -> None:
    data, models = example(6)
    pair = compare_models(data, models, n_splits=20, rng=np.random.default_rng(1))[0]
    row = pair.to_frame().iloc[0]
    assert pair.interval_half is not None
    assert row["interval_half_low"] == pair.interval_half.low
    assert row["difference_half"] == pair.difference_half
    without = replace(pair, interval_half=None).to_frame().iloc[0]
    assert without["interval_half_low"] is None


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        ({"b": None, "c": None}, {}, "1 models make no pair"),
        ({}, {"method": "kendall"}, "use spearman or pearson"),
        ({"b": slice(0, 2)}, {}, "models a, b all have predictions of 2 of the 80 images"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    changes: Mapping[str, slice | None], options: dict[str, Any], words: str
) -> None:
    data, models = example(7)
    for name, rows in changes.items():
        one = models.pop(name)
        if rows is not None:
            models[name] = one.iloc[rows]
    ordered = {name: models[name] for name in sorted(models)}
    with pytest.raises(AnalysisError, match=words):
        compare_models(data, ordered, rng=np.random.default_rng(1), **options)


def test_an_image_with_two_predictions_is_refused() -> None:
    data, models = example(8)
    models["b"] = pd.concat([models["b"], models["b"].iloc[:1]])
    with pytest.raises(AnalysisError, match="model b: image 'i00000' has two predictions"):
        compare_models(data, models, rng=np.random.default_rng(1))
