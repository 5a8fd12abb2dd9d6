"""Errors as a function of a cut-off, by an explicit loop and by what a cut-off does to chance."""

import numpy as np
import pytest
from scipy import stats

from analysis.comparison.cutoffs import cutoff_errors
from analysis.errors import AnalysisError
from tests.analysis.test_calibration import scored


@pytest.mark.parametrize("by", ["score", "prediction"])
def test_numbers_are_those_of_the_images_at_or_above_the_cutoff(by: str) -> None:
    rng = np.random.default_rng(1)
    scores = np.round(rng.random(50), 1)  # with images exactly at a cut-off
    predictions = np.round(scores + rng.normal(0, 0.2, 50), 1)
    frame = cutoff_errors(scored(predictions, scores), [0.6, 0.3], by=by)  # type: ignore[arg-type]  # a parametrised literal
    assert list(frame["cutoff"]) == [0.3, 0.6]
    for row in frame.itertuples():
        value = scores if by == "score" else predictions
        kept = [
            (p, s) for p, s, v in zip(predictions, scores, value, strict=True) if v >= row.cutoff
        ]
        assert row.n_images == len(kept)
        assert row.share_left_out == pytest.approx(1 - len(kept) / 50)
        assert row.mse == pytest.approx(sum((p - s) ** 2 for p, s in kept) / len(kept))
        assert row.mae == pytest.approx(sum(abs(p - s) for p, s in kept) / len(kept))
        assert row.spearman == pytest.approx(stats.spearmanr(np.array(kept)).statistic)


def test_default_cutoffs_begin_with_all_images_and_small_groups_have_no_number() -> None:
    scores = np.linspace(0.2, 0.8, 40)
    frame = cutoff_errors(scored(scores**2, scores))
    assert len(frame) == 21
    assert frame.loc[0, "n_images"] == 40
    assert frame.loc[0, "share_left_out"] == 0
    assert frame.loc[20, "cutoff"] == 0.8
    small = frame[frame["n_images"] < 8]
    assert small["is_too_small"].all()
    assert small[["mse", "mae", "spearman"]].isna().all(axis=None)
    large = frame[frame["n_images"] >= 8]
    assert not large["is_too_small"].any()
    assert large[["mse", "mae", "spearman"]].notna().all(axis=None)


def test_a_cutoff_makes_a_good_model_worse_without_any_change_of_it() -> None:
    # The true rates as predictions: what is above a high score is high by chance, too.
    rng = np.random.default_rng(2)
    truth = rng.beta(6, 3, 3000)
    frame = cutoff_errors(scored(truth, rng.binomial(20, truth) / 20), [0.0, 0.8])
    everything, above = frame["spearman"].to_numpy()
    assert above < everything - 0.1


def test_wrong_cutoffs_are_refused() -> None:
    images = scored(np.ones(9), np.ones(9))
    with pytest.raises(AnalysisError, match="by is 'people'; cut off by 'score' or by"):
        cutoff_errors(images, by="people")  # type: ignore[arg-type]  # the mistake tested
    with pytest.raises(AnalysisError, match="a cut-off is missing"):
        cutoff_errors(images, [0.1, float("nan")])
