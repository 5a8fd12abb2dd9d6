"""Event logs: rows such as an image's onset and a key, each with its time."""

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.columns import NAMES, find_columns
from analysis.importers.naming import squeeze
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import TableMap
from analysis.importers.trials import Made, import_trials
from analysis.importers.values import meanings, milliseconds

WHATS = (
    "participant_id",
    "run_id",
    "block",
    "event",
    "time",
    "trial",
    "image_id",
    "response",
    "role",
    "status",
    "phase",
    "category",
)
EARLY_MS = 150.0  # a key before this is too early to be an answer to the image
RT, ONSET, RESPONSE = "(rt_ms)", "(onset_ms)", "(response)"  # columns of ours


def is_event_log(rows: Rows, table_map: TableMap) -> bool:
    """Whether a table has a column of events, onsets among them, and one of times."""
    if table_map.columns.keys() >= {"event", "time"}:
        return True
    names = {squeeze(name) for name in rows.columns}
    if not names & set(NAMES["event"]) or not names & set(NAMES["time"]):
        return False
    return {"event", "time"} <= set(find_columns(rows, TableMap(), ("event", "time")))


def import_events(
    rows: Rows, table_map: TableMap, notes: Notes, images: pd.DataFrame | None = None
) -> Made:
    """Make a trial of each onset; the first key after it and before the next one is its answer.

    Where the log numbers its trials, a key belongs to the image of its own trial only.

    Raises
    ------
    DatasetError
        If events, times or images are not there, or a time is no number.
    """
    found = find_columns(rows, table_map, WHATS)
    for what in ("event", "time"):
        if what not in found:
            raise DatasetError(
                f"{rows.files[0]}: no column holds {'events' if what == 'event' else 'times'} "
                f"({', '.join(rows.columns)}); say which: --map {what}=COLUMN"
            )
    event = meanings("event", found["event"], rows, table_map, notes)
    other = rows.frame.index[event == ""]
    if len(other):
        kinds = rows.frame.loc[other, found["event"]].value_counts().head(6)
        listed = ", ".join(f"{name or 'no event'} {n}" for name, n in kinds.items())
        notes.leave_out(rows, other, f"other events: {listed}")
    time = _times(rows, found, event, table_map, notes)
    notes.check(rows.files[0])
    log = _in_order(rows, found, event, time)
    shown = log["event"] == "onset"
    if not shown.any():
        raise DatasetError(f"{rows.files[0]}: {found['event']} holds no onset of an image")
    log["image"] = shown.groupby(log["stream"]).cumsum()
    keys = log[log["event"] == "key"]
    lost = keys["image"] == 0
    notes.leave_out(rows, np.sort(keys.index[lost]), "a key before the first image")
    onsets = log[shown].assign(row=lambda frame: frame.index).set_index(["stream", "image"])
    own = onsets.reindex(pd.MultiIndex.from_frame(keys[["stream", "image"]]))
    keys = keys.assign(onset=own["time"].to_numpy(), row=own["row"].to_numpy())
    if "trial" in found:
        stray = ~lost & (own["trial"].to_numpy() != keys["trial"].to_numpy())
        reason = "a key in a trial whose image was not shown before it"
        notes.leave_out(rows, np.sort(keys.index[stray]), reason)
        lost |= stray
    keys = keys[~lost]
    further = keys.duplicated(["stream", "image"])
    notes.leave_out(rows, np.sort(keys.index[further]), "a further key while the same image counts")
    keys = keys[~further].assign(source=lambda frame: frame.index).set_index("row")
    return _trials(rows, found, table_map, notes, images, log[shown], keys)


