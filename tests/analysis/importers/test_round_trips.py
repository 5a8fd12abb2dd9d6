"""A simulated study, written as others write theirs, comes back with the same scores."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset, write_dataset
from analysis.scores.scoring import image_scores
from tests.analysis.importers.importing import import_files

N_PEOPLE, N_IMAGES, N_FILLERS = 6, 12, 5


def simulated_study(folder: Path) -> Dataset:
    """People who each see the same images twice and some once, in an order of their own."""
    rng = np.random.default_rng(5)
    rows = []
    for person in range(1, N_PEOPLE + 1):
        images = [f"pictures/i{i:02}" for i in [*range(N_IMAGES), *range(N_IMAGES)]]
        images += [f"pictures/f{i:02}" for i in range(N_FILLERS)]
        seen: dict[str, int] = {}
        for position, image in enumerate(rng.permutation(images)):
            first = seen.setdefault(image, position)
            pressed = bool(rng.random() < (0.7 if position > first else 0.2))
            rows.append(
                {
                    "participant_id": f"s{person:02}",
                    "run_id": f"s{person:02}-1",
                    "position": position,
                    "image_id": image,
                    "role": "filler" if "/f" in image else "target",
                    "is_repeat": position > first,
                    "lag": position - first if position > first else pd.NA,
                    "responded": pressed,
                    "key": "r" if pressed else pd.NA,
                    "rt_ms": round(float(rng.uniform(250, 1300))) if pressed else np.nan,
                    "onset_ms": position * 1400.0,
                }
            )
    trials = pd.DataFrame(rows)
    table = pd.DataFrame({"image_id": sorted(set(trials["image_id"]))})
    return write_dataset({"images": table, "trials": trials}, folder / "native")


def as_trials(trials: pd.DataFrame) -> dict[str, str | bytes]:
    """One CSV file as a spreadsheet in Germany writes it, positions from 1, times in seconds."""
    table = pd.DataFrame(
        {
            "VP": trials["participant_id"],
            "Trial": trials["position"] + 1,
            "stimulus": trials["image_id"] + ".jpg",
            "key": trials["key"],
            "RT": trials["rt_ms"] / 1000,
        }
    )
    text = table.to_csv(index=False, sep=";", decimal=",", na_rep="NA")
    return {"daten.csv": text.encode("utf-8-sig")}


def as_jspsych(trials: pd.DataFrame) -> dict[str, str | bytes]:
    """A file for each person, with a fixation cross before each image."""
    files: dict[str, str | bytes] = {}
    for person, own in trials.groupby("participant_id"):
        data: list[dict[str, object]] = []
        for row in own.sort_values("position").to_dict("records"):
            cross = {"trial_type": "html-keyboard-response", "stimulus": "+", "rt": None}
            shown = {
                "trial_type": "image-keyboard-response",
                "stimulus": f"{row['image_id']}.jpg",
                "response": row["key"] if row["responded"] else None,
                "rt": row["rt_ms"] if row["responded"] else None,
            }
            data += [
                {**trial, "trial_index": len(data) + i} for i, trial in enumerate((cross, shown))
            ]
        files[f"{person}.json"] = json.dumps(data)
    return files


def as_bids(trials: pd.DataFrame) -> dict[str, str | bytes]:
    """A file of events for each person, in seconds."""
    files: dict[str, str | bytes] = {}
    for person, own in trials.groupby("participant_id"):
        own = own.sort_values("position")
        table = pd.DataFrame(
            {
                "onset": own["onset_ms"] / 1000,
                "duration": 0.6,
                "trial_type": own["role"],
                "response_time": own["rt_ms"] / 1000,
                "stim_file": own["image_id"] + ".jpg",
            }
        )
        text = table.to_csv(index=False, sep="\t", na_rep="n/a")
        files[f"sub-{person}/beh/sub-{person}_task-memory_events.tsv"] = text
    return files


def as_events(trials: pd.DataFrame) -> dict[str, str | bytes]:
    """One log of onsets and keys, in milliseconds."""
    onsets = trials.assign(event="onset", time=trials["onset_ms"], response="")
    keys = trials[trials["responded"]].assign(event="key", image_id="")
    keys["time"], keys["response"] = keys["onset_ms"] + keys["rt_ms"], keys["key"]
    log = pd.concat([onsets, keys]).sort_values(["participant_id", "time"])
    columns = ["participant_id", "event", "time", "image_id", "response"]
    return {"log.csv": log[columns].to_csv(index=False)}


@pytest.mark.parametrize("write", [as_trials, as_jspsych, as_bids, as_events])
def test_scores_lags_and_times_come_back(
    write: Callable[[pd.DataFrame], dict[str, str | bytes]], tmp_path: Path
) -> None:
    native = simulated_study(tmp_path)
    assert native.trials is not None
    result = import_files(tmp_path, write(native.trials))
    trials = result.trials.assign(
        participant_id=result.trials["participant_id"].str.removeprefix("sub-"),
    )
    columns = ["participant_id", "position", "image_id", "role", "is_repeat", "lag", "responded"]
    expected = native.trials.sort_values(["participant_id", "position"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(trials[columns], expected[columns], check_dtype=False)
    np.testing.assert_allclose(trials["rt_ms"], expected["rt_ms"], atol=1e-9)
    scores = image_scores(result.dataset)
    wanted = image_scores(native)
    pd.testing.assert_frame_equal(scores.loc[wanted.index], wanted, check_names=False)


def test_pairs_come_back_with_the_same_counts(tmp_path: Path) -> None:
    native = simulated_study(tmp_path)
    assert native.trials is not None
    targets = native.trials[native.trials["role"] == "target"]
    wide = targets.pivot_table(
        index=["participant_id", "image_id"],
        columns="is_repeat",
        values="responded",
        aggfunc="first",
    )
    wide.columns = pd.Index(["false_alarm", "hit"])
    text = wide.astype(int).reset_index().to_csv(index=False)
    scores = image_scores(import_files(tmp_path, {"pairs.csv": text}).dataset)
    wanted = image_scores(native).loc[scores.index]
    counts = ["hits", "repeats", "false_alarms", "firsts"]
    pd.testing.assert_frame_equal(scores[counts], wanted[counts])
