"""The scores side by side, each as it is alone, and ties of d′."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.consistency.split_half import split_half, split_halves
from analysis.errors import AnalysisError
from analysis.scores.names import SCORES
from analysis.scores.responses import to_responses
from analysis.splits.counts import CountSplits
from tests.analysis.simulated_responses import simulated_responses, simulated_trials


def test_all_four_scores_stand_side_by_side_as_each_alone() -> None:
    rng = np.random.default_rng(10)
    responses = simulated_responses(
        rng, hit_rates=rng.beta(6, 3, 30), alarm_rates=rng.beta(2, 9, 30), n_people=12
    )
    table = split_halves(
        responses, n_splits=50, n_bootstrap=0, rng=np.random.default_rng(11)
    ).set_index("score")
    assert tuple(table.index) == SCORES
    assert table["problem"].isna().all()
    seed = int(np.random.default_rng(11).integers(2**63))
    for score in SCORES:
        alone = split_half(
            responses, score, n_splits=50, n_bootstrap=0, rng=np.random.default_rng(seed)
        )
        assert table.loc[score, "rho"] == alone.rho
        assert table.loc[score, "reliability"] == alone.reliability
    assert table["r_binom"].notna().tolist() == [True, True, False, False]  # of rates alone


def test_a_score_that_cannot_be_split_is_missing_beside_the_others_with_its_reason() -> None:
    rng = np.random.default_rng(12)
    trials = simulated_trials(rng, hit_rates=rng.beta(6, 3, 20), n_people=8)
    only_repeats = to_responses(trials[trials["is_repeat"]])
    table = split_halves(only_repeats, n_splits=20, n_bootstrap=0, rng=rng).set_index("score")
    assert table["rho"].notna().tolist() == [True, False, False, False]
    assert str(table.loc["d_prime", "problem"]).startswith("0 images have two or more responses")
    one = to_responses(trials[trials["participant_id"] == "p0"])
    with pytest.raises(AnalysisError, match="1 participant cannot be split"):
        split_halves(one, n_splits=5, rng=rng)


def test_d_prime_ties_where_hits_and_false_alarms_change_places() -> None:
    # z(H) − z(F) is the same for 9 hits and 3 false alarms of 10 as for 7 hits and 1 false alarm,
    # and 0 wherever both rates are equal.
    hits, alarms = np.array([9, 7, 4, 8, 0]), np.array([3, 1, 4, 8, 0])
    counts = pd.DataFrame({"hits": hits, "repeats": 10, "false_alarms": alarms, "firsts": 10})
    scores = CountSplits(counts, "d_prime").scores
    expected = stats.norm.ppf((hits + 0.5) / 11) - stats.norm.ppf((alarms + 0.5) / 11)
    assert scores == pytest.approx(expected)
    assert scores[0] == scores[1]
    assert (scores[2:] == 0).all()
