"""Images' contributions to a correlation, against derivatives by small changes of their weights."""

import numpy as np
import pytest
from scipy import stats

from analysis.intervals.influence import contributions, ranked
from analysis.splits.places import Floats


def weighted_correlation(x: Floats, y: Floats, weights: Floats, method: str) -> float:
    """Correlation where an image counts as often as its weight says, by definition."""
    if method == "spearman":
        x, y = (
            np.array([weights @ (one < value) + weights @ (one == value) / 2 for value in one])
            for one in (x, y)
        )
    x, y = (one - np.average(one, weights=weights) for one in (x, y))
    return float((weights * x) @ y / np.sqrt((weights * x) @ x * ((weights * y) @ y)))


@pytest.mark.parametrize("method", ["spearman", "pearson"])
@pytest.mark.parametrize("n_missing", [0, 5])
def test_a_contribution_is_the_derivative_by_an_images_weight(method: str, n_missing: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 8, 30) / 8  # with many ties
    y = np.round(x + rng.normal(0, 0.5, 30), 1)
    valid = np.arange(30) >= n_missing
    sides = []
    for one in (x, y):
        values, places = np.unique(one, return_inverse=True)
        places = np.where(valid, places, len(values))[None]
        sides.append(ranked(places, values, method, valid[None] if n_missing else None))
    r, found = contributions(*sides)
    if method == "spearman":
        assert r == pytest.approx(stats.spearmanr(x[valid], y[valid]).statistic)
    else:
        assert r == pytest.approx(stats.pearsonr(x[valid], y[valid]).statistic)
    slopes = np.zeros(30)
    for image in np.flatnonzero(valid):
        more, less = valid.astype(float), valid.astype(float)
        more[image] += 1e-5
        less[image] -= 1e-5
        change = weighted_correlation(x, y, more, method) - weighted_correlation(x, y, less, method)
        slopes[image] = change / 2e-5
    assert found[0] == pytest.approx(slopes, abs=1e-7)


def test_what_never_differs_has_no_correlation() -> None:
    flat = ranked(np.zeros((1, 5), dtype=int), np.array([0.5]), "spearman", None)
    assert np.isnan(contributions(flat, flat)[0]).all()
