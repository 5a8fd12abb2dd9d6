"""Runs and positions: which trials form one stream, and in which order they came."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.rows import Notes, Rows
from analysis.importers.values import numbers

Trials = pd.DataFrame  # of each row that counts: person, image, phase, run, level, position, …


def order_trials(
    t: Trials,
    rows: Rows,
    found: dict[str, str],
    notes: Notes,
    onset: "pd.Series[float] | None",
    *,
    showing: "pd.Series[Any] | None" = None,
    is_person_told: bool = True,
) -> Trials:
    """Sort trials into runs.

    ``showing`` is what the table says of each row's showing, in its own words; ``is_person_told``
    whether a column or the reader says who answered.

    Adds ``run`` (1, 2, … of the person), ``stream`` (a number for each run), ``level``,
    ``position`` (0-based), ``given`` (the position as the table has it) and ``is_whole`` (the run's
    positions are one after another, so that every trial of it is there).
    """
    t = t.copy()
    t["given"] = np.nan
    if "position" in found:
        t["given"] = _positions(t, rows, found["position"], notes)
    t["stream"], t["block"] = _streams(t, rows, found, notes, showing, is_person_told)
    t["row"] = t.index
    t["part"] = (t["phase"] != "study").astype(int)
    if "position" in found:
        keys = ["stream", "part", "block", "given", "row"]
    elif onset is not None:
        t["onset"] = onset.loc[t.index]
        keys = ["stream", "part", "block", "onset", "row"]
        notes.say("positions: the order of onsets within a run")
    else:
        keys = ["stream", "part", "block", "row"]
        notes.say("positions: the order of rows within a run, as no column holds them")
    t = t.sort_values(keys, kind="stable")
    stream = t.groupby("stream", sort=False)
    t["position"] = stream.cumcount()
    t["is_whole"] = True
    if "position" in found:
        _number(t, notes)
    first = t.groupby("stream")["row"].min()
    owner = t.groupby("stream")["person"].first()
    ordered = pd.DataFrame({"row": first, "person": owner}).sort_values("row")
    t["run"] = t["stream"].map(ordered.groupby("person", sort=False).cumcount() + 1).astype(int)
    return t


def _positions(t: Trials, rows: Rows, column: str, notes: Notes) -> "pd.Series[float]":
    values = numbers("position", column, rows, notes, low=0).loc[t.index]
    absent = values.index[(rows.frame.loc[t.index, column] == "")]
    notes.wrong(rows, absent, column, "is empty; every trial has a position")
    broken = values.index[values.notna() & (values % 1 != 0)]
    notes.wrong(rows, broken, column, "{} is not a whole number (position)")
    huge = values.index[values > 1e9]
    notes.wrong(rows, huge, column, "{} is too large for a position")
    return values


def _streams(
    t: Trials,
    rows: Rows,
    found: dict[str, str],
    notes: Notes,
    showing: "pd.Series[Any] | None",
    is_person_told: bool,
) -> "tuple[pd.Series[Any], pd.Series[Any]]":
    """A number for each run, and one for each block within a run that goes on over blocks."""
    one_block = pd.Series(0, index=t.index)
    phases = len({*t["phase"]}) > 1

    def splits_phases(values: "pd.Series[Any]") -> bool:
        """Whether a column only says the phase again."""
        return phases and bool((t["phase"].groupby(values).nunique() < 2).all())

    keys: list[Any] = [t["person"]]
    if "run_id" in found:
        values = rows.frame.loc[t.index, found["run_id"]]
        if splits_phases(values):
            notes.say(f"{found['run_id']}: goes with the phase; study and test are one run")
        else:
            keys.append(values)
            notes.say(f"{found['run_id']}: the run ({values.nunique()} values)")
    stream = _codes(keys)
    if "block" in found:
        values = rows.frame.loc[t.index, found["block"]]
        if splits_phases(values):
            notes.say(f"{found['block']}: goes with the phase; study and test are one run")
            return stream, one_block
        blocks = _codes([stream, values])
        crossing = blocks.groupby([stream, t["image"]]).nunique().gt(1).any()
        goes_on = t["given"].notna().all() and not _collide(stream, t)
        if crossing or goes_on:
            notes.say(f"{found['block']}: the level; a run goes on from level to level")
            return stream, blocks - blocks.groupby(stream).transform("min")
        notes.say(f"{found['block']}: each is a run of its own")
        return blocks, one_block
    if "position" in found and "run_id" not in found and _collide(stream, t):
        restarts = t["given"].groupby(stream).diff() < 0
        parts = _codes([stream, restarts.groupby(stream).cumsum()])
        if not _collide(parts, t):
            anew = _shows_anew(t, stream, parts, showing)
            if not is_person_told and (anew or len(rows.files) == 1):
                raise whose_trials(rows, found["position"], t.index[restarts])
            n = parts.nunique() - stream.nunique()
            again = f"positions start again {n} times"
            back = parts.groupby([stream, t["image"], t["phase"]]).nunique().gt(1).any()
            if back and not anew:
                notes.say(f"levels: {again} within a run that goes on, as images come back")
                return stream, parts - parts.groupby(stream).transform("min")
            how = "; images are shown as new again" if anew else ""
            notes.say(f"runs: {again} within a person; each start is a new run{how}")
            return parts, one_block
    return stream, one_block


def _shows_anew(
    t: Trials,
    stream: "pd.Series[Any]",
    parts: "pd.Series[Any]",
    showing: "pd.Series[Any] | None",
) -> bool:
    """Whether parts show the images of earlier ones as if for the first time."""
    told = pd.Series("", index=t.index) if showing is None else showing.loc[t.index]
    table = pd.DataFrame({"s": stream, "part": parts, "image": t["image"], "told": told})
    table = table[t["phase"] != "study"]
    key = ["s", "image", "told"]
    if showing is not None:
        return bool(table.groupby(key)["part"].nunique().gt(1).any())
    has_pairs = table.groupby(["part", "image"]).size().gt(1).groupby("part").any()
    return bool(table.groupby(key).size().gt(2).any() and has_pairs.all())


def whose_trials(rows: Rows, column: str, again: "pd.Index[Any]") -> DatasetError:
    """The question who answered, where numbers of trials start again at some rows."""
    return DatasetError(
        f"{rows.files[0]}: {column} starts again ({rows.places(again)}), and no column says who "
        "answered: --map participant_id=COLUMN names the column that does. If it was one person "
        "who played again, name the column of runs, --map run_id=COLUMN, or write "
        'participant_id = "s01" under [constants] in a mapping file'
    )


def _collide(stream: "pd.Series[Any]", t: Trials) -> bool:
    places = pd.DataFrame(
        {"s": stream, "p": t["given"], "study": t["phase"] == "study"}, index=t.index
    )
    return bool(places[t["given"].notna()].duplicated().any())


def _codes(keys: "list[Any]") -> "pd.Series[Any]":
    """A number for each combination, in the order of first appearance."""
    frame = pd.concat([pd.Series(key) for key in keys], axis=1)
    frame.columns = pd.RangeIndex(frame.shape[1])
    return frame.groupby(list(frame.columns), sort=False).ngroup()


def _number(t: Trials, notes: Notes) -> None:
    """Take the table's own positions where each is there once in its run; else their order."""
    parts = t.groupby(["stream", "part", "block"], sort=False)["given"]
    size = parts.transform("size")
    t["is_whole"] = (parts.transform("max") - parts.transform("min") + 1 == size).to_numpy()
    t["is_whole"] = t.groupby("stream")["is_whole"].transform("all")
    if not t.duplicated(["stream", "given"]).any() and t["given"].notna().all():
        offset = 1 if t["given"].min() == 1 else 0
        inside = t.groupby("stream")["given"].diff().dropna().gt(0).all()
        if inside:
            t["position"] = (t["given"] - offset).astype("int64")
            return
    notes.say("positions: numbered anew over the parts of a run, in their order")
