"""Split halves of people: exact against a naive loop, true in simulations, indifferent to order."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.consistency.reliability import (
    Lengths,
    lengths_of_counts,
    lengths_of_people,
    r_binom,
    spearman_brown,
)
from analysis.consistency.split_half import split_half
from analysis.errors import AnalysisError
from analysis.scores.names import SCORES
from analysis.scores.responses import to_responses
from analysis.splits.counts import CountSplits
from analysis.splits.halves import PersonSplits, random_halves
from analysis.splits.pairs import pair_up
from analysis.splits.places import place_table, to_block
from tests.analysis.simulated_responses import simulated_responses, simulated_trials


def log_linear(trials: pd.DataFrame) -> "pd.Series[float]":
    """The normal quantile of each image's rate, with half a response added (Hautus 1995)."""
    responded = trials.groupby("image_id")["responded"]
    rate = (responded.sum() + 0.5) / (responded.count() + 1)
    return pd.Series(stats.norm.ppf(rate), index=rate.index)


def naive_correlations(
    trials: pd.DataFrame, in_first: Any, people: pd.Index, score: str, method: str
) -> list[float]:
    """The same splits with a group-by and scipy: slow, and plainly what is meant."""
    correlations = []
    for split in in_first.T:
        first = trials["participant_id"].isin(people[split == 1])
        halves = []
        for half in (trials[first], trials[~first]):
            repeats, firsts = half[half["is_repeat"]], half[~half["is_repeat"]]
            hit_rate = repeats.groupby("image_id")["responded"].mean()
            alarm_rate = firsts.groupby("image_id")["responded"].mean()
            halves.append(
                {
                    "hit_rate": hit_rate,
                    "false_alarm_rate": alarm_rate,
                    # rounded, because .9 − .6 and .5 − .2 are a tie that floats do not see
                    "corrected_recognition": (hit_rate - alarm_rate).round(12),
                    "d_prime": log_linear(repeats).sub(log_linear(firsts)).round(12),
                }[score]
            )
        both = pd.concat(halves, axis=1).dropna().to_numpy()
        function: Any = {
            "spearman": stats.spearmanr,
            "pearson": stats.pearsonr,
            "kendall": stats.kendalltau,
        }[method]
        correlations.append(function(both[:, 0], both[:, 1]).statistic)
    return correlations


@pytest.mark.parametrize("method", ["spearman", "pearson", "kendall"])
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("n_seen", [None, 9])
@pytest.mark.parametrize("is_paired", [True, False])
def test_correlations_are_those_of_a_naive_loop_on_the_same_splits(
    score: str, method: str, n_seen: int | None, is_paired: bool
) -> None:
    rng = np.random.default_rng(1)
    trials = simulated_trials(
        rng,
        hit_rates=rng.beta(6, 3, 40),
        alarm_rates=rng.beta(2, 9, 40),
        n_people=21,
        n_seen=n_seen,
    )
    if not is_paired:  # repeats were lost: hits and false alarms have different numbers behind them
        trials = trials.drop(trials.index[trials["is_repeat"]][::7])
    responses = to_responses(trials)
    halves = np.tile(np.arange(21) < 10, (12, 1))
    in_first = rng.permuted(halves, axis=1).T.astype(np.int8)
    ours = pair_up(PersonSplits(responses, score).halves(in_first)).correlate(method)
    theirs = naive_correlations(trials, in_first, responses.row_ids, score, method)
    assert ours == pytest.approx(np.array(theirs), abs=1e-12)


def test_large_counts_take_another_way_to_the_same_scores() -> None:
    # 1,500 people who saw everything need a table of 2.25 million places: sorting takes over.
    rng = np.random.default_rng(2)
    trials = simulated_trials(rng, hit_rates=rng.beta(6, 3, 12), n_people=1500)
    responses = to_responses(trials)
    in_first = rng.permuted(np.tile(np.arange(1500) < 750, (3, 1)), axis=1).T.astype(np.int8)
    ours = pair_up(PersonSplits(responses, "hit_rate").halves(in_first)).correlate("spearman")
    theirs = naive_correlations(trials, in_first, responses.row_ids, "hit_rate", "spearman")
    assert ours == pytest.approx(np.array(theirs), abs=1e-12)


