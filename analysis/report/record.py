"""``report.json``: everything that the report states, unrounded."""

import dataclasses
import datetime as dt
import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.report.numbers import Numbers

FORMAT = "hitrate-report"
MOST_ROWS = 5_000  # of a table in report.json; a longer one is only in its own file


def complete(numbers: Numbers, made_at: dt.datetime, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Everything the report states, unrounded, as JSON has it.

    A table of more than ``MOST_ROWS`` rows is null here; it is in its file beside, once.

    Parameters
    ----------
    numbers, made_at
        What is stated, and when, in UTC.
    files
        Name → content of the tables beside; they are listed with their sha256.
    """
    meta = numbers.dataset.meta
    participants = numbers.participants
    return {
        "format": FORMAT,
        "format_version": 1,
        "made_at": made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "software": {"name": "hitrate", "version": hitrate_version()},
        "dataset": jsonable({k: v for k, v in meta.items() if k != "files"})
        | {"name": numbers.dataset.name, "title": numbers.dataset.title},
        "score": numbers.score,
        "n_splits": numbers.n_splits,
        "seed": numbers.seed,
        "n_participants": numbers.n_participants,
        "n_images": len(numbers.images),
        "problems": list(numbers.problems),
        "left_out": jsonable(numbers.left_out),
        "summary": jsonable(numbers.summaries),
        "rate_correlation": jsonable(numbers.familiarity),
        "consistency": jsonable(numbers.consistency),
        "comparisons": jsonable(numbers.comparisons),
        "people": jsonable(numbers.people),
        "models": jsonable(numbers.of_models),
        "images": records(numbers.images),
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()
        },
        "participants": None if participants is None else records(participants),
        "predictions": None
        if numbers.predictions is None
        else records(numbers.predictions.set_index("image_id")),
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]] | None:
    """Rows with their index, as JSON has them; None where they are too many."""
    if len(table) > MOST_ROWS:
        return None
    named = table if isinstance(table.index, pd.RangeIndex) else table.reset_index()
    return [jsonable(row) for row in named.astype(object).to_dict("records")]


def jsonable(value: Any) -> Any:
    """A value as JSON has it: missing is null, infinity is text, a dataclass its fields."""
    if isinstance(value, (pd.DataFrame, pd.Series)):
        return records(value if isinstance(value, pd.DataFrame) else value.to_frame())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: jsonable(getattr(value, field.name)) for field in fields}
    if isinstance(value, dict):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    if isinstance(value, (str, bool, int)) or value is None:
        return value
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return value if math.isfinite(value) else ("-infinity" if value < 0 else "infinity")
    return str(value)


def hitrate_version() -> str:
    """Of this software."""
    import hitrate

    return hitrate.__version__
