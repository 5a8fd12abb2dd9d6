"""Intervals from resampled participants, beside a loop that resamples the trials themselves."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import Dataset
from analysis.scores.names import SCORE_WORDS
from analysis.scores.resampled import draw_copies, hit_times, resampled_scores, standard_errors
from analysis.scores.responses import to_responses
from analysis.scores.scoring import image_scores, participant_scores, score_trials
from tests.analysis.hand_made import dataset, trial

LIMITED = [name for name in SCORE_WORDS if name not in ("hit_rate", "false_alarm_rate")]


def played(rng: np.random.Generator, n_people: int, n_images: int, seen: float = 1.0) -> Dataset:
    """Some people play; hits .7, false alarms .2, times between 300 and 1,100 ms."""
    rows: list[dict[str, Any]] = []
    for person in range(n_people):
        for image in range(n_images):
            if rng.random() > seen:
                continue
            for repeat, rate in ((False, 0.2), (True, 0.7)):
                responded = bool(rng.random() < rate)
                rt_ms = 300 + 800 * rng.random() if responded else np.nan
                one = trial(f"p{person:03d}", f"i{image}", repeat=repeat, responded=responded)
                rows.append({**one, "rt_ms": rt_ms})
    return dataset(rows, [f"i{image}" for image in range(n_images)])


def test_every_sample_scores_like_its_trials_written_out_with_copies() -> None:
    data = played(np.random.default_rng(1), 9, 4, seen=0.8)
    trials = data.trials
    assert trials is not None
    responses = to_responses(trials)
    names = tuple(SCORE_WORDS)
    ((_, scores),) = resampled_scores(
        responses,
        hit_times(trials, responses),
        names=names,
        correction="log_linear",
        n_bootstrap=40,
        rng=np.random.default_rng(2),
    )
    copies = draw_copies(9, 40, np.random.default_rng(2), largest=9)
    assert (copies.sum(axis=0) == 9).all()
    for sample in range(40):
        copied = [
            trials[trials["participant_id"] == person].assign(participant_id=f"{person} {copy}")
            for person, n in zip(responses.row_ids, copies[:, sample], strict=True)
            for copy in range(n)
        ]
        index = responses.column_ids
        expected = score_trials(pd.concat(copied), "image_id", "participant_id", index)
        for name in names:
            theirs = expected[name].to_numpy(dtype=float)
            assert scores[name][:, sample] == pytest.approx(theirs, nan_ok=True), name


def test_standard_errors_are_numpys_of_what_is_known() -> None:
    values = np.random.default_rng(3).random((5, 101))
    values[1, :40] = np.nan
    values[2, :100] = np.nan  # one value alone has no spread
    values[3] = 700.1  # all alike: none, and not what rounding leaves
    expected = np.nanstd(values[[0, 1, 4]], axis=1, ddof=1)
    found = standard_errors(values)
    assert found[[0, 1, 4]] == pytest.approx(expected)
    assert np.isnan(found[[2, 3]]).all()
    assert np.isnan(standard_errors(np.full((1, 4), np.nan))).all()


def test_limits_of_reaction_times_and_a_prime_hold_the_truth_about_as_often_as_they_say() -> None:
    # 300 images alike: times even between 300 and 1,100 ms, so mean and median are 700 ms;
    # A′ of .7 and .2 by Grier's formula.
    scores = image_scores(
        played(np.random.default_rng(4), 60, 300), n_bootstrap=400, rng=np.random.default_rng(5)
    )
    truth = 0.5 + 0.5 * 1.5 / (4 * 0.7 * 0.8)
    for name, value in (("rt_ms_mean", 700), ("rt_ms_median", 700), ("a_prime", truth)):
        held = scores[f"{name}_low"].le(value) & scores[f"{name}_high"].ge(value)
        assert 0.90 <= held.mean() <= 0.98, name


def test_participants_get_limits_from_resampled_images() -> None:
    # One person: 200 images, .7 and .2. Two standard errors of d′ are about .4 (Gourevitch &
    # Galanter 1967: var d′ = H(1−H)/(N φ²(zH)) + F(1−F)/(N φ²(zF))).
    data = played(np.random.default_rng(6), 3, 200)
    scores = participant_scores(data, rng=np.random.default_rng(7))
    assert scores[[f"{name}_low" for name in LIMITED]].notna().all(axis=None)
    variance = sum(p * (1 - p) / 200 / stats.norm.pdf(stats.norm.ppf(p)) ** 2 for p in (0.7, 0.2))
    width = scores["d_prime_high"] - scores["d_prime_low"]
    assert width.mean() == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.15)
    assert participant_scores(data)["d_prime_low"].isna().all()


def test_order_of_rows_and_an_image_nobody_saw_change_no_score_and_no_limit() -> None:
    data = played(np.random.default_rng(8), 12, 6)
    assert data.trials is not None
    one = image_scores(data, rng=np.random.default_rng(9))
    other = image_scores(
        Dataset(
            path=data.path,
            images=pd.DataFrame({"image_id": ["unseen", *data.images["image_id"]]}),
            trials=data.trials.sample(frac=1, random_state=1),
        ),
        rng=np.random.default_rng(9),
    )
    pd.testing.assert_frame_equal(one, other.drop("unseen"))


def test_other_names_of_people_change_no_score_and_limits_by_chance_alone() -> None:
    data = played(np.random.default_rng(10), 30, 5)
    assert data.trials is not None
    names = {f"p{k:03d}": f"q{(k * 7) % 30:03d}" for k in range(30)}
    renamed = data.trials.assign(participant_id=data.trials["participant_id"].map(names))
    other = Dataset(path=data.path, images=data.images, trials=renamed)
    one, two = (image_scores(some, rng=np.random.default_rng(11)) for some in (data, other))
    pd.testing.assert_frame_equal(one[list(SCORE_WORDS)], two[list(SCORE_WORDS)])
    widths = [some["d_prime_high"] - some["d_prime_low"] for some in (one, two)]
    assert widths[0].to_numpy() == pytest.approx(widths[1].to_numpy(), rel=0.2)


def test_hits_without_a_reaction_time_are_no_reaction_time_of_0() -> None:
    rows = [
        trial("p1", "a", repeat=True, responded=True, rt_ms=500.0),
        trial("p2", "a", repeat=True, responded=True),
        trial("p3", "a", repeat=True, responded=False),
        trial("p1", "b", repeat=True, responded=True),
    ]
    scores = image_scores(dataset(rows, ["a", "b"]), rng=np.random.default_rng(1))
    assert (scores.loc["a", "rt_ms_mean"], scores.loc["a", "hits_with_rt"]) == (500, 1)
    assert scores.loc["b", ["rt_ms_mean", "rt_ms_median", "rt_ms_mean_low"]].isna().all()
    assert scores.loc["b", "hits_with_rt"] == 0
