"""Tables of pairs: one row for each image that a person saw, with both answers."""

from typing import Any

import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.columns import find_columns
from analysis.importers.rows import Notes, Rows, stack
from analysis.importers.table_map import TableMap, value_key
from analysis.importers.trials import Made, import_trials
from analysis.importers.values import NO, YES

WHATS = (
    *("participant_id", "image_id", "run_id", "hit", "false_alarm", "rt", "lag"),
    *("n_intervening", "role", "category"),
)
SHOWING, OUTCOME = "(showing)", "(outcome)"  # columns of ours


def import_pairs(
    rows: Rows, table_map: TableMap, notes: Notes, images: pd.DataFrame | None = None
) -> Made:
    """Make a repeat of each hit or miss, and a first showing of each answer to a new image.

    Raises
    ------
    DatasetError
        If neither column is there, or a field is neither yes nor no.
    """
    found = find_columns(rows, table_map, WHATS)
    if not {"hit", "false_alarm"} & set(found):
        raise DatasetError(
            f"{rows.files[0]}: no column holds hits or false alarms ({', '.join(rows.columns)}); "
            "say which: --map hit=COLUMN"
        )
    twice = rows.frame.duplicated()
    notes.leave_out(rows, rows.frame.index[twice], "the same as an earlier row, field by field")
    rows = rows.take(~twice)
    parts = []
    for what, showing, outcomes in (
        ("false_alarm", "first", ("false_alarm", "correct_rejection")),
        ("hit", "repeat", ("hit", "miss")),
    ):
        if what not in found:
            continue
        column = found[what]
        yes = _yes(rows, column, notes)
        notes.say(f"{column}: {what.replace('_', ' ')} or not, of the {showing} showing")
        empty = rows.frame[column] == ""
        notes.leave_out(rows, rows.frame.index[empty], f"no value in {column}")
        blank = {name: "" for name in (found.get("rt"), found.get("lag")) if name}
        part = rows.with_columns(
            {
                **(blank if what == "false_alarm" else {}),
                SHOWING: showing,
                OUTCOME: yes.map({True: outcomes[0], False: outcomes[1]}),
            }
        )
        parts.append(part.take(~empty))
    notes.check(rows.files[0])
    own = Notes(problems=notes.problems, left_out=notes.left_out)
    passed = {k: v for k, v in found.items() if k not in ("hit", "false_alarm")}
    passed |= {"status": SHOWING, "outcome": OUTCOME}
    made = import_trials(
        stack(parts), table_map, own, images=images, found=passed, is_ordered=False
    )
    ours = (SHOWING, OUTCOME, "positions:", "lags:")
    notes.understood += [line for line in own.understood if not line.startswith(ours)]
    notes.units |= own.units
    notes.say("positions: unknown; rows are numbered, first showings before repeats")
    if not {"lag", "n_intervening"} & set(found):
        notes.say("lags: missing, as nothing tells the order")
    return Made(made.tables, found, made.replaced)


def _yes(rows: Rows, column: str, notes: Notes) -> "pd.Series[Any]":
    known = {
        value: True if value_key(value) in YES else False if value_key(value) in NO else None
        for value in (str(value) for value in pd.unique(rows.frame[column]) if value != "")
    }
    yes = rows.frame[column].map({**known, "": None})
    wrong = yes.isna() & (rows.frame[column] != "")
    message = "{} is neither 1 nor 0 (yes or no); one row is one image of one person"
    notes.wrong(rows, yes.index[wrong], column, message)
    return yes
