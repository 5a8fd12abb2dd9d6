"""A model against people: both scales, their identity, the trap, and the edges."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.comparison.two_scales import Comparison, compare
from analysis.comparison.verdict import comparison_sentences, comparison_warnings
from analysis.consistency.reliability import ceiling, disattenuate, explained, n_equivalent
from analysis.consistency.split_half import split_half
from analysis.errors import AnalysisError
from analysis.intervals.limits import Interval
from analysis.scores.scoring import image_scores
from analysis.training_images.known import trained_on
from tests.analysis.simulated_responses import simulated_predictions as predictions
from tests.analysis.simulated_responses import simulated_study


def example(seed: int = 1, noise: float = 0.1, **options: Any) -> Comparison:
    rng = np.random.default_rng(seed)
    truth = rng.beta(6, 3, 120)
    data = simulated_study(rng, truth, n_people=30, **options.pop("data", {}))
    values = predictions(truth + rng.normal(0, noise, 120))
    return compare(
        data, values, "guess", rng=np.random.default_rng(2), **{"n_splits": 50, **options}
    )


def test_consistency_is_that_of_split_half_on_the_same_seed() -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(6, 3, 60)
    data = simulated_study(rng, truth, n_people=25, n_seen=30)
    result = compare(data, predictions(truth), "m", n_splits=40, rng=np.random.default_rng(5))
    alone = split_half(data, n_splits=40, rng=np.random.default_rng(5))
    assert result.rho == alone.rho
    assert result.reliability == alone.reliability
    assert result.responses_per_half == alone.responses_per_half
    assert result.n_images == alone.n_images


@pytest.mark.parametrize("score", ["hit_rate", "false_alarm_rate", "corrected_recognition"])
def test_correlation_with_everybody_is_scipys(score: str) -> None:
    rng = np.random.default_rng(3)
    truth = rng.beta(6, 3, 50)
    data = simulated_study(rng, truth, n_people=20, alarm_rates=rng.beta(2, 8, 50))
    values = predictions(truth)
    result = compare(data, values, "m", score, n_splits=5, method="kendall", rng=rng)
    people = image_scores(data)[score]
    assert result.spearman.corr_all == pytest.approx(stats.spearmanr(values, people).statistic)
    assert result.pearson.corr_all == pytest.approx(stats.pearsonr(values, people).statistic)
    assert result.corr_all == pytest.approx(stats.kendalltau(values, people).statistic)
    assert result.mse == pytest.approx(((values - people) ** 2).mean())
    assert result.mae == pytest.approx((values - people).abs().mean())


def test_a_model_that_is_the_other_half_reaches_what_the_other_half_reaches() -> None:
    # Predictions that are another 15 people's hit rates correlate with a half of 30 as halves do.
    rng = np.random.default_rng(4)
    truth = rng.beta(6, 3, 3000)
    data = simulated_study(rng, truth, n_people=30)
    others = predictions(rng.binomial(15, truth) / 15)
    result = compare(data, others, "others", n_splits=50, rng=rng)
    assert result.corr_half == pytest.approx(result.rho, abs=0.02)
    assert result.n_equivalent == pytest.approx(15, rel=0.1)
    assert result.corr_all > result.rho  # the trap: nothing but less noise


def test_both_scales_tell_the_same_correlation_with_the_true_scores() -> None:
    # The Spearman–Brown identity, for Pearson: mean of 100 simulations of 300 images.
    half, everybody = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        truth = rng.beta(6, 3, 300)
        data = simulated_study(rng, truth, n_people=24)
        values = predictions(truth + rng.normal(0, 0.12, 300))
        pearson = compare(data, values, "m", n_splits=10, n_bootstrap=0, rng=rng).pearson
        half.append(pearson.disattenuated)
        everybody.append(pearson.disattenuated_all)
    assert np.mean(half) == pytest.approx(np.mean(everybody), abs=0.01)
    # And it is the true one: var(beta(6, 3)) = 18/810, so corr = √(.02222/(.02222 + .0144)).
    truth_corr = np.sqrt((18 / 810) / (18 / 810 + 0.12**2))
    assert np.mean(everybody) == pytest.approx(truth_corr, abs=0.02)


def test_images_without_prediction_are_left_out_of_both_scales_and_counted() -> None:
    rng = np.random.default_rng(6)
    truth = rng.beta(6, 3, 40)
    data = simulated_study(rng, truth, n_people=20)
    values = predictions(truth)
    some = compare(data, values.iloc[:25], "m", n_splits=20, rng=np.random.default_rng(1))
    missing = values.where(np.arange(40) < 25)
    same = compare(data, missing, "m", n_splits=20, rng=np.random.default_rng(1))
    assert (some.n_images, some.n_without_prediction) == (25, 15)
    assert same.verdict == some.verdict
    assert same.spearman == some.spearman


def test_n_equivalent_is_the_published_example() -> None:
    assert n_equivalent(0.64, 0.68, 40) == pytest.approx(28.5, abs=0.05)


def test_edges_of_the_formulas() -> None:
    assert n_equivalent(-0.1, 0.5, 40) == 0
    assert n_equivalent(0.0, 0.5, 40) == 0
    assert n_equivalent(0.9, 0.5, 40) == np.inf  # d = 1.27
    assert np.isnan(n_equivalent(0.3, 0, 40))
    assert np.isnan(n_equivalent(0.3, -0.1, 40))
    assert disattenuate(0.9, 0.5) == pytest.approx(1.2728, abs=1e-4)  # kept above 1
    assert np.isnan(disattenuate(0.5, 0))
    assert explained(0.6, 0.5) == pytest.approx(0.72)
    assert np.isnan(explained(-0.6, 0.5))
    assert np.isnan(explained(0.6, -0.1))
    assert ceiling(0.64) == pytest.approx(0.8)
    assert np.isnan(ceiling(-0.1))


def test_trap_is_named_where_a_reader_would_fall_in() -> None:
    result = example(noise=0.17)
    assert result.corr_half < result.rho < result.corr_all
    trap = next(line for line in result.warnings if line.startswith("Do not set"))
    assert "ρ is no ceiling" in trap
    for limits, words in [
        ((-0.2, -0.01), "it does not beat another half of the people"),
        ((-0.2, 0.1), "it does not certainly beat another half of the people"),
    ]:
        held = with_intervals(replace(result, advantage=-0.05), advantage=limits)
        assert any(words in line for line in comparison_warnings(held, None))
    certain = with_intervals(replace(result, advantage=-0.1), advantage=(-0.2, -0.01))
    assert "less well than another half" in comparison_sentences(certain)[0]


@pytest.mark.parametrize("options", [{"method": "kendall"}, {"n_bootstrap": 0}])
def test_without_an_interval_nothing_is_certain(options: dict[str, Any]) -> None:
    result = example(noise=0.17, **options)
    assert result.intervals == {}
    first = result.verdict[0]
    assert "nothing is known of how certain their difference is" in first
    assert f"{result.corr_half:.2f}, and two random" in first
    assert f"correlate {result.rho:.2f} (" in first
    told = " ".join(result.verdict)
    assert "better than" not in told
    assert "less well than" not in told
    assert "is estimated to explain" in told
    assert "is estimated to be worth" in told
    warned = " ".join(result.warnings)
    assert "without an interval it is not known whether it beats another half" in warned
    is_kendall = result.method == "kendall"
    assert (
        "Spearman–Brown and the root of ρ do not hold for Kendall's τ-b" in warned
    ) == is_kendall


def test_counts_alone_are_told_of_as_responses_with_their_interval() -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(6, 3, 120)
    data = simulated_study(rng, truth, n_people=30)
    counts = image_scores(data)[["hits", "repeats", "false_alarms", "firsts"]].reset_index()
    of_counts = replace(data, trials=None, image_counts=counts.assign(group="target"))
    values = predictions(truth + rng.normal(0, 0.1, 120))
    result = compare(of_counts, values, "m", n_splits=20, rng=rng)
    assert result.counts_only
    told = " ".join(result.verdict)
    assert "predicts a half of the responses" in told
    for sentence in result.verdict:
        assert sentence.count("95% interval over images, for these responses only") == 1
    assert "half of the people" not in told + " ".join(result.warnings)
    unclear = comparison_sentences(with_intervals(result, rho=(-0.01, 0.9)))
    assert "whether two random halves of the responses agree" in unclear[0]


def test_a_difference_that_may_be_chance_is_called_so() -> None:
    result = example(noise=0.12)
    for low, high, words in [
        (-0.1, 0.1, "about as well as another half"),
        (0.01, 0.1, "better than another half"),
    ]:
        advantage = Interval(low, high, 0.95, "by hand")
        intervals = {**result.intervals, "advantage": advantage}
        held = replace(result, advantage=(low + high) / 2, intervals=intervals)
        assert words in comparison_sentences(held)[0]


def with_intervals(result: Comparison, **limits: tuple[float, float]) -> Comparison:
    """The same result with some intervals by hand."""
    by_hand = {name: Interval(low, high, 0.95, "by hand") for name, (low, high) in limits.items()}
    return replace(result, intervals={**result.intervals, **by_hand})


def test_nothing_is_said_of_a_model_where_people_may_not_agree() -> None:
    result = example(noise=0.12)
    without_d = {k: v for k, v in result.intervals.items() if k != "disattenuated"}
    for held in (
        with_intervals(result, rho=(-0.01, 0.9)),
        replace(result, intervals=without_d),
    ):
        (only,) = comparison_sentences(held)
        assert only.startswith("These data cannot tell whether two random halves of the people")
        assert "nothing can be said about how well guess predicts them" in only


def test_d_squared_and_n_equivalent_are_told_as_ranges_of_ds_interval() -> None:
    result = example(noise=0.12)
    d, n = result.intervals["disattenuated_all"], result.intervals["n_equivalent"]
    found = result.intervals["explained"]
    assert (found.low, found.high) == pytest.approx((d.low**2, d.high**2))
    half = result.intervals["disattenuated"].low * np.sqrt(result.rho)
    assert n.low == pytest.approx(n_equivalent(half, result.rho, result.responses_per_half))
    for explained_limits, n_limits, share, people in [
        ((0.31, 0.64), (4.4, 12.6), "explains between 31% and 64%", "between 4 and 13 people's"),
        ((0.31, 1.2), (4.4, np.inf), "explains at least 31%", "at least 4 people's"),
        ((0.0, 0.64), (0, 12.6), "explains at most 64%", "at most 13 people's"),
        ((0.0, 1.2), (0, np.inf), "explains these data cannot tell", "is worth these data cannot"),
    ]:
        held = with_intervals(result, explained=explained_limits, n_equivalent=n_limits)
        _, second, third = comparison_sentences(held)
        assert share in second
        assert people in third


def test_a_model_that_is_inverted_is_not_called_chance() -> None:
    rng = np.random.default_rng(6)
    truth = rng.beta(6, 3, 80)
    data = simulated_study(rng, truth, n_people=40)
    result = compare(data, predictions(-truth), "m", n_splits=40, rng=rng)
    assert result.intervals["corr_half"].high < 0
    assert "ranks the images the wrong way round" in result.verdict[2]
    assert np.isnan(result.explained)
    assert "explained" not in result.intervals
    assert "explains" not in " ".join(result.verdict)
    chance = compare(data, predictions(rng.random(80)), "m", n_splits=40, rng=rng)
    assert chance.verdict[2].startswith("As far as these data can tell, m predicts no better")


def test_estimate_above_one_is_kept_and_flagged() -> None:
    truth = np.linspace(0.2, 0.9, 8)
    for seed in range(20):
        data = simulated_study(np.random.default_rng(seed), truth, n_people=10)
        result = compare(data, predictions(truth), "m", n_splits=30, rng=np.random.default_rng(1))
        if result.disattenuated > 1:
            break
    assert result.disattenuated > 1
    assert result.n_equivalent == np.inf
    (told,) = (line for line in result.warnings if "estimated above 1" in line)
    assert "chance in either correlation" in told
    assert "where it is far above, the split-half consistency is estimated too low" in told


def test_people_who_do_not_agree_leave_nothing_to_predict() -> None:
    for seed in range(20):
        data = simulated_study(np.random.default_rng(seed), np.full(30, 0.5), n_people=10)
        result = compare(
            data,
            predictions(np.linspace(0, 1, 30)),
            "m",
            n_splits=30,
            rng=np.random.default_rng(1),
        )
        if result.rho < 0:
            break
    assert result.rho < 0
    assert np.isnan(result.disattenuated)
    assert np.isnan(result.n_equivalent)
    assert "do not agree" in result.verdict[0]


def test_predictions_that_never_differ_are_told_so() -> None:
    rng = np.random.default_rng(1)
    data = simulated_study(rng, rng.beta(6, 3, 30), n_people=10)
    result = compare(data, predictions(np.full(30, 0.7)), "m", n_splits=10, rng=rng)
    assert np.isnan(result.corr_all)
    assert result.verdict == ("m predicts the same for every image, so it ranks none of them.",)


@pytest.mark.parametrize(
    ("model", "about", "expected"),
    [
        ("resmem", "lamem-2015 Our LaMem sample", "LaMem"),
        ("ResMem", "MemCat again", "MemCat"),
        ("resmem", "rocks", None),
        ("memnet", "MemCat", None),
        ("somebody's", "LaMem", None),
    ],
)
def test_training_images_are_known_by_the_name_of_the_data(
    model: str, about: str, expected: str | None
) -> None:
    assert trained_on(model, about) == expected


def test_training_overlap_small_groups_and_bias_are_warned_of() -> None:
    rng = np.random.default_rng(1)
    truth = np.linspace(0.1, 0.9, 6)
    data = simulated_study(rng, truth, n_people=6, alarm_rates=truth, name="memcat-again")
    warnings = " ".join(compare(data, predictions(truth), "resmem", n_splits=10, rng=rng).warnings)
    assert "trained on images of MemCat" in warnings
    assert "6 images are too few" in warnings
    assert "6 participants are too few" in warnings
    assert "Hit rates and false-alarm rates of the images correlate" in warnings


def test_no_warning_where_there_is_nothing_to_warn_of() -> None:
    result = example(noise=1.0)
    assert result.corr_all < result.rho
    assert comparison_warnings(result, None) == ()


def test_result_is_one_table_and_one_dictionary() -> None:
    result = example()
    frame = result.to_frame().set_index("name")
    assert frame.loc["rho", "value"] == result.rho
    assert frame.loc["corr_half_pearson", "value"] == result.pearson.corr_half
    assert result.to_dict()["spearman"]["corr_all"] == result.spearman.corr_all


def test_two_predictions_of_one_image_and_no_common_images_are_refused() -> None:
    rng = np.random.default_rng(1)
    data = simulated_study(rng, rng.random(10), n_people=8)
    doubled = pd.concat([predictions(rng.random(10))] * 2)
    with pytest.raises(AnalysisError, match="'i00000' has two predictions"):
        compare(data, doubled, "m", rng=rng)
    with pytest.raises(AnalysisError, match="m has predictions of 0 of the 10 images that can be"):
        compare(data, pd.Series([1.0], index=["elsewhere"]), "m", rng=rng)
    with pytest.raises(AnalysisError, match="m has predictions of 2 of the 10 images"):
        compare(data, predictions(rng.random(2)), "m", rng=rng)


def test_hit_and_false_alarm_rates_are_correlated_over_the_images_compared_alone() -> None:
    # Over the first 20 images false alarms fall as hits rise; over the other 40 both rise.
    rng = np.random.default_rng(1)
    truth = np.concatenate([np.linspace(0.1, 0.9, 20), np.linspace(0.1, 0.9, 40)])
    alarms = np.concatenate([1 - truth[:20], truth[20:]])
    data = simulated_study(rng, truth, n_people=30, alarm_rates=alarms)
    some = predictions(truth).iloc[:20]
    result = compare(data, some, "m", n_splits=5, n_bootstrap=0, rng=rng)
    people = image_scores(data).loc[some.index]
    expected = stats.spearmanr(people["hit_rate"], people["false_alarm_rate"]).statistic
    assert result.rate_correlation == pytest.approx(expected)
    assert expected < -0.5


def test_halves_that_cannot_be_correlated_are_not_called_scores_that_are_the_same() -> None:
    # Of two people one always presses, the other at 5 of 10 images: the scores are 1 and ½, but
    # one of the halves is always that of the person whose hit rate is 1 everywhere.
    data = simulated_study(np.random.default_rng(1), np.ones(10), n_people=2)
    assert data.trials is not None
    ids = predictions(np.ones(5)).index
    misses = (data.trials["participant_id"] == "p1") & data.trials["image_id"].isin(ids)
    trials = data.trials.assign(responded=data.trials["responded"] & ~misses)
    values, rng = predictions(np.linspace(0, 1, 10)), np.random.default_rng(2)
    result = compare(replace(data, trials=trials), values, "m", n_splits=5, rng=rng)
    assert np.isnan(result.rho)
    assert result.scores_differ
    (only,) = result.verdict
    assert only.startswith("In no split could the halves of the people be correlated")
    same = compare(data, values, "m", n_splits=5, rng=rng)
    assert not same.scores_differ
    assert same.verdict == (
        "The hit rate is the same for all of these images: there is nothing to predict.",
    )
