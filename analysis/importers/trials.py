"""Tables of trials: one row per presentation, with whatever columns, become the codebook's."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.answers import Answers, find_answers
from analysis.importers.columns import find_columns
from analysis.importers.images import bare_names, known_names, stimulus_names, table_of_images
from analysis.importers.labels import find_phases, find_roles, people_of, role_words
from analysis.importers.order import Trials, order_trials
from analysis.importers.people import public_ids
from analysis.importers.plausible import (
    check_correctness,
    check_times_tell,
    without_conflicts,
    without_doubles,
)
from analysis.importers.reaction_times import add_times
from analysis.importers.rows import Notes, Rows
from analysis.importers.showings import (
    answer_status,
    check_positions,
    check_showings,
    derive_repeats,
    find_lags,
    put_in_order,
)
from analysis.importers.table_map import TableMap
from analysis.importers.values import meanings, milliseconds

WHATS = (
    *("participant_id", "image_id", "run_id", "block", "position", "status", "outcome", "response"),
    *("correct", "rt", "n_intervening", "lag", "role", "phase", "onset", "category"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A dataset's tables, how they were made, and what must not be told."""

    tables: dict[str, pd.DataFrame]
    found: dict[str, str]  # what: column
    replaced: dict[str, str]  # a person's name in the source: id in the dataset
    meta: dict[str, Any] = field(default_factory=dict)  # other fields of dataset.json


def import_trials(
    rows: Rows,
    table_map: TableMap,
    notes: Notes,
    *,
    images: pd.DataFrame | None = None,
    found: dict[str, str] | None = None,
    is_ordered: bool = True,
    early_ms: float | None = None,
) -> Made:
    """Make trials, images, participants and runs of a table with a row for each presentation.

    Parameters
    ----------
    rows, table_map, notes
        The table, what the reader says of it, and where to note what was understood.
    images
        The table of all images, where there is one: no trial may show another.
    found
        What: column, where another importer knows it; else it is guessed.
    is_ordered
        Whether rows (or positions) tell in which order the images were shown.
    early_ms
        Keys before this are marked as early; by default nothing is marked.

    Raises
    ------
    DatasetError
        If columns are missing that nothing can stand for, or with every row that is wrong.
    """
    if found is None:
        found = find_columns(rows, table_map, WHATS)
    is_person_told = "participant_id" in {*found, *table_map.constants}
    rows = without_doubles(rows, found, notes, is_person_told=is_person_told)
    answers = find_answers(rows, found, table_map, notes)
    t = _who_and_what(rows, found, table_map, notes, images)
    t["phase"] = find_phases(t, rows, found, table_map, notes)
    practice = t["phase"] == "practice"
    notes.leave_out(rows, t.index[practice], "practice")
    t = t[~practice].copy()
    if t.empty:
        notes.check(rows.files[0])
        raise DatasetError(f"{rows.files[0]}: no trial is left; see what was left out and why")
    check_times_tell(t, rows, found, answers)
    t = without_conflicts(t, rows, found, answers, table_map.keep, notes)
    onset = None
    if "onset" in found:
        onset = milliseconds("onset", found["onset"], rows, table_map, notes, likely=1e9)
    if "position" in found:
        notes.say(f"{found['position']}: the position of the trial")
    t = order_trials(
        t,
        rows,
        found,
        notes,
        onset,
        showing=_told_showing(rows, found, answers),
        is_person_told=is_person_told,
    )
    if "position" in found:
        check_positions(t, rows, found["position"], notes)
    notes.check(rows.files[0])
    t = _repeats(t, rows, found, table_map, answers, notes)
    t = t.assign(answer=answers.with_repeats(t["repeat"]))
    t = _unanswered(t, rows, answers, table_map, notes)
    check_correctness(t, rows, found, table_map, answers, notes)
    t = check_showings(t, rows, notes, table_map.keep)
    t = _test_alone(t, found, table_map, notes)
    t = put_in_order(t, rows, found, notes)
    if not is_ordered:
        t["is_known"] = t["is_whole"] = False
    t = find_lags(t, rows, found, notes)
    t["role"] = find_roles(t, rows, found, table_map, notes)
    t = add_times(t, rows, found, table_map, answers, notes, onset, early_ms)
    notes.check(rows.files[0])
    return _tables(t, rows, found, images, notes)


def _who_and_what(
    rows: Rows,
    found: dict[str, str],
    table_map: TableMap,
    notes: Notes,
    images: pd.DataFrame | None,
) -> Trials:
    """The person and the image of each row that shows one."""
    if "image_id" not in found:
        raise DatasetError(
            f"{rows.files[0]}: no column names the images ({', '.join(rows.columns)}); "
            "say which one: --map image_id=COLUMN"
        )
    column = found["image_id"]
    names = stimulus_names(rows.frame[column])
    blank = names == ""
    told = [found[what] for what in ("response", "rt", "outcome", "status") if what in found]
    idle = blank & (rows.frame[told] == "").all(axis=1)
    notes.leave_out(rows, names.index[idle], f"no image in {column}, no response")
    notes.wrong(rows, names.index[blank & ~idle], column, "is empty, but the row has a response")
    notes.say(f"{column}: names the image")
    if images is not None:
        names = known_names(names, images, rows, column, notes)
    else:
        names = bare_names(names, column, notes)
    t = pd.DataFrame({"person": people_of(rows, found, table_map, notes), "image": names})
    if "participant_id" in found:
        nobody = t.index[(t["person"] == "") & ~idle]
        notes.wrong(rows, nobody, found["participant_id"], "is empty; whose trial is it?")
    return t[~blank & (t["person"] != "")].copy()


