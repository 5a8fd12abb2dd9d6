"""A dataset with a known truth, written as the codebook says, pictures included.

Each image has a memorability of its own; each person recognises a repeat with that probability,
shifted by how good a memory the person has, and says "seen" to a first showing with a probability
that the image's familiarity gives. The counts that the tests compare with are kept while drawing.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

CATEGORIES = ("animals", "buildings", "food", "tools")


@dataclass(frozen=True, slots=True)
class Truth:
    """What the generator drew."""

    folder: Path
    memorability: pd.Series  # image_id → probability of a hit
    predictions: pd.DataFrame  # the codebook's table, one model
    counts: pd.DataFrame  # image_id → hits, repeats, false_alarms, firsts


def write_dataset(
    folder: Path,
    *,
    n_people: int = 24,
    n_images: int = 48,
    seen_share: float = 0.7,
    seed: int = 7,
    image_ids: Sequence[str] | None = None,
    pictures: bool = True,
    notice: str | None = None,
    title: str = "Objects by the sea",
    model: str = "resmem",
) -> Truth:
    """Write a dataset to a new folder and return what is true of it."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    ids = list(image_ids or [f"{CATEGORIES[i % 4]}/object_{i:03d}" for i in range(n_images)])
    memorability = pd.Series(rng.beta(7, 3, len(ids)), index=pd.Index(ids, name="image_id"))
    familiarity = rng.beta(2, 12, len(ids))
    images = []
    for i, image_id in enumerate(ids):
        sha256 = hashlib.sha256(image_id.encode()).hexdigest()
        thumbnail = f"thumbnails/{sha256}.webp"
        if pictures:
            draw_picture(folder / thumbnail, i, CATEGORIES[i % 4])
        images.append(
            {
                "image_id": image_id,
                "sha256": sha256,
                "width_px": 400,
                "height_px": 300 + i % 3 * 50,
                "category": CATEGORIES[i % 4],
                "licence": "CC0-1.0",
                "thumbnail": thumbnail if pictures else None,
            }
        )
    skill = rng.normal(0, 0.08, n_people)
    trials, people, runs = [], [], []
    for p in range(n_people):
        who, run = f"p{p:03d}", f"r{p:03d}"
        people.append(
            {"participant_id": who, "state": "finished", "created_at": "2026-03-02T09:00:00Z"}
        )
        runs.append(
            {"run_id": run, "participant_id": who, "run": 1, "state": "finished", "n_lost": 0}
        )
        seen = rng.permutation(len(ids))[: max(2, int(seen_share * len(ids)))]
        again = np.roll(seen, 3 + p % 5)  # so that an image comes back after different lags
        showings = [(int(i), False) for i in seen] + [(int(i), True) for i in again]
        for position, (i, is_repeat) in enumerate(showings):
            lag = position - int(np.flatnonzero(seen == i)[0]) if is_repeat else None
            chance = memorability.iloc[i] + skill[p] if is_repeat else familiarity[i] + skill[p] / 2
            responded = bool(rng.random() < chance)
            trials.append(
                {
                    "participant_id": who,
                    "run_id": run,
                    "run": 1,
                    "level": 1,
                    "position": position,
                    "image_id": ids[i],
                    "phase": "game",
                    "role": "target",
                    "is_repeat": is_repeat,
                    "lag": lag,
                    "n_intervening": None if lag is None else lag - 1,
                    "responded": responded,
                    "key": " " if responded else None,
                    "rt_ms": float(rng.normal(620, 90)) if responded else None,
                    "onset_ms": position * 1400.0,
                    "offset_ms": position * 1400.0 + 600,
                    "frame_ms": 16.7,
                    "dropped_frames": 0,
                    "is_interrupted": False,
                }
            )
    frame = pd.DataFrame(trials)
    tables = {
        "images": pd.DataFrame(images),
        "trials": frame.astype({"lag": "Int64", "n_intervening": "Int64"}),
        "participants": pd.DataFrame(people),
        "runs": pd.DataFrame(runs),
    }
    noise = rng.normal(0, 0.07, len(ids))
    predictions = pd.DataFrame(
        {
            "image_id": ids,
            "sha256": tables["images"]["sha256"],
            "model": model,
            "prediction": 0.15 + 0.8 * memorability.to_numpy() + noise,
            "fingerprint": "sha256:0123456789abcdef",
            "error": None,
        }
    )
    write_tables(folder, tables, title=title, notice=notice)
    return Truth(folder, memorability, predictions, count(frame, ids))


def count(trials: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """Counts by a plain loop, independent of the package."""
    counts = {i: dict.fromkeys(("hits", "repeats", "false_alarms", "firsts"), 0) for i in ids}
    for row in trials.to_dict("records"):
        shown, pressed = ("repeats", "hits") if row["is_repeat"] else ("firsts", "false_alarms")
        counts[row["image_id"]][shown] += 1
        counts[row["image_id"]][pressed] += int(row["responded"])
    return pd.DataFrame.from_dict(counts, orient="index").rename_axis("image_id")


def write_tables(
    folder: Path, tables: dict[str, pd.DataFrame], *, title: str, notice: str | None = None
) -> None:
    """CSV files and dataset.json."""
    files: dict[str, Any] = {}
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        text = table.copy()
        for column in text.select_dtypes(bool):
            text[column] = text[column].map({True: "true", False: "false"})
        text.to_csv(path, index=False, lineterminator="\n")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files[path.name] = {"sha256": digest, "rows": len(table)}
    meta = {
        "format": "hitrate-dataset",
        "format_version": 1,
        "name": "objects",
        "title": title,
        "notice": notice,
        "paradigm": {
            "name": "lamem2015",
            "source": "Khosla et al. 2015",
            "stimulus_ms": 600,
            "gap_ms": 800,
            "n_targets": 66,
            "n_fillers": 30,
            "n_vigilance": 12,
            "target_lags": [35, 150],
            "vigilance_lags": [1, 7],
        },
        "paradigm_deviations": ["target_lags is 35–150; in lamem2015 it is 36–151"],
        "study": None,
        "includes": {"simulated": False, "preview": False},
        "software": {"name": "hitrate", "version": "0.1.0"},
        "licence": "CC0-1.0",
        "files": files,
    }
    (folder / "dataset.json").write_text(json.dumps(meta), encoding="utf-8")


def draw_picture(path: Path, number: int, category: str) -> None:
    """A coloured shape that can be told from the others."""
    path.parent.mkdir(exist_ok=True)
    picture = Image.new("RGB", (160, 120), f"hsl({number * 47 % 360}, 35%, 80%)")
    pen = ImageDraw.Draw(picture)
    box = (35 + number % 5 * 5, 20, 120, 100 - number % 3 * 8)
    colour = f"hsl({number * 83 % 360}, 60%, 40%)"
    if category == "food":
        pen.chord(box, 20, 300, fill=colour)
    elif category == "animals":
        pen.ellipse(box, fill=colour)
    else:
        pen.rectangle(box, fill=colour)
    pen.text((6, 4), str(number), fill="black")
    picture.save(path, "WEBP")
