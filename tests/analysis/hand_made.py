"""Tables of trials written row by row, for expected values from hand arithmetic."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset


def trial(person: str, image: str, *, repeat: bool, responded: bool, **more: Any) -> dict[str, Any]:
    """One row of the table trials, as reading gives it."""
    return {
        "participant_id": person,
        "run_id": f"run of {person}",
        "level": 1,
        "image_id": image,
        "phase": "game",
        "role": "target",
        "is_repeat": repeat,
        "responded": responded,
        "rt_ms": np.nan,
        "is_interrupted": False,
        **more,
    }


def dataset(rows: list[dict[str, Any]], images: list[str], **tables: Any) -> Dataset:
    """A dataset of these trials and images."""
    return Dataset(
        path=Path("somewhere"),
        images=pd.DataFrame({"image_id": images}),
        trials=pd.DataFrame(rows),
        **tables,
    )
