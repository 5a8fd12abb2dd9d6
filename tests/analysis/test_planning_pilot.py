"""Planning from a pilot: simulated with a known r1, and arithmetic by hand."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.consistency.split_half import split_half
from analysis.dataset import Dataset, read_dataset, write_dataset
from analysis.errors import AnalysisError
from analysis.planning import Design, Pilot, plan_study, read_pilot, study_prospects
from analysis.planning.plan import pilot_people, responses_of
from analysis.planning.responses import one_response
from tests.analysis.simulated_pilot import simulated_pilot


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Pilot:
    """Of 32 people who play, 60 of 200 images each; two of them are excluded, two never finish."""
    path = tmp_path_factory.mktemp("data") / "pilot"
    data = simulated_pilot(path, r1=0.15, n_images=200, n_people=32, n_seen=60)
    return read_pilot(data, n_splits=100, n_bootstrap=50, rng=np.random.default_rng(1))


def test_a_pilot_tells_who_started_finished_and_counts(pilot: Pilot) -> None:
    assert (pilot.n_started, pilot.n_paid, pilot.n_counted) == (34, 32, 30)
    assert pilot.pairs == 30 * 60
    assert pilot.responses_per_image == pytest.approx(9)
    design = pilot.design()
    assert design.pairs == 60
    assert design.counted == pytest.approx(30 / 34)
    assert design.paid == pytest.approx(32 / 34)


def test_r1_and_its_limits_come_from_the_split_halves(pilot: Pilot) -> None:
    # R = n·r1/(1 + (n − 1)r1), solved for r1, at the harmonic mean of the responses per image.
    n, halves, case = pilot.harmonic_mean, pilot.consistency, pilot.case
    limits = (
        (case.r1, halves.reliability),
        (case.r1_low, halves.reliability_low),
        (case.r1_high, halves.reliability_high),
    )
    for r1, reliability in limits:
        assert r1 is not None
        assert n * r1 / (1 + (n - 1) * r1) == pytest.approx(reliability)


@pytest.mark.parametrize(("n_seen", "n_people"), [(40, 150), (20, 160)])
def test_sparse_pilots_give_the_known_r1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_seen: int, n_people: int
) -> None:
    # 400 images, r1 = .15, 15 and 8 responses per image given out by chance. Of four data sets the
    # mean has a standard error of about .007; Spearman's is a little below Pearson's correlation.
    monkeypatch.setattr("analysis.planning.pilot.consistency_curve", lambda *_, **__: None)
    found = []
    for seed in range(4):
        data = simulated_pilot(
            tmp_path / f"{seed}",
            r1=0.15,
            n_images=400,
            n_people=n_people,
            n_seen=n_seen,
            seed=seed,
        )
        result = read_pilot(data, n_splits=30, n_bootstrap=0, rng=np.random.default_rng(seed))
        found.append(result.case.r1)
        assert result.case.limits() is None
        # Drawn without replacement: a variance of (1 − share) × mean; standard error √(2/400).
        assert result.dispersion == pytest.approx(1 - n_seen / 400, abs=0.25)
    assert np.mean(found) == pytest.approx(0.145, abs=0.02)


def test_more_people_are_what_the_pilot_lacks(pilot: Pilot) -> None:
    # One who starts gives 60 × 30/34 pairs; the pilot has 1,800.
    design = pilot.design()
    plan = plan_study(200, design, cases=[pilot.case], pilot=pilot)
    alone = plan_study(200, design, cases=[pilot.case])
    for need, whole in zip(plan.needs, alone.needs, strict=True):
        exact = (need.responses_per_image * 200 - 1800) / (60 * 30 / 34)
        assert need.n_participants == math.ceil(exact)
        assert whole.n_participants == pytest.approx(need.n_participants + 34, abs=1)
        assert need.n_participants_low < need.n_participants < need.n_participants_high


def test_the_more_people_bring_the_pilot_to_the_target(pilot: Pilot) -> None:
    design = pilot.design()
    (need,) = plan_study(200, design, targets=[0.9], cases=[pilot.case], pilot=pilot).needs
    reached = study_prospects(
        int(need.n_participants), design, n_images=200, cases=[pilot.case], pilot=pilot
    )
    assert reached.expected[0].reliability == pytest.approx(0.9, abs=0.002)
    assert reached.expected[0].reliability >= 0.9


def test_a_pilot_that_has_reached_the_target_needs_nobody(pilot: Pilot) -> None:
    target = pilot.consistency.reliability - 0.05
    plan = plan_study(200, pilot.design(), targets=[target], cases=[pilot.case], pilot=pilot)
    assert plan.needs[0].n_participants == 0
    assert plan.curve()["n_participants"].max() == pytest.approx(1.25 * 34)


def test_the_curve_goes_through_the_whole_pilot_and_near_its_parts(pilot: Pilot) -> None:
    design = pilot.design()
    plan = plan_study(200, design, cases=[pilot.case], pilot=pilot)
    assert responses_of(34, 200, design, pilot) == pytest.approx(9)
    curve = plan.curve()
    seen = pilot.observed(pilot_people(pilot, design))
    assert seen["n_participants"].iloc[-1] == pytest.approx(34, abs=0.2)
    expected = np.interp(seen["n_participants"], curve["n_participants"], curve["reliability"])
    assert expected[-1] == pytest.approx(pilot.consistency.reliability, abs=0.02)
    assert expected == pytest.approx(seen["reliability"].to_numpy(), abs=0.08)


def test_a_limit_of_0_leaves_the_number_of_people_open(pilot: Pilot) -> None:
    case = replace(pilot.case, r1_low=0.0)
    (need,) = plan_study(200, pilot.design(), targets=[0.8], cases=[case], pilot=pilot).needs
    assert math.isinf(need.n_participants_high)
    assert math.isfinite(need.n_participants)


def counted_pilot(path: Path, rng: np.random.Generator) -> Dataset:
    """40 responses to each of 300 images, of which only the counts are known; r1 = 1/8."""
    hits = rng.binomial(40, rng.beta(4, 3, 300))
    images = [f"i{i}" for i in range(300)]
    counts = pd.DataFrame({"image_id": images, "hits": hits, "repeats": 40})
    return write_dataset(
        {"images": pd.DataFrame({"image_id": images}), "image_counts": counts}, path
    )


def test_a_pilot_of_counts_knows_r1_and_no_people(tmp_path: Path) -> None:
    # Beta(4, 3) hit rates: r1 = 1/(4 + 3 + 1). The standard error over sets of 300 images is .01.
    rng = np.random.default_rng(4)
    pilot = read_pilot(counted_pilot(tmp_path / "d", rng), n_splits=50, n_bootstrap=50, rng=rng)
    assert pilot.case.r1 == pytest.approx(1 / 8, abs=0.03)
    assert pilot.n_started is None
    assert pilot.dispersion == 0
    with pytest.raises(AnalysisError, match="d has counts only, which do not tell how many"):
        pilot.design()
    # 300 × 40 pairs are what 600 people with 20 targets give, or 800 of whom three quarters count.
    assert pilot_people(pilot, Design(20)) == 600
    assert pilot_people(pilot, Design(20, counted=0.75)) == 800
    (need,) = plan_study(300, Design(20), targets=[0.95], cases=[pilot.case], pilot=pilot).needs
    assert need.n_participants == math.ceil((need.responses_per_image - 40) * 300 / 20)


def test_memcat_has_the_published_reliability_of_one_response(
    shared_data: Path, tmp_path: Path
) -> None:
    # statistics.md: split halves of these 1,000 images correlate .831. They were chosen over the
    # whole range of memorability, which makes one response more reliable than the .07 of MemCat.
    table = pd.read_csv(shared_data / "memoir" / "memoir_w_memcat.csv")
    images = table["image_file"].astype(str)
    counts = pd.DataFrame({"image_id": images, "hits": table["H"], "repeats": table["n_resp"]})
    tables = {"images": pd.DataFrame({"image_id": images}), "image_counts": counts}
    data = write_dataset(tables, tmp_path / "memcat")
    pilot = read_pilot(data, n_splits=100, n_bootstrap=0, rng=np.random.default_rng(1))
    reliability = 2 * 0.831 / 1.831
    n = len(table) / (1 / table["n_resp"]).sum()
    assert pilot.harmonic_mean == pytest.approx(n)
    assert pilot.case.r1 == pytest.approx(one_response(reliability, n), rel=0.05)
    assert 0.07 < pilot.case.r1 < 0.11


def test_a_pilot_without_agreement_is_refused_in_a_sentence(tmp_path: Path) -> None:
    # Two halves that rank 20 images the opposite way round.
    people, images = [f"p{i}" for i in range(4)], [f"i{i:02}" for i in range(20)]
    rows = [
        {"participant_id": p, "run_id": f"r{p}", "image_id": image, "responded": responded}
        for n, p in enumerate(people)
        for image, responded in zip(images, ((i + n) % 2 == 0 for i in range(20)), strict=True)
    ]
    repeats = pd.DataFrame(rows).assign(role="target", is_repeat=True, rt_ms=np.nan)
    firsts = repeats.assign(is_repeat=False, responded=False)
    trials = pd.concat([firsts, repeats], ignore_index=True)
    trials["position"] = trials.groupby("run_id").cumcount()
    tables = {"images": pd.DataFrame({"image_id": images}), "trials": trials}
    data = write_dataset(tables, tmp_path / "opposed")
    rng = np.random.default_rng(1)
    assert split_half(data, n_bootstrap=0, n_splits=50, rng=rng).rho < 0
    with pytest.raises(AnalysisError) as caught:
        read_pilot(data, n_splits=50, n_bootstrap=0, rng=rng)
    assert "opposed: random halves of the pilot agree with ρ = −1.00" in str(caught.value)
    assert "plan with a published r1" in str(caught.value)


def test_a_pilot_is_the_same_read_again(tmp_path: Path) -> None:
    simulated_pilot(tmp_path / "d", r1=0.15, n_images=60, n_people=12, n_seen=30)
    first, second = (
        read_pilot(
            read_dataset(tmp_path / "d"),
            n_splits=20,
            n_bootstrap=10,
            rng=np.random.default_rng(5),
        )
        for _ in range(2)
    )
    assert first == second
    assert first.to_dict()["case"]["r1"] == first.case.r1