def test_split_half_is_one_when_participants_agree() -> None:
    trials = simulated_trials(
        np.random.default_rng(1), hit_rates=np.array([1.0, 0.0, 1.0]), n_people=6
    )
    result = split_half(to_responses(trials), n_splits=10, rng=np.random.default_rng(1))
    assert result.rho == pytest.approx(1)
    assert result.reliability == pytest.approx(1)
    assert result.spread == pytest.approx(0, abs=1e-12)


def test_halves_of_people_without_differences_between_images_do_not_correlate() -> None:
    responses = simulated_responses(
        np.random.default_rng(8), hit_rates=np.full(2000, 0.6), n_people=20
    )
    result = split_half(responses, n_splits=50, rng=np.random.default_rng(1))
    assert abs(result.rho) < 0.05  # standard error 1/√2000 = .022
    assert result.r_binom == pytest.approx(0, abs=0.1)


def test_reliability_is_the_squared_correlation_with_the_true_scores() -> None:
    # Classical test theory (Lord and Novick 1968): R = corr(score, truth)². 4,000 images.
    rng = np.random.default_rng(9)
    truth = rng.beta(5, 3, 4000)
    responses = simulated_responses(rng, hit_rates=truth, n_people=30)
    result = split_half(responses, n_splits=50, method="pearson", rng=rng)
    scores = PersonSplits(responses, "hit_rate").scores
    assert result.reliability == pytest.approx(np.corrcoef(scores, truth)[0, 1] ** 2, abs=0.02)
    assert result.r_binom == pytest.approx(result.reliability, abs=0.02)


def test_result_says_what_stands_behind_it() -> None:
    rng = np.random.default_rng(3)
    responses = simulated_responses(rng, hit_rates=rng.beta(6, 3, 30), n_people=20, n_seen=6)
    result = split_half(responses, n_splits=40, rng=rng)
    assert (result.score, result.method, result.n_participants) == ("hit_rate", "spearman", 20)
    assert result.n_splits == 40
    assert not result.counts_only
    n = np.asarray(responses.repeats.sum(axis=0))
    assert result.n_images == int((n >= 2).sum())
    assert result.images_per_split < result.n_images  # of 4 people, all may be in one half
    assert result.responses_per_half >= n.mean() / 2
    assert list(result.to_frame().columns) == list(result.to_dict())


def test_same_seed_gives_the_same_and_rows_people_names_and_unseen_images_change_nothing() -> None:
    rng = np.random.default_rng(4)
    trials = simulated_trials(rng, hit_rates=rng.beta(6, 3, 25), n_people=12, n_seen=15)

    def rho(frame: pd.DataFrame, images: list[str] | None = None) -> float:
        ids = None if images is None else pd.Index(images, name="image_id")
        responses = to_responses(frame, column_ids=ids)
        return split_half(responses, n_splits=30, rng=np.random.default_rng(7)).rho

    expected = rho(trials)
    assert rho(trials.sample(frac=1, random_state=1)) == expected
    in_order = {f"p{i}": f"person {i:02d}" for i in range(12)}
    by_name = {old: f"q{rank:02d}" for rank, old in enumerate(sorted(in_order))}
    assert rho(trials.replace({"participant_id": by_name})) == expected
    seen = sorted(trials["image_id"].unique())
    assert rho(trials, [*seen, "never seen"]) == expected
    other_images = {old: f"x{old}" for old in seen}
    assert rho(trials.replace({"image_id": other_images})) == expected


def test_counts_alone_are_split_hypergeometrically_and_say_so() -> None:
    # Without differences between people, halves of counts are as good as halves of people.
    rng = np.random.default_rng(5)
    responses = simulated_responses(rng, hit_rates=rng.beta(5, 3, 1500), n_people=40)
    counts = responses.counts()
    of_people = split_half(responses, n_splits=50, rng=rng)
    of_counts = split_half(counts, n_splits=50, rng=rng)
    assert of_counts.counts_only
    assert of_counts.n_participants is None
    assert of_counts.rho == pytest.approx(of_people.rho, abs=0.01)
    assert of_counts.responses_per_half == of_people.responses_per_half == 20


