"""The chance line: shuffled within people, right as often as it says, and right where it is not."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.consistency.chance import Shuffling, chance_line
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses, to_responses
from tests.analysis.simulated_responses import simulated_responses, simulated_trials

COUNTS = ("hits", "repeats", "false_alarms", "firsts")


def dense(responses: Responses) -> dict[str, "np.ndarray[tuple[int, int], np.dtype[np.int64]]"]:
    """Its matrices by name."""
    return {name: getattr(responses, name).toarray() for name in COUNTS}


def test_images_that_do_not_differ_are_found_to_differ_one_time_in_twenty() -> None:
    # With 19 permutations p ≤ .05 is an observed mean above all 20: exactly 1 in 20 under the null,
    # whatever the people. Of 100 data sets 1 to 13 with p = .993 (binomial); a test with a type-I
    # error of .33 would give 33.
    rng = np.random.default_rng(1)
    found = []
    for _ in range(100):
        responses = simulated_responses(
            rng, hit_rates=np.full(15, 0.6), n_people=8, n_seen=10, person_spread=0.15
        )
        line = chance_line(responses, n_permutations=19, n_splits=10, rng=rng)
        found.append(line.p <= 0.05)
    assert 1 <= sum(found) <= 13


def test_images_that_differ_are_above_chance() -> None:
    rng = np.random.default_rng(2)
    responses = simulated_responses(rng, hit_rates=rng.beta(5, 3, 60), n_people=20)
    line = chance_line(responses, n_permutations=59, n_splits=20, rng=rng)
    assert line.p == pytest.approx(1 / 60)  # none of 59 is as large: (0 + 1)/(59 + 1)
    assert line.chance == pytest.approx(0, abs=0.05)
    assert line.chance_low < line.chance < line.chance_high < line.rho
    assert len(line.permuted) == line.n_permutations == 59
    assert line.chance == pytest.approx(np.mean(line.permuted))
    low, high = np.quantile(line.permuted, [0.025, 0.975])
    assert (line.chance_low, line.chance_high) == pytest.approx((low, high))
    assert "permuted" not in line.to_frame()


@pytest.mark.parametrize("score", ["hit_rate", "false_alarm_rate", "d_prime"])
def test_shuffling_leaves_every_person_and_every_number_of_responses_as_they_are(
    score: str,
) -> None:
    rng = np.random.default_rng(3)
    trials = simulated_trials(
        rng, hit_rates=rng.beta(5, 3, 30), alarm_rates=rng.beta(2, 9, 30), n_people=9, n_seen=20
    )
    trials = trials.drop(trials.index[trials["is_repeat"]][::5])  # repeats that did not count
    responses = to_responses(trials)
    shuffled = dense(Shuffling(responses, score).draw(rng))
    original = dense(responses)
    parts = {"hit_rate": ["hits"], "false_alarm_rate": ["false_alarms"]}
    wholes = {"hit_rate": ["repeats"], "false_alarm_rate": ["firsts"]}
    for name in wholes.get(score, ["repeats", "firsts"]):
        assert np.array_equal(shuffled[name], original[name])
    for name in parts.get(score, ["hits", "false_alarms"]):
        assert np.array_equal(shuffled[name].sum(axis=1), original[name].sum(axis=1))
        assert not np.array_equal(shuffled[name], original[name])
    if score == "d_prime":  # what a person did on an image moves as a whole
        for person in range(9):
            ours, theirs = (
                Counter(zip(*(counts[name][person] for name in COUNTS), strict=True))
                for counts in (shuffled, original)
            )
            assert ours == theirs


def test_every_order_of_a_persons_responses_is_equally_likely() -> None:
    # One hit among 4 images of one person: each has it in a quarter of 2,000 (chi-square).
    trials = pd.DataFrame(
        {
            "participant_id": "p",
            "image_id": list("abcd"),
            "is_repeat": True,
            "responded": [True, False, False, False],
        }
    )
    shuffling, rng = Shuffling(to_responses(trials), "hit_rate"), np.random.default_rng(4)
    places = [int(shuffling.draw(rng).hits.toarray()[0].argmax()) for _ in range(2000)]
    assert stats.chisquare(np.bincount(places, minlength=4)).pvalue > 0.001


def test_rows_names_and_unseen_images_change_no_chance_line() -> None:
    rng = np.random.default_rng(5)
    trials = simulated_trials(rng, hit_rates=rng.beta(6, 3, 15), n_people=8, n_seen=9)

    def found(frame: pd.DataFrame, images: list[str] | None = None) -> tuple[float, ...]:
        ids = None if images is None else pd.Index(images, name="image_id")
        line = chance_line(
            to_responses(frame, column_ids=ids),
            n_permutations=5,
            n_splits=10,
            rng=np.random.default_rng(6),
        )
        return line.rho, line.p, *line.permuted

    expected = found(trials)
    assert found(trials.sample(frac=1, random_state=1)) == expected
    names = {name: f"q{i:02d}" for i, name in enumerate(sorted(trials["participant_id"].unique()))}
    assert found(trials.replace({"participant_id": names})) == expected
    assert found(trials, [*sorted(trials["image_id"].unique()), "never seen"]) == expected


def test_counts_alone_have_no_chance_line() -> None:
    rng = np.random.default_rng(7)
    counts = simulated_responses(rng, hit_rates=rng.beta(5, 3, 10), n_people=6).counts()
    with pytest.raises(AnalysisError, match="only counts are known, not who gave which response"):
        chance_line(counts, rng=rng)  # type: ignore[arg-type]  # a frame, as from a count table


def test_responses_that_never_differ_have_a_missing_p() -> None:
    rng = np.random.default_rng(8)
    responses = simulated_responses(rng, hit_rates=np.ones(5), n_people=6)
    line = chance_line(responses, n_permutations=3, n_splits=5, rng=rng)
    assert np.isnan(line.p)
    assert np.isnan(line.chance)
    assert line.n_undefined == 3
