"""The coverage benchmark in small: shipped intervals hold the truth, percentiles do not."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import coverage


@pytest.mark.parametrize("design", coverage.DESIGNS)
def test_intervals_hold_the_truth_about_as_often_as_they_say(
    design: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 24 data sets: 95 % of them is 23, and fewer than 19 come by chance once in 1,000 (binomial).
    monkeypatch.setattr(coverage, "N_STUDIES", 12)
    truth, rows = coverage.simulate(design, "high", 24, 1, seed=4)
    estimate, low, high, _, highest = np.moveaxis(rows, 1, 0)
    true = coverage.derived(truth[:-1], truth[-1])
    held = ((low <= true) & (true <= high)).sum(axis=0)
    assert held.min() >= 19
    assert ((low < estimate) & (estimate < high)).all()
    rho_of_percentiles = highest[np.isfinite(highest).all(axis=1), 0]
    assert (rho_of_percentiles < true[0]).mean() > 0.5  # 2.5 % if percentiles were right


def test_the_benchmark_prints_what_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "N_STUDIES", 2)
    out = tmp_path / "coverage.txt"
    options = ["--data-sets", "15", "--design", "sparse", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["coverage", *options])
    coverage.main()  # its verdict needs more data sets
    text = out.read_text(encoding="utf-8")
    for level in coverage.LEVELS:
        assert f"sparse, agreement {level}: ρ = " in text
    assert text.count("advantage") == len(coverage.LEVELS)
