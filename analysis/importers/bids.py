"""BIDS: ``sub-X_task-Y_run-N_events.tsv`` and ``_beh.tsv``, with ``participants.tsv``."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.columns import WORDS, find_columns
from analysis.importers.rows import Notes, Rows, stack
from analysis.importers.table_map import TableMap
from analysis.importers.text_files import Format, read_table
from analysis.importers.trials import WHATS, Made, import_trials

FILE = re.compile(r"sub-(?P<sub>[A-Za-z0-9]+)(?:_[a-z]+-[A-Za-z0-9]+)*_(?:events|beh)\.tsv")
KEEP_OF_PEOPLE = ("age", "sex", "gender", "handedness", "group")
PERSON, RUN, PHASE = "(sub)", "(run)", "(task)"  # columns of ours
MOST_FILES = 100_000


def is_bids_file(path: Path) -> bool:
    """Whether a file is called as BIDS calls events and behaviour."""
    return FILE.fullmatch(path.name) is not None


def bids_files(folder: Path) -> list[Path]:
    """The files of events and behaviour in a folder, at any depth, in order."""
    found = [path for path in folder.rglob("sub-*.tsv") if is_bids_file(path)]
    if len(found) > MOST_FILES:
        raise DatasetError(f"{folder}: has more than {MOST_FILES} files of events")
    return sorted(found)


def read_bids(paths: Sequence[Path], form: Format | None = None) -> Rows:
    """Rows of all files, with the person, run and phase that the files' names tell."""
    form = replace(form or Format(), separator=(form and form.separator) or "\t")
    tasks = {_entity(path.name, "task") for path in paths}
    phases = {task: _phase(task) for task in tasks}
    has_phases = len(tasks) > 1 and {"study", "test"} <= set(phases.values())
    parts = []
    for path in paths:
        rows = read_table(path, form)
        task = _entity(path.name, "task")
        names = [_entity(path.name, "ses"), "" if has_phases else task, _entity(path.name, "run")]
        columns = {PERSON: f"sub-{_entity(path.name, 'sub')}", RUN: "/".join(names)}
        if has_phases:
            columns[PHASE] = phases[task] or task
        parts.append(rows.with_columns(columns))
    return stack(parts)


def _entity(name: str, key: str) -> str:
    found = re.search(rf"(?:^|_){key}-([A-Za-z0-9]+)", name)
    return found.group(1) if found else ""


def _phase(task: str) -> str:
    plain = task.lower()
    for phase in ("study", "test", "practice"):
        if any(word in plain for word in WORDS["phase"][phase]):
            return phase
    return ""


def import_bids(
    rows: Rows, table_map: TableMap, notes: Notes, images: pd.DataFrame | None = None
) -> Made:
    """Import events that show an image; onsets and response times are seconds, as BIDS has them.

    Raises
    ------
    DatasetError
        As :func:`analysis.importers.trials.import_trials`.
    """
    notes.units |= {"rt": "s", "onset": "s"}
    found = find_columns(rows, table_map, [what for what in WHATS if what != "participant_id"])
    found.setdefault("participant_id", PERSON)
    found.setdefault("run_id", RUN)
    if PHASE in rows.columns:
        found.setdefault("phase", PHASE)
    column = found.get("image_id")
    if column is not None:
        idle = rows.frame[column] == ""
        listed = ""
        if "trial_type" in rows.columns and idle.any():
            kinds = rows.frame.loc[idle, "trial_type"].replace("", "n/a").value_counts().head(6)
            listed = ": " + ", ".join(f"{name} {n}" for name, n in kinds.items())
        notes.leave_out(rows, rows.frame.index[idle], f"events without an image{listed}")
        rows = rows.take(~idle)
        if rows.frame.empty:
            raise DatasetError(f"{rows.files[0]}: no event shows an image ({column})")
    return import_trials(rows, table_map, notes, images=images, found=found)


def add_people(made: Made, file: Path, notes: Notes) -> Made:
    """Add what ``participants.tsv`` says of people: age, sex, handedness and group, no more."""
    rows = read_table(file, Format(separator="\t"))
    if "participant_id" not in rows.columns:
        notes.left_out.append(f"{file.name}: has no column participant_id")
        return made
    kept = [name for name in rows.columns if name.lower() in KEEP_OF_PEOPLE]
    others = [name for name in rows.columns if name not in (*kept, "participant_id")]
    if others:
        notes.left_out.append(f"{file.name}: {', '.join(others)} (may tell who people are)")
    theirs = rows.frame.drop_duplicates("participant_id")
    ids = theirs["participant_id"]
    ids = ids.where(ids.str.startswith("sub-"), "sub-" + ids)
    theirs = theirs.assign(participant_id=ids.map(lambda name: made.replaced.get(name, name)))
    people = made.tables["participants"].merge(
        theirs[["participant_id", *kept]], on="participant_id", how="left"
    )
    absent = int(
        (~made.tables["participants"]["participant_id"].isin(theirs["participant_id"])).sum()
    )
    notes.say(
        f"{file.name}: {', '.join(kept) or 'nothing'} of {len(people) - absent} participants"
        + (f"; {absent} are not in it" if absent else "")
    )
    return Made({**made.tables, "participants": people}, made.found, made.replaced)