def _told_showing(rows: Rows, found: dict[str, str], answers: Answers) -> "pd.Series[Any] | None":
    """What outcomes or a column say of each row's showing, in the table's own words."""
    if answers.showing is not None:
        return answers.showing
    return rows.frame[found["status"]] if "status" in found else None


def _repeats(
    t: Trials,
    rows: Rows,
    found: dict[str, str],
    table_map: TableMap,
    answers: Answers,
    notes: Notes,
) -> Trials:
    """Add ``repeat``: as a column says, or the outcome, or the order, or the answers."""
    study = t["phase"] == "study"
    showing = None
    if "status" in table_map.constants:
        showing = pd.Series(table_map.constants["status"], index=t.index, dtype=object)
    elif "status" in found:
        column = found["status"]
        showing = meanings("status", column, rows, table_map, notes).loc[t.index]
        unclear = (showing == "") & ~study
        if column == found.get("role") or column == found.get("phase"):
            unclear &= role_words(rows.frame.loc[t.index, column]) != "filler"
        message = "{} is neither first nor repeat; say which in the mapping file, [values.status]"
        notes.wrong(rows, t.index[unclear], column, message)
    told = None if answers.showing is None else answers.showing.loc[t.index]
    if showing is not None and told is not None:
        differs = ~study & (showing != told) & (showing != "")
        message = f"{{}} contradicts {found.get('status', 'the status')}"
        notes.wrong(rows, t.index[differs], found["outcome"], message)
    showing = told if showing is None else showing
    if showing is not None:
        return t.assign(repeat=(showing == "repeat") & ~study)
    if study.any() or t.duplicated(["stream", "image"]).any():
        return derive_repeats(t, rows, found, table_map.keep, notes)
    if answers.correct is None and "correct" in found and answers.showing is None:
        own = Notes()
        right = meanings("correct", found["correct"], rows, table_map, own).loc[t.index]
        repeat = answer_status(t, answers.answer.loc[t.index], right, rows)
        notes.say(
            f"first and repeat: from the answer and whether it was right ({found['correct']})"
        )
        return t.assign(repeat=repeat)
    raise DatasetError(
        f"{rows.files[0]}: no image is shown twice to anybody within a run, and no column says "
        "which showings are repeats (or old); name it: --map status=COLUMN, or write "
        'status = "first" under [constants] in a mapping file'
    )


def _unanswered(
    t: Trials, rows: Rows, answers: Answers, table_map: TableMap, notes: Notes
) -> Trials:
    """Where there is an answer for new, too, no answer is neither; else it is the answer new."""
    study = t["phase"] == "study"
    t["answer"] = t["answer"].mask(study & (t["answer"] == ""), "none")
    two = answers.has_two and (answers.correct is None or bool((t["answer"] == "new").any()))
    t["has_two"] = two
    silent = (t["answer"] == "none") & ~study
    if not two or table_map.no_answer == "new" or not silent.any():
        return t
    reason = 'no answer where there are two (no_answer = "new" in a mapping file takes it as new)'
    notes.leave_out(rows, np.sort(t.index[silent]), reason)
    return t[~silent].copy()


def _test_alone(t: Trials, found: dict[str, str], table_map: TableMap, notes: Notes) -> Trials:
    """Repeats without a first showing anywhere are old items of a test."""
    if "phase" in found or "phase" in table_map.constants or t.empty:
        return t
    if t.duplicated(["stream", "image"]).any() or {"lag", "n_intervening"} & set(found):
        return t
    if not t["repeat"].any() or not (~t["repeat"]).any():
        return t
    notes.say("phase: a test, as no image is there twice; what was studied is not in the table")
    return t.assign(phase="test", part=1)


def _tables(
    t: Trials,
    rows: Rows,
    found: dict[str, str],
    images: pd.DataFrame | None,
    notes: Notes,
) -> Made:
    column = found.get("participant_id", "")
    t = t.sort_values("row")
    person, replaced = public_ids(t["person"], column)
    if replaced:
        notes.say(
            f"participants: {len(replaced)}, named {next(iter(replaced.values()))} and so on in "
            "the dataset, so that nothing in it says who they are"
        )
    else:
        notes.say(f"participants: {person.nunique()}")
    t = t.assign(participant_id=person)
    t["run_id"] = t["participant_id"] + "-" + t["run"].astype(str)
    t = t.sort_values(["participant_id", "run", "position"], kind="stable")
    trials = pd.DataFrame(
        {
            "participant_id": t["participant_id"],
            "run_id": t["run_id"],
            "run": t["run"],
            "level": t["block"] + 1,
            "position": t["position"],
            "is_position_known": t["is_known"],
            "image_id": t["image"],
            "phase": t["phase"],
            "role": t["role"],
            "is_repeat": t["repeat"],
            "lag": t["lag"].astype("Int64"),
            "n_intervening": (t["lag"] - 1).astype("Int64"),
            "responded": t["responded"],
        }
    )
    for name in ("key", "rt_ms", "is_early", "onset_ms", "offset_ms", "answer_rt_ms"):
        if name in t:
            trials[name] = t[name]
    if t["has_two"].any():
        trials["answer"] = t["answer"]
    if images is None:
        category = rows.frame.loc[t.index, found["category"]] if "category" in found else None
        images = table_of_images(t["image"], category, notes)
    runs = trials[["run_id", "participant_id", "run"]].drop_duplicates()
    people = trials[["participant_id"]].drop_duplicates()
    tables = {"images": images, "trials": trials, "participants": people, "runs": runs}
    tables = {name: frame.reset_index(drop=True) for name, frame in tables.items()}
    return Made(tables, found, replaced)
