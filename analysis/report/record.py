"""``report.json``: everything that the report states, unrounded."""

import dataclasses
import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd

from analysis.report.numbers import Numbers

FORMAT = "hitrate-report"


def complete(numbers: Numbers, made_at: dt.datetime) -> dict[str, Any]:
    """Everything the report states, unrounded, as JSON has it."""
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
        "images": records(numbers.images),
        "participants": None if participants is None else records(participants),
        "predictions": None
        if numbers.predictions is None
        else records(numbers.predictions.set_index("image_id")),
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with their index, as JSON has them."""
    return [jsonable(row) for row in table.reset_index().astype(object).to_dict("records")]


def jsonable(value: Any) -> Any:
    """A value as JSON has it: missing is null, infinity is text, a dataclass its fields."""
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