def _times(
    rows: Rows,
    found: dict[str, str],
    event: "pd.Series[str]",
    table_map: TableMap,
    notes: Notes,
) -> "pd.Series[float]":
    """Times in milliseconds; seconds where onsets are less than 20 apart, if nothing says."""
    own = Notes()
    column = found["time"]
    likely = 20.0
    if "time" not in table_map.units:
        plain = pd.to_numeric(rows.frame[column], errors="coerce")[event == "onset"]
        step = plain.diff().abs()
        middle = float(plain[plain > 0].median()) if bool((plain > 0).any()) else 0.0
        likely = np.inf if float(step[step > 0].median()) < likely and middle > 0 else 0.0
    time = milliseconds("time", column, rows, table_map, own, likely=likely)
    notes.units |= own.units
    notes.problems.shown += own.problems.shown[: max(0, 20 - len(notes.problems.shown))]
    notes.problems.total += own.problems.total
    unit = "seconds" if notes.units["time"] == "s" else "milliseconds"
    notes.say(f"{column}: times in {unit}")
    absent = (rows.frame[column] == "") & (event != "")
    notes.wrong(rows, time.index[absent], column, "is empty; every event has a time")
    return time


def _in_order(
    rows: Rows, found: dict[str, str], event: "pd.Series[str]", time: "pd.Series[float]"
) -> pd.DataFrame:
    keys = [pd.Series(rows.file, index=rows.frame.index)]
    keys += [rows.frame[found[k]] for k in ("participant_id", "run_id", "block") if k in found]
    groups = pd.concat(keys, axis=1)
    groups.columns = pd.RangeIndex(groups.shape[1])
    log = pd.DataFrame({"event": event, "time": time})
    log["stream"] = groups.groupby(list(groups.columns), sort=False).ngroup()
    log["trial"] = rows.frame[found["trial"]] if "trial" in found else ""
    log = log[log["event"] != ""]
    first = log["event"].map({"offset": 0, "onset": 1, "key": 2})  # at one time, in this order
    return log.assign(first=first).sort_values(["stream", "time", "first"], kind="stable")


def _trials(
    rows: Rows,
    found: dict[str, str],
    table_map: TableMap,
    notes: Notes,
    images: pd.DataFrame | None,
    shown: pd.DataFrame,
    keys: pd.DataFrame,
) -> Made:
    blank = pd.Series("", index=rows.frame.index, dtype=object)
    rt, onset, response = blank.copy(), blank.copy(), blank.copy()
    onset.loc[shown.index] = shown["time"].map(repr)
    rt.loc[keys.index] = (keys["time"] - keys["onset"]).round(6).map(repr)
    response.loc[keys.index] = "key"
    if "response" in found:
        pressed = rows.frame.loc[keys["source"], found["response"]].to_numpy()
        response.loc[keys.index] = np.where(pressed == "", "key", pressed)
    is_onset = pd.Series(False, index=rows.frame.index)
    is_onset.loc[shown.index] = True
    columns = {RESPONSE: response, RT: rt, ONSET: onset}
    rows = rows.with_columns(columns).take(is_onset)
    passed = {k: v for k, v in found.items() if k not in ("event", "time", "trial", "response")}
    passed |= {"response": RESPONSE, "rt": RT, "onset": ONSET}
    own = Notes(problems=notes.problems, left_out=notes.left_out)
    several = len({*rows.frame[RESPONSE]} - {""}) > 1
    said = table_map.values.get("response", {})
    if several and "new" not in said and "old" not in said:
        rows = rows.with_columns(
            {RESPONSE: rows.frame[RESPONSE].mask(rows.frame[RESPONSE] != "", "key")}
        )
        notes.say("keys: any key is the answer old; say it otherwise in [values.response]")
    units = {"rt": "ms", "onset": "ms"}
    made = import_trials(
        rows,
        TableMap(
            columns={},
            constants=table_map.constants,
            values=table_map.values,
            units=units,
            keep=table_map.keep,
            no_answer=table_map.no_answer,
        ),
        own,
        images=images,
        found=passed,
        early_ms=EARLY_MS,
    )
    ours = (RESPONSE, RT, ONSET)
    notes.understood += [line for line in own.understood if not line.startswith(ours)]
    notes.values |= own.values
    n_early = int(made.tables["trials"]["is_early"].fillna(False).sum())
    notes.say(
        f"keys: each belongs to the image shown before it; {n_early} came before {EARLY_MS:g} ms "
        "and are marked as early"
    )
    return Made(made.tables, found, made.replaced)
