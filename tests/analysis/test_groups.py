"""Groups of images: explicit loops, and models that know the groups only or the images only."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.comparison.attributes import attributes, group_images
from analysis.comparison.groups import Groups, compare_groups
from analysis.comparison.model_splits import split_with_models
from analysis.comparison.two_scales import compare
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from tests.analysis.simulated_responses import simulated_predictions, simulated_study


def study(
    rng: np.random.Generator, *, n_groups: int, per_group: int, n_people: int, n_seen: int | None
) -> tuple[Dataset, "pd.Series[float]", "pd.Series[float]"]:
    """A study of images in groups, and two models: one knows the groups, the other the rest."""
    group = np.repeat(np.arange(n_groups), per_group)
    between = rng.normal(0, 0.1, n_groups)[group]
    within = rng.normal(0, 0.1, n_groups * per_group)
    truth = np.clip(0.65 + between + within, 0.02, 0.98)
    data = simulated_study(rng, truth, n_people=n_people, n_seen=n_seen)
    images = data.images.assign(category=[f"c{k:02d}" for k in group])
    jitter = rng.normal(0, 1e-3, len(truth))
    return (
        replace(data, images=images),
        simulated_predictions(between + jitter),
        simulated_predictions(within),
    )


def test_groups_are_correlated_as_an_explicit_loop_over_the_same_splits_does() -> None:
    rng = np.random.default_rng(1)
    data, one, other = study(rng, n_groups=9, per_group=8, n_people=14, n_seen=36)
    models = {"one": one, "other": other}
    found = compare_groups(data, models, n_splits=12, rng=np.random.default_rng(2))
    common = split_with_models(data, models)
    ids = common.splits.image_ids
    label = data.images.set_index("image_id")["category"].reindex(ids).to_numpy()
    rhos: dict[str, list[float]] = {}

    def note(name: str, a: "pd.Series[float]", b: "pd.Series[float]") -> None:
        rhos.setdefault(name, []).append(float(stats.spearmanr(a, b).statistic))

    for block in common.splits.blocks(12, np.random.default_rng(2)):
        scores = np.append(block.values, np.nan)
        for first, second in zip(scores[block.first], scores[block.second], strict=True):
            columns = {"a": first, "b": second, "m": common.predictions[0], "c": label}
            frame = pd.DataFrame(columns).dropna()
            for name, rows in frame.groupby("c"):
                note(f"{name}", rows["a"], rows["b"])
                note(f"{name} m", rows["m"], rows["a"])
                note(f"{name} m", rows["m"], rows["b"])
            numbers = frame[["a", "b", "m"]]
            # Means that are equal but for floating-point rounding are ties.
            means = numbers.groupby(frame["c"]).mean().round(12)
            note("between", means["a"], means["b"])
            note("between m", means["m"], means["a"])
            note("between m", means["m"], means["b"])
            less = (numbers - numbers.groupby(frame["c"]).transform("mean")).round(12)
            less = less[frame.groupby("c")["a"].transform("size") >= 2]
            note("within", less["a"], less["b"])
            note("within m", less["m"], less["a"])
            note("within m", less["m"], less["b"])
    for group in found.groups:
        assert group.n_images == 8
        assert group.rho == pytest.approx(np.mean(rhos[group.name]))
        assert group.models[0].corr_half == pytest.approx(np.mean(rhos[f"{group.name} m"]))
        everybody = common.splits.scores[label == group.name]
        expected = stats.spearmanr(common.predictions[0][label == group.name], everybody).statistic
        assert group.models[0].corr_all == pytest.approx(expected)
        assert group.mean_score == pytest.approx(everybody.mean())
    assert found.between.rho == pytest.approx(np.mean(rhos["between"]))
    assert found.between.models[0].corr_half == pytest.approx(np.mean(rhos["between m"]))
    assert found.within.rho == pytest.approx(np.mean(rhos["within"]))
    assert found.within.models[0].corr_half == pytest.approx(np.mean(rhos["within m"]))


@pytest.mark.parametrize("method", ["spearman", "pearson"])
def test_models_that_know_groups_only_or_images_only_are_told_apart(method: str) -> None:
    rng = np.random.default_rng(3)
    data, groups, images = study(rng, n_groups=30, per_group=20, n_people=40, n_seen=None)
    found = compare_groups(
        data, {"groups": groups, "images": images}, method=method, n_splits=20, rng=rng
    )
    between, within = found.between, found.within
    assert between.models[0].corr_all > 0.9
    assert abs(between.models[1].corr_all) < 0.5  # of 30 groups
    assert within.models[1].corr_all > 0.7
    assert abs(within.models[0].corr_all) < 0.15
    assert between.models[0].corr_half > 0.8
    assert (found.between.n_groups, found.within.n_images) == (30, 600)


def test_one_group_of_all_images_is_the_comparison_on_the_same_seed() -> None:
    rng = np.random.default_rng(4)
    truth = rng.beta(6, 3, 40)
    data = simulated_study(rng, truth, n_people=20, n_seen=25)
    data = replace(data, images=data.images.assign(category="all"))
    values = simulated_predictions(truth + rng.normal(0, 0.1, 40))
    found = compare_groups(data, {"m": values}, n_splits=30, rng=np.random.default_rng(5))
    compared = compare(data, values, "m", n_splits=30, n_bootstrap=0, rng=np.random.default_rng(5))
    (group,) = found.groups
    assert group.rho == pytest.approx(compared.rho)
    assert group.models[0].corr_half == pytest.approx(compared.corr_half)
    assert group.models[0].corr_all == pytest.approx(compared.corr_all)
    assert group.n_people == 20
    assert found.between.is_too_small
    assert found.within.rho == pytest.approx(compared.rho, abs=0.02)


def test_small_groups_are_too_small_and_have_no_number() -> None:
    rng = np.random.default_rng(6)
    data = simulated_study(rng, rng.beta(6, 3, 27), n_people=12)
    category: list[object] = ["large"] * 19 + ["small"] * 7 + [None]
    data = replace(data, images=data.images.assign(category=pd.Series(category)))
    values = simulated_predictions(rng.random(27))
    found = compare_groups(data, {"m": values}, n_splits=10, rng=rng)
    large, small = found.groups
    assert (large.n_images, small.n_images, found.n_without_group) == (19, 7, 1)
    assert np.isfinite([large.rho, large.mean_score, large.models[0].corr_all]).all()
    assert small.is_too_small
    numbers = [small.rho, small.mean_score, small.models[0].corr_half, small.models[0].corr_all]
    assert np.isnan(numbers).all()
    assert found.between.is_too_small  # two groups
    assert not found.within.is_too_small
    few = simulated_study(rng, rng.beta(6, 3, 20), n_people=7)
    few = replace(few, images=few.images.assign(category="one"))
    alone = compare_groups(few, {"m": values}, n_splits=10, rng=rng)
    assert alone.groups[0].n_people == 7
    assert alone.groups[0].is_too_small
    assert alone.within.is_too_small


def example(data: Dataset, values: "pd.Series[float]", by: str = "category") -> Groups:
    return compare_groups(data, {"m": values}, by, n_splits=10, rng=np.random.default_rng(1))


def test_order_of_rows_names_of_people_and_unseen_images_change_nothing() -> None:
    rng = np.random.default_rng(7)
    data, values, _ = study(rng, n_groups=8, per_group=8, n_people=12, n_seen=40)
    assert data.trials is not None
    found = example(data, values)
    unseen = pd.DataFrame({"image_id": ["i99999"], "category": ["c00"]})
    # Names that sort as the old ones do: a seed deals people out in the order of their names.
    people = data.trials["participant_id"].map(lambda name: "person " + name)
    other = replace(
        data,
        images=pd.concat([data.images, unseen]).sample(frac=1, random_state=1),
        trials=data.trials.assign(participant_id=people).sample(frac=1, random_state=2),
    )
    extra = pd.concat([values, pd.Series([0.5], index=["i99999"])]).sample(frac=1, random_state=3)
    again = example(other, extra)
    pd.testing.assert_frame_equal(again.to_frame(), found.to_frame())
    assert again.n_without_group == found.n_without_group == 0


def test_table_has_a_row_for_each_group_and_one_between_and_within() -> None:
    rng = np.random.default_rng(8)
    data, values, _ = study(rng, n_groups=8, per_group=8, n_people=12, n_seen=None)
    found = example(data, values)
    frame = found.to_frame()
    assert list(frame["kind"]) == ["group"] * 8 + ["between", "within"]
    assert frame.loc[0, "corr_half_m"] == found.groups[0].models[0].corr_half
    assert frame.loc[8, "n"] == 8
    assert frame.loc[9, "rho"] == found.within.rho
    assert found.to_dict()["groups"][0]["name"] == "c00"


def test_counts_alone_have_groups_without_people() -> None:
    rng = np.random.default_rng(9)
    n = 60
    ids = [f"i{k:05d}" for k in range(n)]
    hits = rng.binomial(30, rng.beta(6, 3, n))
    table = pd.DataFrame({"image_id": ids, "hits": hits, "repeats": 30})
    table = table.assign(false_alarms=0, firsts=30, group="target")
    images = pd.DataFrame({"image_id": ids, "category": ["a", "b"] * 30})
    data = simulated_study(rng, rng.random(n), n_people=8)
    data = replace(data, images=images, trials=None, image_counts=table)
    found = example(data, simulated_predictions(rng.random(n)))
    assert found.counts_only
    assert [group.n_people for group in found.groups] == [None, None]
    assert np.isfinite(found.groups[0].rho)


def test_numbers_are_grouped_by_quantiles_and_texts_by_value() -> None:
    images = pd.DataFrame(
        {
            "image_id": list("abcdefgh"),
            "brightness": ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", None],
            "faces": [0, 1, 2, 0, 1, 2, 0, 1],
            "indoors": [True, False, True, False, True, None, True, True],
            "url": [f"https://example.org/{k}" for k in range(8)],
        }
    )
    by_number = group_images(images, "brightness", 2)
    assert list(by_number.cat.categories) == ["0.1 to 0.4 (1 of 2)", "0.5 to 0.7 (2 of 2)"]
    assert list(by_number[:4]) == ["0.1 to 0.4 (1 of 2)"] * 4
    assert by_number.isna()["h"]
    assert list(group_images(images, "faces", 4).cat.categories) == ["0", "1", "2"]
    assert list(group_images(images, "indoors").cat.categories) == ["False", "True"]
    assert attributes(images) == ("brightness", "faces", "indoors")
    with pytest.raises(AnalysisError, match="no attribute 'mood'; it has brightness, faces, indo"):
        group_images(images, "mood")
    with pytest.raises(AnalysisError, match="n_bins is 1"):
        group_images(images, "faces", 1)
    with pytest.raises(AnalysisError, match="category of the images is always missing"):
        group_images(images.assign(category=None), "category")


def test_kendall_and_an_attribute_of_no_compared_image_are_refused() -> None:
    rng = np.random.default_rng(10)
    data = simulated_study(rng, rng.beta(6, 3, 12), n_people=8)
    values = simulated_predictions(rng.random(12))[:11]
    category: list[object] = [None] * 11 + ["elsewhere"]
    data = replace(data, images=data.images.assign(category=pd.Series(category)))
    with pytest.raises(AnalysisError, match="category is missing for every image that is compared"):
        example(data, values)
    with pytest.raises(AnalysisError, match="'kendall' compares no groups"):
        compare_groups(data, {"m": values}, method="kendall", rng=rng)
