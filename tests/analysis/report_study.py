"""A study with a known truth for the tests of the report's sections, and what a section holds."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.report.blocks import Block, Figure, Section, Subheading, Table, Text
from analysis.report.numbers import Numbers, gather
from tests.analysis.lagged_responses import lagged_study

N_PEOPLE, N_IMAGES, ALPHA = 30, 32, -0.1
TRUTH = np.linspace(0.45, 0.85, N_IMAGES)
CATEGORIES = ("birds", "boats", "bread", "bricks")


@cache
def study() -> Dataset:
    """People who forget, of whom the first three miss what they should not; early keys marked."""
    rng = np.random.default_rng(3)
    data = lagged_study(rng, at_reference=TRUTH, alpha=ALPHA, n_people=N_PEOPLE)
    repeats = data.trials
    assert repeats is not None
    nothing = pd.array([pd.NA] * len(repeats), dtype="Int64")
    firsts = repeats.assign(
        is_repeat=False,
        responded=rng.random(len(repeats)) < 0.1,
        lag=nothing,
        n_intervening=nothing,
    )
    vigilance = repeats.drop_duplicates("participant_id").assign(
        image_id="watch", role="vigilance", lag=2, n_intervening=1
    )
    vigilance["responded"] = ~vigilance["participant_id"].isin(["p000", "p001", "p002"])
    trials = pd.concat([firsts, repeats, vigilance], ignore_index=True)
    early = np.full(len(trials), None)
    early[trials["responded"].to_numpy()] = False
    early[np.flatnonzero(trials["responded"])[:5]] = True
    names = [CATEGORIES[k % 4] for k in range(N_IMAGES)]
    images = data.images.assign(category=names)
    watch = pd.DataFrame({"image_id": ["watch"], "category": [None]})
    images = pd.concat([images, watch], ignore_index=True).assign(licence=None)
    return replace(data, images=images, trials=trials.assign(is_early=early))


@cache
def study_numbers() -> Numbers:
    """Of the study, without models."""
    return gather(study(), None, n_splits=40)


def headings(section: Section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Subheading)]


def words(blocks: list[Block] | Section) -> str:
    """All paragraphs and captions."""
    blocks = list(blocks.blocks) if isinstance(blocks, Section) else blocks
    texts = [" ".join(b.paragraphs) for b in blocks if isinstance(b, Text)]
    return " ".join([*texts, *(b.caption for b in blocks if isinstance(b, Figure))])


def table(section: Section, label: str) -> Table:
    (found,) = [b for b in section.blocks if isinstance(b, Table) and b.label == label]
    return found


def file(section: Section, name: str) -> pd.DataFrame:
    (found,) = [one.table for one in section.files if one.name == name]
    return found


def rows(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    data = layer["data"] if "data" in layer else spec["data"]  # the layers may share it
    found: list[dict[str, Any]] = spec["datasets"][data["name"]]
    return found
