"""Who answered, in which phase, and what part each image plays."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.importers.columns import people_columns, word_meaning
from analysis.importers.order import Trials
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import TableMap
from analysis.importers.values import meanings


def people_of(
    rows: Rows, found: dict[str, str], table_map: TableMap, notes: Notes
) -> "pd.Series[Any]":
    """Who answered: the column's value, the reader's constant, or the file's name."""
    index = rows.frame.index
    if "participant_id" in table_map.constants:
        name = table_map.constants["participant_id"]
        return pd.Series(name, index=index, dtype=object)
    if "participant_id" in found:
        column = found["participant_id"]
        others = [
            name
            for name in people_columns(rows)
            if name != column
            and len({*rows.frame[name]} - {""}) == 1 < rows.frame[column].nunique()
        ]
        same = f", as {', '.join(others)} is the same on every row" if others else ""
        notes.say(f"{column}: names the participant{same}")
        return rows.frame[column].astype(object)
    if len(rows.files) > 1:
        notes.say("participants: one for each file, as no column names them")
    else:
        notes.say("participants: one, as no column names them")
    stems = np.array([name.rsplit(".", 1)[0] for name in rows.files], dtype=object)
    return pd.Series(stems[rows.file], index=index, dtype=object)


def find_phases(
    t: Trials, rows: Rows, found: dict[str, str], table_map: TableMap, notes: Notes
) -> "pd.Series[Any]":
    """game, study, test or practice of each trial; game where nothing tells."""
    if "phase" in table_map.constants or "phase" not in found:
        constant = table_map.constants.get("phase", "game")
        return pd.Series(constant, index=t.index, dtype=object)
    column = found["phase"]
    phase = meanings("phase", column, rows, table_map, notes).loc[t.index]
    unclear = (phase == "") & (rows.frame.loc[t.index, column] != "")
    if column not in {found.get(what) for what in ("role", "status", "outcome")}:
        message = "{} is no phase; say which it is in the mapping file, [values.phase]"
        notes.wrong(rows, t.index[unclear], column, message)
    return phase.where(phase != "", "game")


def role_words(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """The role that each value names, or ""."""
    known = {value: word_meaning("role", str(value)) or "" for value in pd.unique(values)}
    return values.map(known).astype(object)


def find_roles(
    t: Trials, rows: Rows, found: dict[str, str], table_map: TableMap, notes: Notes
) -> "pd.Series[Any]":
    """target, filler or vigilance; without a column, an image shown once in a run is a filler."""
    if "role" in table_map.constants:
        return pd.Series(table_map.constants["role"], index=t.index, dtype=object)
    if "role" in found:
        column = found["role"]
        role = meanings("role", column, rows, table_map, notes).loc[t.index]
        values = rows.frame.loc[t.index, column]
        plain = {value: word_meaning("status", str(value)) for value in pd.unique(values)}
        role = role.mask((role == "") & values.map(plain).notna(), "target")
        unclear = (role == "") & (column != found.get("status"))
        message = "{} is no role; say which it is in the mapping file, [values.role]"
        notes.wrong(rows, t.index[unclear], column, message)
        return role.where(role != "", "target")
    twice = t.duplicated(["stream", "image"], keep=False)
    if (t["phase"] == "game").all() and twice.any():
        n = int((~twice & ~t["repeat"]).sum())
        if n:
            notes.say(f"roles: shown twice in a run: target; once: filler ({n} of them)")
        return pd.Series("filler", index=t.index, dtype=object).mask(twice | t["repeat"], "target")
    notes.say("roles: all images are targets")
    return pd.Series("target", index=t.index, dtype=object)
