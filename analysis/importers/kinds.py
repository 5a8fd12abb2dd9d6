"""Guess what kind of table somebody's files hold."""

import re

from analysis.errors import DatasetError
from analysis.importers.columns import NAMES, find_columns
from analysis.importers.counts import holds_counts
from analysis.importers.event_log import is_event_log
from analysis.importers.jspsych import is_jspsych
from analysis.importers.naming import image_column, squeeze
from analysis.importers.rows import Rows
from analysis.importers.table_map import KINDS, TableMap
from analysis.importers.values import NO, YES

PER_TRIAL = ("response", "outcome", "correct", "rt")


def guess_kind(parts: list[Rows], table_map: TableMap) -> str:
    """The kind of a table that is neither JSON nor BIDS by its name.

    Raises
    ------
    DatasetError
        If it is like none; the message names the columns.
    """
    rows = parts[0]
    if all(part.frame.empty for part in parts):
        raise DatasetError(f"{rows.files[0]}: has column names and no rows")
    if not rows.has_header:
        if len(rows.columns) == 2:
            return "scores"
        first = rows.frame.iloc[0]
        number = next(str(field) for field in first if _is_number(str(field)))
        raise DatasetError(
            f"{rows.place(0)}: {number!r} stands where a column's name belongs; write a first line "
            "with names"
        )
    names = {squeeze(name) for name in rows.columns} | set(table_map.columns)
    if is_jspsych(rows.columns):
        return "jspsych"
    if is_event_log(rows, table_map):
        return "events"
    has_people = "participant_id" in table_map.constants or bool(
        names & {"participant_id", *NAMES["participant_id"]}
    )
    if has_people and _is_yes_no(rows, table_map, ("hit", "false_alarm")):
        return "pairs"
    found = find_columns(rows, table_map, PER_TRIAL)
    if has_people and set(found) & set(PER_TRIAL):
        return "trials"
    if holds_counts(rows.columns, table_map.columns):
        return "counts"
    image = table_map.columns.get("image_id") or image_column(rows.columns)
    if image and set(found) & {"response", "outcome", "correct"}:
        order = find_columns(rows, table_map, ("position", "status"))
        again = bool(rows.frame[image].duplicated().any()) if image in rows.columns else False
        if again or order:
            return "trials"
    if image and any(_is_number(value) for value in rows.frame.iloc[:1].to_numpy().ravel()):
        return "scores"
    numbered = [name for name in rows.columns if re.fullmatch(r"\D*\d+(?:\.\w+)?", name)]
    if not image and len(numbered) >= 5 and len(numbered) * 2 > len(rows.columns):
        raise DatasetError(
            f"{rows.files[0]}: has a column for each of many images or trials ({numbered[0]} to "
            f"{numbered[-1]}). Make it long first: a row for each person and image, with columns "
            "such as participant, image and response"
        )
    raise DatasetError(
        f"{rows.files[0]}: is not like any table that hitrate knows; it has the columns "
        f"{', '.join(rows.columns)}. Say what it is (--as {' | '.join(KINDS)}) and what its "
        "columns are (--map WHAT=COLUMN)"
    )


def _is_yes_no(rows: Rows, table_map: TableMap, whats: tuple[str, ...]) -> bool:
    found = find_columns(rows, table_map, whats)
    columns = [found[what] for what in whats if what in found]
    return bool(columns) and all(
        {str(value).lower() for value in rows.frame[column].unique()} <= {"", *YES, *NO}
        for column in columns
    )


def _is_number(text: object) -> bool:
    try:
        float(str(text))
    except ValueError:
        return False
    return True
