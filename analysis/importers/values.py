"""What the values of a column mean: old or new, right or wrong, first or repeat."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.importers.columns import word_meaning
from analysis.importers.naming import squeeze
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import VALUES, TableMap, value_key

INVERTED = ("isnew", "new", "isfirst", "first")  # columns whose 1 means a first showing
COUNTED = ("presentation", "presentationnumber", "showing", "occurrence", "appearance")
YES, NO = ("1", "true", "yes", "y"), ("0", "false", "no", "n")
OTHER = {"repeat": "first", "first": "repeat", "right": "wrong", "wrong": "right"}
OTHER |= {"old": "new", "new": "old"}
SHOWN_VALUES = 8


def meanings(
    what: str, column: str, rows: Rows, table_map: TableMap, notes: Notes
) -> "pd.Series[Any]":
    """The meaning of each row's value, "" where it has none; what was understood is noted."""
    values = rows.frame[column]
    uniques = [str(value) for value in pd.unique(values) if value != ""]
    said = {
        text: meaning for meaning, texts in table_map.values.get(what, {}).items() for text in texts
    }
    known = {value: _meaning(what, value, said) for value in uniques}
    if not said and what == "status":
        known |= _showings(column, uniques)
    used: dict[str, list[str]] = {}
    for value, meaning in known.items():
        if meaning:
            used.setdefault(meaning, []).append(value)
    notes.values[what] = used
    ordered = [meaning for meaning in VALUES[what] if meaning in used]
    listed = "; ".join(f"{m.replace('_', ' ')}: {some(used[m])}" for m in ordered)
    notes.say(f"{column}: {WORDING[what]} ({listed})" if listed else f"{column}: {WORDING[what]}")
    return values.map({**known, "": ""}).fillna("").astype(object)


WORDING = {
    "response": "the answer",
    "correct": "whether the answer was right",
    "status": "which showing it is",
    "outcome": "the outcome",
    "role": "the role of the image",
    "phase": "the phase",
    "event": "what happened",
}


def some(values: list[str]) -> str:
    """The first few values, in quotes."""
    more = ", …" if len(values) > SHOWN_VALUES else ""
    return ", ".join(repr(value) for value in values[:SHOWN_VALUES]) + more


def _meaning(what: str, value: str, said: dict[str, str]) -> str:
    if said:
        key = value_key(value)
        if key in said:
            return said[key]
        told = set(said.values())
        if len(told - {"none"}) == 1 and (other := OTHER.get(next(iter(told - {"none"})))):
            return other  # only one of two meanings is told: all else has the other
    return word_meaning(what, value) or ""


def _showings(column: str, uniques: list[str]) -> dict[str, str]:
    """first or repeat for values that are numbers, yes and no, or target beside lure."""
    keys = {value: value_key(value) for value in uniques}
    name = squeeze(column)
    counts = name in COUNTED or ("2" in keys.values() and "0" not in keys.values())
    if counts and all(key.isdigit() for key in keys.values()):
        return {value: "first" if key == "1" else "repeat" for value, key in keys.items()}
    if set(keys.values()) <= {*YES, *NO}:
        yes = "first" if name in INVERTED else "repeat"
        return {value: yes if key in YES else OTHER[yes] for value, key in keys.items()}
    known = {value: word_meaning("status", value) for value in uniques}
    targets = [value for value in uniques if word_meaning("role", value) == "target"]
    if "repeat" not in known.values() and "first" in known.values() and targets:
        return {value: "repeat" for value in targets if known[value] is None}
    return {}


def numbers(
    what: str, column: str, rows: Rows, notes: Notes, *, low: float | None = None
) -> "pd.Series[float]":
    """The numbers of a column; missing where empty. What is no number is noted."""
    values = rows.frame[column]
    parsed = pd.to_numeric(values.mask(values == ""), errors="coerce").astype(float)
    parsed = parsed.where(np.isfinite(parsed))
    wrong = (values != "") & parsed.isna()
    notes.wrong(rows, values.index[wrong], column, f"{{}} is not a number ({what})")
    if low is not None:
        below = values.index[parsed < low]
        notes.wrong(rows, below, column, f"{{}} is below {low:g} ({what})")
    return parsed


def milliseconds(
    what: str, column: str, rows: Rows, table_map: TableMap, notes: Notes, *, likely: float = 20
) -> "pd.Series[float]":
    """A column of times in milliseconds.

    The unit is the reader's, else that of the kind of file, else the name's, else seconds where
    the median of the numbers above 0 is below ``likely``.
    """
    parsed = numbers(what, column, rows, notes)
    unit = table_map.units.get(what)
    why = "as the mapping says"
    if unit is None and what in notes.units:
        unit, why = notes.units[what], "as this kind of file has it"
    if unit is None:
        name = column.lower().replace("-", "_").replace(" ", "_").replace("(", "_").rstrip(")")
        end = name.rsplit("_", 1)[-1]
        unit = {"s": "s", "sec": "s", "secs": "s", "seconds": "s"}.get(end)
        unit = unit or {"ms": "ms", "msec": "ms", "millis": "ms", "milliseconds": "ms"}.get(end)
        why = "as its name says"
    if unit is None:
        middle = float(parsed[parsed > 0].median()) if bool((parsed > 0).any()) else likely
        unit = "s" if middle < likely else "ms"
        why = f"judged by its median, {middle:g}"
    notes.units[what] = unit
    long = {"s": "seconds", "ms": "milliseconds"}[unit]
    notes.say(f"{column}: {WHEN[what]} in {long}, {why}")
    scale = 1000.0 if unit == "s" else 1.0
    return parsed * scale


WHEN = {"rt": "reaction time", "time": "time", "onset": "when the image appeared"}
