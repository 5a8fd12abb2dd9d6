"""Trials and exclusions as tables of a dataset, for what `analysis` computes of a whole study."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from experiment.export.columns import EXCLUSIONS, TRIALS
from experiment.export.rows import ExportedRun
from experiment.export.tables import Value
from experiment.export.trials import trial_rows

if TYPE_CHECKING:
    import pandas as pd

SCORED = {
    "participant_id": "str",
    "run_id": "str",
    "level": "int64",
    "image_id": "str",
    "phase": "str",
    "role": "str",
    "is_repeat": "bool",
    "responded": "bool",
    "rt_ms": "float64",
    "is_interrupted": "bool",
    "first_run_id": "object",
}


def trial_frame(session: Session, runs: list[ExportedRun]) -> "pd.DataFrame":
    """The trials of these runs as the dataset's table has them, in the columns that scores need."""
    import pandas as pd

    columns = dict(zip(TRIALS, zip(*trial_rows(session, runs), strict=True), strict=False))
    return pd.DataFrame(
        {name: pd.Series(columns.get(name, ()), dtype=kind) for name, kind in SCORED.items()}
    )


def exclusion_frame(rows: Iterable[Sequence[Value]]) -> "pd.DataFrame":
    """What is left out of the scores, as the dataset's table has it."""
    import pandas as pd

    kinds = dict.fromkeys(EXCLUSIONS, "object") | {"level": "Int64", "number": "float64"}
    return pd.DataFrame([*rows], columns=[*EXCLUSIONS]).astype(kinds)
