"""Split-half consistency: hitrate beside a group-by loop, on the same splits of the same people.

    python -m benchmarks.split_half [--out benchmarks/results/split_half.txt]

10,000 images with 100 responses each. In one data set 100 people saw every image, in the other
15,152 people saw 66 images each, as in an online study. Both are timed from the table of trials to
the mean correlation, the drawing of the splits included; the loop makes few splits, is scaled to
1,000, and must give the same correlations as hitrate on the same splits.
"""

import argparse
import resource
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from analysis.consistency import split_half
from analysis.responses import to_responses
from analysis.splits.halves import PersonSplits, random_halves
from analysis.splits.pairs import pair_up
from benchmarks.machine import machine

N_IMAGES, N_RESPONSES, N_SPLITS = 10_000, 100, 1_000
WANTED = 50
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
        f"{N_SPLITS} splits of {N_IMAGES} images × {N_RESPONSES} responses, Spearman, "
        "from the table of trials to ρ",
    ]
    ratios = []
    for n_people in (N_RESPONSES, -(-N_IMAGES * N_RESPONSES // 66)):
        trials = make_trials(n_people, np.random.default_rng(1))
        ratio, text = measure(trials, n_people, arguments.naive_splits, arguments.repeats)
        ratios.append(ratio)
        lines.append(text)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if _is_mac() else 2**10)
    lines.append(
        f"peak memory of the whole benchmark {peak:.0f} MB (wanted: under {WANTED_MEGABYTES})"
    )
    text = "\n".join(lines)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if min(ratios) >= WANTED and peak < WANTED_MEGABYTES else 1


def _is_mac() -> bool:
    return sys.platform == "darwin"


def make_trials(n_people: int, rng: np.random.Generator) -> pd.DataFrame:
    """Repeats only: each person sees as many images, each image is seen by 100 people."""
    truth = rng.beta(6, 3, N_IMAGES)
    image = np.concatenate([rng.permutation(N_IMAGES) for _ in range(N_RESPONSES)])
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
        f"ratio {ratio:.0f} (wanted: {WANTED}), "
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


if __name__ == "__main__":
    sys.exit(main())
