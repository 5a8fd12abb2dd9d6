"""Keys and times of trials: what was pressed, when, and what cannot be."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.importers.answers import Answers
from analysis.importers.order import Trials
from analysis.importers.plausible import check_unit
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import TableMap
from analysis.importers.values import milliseconds

LONGEST_MS = 3_600_000.0  # an hour: a larger number has another unit or is no reaction time
NOTHING = -1.0  # as jsPsych 6 and others write the time of no key


def add_times(
    t: Trials,
    rows: Rows,
    found: dict[str, str],
    table_map: TableMap,
    answers: Answers,
    notes: Notes,
    onset: "pd.Series[float] | None",
    early_ms: float | None,
) -> Trials:
    """Add responded, key, rt_ms, is_early, onset_ms and answer_rt_ms, as far as they are known."""
    old = t["answer"] == "old"
    t = t.assign(responded=old)
    if answers.keys is not None and bool((answers.keys.loc[t.index][old] != "").all()):
        t["key"] = answers.keys.loc[t.index].where(old)
    if onset is not None:
        t["onset_ms"] = _since_first(t, onset.loc[t.index])
    if "rt" not in found:
        return t
    rt = milliseconds("rt", found["rt"], rows, table_map, notes).loc[t.index]
    answered = t["answer"].isin(["old", "new"]) if bool(t["has_two"].any()) else old
    rt = rt.mask(~answered & ((rt <= 0) | (rt == NOTHING * 1000)))
    column = found["rt"]
    notes.wrong(rows, np.sort(t.index[rt < 0]), column, "{} is below 0 (reaction time)")
    message = "{} is longer than an hour; is its unit right? Say it in a mapping file: [units]"
    notes.wrong(rows, np.sort(t.index[rt > LONGEST_MS]), column, message)
    if notes.units["rt"] == "ms":
        check_unit(rt[answered], column, rows, table_map)
    idle = ~answered & rt.notna() & (t["phase"] != "study")
    notes.leave_out(rows, np.sort(t.index[idle]), f"time in {column} without a response")
    t["rt_ms"] = rt.where(old)
    if bool((rt.notna() & answered & ~old).any()):
        t["answer_rt_ms"] = rt.where(answered)
    if early_ms is not None:
        t["is_early"] = (t["rt_ms"] < early_ms).astype("boolean").mask(t["rt_ms"].isna())
    return t


def _since_first(t: Trials, onset: "pd.Series[float]") -> "pd.Series[Any]":
    """Onsets since the first of the run."""
    return onset - onset.groupby(t["stream"]).transform("min")
