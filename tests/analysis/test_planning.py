"""Planning without a pilot: hand arithmetic, published numbers, and a simulation of a plan."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.consistency.split_half import split_half
from analysis.errors import AnalysisError
from analysis.planning import (
    GAMES,
    PUBLISHED,
    Case,
    Design,
    plan_study,
    responses_needed,
    study_prospects,
)
from analysis.planning.responses import half_consistency, one_response, reliability_of
from experiment.design.presets import PRESETS
from tests.analysis.simulated_responses import simulated_responses

SHARES = st.floats(0.05, 0.95)
R1 = st.floats(0.005, 0.5)


@pytest.mark.parametrize(
    ("r1", "reliability", "responses"),
    [(0.07, 0.8, 53), (0.07, 0.9, 120), (0.03, 0.8, 129), (0.03, 0.9, 291)],
)
def test_published_reliabilities_need_the_published_responses(
    r1: float, reliability: float, responses: int
) -> None:
    assert round(responses_needed(reliability, r1)) == responses


def test_the_published_cases_are_those_of_memcat_and_of_harder_sets() -> None:
    assert [case.r1 for case in PUBLISHED] == [0.07, 0.03]


@pytest.mark.parametrize(("reliability", "rho"), [(0.8, 2 / 3), (0.9, 9 / 11), (0.5, 1 / 3)])
def test_halves_of_a_reliability_correlate_as_spearman_and_brown_say(
    reliability: float, rho: float
) -> None:
    # By hand: R/(2 − R).
    assert half_consistency(reliability) == pytest.approx(rho)


def test_a_plan_by_hand() -> None:
    # r1 = .2 and R = .8: .8 × .8/(.2 × .2) = 16 responses; 16 × 100 images = 1,600 pairs. Of who
    # starts 80 % finish and 72 % count: 1,600/(20 × .72) = 111.1, so 112 start and 89.6, so 90
    # finish; 90 × 10 minutes = 15 hours, 90 × 2 × 1.25 = 225.
    design = Design(20, counted=0.72, paid=0.8, minutes=10, pay=2, fee=0.25)
    plan = plan_study(100, design, targets=[0.8], cases=[Case("by hand", 0.2)])
    (need,) = plan.needs
    assert need.responses_per_image == pytest.approx(16)
    assert need.rho == pytest.approx(2 / 3)
    assert (need.n_participants, need.n_paid) == (112, 90)
    assert need.hours == pytest.approx(15)
    assert need.cost == pytest.approx(225)
    assert math.isnan(need.n_participants_low)


def test_people_that_divide_without_a_rest_are_not_one_too_many() -> None:
    # 16 responses × 100 images / 20 = 80 people, whatever the last bit of 16 is.
    (need,) = plan_study(100, Design(20), targets=[0.8], cases=[Case("by hand", 0.2)]).needs
    assert need.n_participants == 80


def test_chance_in_the_assignment_costs_what_the_harmonic_mean_says() -> None:
    # A dispersion of 2 and 16 responses that count: m²/(m + 2) = 16 at m = 8 + √(64 + 32) = 17.80.
    design = Design(20, dispersion=2)
    (need,) = plan_study(100, design, targets=[0.8], cases=[Case("by hand", 0.2)]).needs
    assert need.responses_per_image == pytest.approx(17.798, abs=0.001)
    assert design.worth(need.responses_per_image) == pytest.approx(16)
    assert need.n_participants == 89


def test_random_assignment_has_the_harmonic_mean_that_is_planned_with() -> None:
    # Simulated: 400 people with 40 of 400 images each, 40 responses per image on average.
    rng = np.random.default_rng(2)
    counts = np.zeros(400)
    for _ in range(400):
        counts[rng.permutation(400)[:40]] += 1
    design = Design(40, dispersion=1 - 40 / 400)
    assert len(counts) / (1 / counts).sum() == pytest.approx(design.worth(40), rel=0.005)


@pytest.mark.parametrize("n_people", [12, 60])
def test_the_planned_responses_reach_the_target(n_people: int) -> None:
    # Hit rates from a beta distribution of mean .6 have r1 = 1/(a + b + 1). The plan says how
    # many responses reach R = .8; 20 data sets of 400 images and so many people are simulated,
    # whose mean split-half reliability has a standard error of about .004.
    r1 = one_response(0.8, n_people)
    a_and_b = 1 / r1 - 1
    assert responses_needed(0.8, r1) == pytest.approx(n_people)
    (need,) = plan_study(400, Design(400), targets=[0.8], cases=[Case("known", r1)]).needs
    assert need.n_participants == n_people
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = rng.beta(0.6 * a_and_b, 0.4 * a_and_b, 400)
        responses = simulated_responses(rng, hit_rates=truth, n_people=n_people)
        result = split_half(responses, n_splits=20, method="pearson", n_bootstrap=0, rng=rng)
        found.append(result.reliability)
    assert np.mean(found) == pytest.approx(0.8, abs=0.015)


def test_expected_reliability_by_hand() -> None:
    # 90 people × .8 × 20 = 1,440 pairs; of 120 images 12 each; r1 = .2: R = 12 × .2/(1 + 11 × .2)
    # = .75, ρ = .75/1.25 = .6. R = .5 needs 4 responses: 360 images; R = .99 needs 396: 3 images,
    # fewer than the 20 of a participant.
    design = Design(20, counted=0.8, paid=0.9, pay=1)
    case = Case("by hand", 0.2, 0.1, 0.4)
    found = study_prospects(90, design, n_images=120, targets=[0.5, 0.99], cases=[case])
    (expected,) = found.expected
    assert expected.responses_per_image == pytest.approx(12)
    assert expected.reliability == pytest.approx(0.75)
    assert expected.rho == pytest.approx(0.6)
    assert expected.reliability_low == pytest.approx(1.2 / 2.1)
    assert expected.reliability_high == pytest.approx(4.8 / 5.4)
    few, many = found.affordable
    assert (few.n_images, many.n_images) == (360, 0)
    # At r1 = .1 R = .5 needs 9 responses, at .4 it needs 1.5.
    assert (few.n_images_low, few.n_images_high) == (160, 960)
    assert found.cost == pytest.approx(81)
    assert found.hours is None


def test_a_budget_pays_those_who_finish() -> None:
    # 2.50 each with the fee: 100 pays 40 who finish, so 50 may start.
    assert Design(20, paid=0.8, pay=2, fee=0.25).within(100) == 50


@given(r1=R1, reliability=SHARES)
def test_responses_and_reliability_are_each_others_inverse(r1: float, reliability: float) -> None:
    n = responses_needed(reliability, r1)
    assert reliability_of(n, r1) == pytest.approx(reliability)
    assert one_response(reliability, n) == pytest.approx(r1)


@given(r1=R1, more=R1, low=SHARES, high=SHARES, lost=SHARES, chance=st.floats(0, 3))
def test_people_rise_with_the_target_and_with_losses_and_fall_with_r1(
    r1: float, more: float, low: float, high: float, lost: float, chance: float
) -> None:
    def people(target: float, r1: float, n_images: int = 200, **design: Any) -> float:
        plan = plan_study(n_images, Design(40, **design), targets=[target], cases=[Case("", r1)])
        return plan.needs[0].n_participants

    low, high = sorted((low, high))
    some = people(low, r1)
    assert some <= people(high, r1)
    assert some <= people(low, r1, counted=lost)
    assert some <= people(low, r1, dispersion=chance)
    assert some <= people(low, r1, n_images=201)
    assert people(low, max(r1, more)) <= people(low, min(r1, more))


@given(r1=R1, target=SHARES, counted=SHARES, dispersion=st.floats(0, 3))
def test_the_people_of_a_plan_reach_its_target_and_one_fewer_do_not(
    r1: float, target: float, counted: float, dispersion: float
) -> None:
    design, case = Design(40, counted=counted, dispersion=dispersion), Case("", r1)
    (need,) = plan_study(200, design, targets=[target], cases=[case]).needs
    people = int(need.n_participants)

    def reached(n: int) -> float:
        return study_prospects(n, design, n_images=200, cases=[case]).expected[0].reliability

    assert reached(people) >= target - 1e-9
    if people > 1:
        assert reached(people - 1) < target


@given(r1=R1, people=st.integers(20, 5000), target=SHARES)
def test_affordable_images_reach_the_target_and_one_more_does_not(
    r1: float, people: int, target: float
) -> None:
    design, cases = Design(40), [Case("", r1)]
    (able,) = study_prospects(people, design, targets=[target], cases=cases).affordable
    if able.n_images:
        of = [
            study_prospects(people, design, n_images=n, cases=cases).expected[0].reliability
            for n in (able.n_images, able.n_images + 1)
        ]
        assert of[0] >= target - 1e-9
        assert of[1] < target


def test_the_curve_rises_from_nothing_through_the_needs() -> None:
    plan = plan_study(1000, Design(66, counted=0.9, dispersion=0.5))
    for case, rows in plan.curve().groupby("case"):
        assert rows["reliability"].iloc[0] == 0
        assert rows["reliability"].is_monotonic_increasing
        assert rows["rho"].is_monotonic_increasing
        assert (rows["rho"] <= rows["reliability"]).all()
        for need in plan.needs:
            if need.case == case:
                at = np.interp(need.n_participants, rows["n_participants"], rows["reliability"])
                assert at == pytest.approx(need.reliability, abs=0.005)


def test_a_plan_is_a_table_and_a_record() -> None:
    plan = plan_study(1000, Design(66, minutes=5))
    frame = plan.to_frame()
    assert list(zip(frame["r1"], frame["reliability"], strict=True)) == [
        (0.07, 0.8),
        (0.07, 0.9),
        (0.03, 0.8),
        (0.03, 0.9),
    ]
    record = plan.to_dict()
    assert record["needs"][0]["n_participants"] == frame["n_participants"][0]
    assert record["design"]["minutes"] == 5
    assert len(record["curve"]) == len(plan.curve())
    prospects = study_prospects(100, Design(66))
    assert len(prospects.to_frame()) == 4
    assert prospects.to_dict()["n_participants"] == 100


def test_the_games_are_as_long_as_the_presets() -> None:
    for name, preset in PRESETS.items():
        game = GAMES[name]
        if game.unit == "run":
            assert (game.n_targets, game.n_trials) == (preset.n_targets, preset.n_trials)
        assert game.seconds / game.n_trials == pytest.approx(preset.trial_ms / 1000)


def test_a_longer_game_has_the_same_share_of_targets() -> None:
    # By hand: 279 trials are 1.5 times 186, with 99 targets, and 390.6 s.
    game = GAMES["lamem2015"].of_trials(279)
    assert (game.n_targets, game.n_trials) == (99, 279)
    assert game.seconds == pytest.approx(390.6)
    with pytest.raises(AnalysisError, match="2 trials have no room for a target"):
        GAMES["lamem2015"].of_trials(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: responses_needed(1.0, 0.07), "reliability is 1; a target is above 0 and below 1"),
        (lambda: responses_needed(0.0, 0.07), "reliability is 0"),
        (lambda: Case("given", 0.0), "r1 is 0; the reliability of one response is above 0"),
        (lambda: Case("given", math.nan), "r1 is nan"),
        (lambda: Design(0), "a participant gives 0 responses"),
        (lambda: Design(66, counted=0), "counted is 0; it is a share above 0 and at most 1"),
        (lambda: Design(66, dispersion=-1), "dispersion is -1; it cannot be below 0"),
        (lambda: plan_study(50, Design(66)), "50 images are fewer than the 66 targets"),
        (lambda: plan_study(100, Design(66), targets=[]), "at least one target"),
        (lambda: study_prospects(0, Design(66)), "0 participants: give at least one"),
        (lambda: Design(66).within(100), "give pay of a participant"),
        (lambda: Design(66, pay=2, fee=0.5).within(2), "who costs 3.00 with the recruiter's fee"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call: Any, message: str) -> None:
    with pytest.raises(AnalysisError, match=message):
        call()


def test_no_number_of_responses_makes_noise_reliable() -> None:
    assert math.isinf(responses_needed(0.8, 0.0))
    assert math.isinf(Design(66).participants(math.inf))


@pytest.mark.parametrize("dispersion", [0.0, 1.0])
def test_where_r1_may_be_0_no_number_of_people_is_certainly_enough(dispersion: float) -> None:
    design = Design(pairs=66, dispersion=dispersion)
    case = Case("a pilot", 0.05, r1_low=0.0, r1_high=1.0, level=0.95)
    (need,) = plan_study(500, design, targets=(0.8,), cases=(case,)).needs
    assert need.n_participants_high == math.inf
    found = study_prospects(200, design, n_images=500, targets=(0.8,), cases=(case,))
    (affordable,) = found.affordable
    assert affordable.n_images_low == 0
    assert affordable.n_images_high is None  # one response without noise is enough for any number
