"""Whether a table can be what it was taken for: rows twice, answers that nothing tells, units."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.answers import Answers
from analysis.importers.order import Trials
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import TableMap
from analysis.importers.values import meanings

NEARLY_ALL = 0.95  # of rows with a time: then a time is no sign of a press
SHORTEST_MS = 20.0  # a median reaction time below this has another unit
RATINGS = ("confidence", "conf", "rating", "sure", "certain", "scale")


def played_again(rows: Rows, found: Mapping[str, str]) -> "pd.Series[bool]":
    """Rows of passes through the same positions, one whole pass after the other."""
    frame = _place(rows, found)
    groups = [name for name in frame.columns if name != "position"]
    frame["copy"] = frame.groupby([*groups, "position"]).cumcount()
    frame["row"] = frame.index
    copies = frame.groupby([*groups, "position"])["copy"].transform("size")
    grouped = copies.groupby([frame[name] for name in groups])
    same = (grouped.transform("min") == grouped.transform("max")) & (copies > 1)
    passes = frame.groupby([*groups, "copy"])["row"].agg(["min", "max"])
    apart = passes["min"] > passes["max"].groupby(groups).shift()
    first = passes.index.get_level_values("copy") == 0
    in_order = (apart | first).groupby(groups).all()
    ordered = in_order.reindex(pd.MultiIndex.from_frame(frame[groups])).to_numpy()
    return same & ordered


def _place(rows: Rows, found: Mapping[str, str]) -> pd.DataFrame:
    """What tells trials apart: person, run, block, phase and position, as the table has them."""
    whats = [what for what in ("participant_id", "run_id", "block", "phase") if what in found]
    columns = {what: rows.frame[found[what]] for what in (*whats, "position") if what in found}
    return pd.DataFrame({"file": rows.file, "all": 0, **columns}, index=rows.frame.index)


def without_doubles(
    rows: Rows, found: Mapping[str, str], notes: Notes, *, is_person_told: bool
) -> Rows:
    """Rows without those that repeat an earlier one field by field, where that can be told."""
    telling = {"position", "status", "outcome", "onset"} & set(found)
    if not telling or (not is_person_told and len(rows.files) == 1):
        return rows
    twice = rows.frame.assign(file=rows.file if len(rows.files) > 1 else 0).duplicated()
    if twice.any() and "position" in found:
        by = [rows.file, *(rows.frame[found[w]] for w in ("participant_id",) if w in found)]
        copied = twice.groupby(by).transform("mean") >= 0.5  # whole passes, exported again
        twice &= copied | ~played_again(rows, found)
    if not twice.any():
        return rows
    notes.leave_out(rows, rows.frame.index[twice], "the same as an earlier row, field by field")
    return rows.take(~twice)


def without_conflicts(
    t: Trials, rows: Rows, found: Mapping[str, str], answers: Answers, keep: str, notes: Notes
) -> Trials:
    """Each trial is there once: the same person, number and image again contradicts itself.

    A person who went through the whole of the positions again played again.
    """
    if "position" not in found:
        return t
    frame = _place(rows, found).loc[t.index].assign(image=t["image"])
    keys = list(frame.columns)
    twice = frame.duplicated() & ~played_again(rows, found).loc[t.index]
    if "participant_id" not in found and len(rows.files) == 1:
        return t
    if not twice.any():
        return t
    if twice.sum() * 3 >= len(t):
        _refuse_screens(t, rows, found, frame[keys])
    again = t.index[twice]
    if keep == "first":
        notes.leave_out(rows, again, "the same trial is on an earlier row, which was kept")
        return t[~twice].copy()
    first = frame.assign(row=frame.index).groupby(keys)["row"].transform("first")

    def message(row: int) -> str:
        other = int(first[row])
        same = answers.answer[row] == answers.answer[other]
        return (
            f"this trial of this person is also on {rows.place(other)}, with the same image and "
            f"{'the same' if same else 'another'} answer; remove one, or keep the first of them "
            "(--keep first); if the person began again, name a column of runs: --map run_id=COLUMN"
        )

    notes.each(rows, again, found["position"], message)
    return t[~twice].copy()


def _refuse_screens(t: Trials, rows: Rows, found: Mapping[str, str], places: pd.DataFrame) -> None:
    """Refuse a table with several rows for each trial, such as one for each screen."""
    told = [found[what] for what in ("response", "rt", "correct", "outcome") if what in found]
    groups = places.groupby(list(places.columns), sort=False).ngroup()
    several = groups.duplicated(keep=False)
    for name in rows.columns:
        values = rows.frame.loc[t.index, name][several]
        uniques = [str(value) for value in pd.unique(values)]
        apart = not pd.DataFrame({"g": groups[several], "v": values}).duplicated().any()
        if name not in told and 1 < len(uniques) <= 10 and "" not in uniques and apart:
            raise DatasetError(
                f"{rows.files[0]}: a trial has several rows ({rows.places(t.index[several])}), "
                f"which {name} tells apart ({', '.join(map(repr, uniques))}). Keep only the rows "
                "with the answers (one for each trial) in the file, and import that"
            )


def check_times_tell(t: Trials, rows: Rows, found: Mapping[str, str], answers: Answers) -> None:
    """Refuse times as signs of a press where (nearly) every trial has one."""
    if {"outcome", "response", "correct"} & set(found):
        return
    pressed = answers.answer.loc[t.index[t["phase"] != "study"]] == "old"
    if pressed.empty or pressed.mean() < NEARLY_ALL:
        return
    unused = [name for name in rows.columns if name not in found.values()]
    likely = [name for name in unused if any(word in name.lower() for word in RATINGS)]
    listed = ", ".join(likely or unused) or "none"
    raise DatasetError(
        f"{rows.files[0]}: no column holds answers, and {found['rt']} cannot stand for them, as "
        f"{int(pressed.sum())} of {len(pressed)} trials have a time. Columns that may hold them: "
        f"{listed}. Name the one that does, --map response=COLUMN, and say in a mapping file "
        "which values mean old: [values.response]; of a rating, those "
        "from which on it is old"
    )


def check_correctness(
    t: Trials,
    rows: Rows,
    found: Mapping[str, str],
    table_map: TableMap,
    answers: Answers,
    notes: Notes,
) -> None:
    """Hold a column of correctness against the answers that were read.

    Raises
    ------
    DatasetError
        If more than half of the rows disagree and the reader has not said what answers mean.
    """
    if answers.correct is not None or "correct" not in found or "response" not in found:
        return
    column = found["correct"]
    told = meanings("correct", column, rows, table_map, Notes()).loc[t.index]
    counts = (t["phase"] != "study") & (told != "")
    counts &= ~(t["has_two"] & (t["answer"] == "none"))
    right = (t["answer"] == "old") == t["repeat"]
    differs = counts & (right != (told == "right"))
    wrong, n = np.sort(t.index[differs]), int(counts.sum())
    if len(wrong) * 2 > n and "response" not in table_map.values:
        raise DatasetError(
            f"{rows.files[0]}: {column} contradicts what {found['response']} is taken for in "
            f"{len(wrong)} of {n} rows ({rows.places(wrong)}): which answer means old? Say so in a "
            'mapping file: [values.response] and below it old = ["…"], '
            'new = ["…"]; or which showings are repeats is told wrongly (status)'
        )
    if len(wrong):
        count = "1 row" if len(wrong) == 1 else f"{len(wrong)} rows"
        notes.say(
            f"{column}: contradicts the answer in {count}, where the answer was taken "
            f"({rows.places(wrong)})"
        )


def check_surplus(
    surplus: "pd.Series[bool]", rows: Rows, found: Mapping[str, str], keep: str
) -> None:
    """Refuse where half of the rows or more are further showings: something is misread."""
    again = np.sort(surplus.index[surplus])
    if not len(again) or len(again) * 2 < len(surplus) or keep == "first":
        return
    who = found.get("participant_id")
    person = "no column names the person" if who is None else f"does {who} name the person?"
    raise DatasetError(
        f"{rows.files[0]}: {len(again)} of {len(surplus)} rows show an image that the run has "
        f"shown twice already ({rows.places(again)}). Does {found['image_id']} name the image? "
        f"And {person} Say it with --map image_id=COLUMN, participant_id=COLUMN or run_id=COLUMN; "
        "if all is right, --keep first leaves these rows out"
    )


def check_unit(rt: "pd.Series[Any]", column: str, rows: Rows, table_map: TableMap) -> None:
    """Refuse reaction times in milliseconds that nobody can have."""
    known = rt[rt > 0]
    if known.empty or "rt" in table_map.units or float(known.median()) >= SHORTEST_MS:
        return
    raise DatasetError(
        f"{rows.files[0]}: column {column}: the median reaction time is {known.median():g} ms, "
        "which nobody has; are these seconds? Say so in a mapping file: "
        '[units] and below it rt = "s"'
    )
