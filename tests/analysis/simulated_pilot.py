"""A pilot with a known reliability of one response, as a dataset on disk."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.dataset import Dataset, write_dataset
from tests.analysis.simulated_responses import simulated_trials


def simulated_pilot(
    path: Path, *, r1: float, n_images: int, n_people: int, n_seen: int, seed: int = 1
) -> Dataset:
    """Write a pilot with two excluded people, and two more who never finished.

    Hit rates come from a beta distribution of mean .7 whose a + b is 1/r1 − 1, so that a single
    response has the reliability r1.

    Parameters
    ----------
    path
        A folder that is not there yet.
    r1, n_images, n_people, n_seen, seed
        Reliability of one response, people who play, images that each of them sees twice.
    """
    rng = np.random.default_rng(seed)
    a_and_b = 1 / r1 - 1
    truth = rng.beta(0.7 * a_and_b, 0.3 * a_and_b, n_images)
    trials = simulated_trials(rng, hit_rates=truth, n_people=n_people, n_seen=n_seen)
    trials = trials.assign(role="target", run_id="r" + trials["participant_id"], rt_ms=np.nan)
    trials["position"] = trials.groupby("run_id").cumcount()
    people = sorted(trials["participant_id"].unique())
    tables = {
        "images": pd.DataFrame({"image_id": sorted(trials["image_id"].unique())}),
        "trials": trials,
        "participants": pd.DataFrame(
            {
                "participant_id": [*people, "q1", "q2"],
                "state": ["finished"] * len(people) + ["consented", "in_progress"],
            }
        ),
        "exclusions": pd.DataFrame(
            {"participant_id": people[:2], "rule": "vigilance", "decided_by": "rule"}
        ),
    }
    return write_dataset(tables, path)
