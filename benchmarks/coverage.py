"""How often 95 % intervals hold the truth, in simulated data whose truth is known.

    python -m benchmarks.coverage [--data-sets 2000] [--jobs 2] [--out FILE]

Designs: 40 people who all saw 200 images, and 100 people who each saw 24 of 200 (12 responses to an
image). People differ in how readily they press and in how much an image's memorability matters to
them. Each data set has other people, other images and other predictions of two models.

What is estimated is what as many people would give on endlessly many images: the truth of ρ,
corr_half and corr_all is their mean over studies of 4,000 images with other people each time; that
of d, of the advantage and of differences follows from these. Beside the shipped interval stands the
percentile interval from people resampled with replacement, which must fail.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy import sparse

from analysis.comparison.paired_models import joint_estimates
from analysis.consistency.reliability import spearman_brown
from analysis.intervals.covariances import Model, covariances, numbers_by_set, to_model
from analysis.intervals.limits import of_ratio, on_fishers_z, plain, quantile
from analysis.scores.responses import Responses
from analysis.splits.halves import PersonSplits, random_halves
from benchmarks.machine import machine

Floats = np.ndarray[Any, np.dtype[np.float64]]

DESIGNS = {"everybody": (40, 1.0), "sparse": (100, 0.12)}  # people, share of images each saw
LEVELS = {"none": 0.0, "low": 0.4, "middle": 0.7, "high": 1.3}  # what memorability matters
N_IMAGES, N_SPLITS = 200, 60
LARGE, N_STUDIES = 4_000, 200  # images and studies behind the truth
NUMBERS = ("rho", "corr_half", "corr_all", "advantage", "d_half", "d_all", "diff_half", "diff_all")
WANTED = (0.93, 0.98)
PERCENTILE_SETS, PERCENTILE_EVERY = 100, 4  # samples; of so many data sets, one has percentiles


def main() -> int:
    """Simulate, print, and return 0 if the shipped interval holds and the percentiles fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-sets", type=int, default=2000, help="of each design")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--design", choices=DESIGNS, action="append")
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, pandas {pd.__version__}",
        f"nominal 95 %, {arguments.data_sets} data sets per design over three levels of agreement "
        f"(no agreement apart, a twelfth as many), {N_IMAGES} images, Spearman, {N_SPLITS} splits, "
        f"200 sets of people, seed {arguments.seed}; d where it has an interval",
    ]
    is_fine = True
    for design in arguments.design or DESIGNS:
        share = -(-arguments.data_sets // (len(LEVELS) - 1))
        for level in LEVELS:
            start = time.perf_counter()
            n = -(-share // 4) if level == "none" else share
            truth, rows = simulate(design, level, n, arguments.jobs, arguments.seed)
            text, held = report(design, level, truth, rows)
            is_fine &= held
            lines.append(f"{text}\n({time.perf_counter() - start:.0f} s)")
            print(lines[-1], flush=True)
            if arguments.out:
                arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if is_fine else 1


def simulate(design: str, level: str, n: int, jobs: int, seed: int) -> tuple[Floats, Floats]:
    """The truth with k; and for each data set estimates, limits and percentile limits."""
    one, large = partial(data_set, design, level, seed), partial(study, design, level, seed)
    if jobs == 1:
        return (
            np.mean([large(index) for index in range(N_STUDIES)], axis=0),
            np.array([one(index) for index in range(n)]),
        )
    with ProcessPoolExecutor(jobs) as pool:
        truth = np.mean(list(pool.map(large, range(N_STUDIES), chunksize=20)), axis=0)
        return truth, np.array(list(pool.map(one, range(n), chunksize=10)))


def draw(
    design: str, level: str, n_images: int, rng: np.random.Generator
) -> tuple[Responses, list[Model]]:
    """Responses of people who differ, and the predictions of two models."""
    n_people, share = DESIGNS[design]
    memorability = rng.normal(size=n_images)
    readiness = 1 + rng.normal(0, 0.6, n_people)
    slope = LEVELS[level] * np.exp(rng.normal(0, 0.35, n_people))
    chance = 1 / (1 + np.exp(-(readiness[:, None] + slope[:, None] * memorability)))
    order = rng.random((n_people, n_images)).argsort(axis=1)
    seen = order < round(share * n_images)
    hits = sparse.csr_array((seen & (rng.random(seen.shape) < chance)).astype(np.int32))
    repeats, nothing = sparse.csr_array(seen.astype(np.int32)), sparse.csr_array(seen.shape)
    ids = pd.RangeIndex(n_people), pd.RangeIndex(n_images)
    nothing = nothing.astype(np.int32)
    responses = Responses(*ids, hits, repeats, nothing, nothing)
    in_common = rng.normal(size=n_images)
    noise = [0.6 * in_common + 0.8 * rng.normal(size=n_images) for _ in range(2)]
    kept = PersonSplits(responses, "hit_rate").image_ids
    predictions = [memorability + size * one for size, one in zip((1, 1.3), noise, strict=True)]
    return responses.of_columns(kept), [to_model(one[kept]) for one in predictions]


def study(design: str, level: str, seed: int, index: int) -> Floats:
    """What one study of very many images gives, and how many times longer everybody is."""
    rng = np.random.default_rng([seed, 0, index])
    responses, models = draw(design, level, LARGE, rng)
    splits = PersonSplits(responses, "hit_rate")
    return np.append(joint_estimates(splits, models, "spearman", 4, rng), splits.lengths.folds)


def derived(numbers: Floats, k: float) -> Floats:
    """NUMBERS of ρ, corr_half twice and corr_all twice; everybody is k times longer than a half."""
    rho, half, other_half, whole, other_whole = np.moveaxis(numbers, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        d_half, d_all = half / np.sqrt(rho), whole / np.sqrt(k * rho / (1 + (k - 1) * rho))
    found = (rho, half, whole, half - rho, d_half, d_all, half - other_half, whole - other_whole)
    return np.stack(found, axis=-1)


def data_set(design: str, level: str, seed: int, index: int) -> Floats:
    """Estimates, lower and upper limits, and percentile limits; shape (5, numbers)."""
    rng = np.random.default_rng([seed, 1, index])
    responses, models = draw(design, level, N_IMAGES, rng)
    splits = PersonSplits(responses, "hit_rate")
    numbers = joint_estimates(splits, models, "spearman", N_SPLITS, rng)
    limits = np.array(list(shipped(splits, models, numbers, rng)))
    others = np.full((2, len(NUMBERS)), np.nan)
    if index % PERCENTILE_EVERY == 0:
        others = percentiles(responses, models, rng)
    return np.stack([derived(numbers, splits.lengths.folds), *limits.T, *others])


def shipped(
    splits: PersonSplits, models: list[Model], numbers: Floats, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """The limits of NUMBERS, as the package makes them."""
    missing = float("nan"), float("nan")
    spread = covariances(splits, models, rng=rng)
    assert spread is not None
    reach = quantile(splits, 0.95)
    rho, half, other_half, whole, other_whole = numbers
    rho_axis, half_axis, other_half_axis, all_axis, other_all_axis = np.eye(5)
    yield on_fishers_z(rho, spread.variance(rho_axis), reach)
    yield on_fishers_z(half, spread.variance(half_axis), reach)
    yield on_fishers_z(whole, spread.variance(all_axis), reach)
    yield plain(half - rho, spread.variance(half_axis - rho_axis), reach)
    yield of_ratio(half, rho, spread, half_axis, rho_axis, reach) if rho > 0 else missing
    k = splits.lengths.folds
    growth = k / (1 + (k - 1) * rho) ** 2 * rho_axis
    r = spearman_brown(rho, k)
    yield of_ratio(whole, r, spread, all_axis, growth, reach) if rho > 0 else missing
    yield plain(half - other_half, spread.variance(half_axis - other_half_axis), reach)
    yield plain(whole - other_whole, spread.variance(all_axis - other_all_axis), reach)


def percentiles(responses: Responses, models: list[Model], rng: np.random.Generator) -> Floats:
    """2.5 and 97.5 % of NUMBERS with people resampled with replacement."""
    n = len(responses.row_ids)
    copies = rng.multinomial(n, np.full(n, 1 / n), size=PERCENTILE_SETS).T
    splits = PersonSplits(responses, "hit_rate", copies)
    blocks = splits.halves_of(random_halves(n, 4, rng), copies)
    numbers = np.nanmean(numbers_by_set(*blocks, models, "spearman"), axis=1)
    found = derived(numbers, splits.lengths.folds)
    return np.asarray(np.nanpercentile(found, [2.5, 97.5], axis=0))


def report(design: str, level: str, truth: Floats, rows: Floats) -> tuple[str, bool]:
    """Coverage and width by number, and whether they are as they should be."""
    true = derived(truth[:-1], truth[-1])
    lines = [f"\n{design}, agreement {level}: ρ = {truth[0]:.3f}, {len(rows)} data sets"]
    lines.append("               truth  coverage    ±   width/spread  percentile   has interval")
    is_fine = True
    for column, name in enumerate(NUMBERS):
        if level == "none" and name.startswith("d_"):
            continue
        estimate, low, high, lowest, highest = rows[:, :, column].T
        known = np.isfinite(low)
        held = ((low <= true[column]) & (true[column] <= high))[known].mean()
        error = np.sqrt(held * (1 - held) / known.sum())
        wide = np.median((high - low)[known]) / 2 / 1.96 / estimate[known].std(ddof=1)
        tried = np.isfinite(lowest)
        others = ((lowest <= true[column]) & (true[column] <= highest))[tried].mean()
        lines.append(
            f"  {name:10} {true[column]:7.3f}   {held:6.1%} {error:6.1%}  {wide:6.2f}       "
            f"{others:6.1%}        {known.mean():6.1%}"
        )
        if level == "none":
            is_fine &= bool(wide < 1.5)
            continue
        is_fine &= bool(WANTED[0] <= held <= WANTED[1])
        is_fine &= name != "rho" or bool(others < WANTED[0])
    return "\n".join(lines), is_fine


if __name__ == "__main__":
    sys.exit(main())