def test_halves_of_counts_add_up_to_the_counts() -> None:
    counts = pd.DataFrame(
        {"hits": [3, 5, 0], "repeats": [7, 5, 4], "false_alarms": 0, "firsts": 7},
        index=["a", "b", "c"],
    )
    (block,) = CountSplits(counts, "hit_rate").blocks(200, np.random.default_rng(1))
    first, second = block.values[block.first], block.values[block.second]
    assert np.allclose(first * [3, 2, 2] + second * [4, 3, 2], [3, 5, 0])
    # The mean of a hypergeometric draw of 3 of 7 with 3 hits is 9/7; of rates 3/7.
    assert first[:, 0].mean() == pytest.approx(3 / 7, abs=0.05)


def test_every_split_of_the_people_is_equally_likely() -> None:
    # 4 people have 6 splits, 5 people 10 (the larger half is the second): chi-square at p = .001.
    rng = np.random.default_rng(1)
    for n_people, n_kinds in ((4, 6), (5, 10)):
        drawn = random_halves(n_people, 6000, rng)
        assert set(drawn.sum(axis=0)) == {n_people // 2}
        _, counts = np.unique(drawn, axis=1, return_counts=True)
        assert len(counts) == n_kinds
        assert stats.chisquare(counts).pvalue > 0.001


def test_splits_do_not_depend_on_each_other() -> None:
    # Of 60 people, two fixed ones are in different halves in 30/59 of the splits, so the share of
    # 200 splits has a standard deviation of √(30/59 · 29/59 / 200) = .0353 over seeds. Splits that
    # share a pairing of the people would have .074: a pair is never in one half.
    shares = []
    for seed in range(300):
        drawn = random_halves(60, 200, np.random.default_rng(seed))
        shares.append((drawn[0] != drawn[1]).mean())
    assert np.mean(shares) == pytest.approx(30 / 59, abs=0.01)
    assert np.std(shares) == pytest.approx(0.0353, rel=0.2)


@pytest.mark.parametrize("n_people", [4, 20])
def test_other_seeds_give_the_mean_of_as_many_independent_splits(n_people: int) -> None:
    # The mean of n independent splits has a standard deviation of spread/√n; that of 40 means is
    # known within 11 %.
    rng = np.random.default_rng(5)
    responses = simulated_responses(rng, hit_rates=rng.beta(6, 3, 60), n_people=n_people)
    results = [
        split_half(responses, n_splits=300, n_bootstrap=0, rng=np.random.default_rng(seed))
        for seed in range(40)
    ]
    found = np.std([result.rho for result in results], ddof=1)
    assert found == pytest.approx(results[0].spread / np.sqrt(300), rel=0.4)


@given(
    largest=st.integers(1, 40),
    pairs=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_places_rank_ratios_as_scipy_does(largest: int, pairs: list[tuple[int, int]]) -> None:
    pairs = [(k % (n % largest + 2), n % largest + 1) for k, n in pairs]
    table = place_table(largest)
    places = table.place[[k * table.width + n for k, n in pairs]]
    expected = stats.rankdata([k / n for k, n in pairs], method="dense") - 1
    assert np.array_equal(stats.rankdata(places, method="dense") - 1, expected)
    assert np.array_equal(table.values[places], [k / n for k, n in pairs])


def test_spearman_brown_by_hand() -> None:
    assert spearman_brown(0.5) == pytest.approx(2 / 3)
    assert spearman_brown(0.25, 3) == pytest.approx(0.5)
    assert spearman_brown(-0.5) == pytest.approx(-2)  # not hidden behind an absolute value
    assert np.isnan(spearman_brown(-1))


def test_halves_are_shorter_than_half_of_everybody_where_they_are_unequal() -> None:
    of_all = lengths_of_people(np.array([60, 60]), np.array([60, 60]), 60)
    assert of_all == Lengths(60, 30)
    assert of_all.folds == 2
    odd = lengths_of_people(np.array([5]), np.array([5]), 5)
    assert odd.folds == pytest.approx(5 / 2.4)  # harmonic mean of 2 and 3 is 2.4
    assert lengths_of_counts(np.array([5])).folds == pytest.approx(5 / 2.4)
    # Three of many people: 1 and 2 are in the halves, or all in one, which does not enter.
    assert lengths_of_people(np.array([3]), np.array([3]), 10_000).half == pytest.approx(4 / 3)
    # Four people who each responded twice: halves of 1 and 3 people (8 of 14) or 2 and 2 (6).
    four = lengths_of_people(np.array([8]), np.array([4]), 10**6)
    expected = (8 * (1 / 2 + 1 / 6) / 2 + 6 * 1 / 4) / 14
    assert four.half == pytest.approx(1 / expected, rel=1e-4)


def test_reliability_is_that_of_everybody_also_where_halves_are_unequal() -> None:
    # 6 responses of 100 people to an image: parts of 1 to 5. With k = 2, R is .04 too low.
    rng = np.random.default_rng(5)
    found, true = [], []
    for _ in range(12):
        truth = rng.uniform(0.3, 1, 600)
        responses = simulated_responses(rng, hit_rates=truth, n_people=100, n_seen=36)
        counts = responses.counts()
        counts = counts[counts["repeats"] > 1]
        scores = counts["hits"] / counts["repeats"]
        places = counts.index.str[1:].astype(int)
        true.append(np.corrcoef(scores, truth[places])[0, 1] ** 2)
        split = split_half(responses, method="pearson", n_splits=60, n_bootstrap=0, rng=rng)
        found.append(split.reliability)
    assert np.mean(found) == pytest.approx(np.mean(true), abs=0.015)


def test_splits_of_two_images_have_no_correlation() -> None:
    block = to_block(np.array([[0.1, 0.5, np.nan]]), np.array([[0.2, 0.9, 0.3]]))
    for method in ("spearman", "pearson", "kendall"):
        assert np.isnan(pair_up(block).correlate(method)).all()


def test_images_that_one_person_alone_responded_to_cannot_be_split() -> None:
    rng = np.random.default_rng(1)
    trials = simulated_trials(rng, hit_rates=np.full(6, 0.5), n_people=4)
    once_more = trials.iloc[[0]].assign(image_id="mine", is_repeat=True)
    responses = to_responses(pd.concat([trials, once_more, once_more], ignore_index=True))
    assert "mine" in responses.column_ids
    assert "mine" not in PersonSplits(responses, "hit_rate").image_ids


def test_r_binom_by_hand() -> None:
    # p = .2, .8 of 11: noise .16/10 = .016, variance .18 → 1 − .016/.18
    value = r_binom(np.array([0.2, 0.8]), np.array([11.0, 11.0]))
    assert value == pytest.approx(1 - 0.016 / 0.18)
    assert np.isnan(r_binom(np.array([0.5, 0.5]), np.array([11.0, 11.0])))


def test_scores_that_never_differ_have_no_correlation() -> None:
    responses = simulated_responses(np.random.default_rng(1), hit_rates=np.ones(5), n_people=6)
    result = split_half(responses, n_splits=5, rng=np.random.default_rng(1))
    assert np.isnan(result.rho)
    assert np.isnan(result.reliability)
    assert result.n_splits == 0


@pytest.mark.parametrize(
    ("score", "method", "message"),
    [
        ("criterion", "spearman", "score 'criterion' cannot be split"),
        ("hit_rate", "cosine", "method 'cosine' is not known"),
    ],
)
def test_unknown_score_or_method_is_refused(score: str, method: str, message: str) -> None:
    rng = np.random.default_rng(1)
    responses = simulated_responses(rng, hit_rates=rng.random(5), n_people=6)
    with pytest.raises(AnalysisError, match=message):
        split_half(responses, score, n_splits=5, method=method, rng=rng)


def test_too_few_people_or_images_are_refused() -> None:
    rng = np.random.default_rng(1)
    one = simulated_responses(rng, hit_rates=rng.random(5), n_people=1)
    with pytest.raises(AnalysisError, match="1 participant cannot be split"):
        split_half(one, n_splits=5, rng=rng)
    two_images = simulated_responses(rng, hit_rates=rng.random(2), n_people=6)
    with pytest.raises(AnalysisError, match="2 images have two or more responses"):
        split_half(two_images, n_splits=5, rng=rng)
