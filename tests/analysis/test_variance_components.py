"""Variance components: the analysis of variance by hand, least squares, REML, and known truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from analysis.consistency.split_half import split_half
from analysis.consistency.variance_components import variance_components
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses, to_responses
from tests.analysis.simulated_responses import simulated_responses, simulated_trials


def responses_of(hits: Any, repeats: Any) -> Responses:
    """People × images, from plain arrays."""
    people = pd.Index([f"p{i}" for i in range(len(hits))])
    images = pd.Index([f"i{i}" for i in range(len(hits[0]))])
    nothing = sparse.csr_array(np.zeros_like(repeats))
    return Responses(
        people, images, sparse.csr_array(hits), sparse.csr_array(repeats), nothing, nothing
    )


def crossed(
    rng: np.random.Generator,
    *,
    image_sd: float,
    person_sd: float,
    n_images: int,
    n_people: int,
    share: float,
) -> Responses:
    """Responses with P(hit) = .5 + image + person; each person sees a share of the images."""
    p = 0.5 + rng.normal(0, image_sd, n_images) + rng.normal(0, person_sd, n_people)[:, None]
    repeats = (rng.random(p.shape) < share).astype(np.int32)
    return responses_of((rng.random(p.shape) < p) * repeats, repeats)


def test_balanced_components_are_those_of_the_analysis_of_variance_by_hand() -> None:
    # 3 people × 4 images, hits in rows 1110, 1100, 1010; mean 7/12.
    # Sums of squares: total 7 − 49/12 = 35/12; images (9 + 4 + 4)/3 − 49/12 = 19/12;
    # people (9 + 4 + 4)/4 − 49/12 = 1/6; rest 35/12 − 19/12 − 2/12 = 7/6.
    # Mean squares: images 19/36, people 1/12, rest 7/36.
    # Variances: images (19/36 − 7/36)/3 = 1/9; people (1/12 − 7/36)/4 = −1/36; rest 7/36.
    hits = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 1, 0]])
    found = variance_components(responses_of(hits, np.ones_like(hits)))
    assert found.mean == pytest.approx(7 / 12)
    assert (found.images, found.participants, found.residual) == pytest.approx(
        (1 / 9, -1 / 36, 7 / 36)
    )
    assert found.truncated == ("participants",)
    # Shares of 1/9 + 0 + 7/36 = 11/36.
    assert (found.share_images, found.share_participants, found.share_residual) == pytest.approx(
        (4 / 11, 0, 7 / 11)
    )
    assert found.response_reliability == pytest.approx(4 / 11)
    # Of 3 responses of the same people: (1/9) / (1/9 + (7/36)/3) = 12/19, Cronbach's α here.
    assert found.reliability == pytest.approx(12 / 19)
    assert found.reliability_of([1, 3], same_people=True) == pytest.approx([4 / 11, 12 / 19])
    frame = found.to_frame().set_index("component")
    assert frame.loc["participants", "is_truncated"]
    assert frame["share"].sum() == pytest.approx(1)


def test_reliability_of_n_responses_by_hand() -> None:
    # 2 people × 4 images, hits 1110 and 1000. Sums of squares: images (4 + 1 + 1)/2 − 2 = 1;
    # people (9 + 1)/4 − 2 = 1/2; total 4 − 2 = 2; rest 1/2. Mean squares 1/3, 1/2, 1/6.
    # Variances: images 1/12, people 1/12, rest 1/6.
    found = variance_components(
        responses_of(np.array([[1, 1, 1, 0], [1, 0, 0, 0]]), np.ones((2, 4), dtype=int))
    )
    assert (found.images, found.participants, found.residual) == pytest.approx(
        (1 / 12, 1 / 12, 1 / 6)
    )
    assert found.truncated == ()
    assert found.response_reliability == pytest.approx(1 / 4)
    # (1/12) / (1/12 + (1/4)/n): 1/4 of one, 1/2 of three, 3/4 of nine.
    assert found.reliability_of([1, 3, 9]) == pytest.approx([1 / 4, 1 / 2, 3 / 4])
    assert found.reliability_of(2, same_people=True) == pytest.approx(1 / 2)
    assert found.reliability == pytest.approx(1 / 2)  # both people saw everything


def test_unbalanced_components_are_those_of_least_squares() -> None:
    # Henderson's method 3 with dense dummies: sums of squares of one factor after the other, and
    # their expectations as traces of projections. Two people responded twice to some images.
    rng = np.random.default_rng(1)
    repeats = (rng.random((12, 9)) < 0.6).astype(int)
    repeats[:2] *= 2
    hits = rng.binomial(repeats, 0.6)
    found = variance_components(responses_of(hits, repeats))
    person, image = (np.repeat(side, repeats[repeats > 0]) for side in np.nonzero(repeats))
    y = np.concatenate(
        [np.arange(n) < h for n, h in zip(repeats[repeats > 0], hits[repeats > 0], strict=True)]
    ).astype(float)
    images, people = np.eye(9)[image], np.eye(12)[person]

    def projection(design: Any) -> Any:
        return design @ np.linalg.pinv(design)

    both = projection(np.hstack([images, people]))
    after_people, after_images = both - projection(people), both - projection(images)
    rest = np.eye(len(y)) - both
    residual = y @ rest @ y / np.trace(rest)
    expected = [
        (y @ after @ y - np.trace(after) * residual) / np.trace(dummies.T @ after @ dummies)
        for after, dummies in ((after_people, images), (after_images, people))
    ]
    assert [found.images, found.participants, found.residual] == pytest.approx(
        [*expected, residual]
    )


def test_balanced_components_above_0_are_those_of_statsmodels_reml() -> None:
    # REML is the analysis of variance where the design is balanced and no variance is below 0.
    rng = np.random.default_rng(2)
    responses = crossed(rng, image_sd=0.2, person_sd=0.2, n_images=14, n_people=12, share=1)
    found = variance_components(responses)
    # Times 10, so that statsmodels does not take the variances for 0.
    y = 10 * responses.hits.toarray().astype(float)
    person, image = np.indices(y.shape)
    components = VCSpec(
        ["images", "people"],
        [[[f"i{i}" for i in range(14)]], [[f"p{p}" for p in range(12)]]],
        [[np.eye(14)[image.ravel()]], [np.eye(12)[person.ravel()]]],
    )
    model = MixedLM(y.ravel(), np.ones((y.size, 1)), groups=np.ones(y.size), exog_vc=components)
    fit = model.fit(reml=True)
    assert not found.truncated
    assert [found.images, found.participants, found.residual] == pytest.approx(
        [*(fit.vcomp / 100), fit.scale / 100], rel=1e-3
    )


@pytest.mark.parametrize(("share", "n_people"), [(1.0, 60), (0.15, 200)])
def test_components_are_right_on_average(share: float, n_people: int) -> None:
    # P(hit) = .5 + image + person, so the rest is the mean of p(1 − p) = .25 − both variances.
    rng = np.random.default_rng(3)
    found = [
        variance_components(
            crossed(rng, image_sd=0.1, person_sd=0.08, n_images=80, n_people=n_people, share=share)
        )
        for _ in range(60)
    ]
    truth = {"images": 0.01, "participants": 0.0064, "residual": 0.25 - 0.0164}
    for name, expected in truth.items():
        values = np.array([getattr(one, name) for one in found])
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert values.mean() == pytest.approx(expected, abs=3.5 * error)
        assert error < 0.06 * expected


def test_people_who_see_more_images_because_they_are_better_do_no_harm() -> None:
    # The better half sees all images, the others a fifth: which images a person saw says nothing of
    # their effects, but a method that takes people's effects for independent of the design would
    # be misled.
    rng = np.random.default_rng(4)
    found = []
    for _ in range(40):
        image, person = rng.normal(0, 0.1, 60), rng.normal(0, 0.15, 50)
        p = np.clip(0.5 + image + person[:, None], 0, 1)
        share = np.where(person > 0, 1.0, 0.2)[:, None]
        repeats = (rng.random(p.shape) < share).astype(np.int32)
        found.append(
            variance_components(responses_of((rng.random(p.shape) < p) * repeats, repeats)).images
        )
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(0.01, abs=3.5 * error)


@pytest.mark.parametrize("n_seen", [None, 60])
def test_the_implied_reliability_is_that_of_split_halves(n_seen: int | None) -> None:
    # Both estimate the reliability of everybody's scores, in the design as it is.
    rng = np.random.default_rng(5)
    truth = np.clip(rng.beta(6, 3, 600), 0.2, 0.8)
    responses = simulated_responses(
        rng,
        hit_rates=truth,
        n_people=60 if n_seen is None else 300,
        n_seen=n_seen,
        person_spread=0.08,
    )
    found = variance_components(responses)
    halves = split_half(responses, method="pearson", n_splits=100, n_bootstrap=0, rng=rng)
    assert found.reliability == pytest.approx(halves.reliability, abs=0.02)


def test_false_alarms_are_parted_like_hits() -> None:
    rng = np.random.default_rng(6)
    trials = simulated_trials(
        rng, hit_rates=rng.beta(6, 3, 30), alarm_rates=rng.beta(2, 9, 30), n_people=15, n_seen=20
    )
    of_alarms = variance_components(to_responses(trials), "false_alarm_rate")
    swapped = trials.assign(is_repeat=~trials["is_repeat"])
    of_hits = variance_components(to_responses(swapped), "hit_rate")
    assert of_alarms.images == of_hits.images
    assert of_alarms.mean == pytest.approx(trials[~trials["is_repeat"]]["responded"].mean())


def test_rows_names_and_unseen_images_change_no_component() -> None:
    rng = np.random.default_rng(7)
    trials = simulated_trials(rng, hit_rates=rng.beta(6, 3, 25), n_people=12, n_seen=15)
    expected = variance_components(to_responses(trials))
    seen = sorted(trials["image_id"].unique())
    for other in (
        to_responses(trials.sample(frac=1, random_state=1)),
        to_responses(trials, column_ids=pd.Index([*seen, "never seen"])),
    ):
        assert variance_components(other) == expected
    names = {name: f"q{i}" for i, name in enumerate(reversed(trials["participant_id"].unique()))}
    relabelled = variance_components(to_responses(trials.replace({"participant_id": names})))
    assert relabelled.images == pytest.approx(expected.images)
    assert relabelled.participants == pytest.approx(expected.participants)


def test_a_design_in_two_parts_is_fitted_in_both() -> None:
    # Two studies that share neither people nor images: 4 people × 5 images each. Each part has a
    # mean of its own, which the fit leaves out, so the rest is that of both parts together.
    rng = np.random.default_rng(8)
    parts = [rng.integers(0, 2, (4, 5)) for _ in range(2)]
    zero = np.zeros((4, 5), dtype=int)
    hits = np.block([[parts[0], zero], [zero, parts[1]]])
    repeats = np.block([[zero + 1, zero], [zero, zero + 1]])
    found = variance_components(responses_of(hits, repeats))
    alone = [variance_components(responses_of(part, zero + 1)) for part in parts]
    assert found.residual == pytest.approx(np.mean([one.residual for one in alone]))
    assert found.images == pytest.approx(np.mean([one.images for one in alone]))


def test_what_has_no_components_is_refused() -> None:
    rng = np.random.default_rng(9)
    responses = simulated_responses(rng, hit_rates=rng.random(5), n_people=6)
    with pytest.raises(AnalysisError, match="d_prime is no mean of single responses"):
        variance_components(responses, "d_prime")
    counts: Any = responses.counts()
    with pytest.raises(AnalysisError, match="only counts are known, not who gave which response"):
        variance_components(counts)
    with pytest.raises(
        AnalysisError, match="4 responses of 4 participants to 4 images are too few"
    ):
        variance_components(responses_of(np.eye(4, dtype=int), np.eye(4, dtype=int)))
