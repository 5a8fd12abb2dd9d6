"""Split-half consistency: hitrate beside a group-by loop, on the same splits of the same people.

    python -m benchmarks.split_half [--out benchmarks/results/split_half.txt]

10,000 images with 100 responses each, and 60,000 with 80. In one data set of each size as many
people saw every image, in the other people saw 66 images each, as in an online study. All are timed
from the table of trials to the mean correlation, the drawing of the splits included; the loop makes
few splits, is scaled to 1,000, and must give the same correlations as hitrate on the same splits.
What else is made of split halves is timed at the end, without a loop beside it.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from analysis.consistency.chance import chance_line
from analysis.consistency.curve import consistency_curve
from analysis.consistency.split_half import split_half
from analysis.consistency.variance_components import variance_components
from analysis.scores.responses import Responses, to_responses
from analysis.splits.halves import PersonSplits, random_halves
from analysis.splits.pairs import pair_up
from benchmarks.machine import machine

N_SPLITS = 1_000
N_SEEN = 66
SIZES = ((10_000, 100, 65), (60_000, 80, 55))  # images, responses of each, ratio that is wanted
WANTED_MEGABYTES = 1_500

Halves = np.ndarray[Any, np.dtype[Any]]


def main() -> int:
    """Measure, print, and return 0 if ratios and memory are as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--naive-splits", type=int, default=20, help="that the loop makes")
    parser.add_argument("--repeats", type=int, default=5, help="of hitrate's 1,000 splits")
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, pandas {pd.__version__}",
    ]
    is_fast = True
    for n_images, n_responses, wanted in SIZES:
        lines.append(
            f"{N_SPLITS} splits of {n_images} images × {n_responses} responses, Spearman, "
            f"from the table of trials to ρ (wanted: {wanted} times faster)"
        )
        for n_people in (n_responses, -(-n_images * n_responses // N_SEEN)):
            trials = make_trials(n_images, n_responses, n_people, np.random.default_rng(1))
            ratio, text = measure(trials, n_people, arguments.naive_splits, arguments.repeats)
            is_fast &= ratio >= wanted
            lines.append(text)
            del trials
    lines += others(SIZES[0][0], SIZES[0][1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if _is_mac() else 2**10)
    lines.append(
        f"peak memory of the whole benchmark {peak:.0f} MB (wanted: under {WANTED_MEGABYTES})"
    )
    text = "\n".join(lines)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if is_fast and peak < WANTED_MEGABYTES else 1


def _is_mac() -> bool:
    return sys.platform == "darwin"


def make_trials(
    n_images: int, n_responses: int, n_people: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Repeats only: each person sees as many images, each image is seen by as many people."""
    truth = rng.beta(6, 3, n_images)
    image = np.concatenate([rng.permutation(n_images) for _ in range(n_responses)])
    person = np.minimum(np.arange(len(image)) * n_people // len(image), n_people - 1)
    return pd.DataFrame(
        {
            "participant_id": person,
            "image_id": image,
            "is_repeat": True,
            "responded": rng.random(len(image)) < truth[image],
        }
    )


def measure(trials: pd.DataFrame, n_people: int, n_naive: int, n_repeats: int) -> tuple[float, str]:
    """Both ways timed, and their correlations compared."""
    start = time.perf_counter()
    halves = random_halves(n_people, n_naive, np.random.default_rng(2))
    theirs = naive(trials, halves)
    naive_seconds = (time.perf_counter() - start) / n_naive * N_SPLITS
    splits = PersonSplits(to_responses(trials), "hit_rate")
    ours = pair_up(splits.halves(halves)).correlate("spearman")
    difference = float(np.abs(ours - theirs).max())
    assert difference < 1e-12, f"the correlations differ by {difference}"
    seconds = []
    for repeat in range(n_repeats):
        start = time.perf_counter()
        rng = np.random.default_rng(repeat)
        split_half(to_responses(trials), n_splits=N_SPLITS, n_bootstrap=0, rng=rng)
        seconds.append(time.perf_counter() - start)
    ratio = naive_seconds / statistics.median(seconds)
    return ratio, (
        f"{n_people:6} people: group-by loop {naive_seconds:6.1f} s ({n_naive} splits, scaled), "
        f"hitrate {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), "
        f"ratio {ratio:.0f}, "
        f"largest difference on the same splits {difference:.0e}"
    )


def naive(trials: pd.DataFrame, halves: Halves) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """A correlation for each split, as one would write it in a notebook."""
    repeats = trials[trials["is_repeat"]]
    correlations = []
    for half in halves.T:
        in_first = repeats["participant_id"].isin(np.flatnonzero(half))
        first = repeats[in_first].groupby("image_id")["responded"].mean()
        second = repeats[~in_first].groupby("image_id")["responded"].mean()
        correlations.append(first.corr(second, method="spearman"))
    return np.array(correlations)


def others(n_images: int, n_responses: int) -> list[str]:
    """Seconds that other results take, from people's responses."""
    large, small = (
        with_first_showings(make_trials(images, people, people, np.random.default_rng(1)))
        for images, people in ((n_images, n_responses), (200, 60))
    )
    what: dict[str, Callable[[np.random.Generator], object]] = {
        f"{N_SPLITS} splits of d′, {n_images} images × {n_responses} people": lambda rng: (
            split_half(large, "d_prime", n_splits=N_SPLITS, n_bootstrap=0, rng=rng)
        ),
        f"curve, {n_images} images × {n_responses} people": lambda rng: consistency_curve(
            large, n_splits=N_SPLITS, rng=rng
        ),
        "curve, 200 images × 60 people": lambda rng: consistency_curve(small, rng=rng),
        "chance line, 200 permutations of 200 images × 60 people": lambda rng: chance_line(
            small, n_permutations=200, rng=rng
        ),
        f"variance components, {n_images} images × {n_responses} people": lambda _: (
            variance_components(large)
        ),
    }
    lines = []
    for name, run in what.items():
        start = time.perf_counter()
        run(np.random.default_rng(1))
        lines.append(f"{name}: {time.perf_counter() - start:.2f} s")
    return lines


def with_first_showings(trials: pd.DataFrame) -> Responses:
    """The responses, with as many to first showings, whose answers are those of another image."""
    firsts = trials.assign(is_repeat=False, responded=~trials["responded"].to_numpy()[::-1])
    return to_responses(pd.concat([trials, firsts], ignore_index=True))


if __name__ == "__main__":
    sys.exit(main())
