"""What each person answered: old, new or nothing, from outcome, response, correctness or time."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import TableMap
from analysis.importers.values import meanings, some


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Of each row, as far as it can be told before it is known which showings are repeats."""

    answer: "pd.Series[Any]"  # old, new, none; "" where only correctness tells
    correct: "pd.Series[Any] | None"  # right, wrong or ""
    showing: "pd.Series[Any] | None"  # repeat or first, where the outcome tells
    keys: "pd.Series[Any] | None"  # the keys as they are, where the response is one
    has_two: bool  # there is an answer for new, too: no answer is none at all

    def with_repeats(self, repeat: "pd.Series[bool]") -> "pd.Series[Any]":
        """Old, new or none, now that it is known which rows are repeats."""
        if self.correct is None:
            return self.answer
        right = self.correct.loc[repeat.index] == "right"
        derived = pd.Series("new", index=repeat.index, dtype=object).mask(right == repeat, "old")
        derived = derived.mask(self.correct.loc[repeat.index] == "", "none")
        known = self.answer.loc[repeat.index]
        return known.where(known != "", derived)


def find_answers(rows: Rows, found: dict[str, str], table_map: TableMap, notes: Notes) -> Answers:
    """Read the answers.

    Raises
    ------
    DatasetError
        If no column tells, or nobody but the reader can say which key means old.
    """
    correct = None
    if "outcome" in found:
        return _from_outcomes(rows, found["outcome"], table_map, notes)
    if "response" in found:
        return _from_responses(rows, found, table_map, notes)
    if "correct" in found:
        correct = _correct(rows, found["correct"], table_map, notes)
        notes.say(
            "answers: from correctness, as a right answer is old at repeats and new at firsts"
        )
        empty = pd.Series("", index=rows.frame.index, dtype=object)
        return Answers(empty, correct, None, None, has_two=True)
    if "rt" in found:
        times = rows.frame[found["rt"]]
        nothing = pd.to_numeric(times.mask(times == ""), errors="coerce") <= 0
        pressed = (times != "") & ~nothing
        notes.say(f"answers: old where {found['rt']} has a time, as no column holds responses")
        if nothing.any():
            zeros = rows.places(times.index[nothing])
            notes.say(f"{found['rt']}: 0 or less is no press ({int(nothing.sum())} rows; {zeros})")
        answer = pd.Series("none", index=pressed.index, dtype=object).mask(pressed, "old")
        return Answers(answer, None, None, None, has_two=False)
    raise DatasetError(
        f"{rows.files[0]}: no column holds responses, outcomes or correctness "
        f"({', '.join(rows.columns)}); say which does: --map response=COLUMN"
    )


def _from_outcomes(rows: Rows, column: str, table_map: TableMap, notes: Notes) -> Answers:
    outcome = meanings("outcome", column, rows, table_map, notes)
    unknown = outcome == ""
    message = "{} is no outcome; say which it is in the mapping file, [values.outcome]"
    notes.wrong(rows, outcome.index[unknown], column, message)
    old = outcome.isin(["hit", "false_alarm"])
    repeat = outcome.isin(["hit", "miss"])
    answer = pd.Series("new", index=outcome.index, dtype=object).mask(old, "old")
    showing = pd.Series("first", index=outcome.index, dtype=object).mask(repeat, "repeat")
    return Answers(answer, None, showing, None, has_two=False)


def _from_responses(
    rows: Rows, found: dict[str, str], table_map: TableMap, notes: Notes
) -> Answers:
    column = found["response"]
    values = rows.frame[column]
    if "rt" in found:  # a space that is no key: nothing was pressed at any time
        stray = (values == "space") & (rows.frame[found["rt"]] == "")
        values = values.mask(stray, "")
    uniques = [str(value) for value in pd.unique(values) if value != ""]
    said = table_map.values.get("response", {})
    own = Notes()
    known = meanings("response", column, rows, table_map, own).mask(values == "", "none")
    unknown = known == ""
    if said or not unknown.any():
        notes.understood += own.understood
        notes.values |= own.values
        message = "{} is no answer; say what it means in the mapping file, [values.response]"
        notes.wrong(rows, values.index[unknown], column, message)
        has_two = "new" in said if said else "new" in known.to_numpy()
        is_key = bool(said) or not has_two
        return Answers(known, None, None, values if is_key else None, has_two=has_two)
    if len(uniques) == 1:
        notes.values["response"] = {"old": uniques}
        notes.say(f"{column}: the key {uniques[0]!r} is the answer old; without it, new")
        answer = pd.Series("old", index=values.index, dtype=object).mask(values == "", "none")
        return Answers(answer, None, None, values, has_two=False)
    if "correct" in found:
        correct = _correct(rows, found["correct"], table_map, notes)
        notes.say(
            f"{column}: keys ({some(uniques)}); whether one means old is told by {found['correct']}"
        )
        answer = pd.Series("", index=values.index, dtype=object).mask(values == "", "none")
        return Answers(answer, correct, None, values, has_two=True)
    counts = values[values != ""].value_counts().head(8)
    listed = ", ".join(f"{value!r} {n} times" for value, n in counts.items())
    raise DatasetError(
        f"{rows.files[0]}: column {column} holds {listed}: which of them means old? Say so in a "
        'mapping file: [values.response] and below it old = ["…"] (new = ["…"], if there is a key '
        "for new)"
    )


def _correct(rows: Rows, column: str, table_map: TableMap, notes: Notes) -> "pd.Series[Any]":
    correct = meanings("correct", column, rows, table_map, notes)
    unknown = (correct == "") & (rows.frame[column] != "")
    message = "{} is neither right nor wrong; say which in the mapping file, [values.correct]"
    notes.wrong(rows, correct.index[unknown], column, message)
    return correct
