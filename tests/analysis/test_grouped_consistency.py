"""Consistency by category: exact against a plain loop, true in simulations, silent where small."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.consistency.by_group import split_half_by
from analysis.consistency.split_half import to_source
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.splits.halves import PersonSplits, random_halves
from tests.analysis.simulated_responses import simulated_study


def categorised(
    rng: np.random.Generator,
    *,
    n_groups: int,
    size: int,
    between: float,
    within: float,
    **options: Any,
) -> Dataset:
    """Groups whose means, and images whose distances from them, have known standard deviations."""
    truth = 0.5 + np.repeat(rng.normal(0, between, n_groups), size)
    truth = np.clip(truth + rng.normal(0, within, n_groups * size), 0.02, 0.98)
    dataset = simulated_study(rng, truth, **options)
    dataset.images["category"] = np.repeat([f"c{g:02d}" for g in range(n_groups)], size)
    return dataset


def test_all_within_between_and_groups_are_those_of_a_plain_loop() -> None:
    rng = np.random.default_rng(1)
    dataset = categorised(
        rng, n_groups=9, size=10, between=0.15, within=0.1, n_people=17, n_seen=60
    )
    dataset.images.loc[[3, 47], "category"] = None
    found = split_half_by(dataset, n_splits=15, rng=np.random.default_rng(2))
    assert dataset.trials is not None
    repeats = dataset.trials[dataset.trials["is_repeat"]]
    people: Any = to_source(dataset)
    halves = random_halves(17, 15, np.random.default_rng(2))
    category = dataset.images.set_index("image_id")["category"]
    rhos: dict[str, list[float]] = {}
    for split in halves.T:
        in_first = repeats["participant_id"].isin(people.row_ids[split == 1])
        both = pd.concat(
            [
                half.groupby("image_id")["responded"].mean()
                for half in (repeats[in_first], repeats[~in_first])
            ],
            axis=1,
            keys=["first", "second"],
        ).dropna()
        groups = both.groupby(category.reindex(both.index))
        tables = {
            "all": both,
            "within": (both - groups.transform("mean")).dropna().round(12),
            "between": groups.mean().round(12),
            **{str(name): table for name, table in groups},
        }
        for name, table in tables.items():
            rho = stats.spearmanr(table["first"], table["second"]).statistic
            rhos.setdefault(name, []).append(float(rho))
    for row in found.to_dict("records"):
        name = row["group"] if row["part"] == "group" else row["part"]
        assert row["rho"] == pytest.approx(np.mean(rhos[name]), abs=1e-12), name
        k = PersonSplits(people, "hit_rate").lengths.folds
        assert row["reliability"] == pytest.approx(k * row["rho"] / (1 + (k - 1) * row["rho"]))


def test_within_and_between_are_the_true_reliabilities() -> None:
    # Pearson: R of within-group scores is within²/(within² + noise/n); of the means of 10 images
    # (between² + within²/10) over that plus noise/(10 n), as both belong to a group's mean.
    rng = np.random.default_rng(3)
    dataset = categorised(rng, n_groups=400, size=10, between=0.1, within=0.08, n_people=20)
    found = split_half_by(dataset, n_splits=20, method="pearson", rng=rng).set_index("part")
    noise = 0.25 - 0.1**2 - 0.08**2  # p(1 − p) on average, p being .5 ± these
    of_images = 0.08**2 / (0.08**2 + noise / 20)
    of_means = (0.1**2 + 0.08**2 / 10) / (0.1**2 + 0.08**2 / 10 + noise / 200)
    assert found.loc["within", "reliability"] == pytest.approx(of_images, abs=0.03)
    assert found.loc["between", "reliability"] == pytest.approx(of_means, abs=0.03)


def test_small_groups_are_named_but_not_numbered() -> None:
    rng = np.random.default_rng(4)
    dataset = categorised(rng, n_groups=3, size=10, between=0.1, within=0.1, n_people=20)
    dataset.images.loc[dataset.images.index[:4], "category"] = "few"
    table = split_half_by(dataset, n_splits=5, rng=rng)
    groups = table[table["part"] == "group"].set_index("group")
    assert groups.loc["few", "n_images"] == 4
    assert groups.loc["few", "note"] == "too small: 4 images, of at least 8"
    assert groups.loc["c00", "note"] == "too small: 6 images, of at least 8"
    assert groups.loc[["few", "c00"], ["rho", "reliability"]].isna().all(axis=None)
    assert groups.loc[["c01", "c02"], "rho"].notna().all()
    between = table.set_index("part").loc["between"]
    assert np.isnan(between["rho"])
    assert between["note"] == "too small: 4 groups, of at least 8"


def test_few_people_are_too_few_and_counts_have_none() -> None:
    rng = np.random.default_rng(5)
    dataset = categorised(rng, n_groups=2, size=10, between=0.1, within=0.1, n_people=6)
    table = split_half_by(dataset, n_splits=5, rng=rng)
    assert table["rho"].isna().all()
    assert table.loc[0, "note"] == "too small: 6 participants, of at least 8"
    responses: Any = to_source(dataset)
    counts = responses.counts().reset_index().assign(group="target")
    of_counts = Dataset(path=dataset.path, images=dataset.images, image_counts=counts)
    table = split_half_by(of_counts, n_splits=5, rng=rng)
    assert table["counts_only"].all()
    assert table["n_participants"].isna().all()
    assert table.loc[table["part"] == "group", "rho"].notna().all()


def test_the_order_of_rows_and_images_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    dataset = categorised(rng, n_groups=8, size=8, between=0.1, within=0.1, n_people=9, n_seen=40)
    assert dataset.trials is not None
    unseen = pd.DataFrame({"image_id": ["never seen"], "category": ["c00"]})
    other = Dataset(
        path=dataset.path,
        images=pd.concat([unseen, dataset.images.iloc[::-1]], ignore_index=True),
        trials=dataset.trials.sample(frac=1, random_state=1),
    )
    ours, theirs = (
        split_half_by(one, n_splits=10, rng=np.random.default_rng(7)) for one in (dataset, other)
    )
    pd.testing.assert_frame_equal(ours, theirs)


def test_an_unknown_or_empty_column_is_refused() -> None:
    rng = np.random.default_rng(8)
    dataset = categorised(rng, n_groups=2, size=4, between=0.1, within=0.1, n_people=6)
    with pytest.raises(AnalysisError, match="no column 'indoor'; it has category"):
        split_half_by(dataset, "indoor", n_splits=5, rng=rng)
    dataset.images["indoor"] = None
    with pytest.raises(
        AnalysisError, match="no image that can be split in halves has a value of indoor"
    ):
        split_half_by(dataset, "indoor", n_splits=5, rng=rng)
