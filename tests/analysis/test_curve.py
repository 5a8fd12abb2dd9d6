"""Consistency against participants: true in simulations, and Spearman–Brown by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.consistency.curve import ConsistencyCurve, consistency_curve, needed
from analysis.consistency.reliability import spearman_brown
from analysis.consistency.split_half import split_half
from analysis.errors import AnalysisError
from analysis.scores.responses import to_responses
from analysis.splits.counts import CountSplits
from tests.analysis.simulated_responses import simulated_responses, simulated_trials


def theory(truth: Any, n_responses: Any) -> Any:
    """Reliability of rates of n responses: true variance over true and binomial variance."""
    true, noise = truth.var(), (truth * (1 - truth)).mean()
    return true / (true + noise / n_responses)


def curve_of(reliability: float, n_participants: int, responses_per_image: float) -> Any:
    """A curve of which only what Spearman–Brown needs is known."""
    return ConsistencyCurve(
        score="hit_rate",
        method="spearman",
        n_participants=n_participants,
        n_images=100,
        responses_per_image=responses_per_image,
        rho=spearman_brown(reliability, 0.5),
        reliability=reliability,
        response_reliability=spearman_brown(reliability, 1 / responses_per_image),
        points=(),
        needed=(needed(0.8, reliability, n_participants, responses_per_image),),
    )


def test_the_points_of_a_curve_are_the_true_consistencies() -> None:
    # 3,000 images: the standard error of a correlation is about 1/√3000 = .018.
    rng = np.random.default_rng(1)
    truth = rng.beta(5, 3, 3000)
    responses = simulated_responses(rng, hit_rates=truth, n_people=40)
    curve = consistency_curve(
        responses, method="pearson", sizes=(8, 20, 40), n_samples=10, n_splits=100, rng=rng
    )
    for point in curve.points:
        n = point.n_participants
        assert point.responses_per_image == n
        assert point.images_per_split == 3000
        assert point.rho == pytest.approx(theory(truth, n / 2), abs=0.03)
        assert point.reliability == pytest.approx(theory(truth, n), abs=0.03)
    assert curve.response_reliability == pytest.approx(theory(truth, 1), abs=0.02)
    rho, reliability = curve.predicted([8, 20, 40])
    assert rho == pytest.approx([p.rho for p in curve.points], abs=0.02)
    assert reliability == pytest.approx([p.reliability for p in curve.points], abs=0.02)


def test_as_many_participants_as_are_said_to_be_needed_reach_the_reliability() -> None:
    rng = np.random.default_rng(2)
    truth = rng.beta(5, 3, 2000)
    few = simulated_responses(rng, hit_rates=truth, n_people=12)
    curve = consistency_curve(
        few, method="pearson", sizes=(12,), targets=(0.8,), n_splits=100, rng=rng
    )
    (one,) = curve.needed
    assert one.n_more == pytest.approx(one.n_participants - 12)
    many = simulated_responses(rng, hit_rates=truth, n_people=round(one.n_participants))
    found = split_half(many, method="pearson", n_splits=100, n_bootstrap=0, rng=rng)
    assert found.reliability == pytest.approx(0.8, abs=0.02)
    assert found.rho == pytest.approx(one.rho, abs=0.03)


def test_what_is_predicted_and_needed_by_hand() -> None:
    # R = .5 of 10 people with 4 responses per image: of 20 people 2·.5/1.5 = 2/3, of 5 people 1/3;
    # half of 20 people against the other half is R of 10. R = .8 takes .8·.5/(.5·.2) = 4 times.
    curve = curve_of(0.5, 10, 4)
    rho, reliability = curve.predicted([5, 10, 20])
    assert reliability == pytest.approx([1 / 3, 1 / 2, 2 / 3])
    assert rho == pytest.approx([1 / 5, 1 / 3, 1 / 2])
    (one,) = curve.needed
    assert (one.n_participants, one.responses_per_image, one.n_more) == pytest.approx((40, 16, 30))
    assert one.rho == pytest.approx(2 / 3)
    assert curve.response_reliability == pytest.approx(0.2)  # 4·.2/(1 + 3·.2) = .5
    assert needed(0.9, 0.5, 10, 4).rho == pytest.approx(9 / 11)


@pytest.mark.parametrize(("r1", "eighty", "ninety"), [(0.07, 53, 120), (0.03, 129, 291)])
def test_responses_needed_are_those_of_the_planning_table(
    r1: float, eighty: int, ninety: int
) -> None:
    # n = R(1−r1)/(r1(1−R)), as published: r1 of MemCat's hit rates, and of harder sets.
    reliability = spearman_brown(r1, 30)
    for target, n in ((0.8, eighty), (0.9, ninety)):
        assert round(needed(target, reliability, 60, 30).responses_per_image) == n


def test_no_number_is_enough_for_people_who_do_not_agree_and_none_more_for_those_who_do() -> None:
    nobody = needed(0.8, -0.1, 20, 20)
    assert nobody.n_participants == nobody.n_more == nobody.responses_per_image == float("inf")
    assert needed(0.8, 0.95, 20, 20).n_more == 0
    assert np.isnan(needed(0.8, float("nan"), 20, 20).n_participants)


def test_sparse_designs_say_how_few_images_and_responses_a_point_rests_on() -> None:
    rng = np.random.default_rng(3)
    truth = rng.beta(5, 3, 1500)
    responses = simulated_responses(rng, hit_rates=truth, n_people=150, n_seen=100)  # 10 per image
    curve = consistency_curve(
        responses, method="pearson", sizes=(30, 75, 150), n_samples=20, n_splits=100, rng=rng
    )
    few, half, _ = curve.points
    # 2 responses per image on average: Poisson halves of 1 have one or more with p = 1 − 1/e each,
    # and those that have one have 1/(1 − 1/e) on average.
    assert few.images_per_split / 1500 == pytest.approx((1 - np.exp(-1)) ** 2, abs=0.02)
    assert few.responses_per_image == pytest.approx(2 / (1 - np.exp(-1)), abs=0.1)
    assert half.responses_per_image == pytest.approx(5, abs=0.5)
    # Between the theory of equally many responses and that of as few as half of them.
    assert theory(truth, 1) < half.rho < theory(truth, 3)


def test_a_curve_without_sizes_begins_at_two_responses_per_image_and_ends_at_all() -> None:
    rng = np.random.default_rng(4)
    responses = simulated_responses(rng, hit_rates=rng.beta(5, 3, 60), n_people=60, n_seen=5)
    curve = consistency_curve(responses, n_samples=3, n_splits=50, rng=rng)
    sizes = [point.n_participants for point in curve.points]
    assert 20 <= sizes[0] <= 30  # 5 responses per image of 60 people: 2 of 24
    assert sizes[-1] == curve.n_participants == 60
    assert len(sizes) == 8
    last = curve.points[-1]
    assert (last.rho, last.reliability) == (curve.rho, curve.reliability)
    frame = curve.to_frame()
    assert list(frame["kind"]) == ["observed"] * 8 + ["needed"] * 2
    assert frame["rho_predicted"].iloc[7] == pytest.approx(curve.rho)
    assert frame["reliability_predicted"].iloc[8:].tolist() == pytest.approx([0.8, 0.9])


def test_thinned_counts_give_the_curve_of_people_who_do_not_differ() -> None:
    rng = np.random.default_rng(5)
    responses = simulated_responses(rng, hit_rates=rng.beta(5, 3, 2000), n_people=30)
    options: Any = {"sizes": (10, 20), "n_samples": 10, "n_splits": 50, "rng": rng}
    of_people = consistency_curve(responses, **options)
    of_counts = consistency_curve(responses.counts(), **options)
    assert of_counts.counts_only
    assert not of_people.counts_only
    assert of_counts.n_participants == 30  # responses per image
    for ours, theirs in zip(of_counts.points, of_people.points, strict=True):
        assert ours.rho == pytest.approx(theirs.rho, abs=0.02)
        assert ours.responses_per_image == pytest.approx(theirs.responses_per_image, abs=0.05)


def test_thinning_keeps_hits_within_what_there_is() -> None:
    # A half of 7 responses is 3 or 4 of them; rates of 3 of 7 are .429 on average.
    counts = pd.DataFrame(
        {"hits": [3, 5, 0], "repeats": [7, 5, 4], "false_alarms": 0, "firsts": 7},
        index=["a", "b", "c"],
    )
    block, n = CountSplits(counts, "hit_rate").thinned(0.5, 4000, np.random.default_rng(1))
    assert set(n[:, 0]) == {3, 4}
    assert n.mean(axis=0) == pytest.approx([3.5, 2.5, 2], abs=0.05)
    values = np.append(block.values, np.nan)
    for half in (values[block.first], values[block.second]):
        assert np.nanmean(half[:, 0]) == pytest.approx(3 / 7, abs=0.03)
        assert set(half[:, 1]) == {1}
        assert set(half[:, 2]) == {0}


def test_rows_names_and_unseen_images_change_no_curve() -> None:
    rng = np.random.default_rng(6)
    trials = simulated_trials(rng, hit_rates=rng.beta(6, 3, 25), n_people=12, n_seen=15)

    def found(frame: pd.DataFrame, images: list[str] | None = None) -> ConsistencyCurve:
        ids = None if images is None else pd.Index(images, name="image_id")
        responses = to_responses(frame, column_ids=ids)
        rng = np.random.default_rng(7)
        return consistency_curve(responses, sizes=(6, 9), n_samples=3, n_splits=20, rng=rng)

    expected = found(trials)
    assert found(trials.sample(frac=1, random_state=1)) == expected
    names = {name: f"q{i:02d}" for i, name in enumerate(sorted(trials["participant_id"].unique()))}
    assert found(trials.replace({"participant_id": names})) == expected
    assert found(trials, [*sorted(trials["image_id"].unique()), "never seen"]) == expected


def test_sizes_and_targets_out_of_range_are_refused() -> None:
    rng = np.random.default_rng(1)
    responses = simulated_responses(rng, hit_rates=rng.random(5), n_people=6)
    for sizes in ((1,), (7,)):
        with pytest.raises(AnalysisError, match="whole numbers from 2 to 6"):
            consistency_curve(responses, sizes=sizes, n_splits=5, rng=rng)
    with pytest.raises(AnalysisError, match="a reliability of 1 cannot be aimed at"):
        consistency_curve(responses, targets=(1,), n_splits=5, rng=rng)


def test_people_who_share_too_few_images_have_no_curve() -> None:
    # Each image was seen twice, by one person: nothing can be in both halves.
    images = [f"i{i}" for i in range(6)]
    trials = pd.DataFrame(
        {
            "participant_id": ["p0"] * 6 + ["p1"] * 6,
            "image_id": [*images[:3] * 2, *images[3:] * 2],
            "is_repeat": True,
            "responded": [True, False] * 6,
        }
    )
    with pytest.raises(AnalysisError, match="0 images have two or more responses of different"):
        consistency_curve(to_responses(trials), n_splits=5, rng=np.random.default_rng(1))
