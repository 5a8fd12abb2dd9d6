"""The tables of docs/codebook.md, as the native flavour and Psych-DS have them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from experiment.export.columns import (
    ANSWERS,
    EVENTS,
    EXCLUSIONS,
    FLAGS,
    PARTICIPANTS,
    PREDICTIONS,
    RULE_EVENTS,
    RUNS,
    TRIALS,
)
from experiment.export.data_state import state_of
from experiment.export.images import image_columns, image_rows, prediction_rows
from experiment.export.people import answer_rows, exclusion_rows, flag_rows, participant_rows
from experiment.export.rows import ExportedRun, event_rows, rule_event_rows, run_rows
from experiment.export.snapshot import Snapshot
from experiment.export.tables import Form, Kind, Table, Value, join_tables
from experiment.export.trials import trial_rows
from experiment.export.workplace import Workplace

Progress = Callable[[int, int], object]  # runs written, runs in all
Columns = Mapping[str, Kind]
RunRows = Callable[[Session, Sequence[ExportedRun]], Iterable[Sequence[Value]]]


@dataclass(frozen=True, slots=True)
class SmallTable:
    """A table that is written in one go."""

    name: str
    columns: Columns
    rows: Iterator[list[Value]]


@dataclass(frozen=True, slots=True)
class RunTable:
    """A table of what belongs to runs, which is written some runs at a time."""

    name: str
    columns: Columns
    rows: RunRows


RUN_TABLES = (
    RunTable("trials", TRIALS, trial_rows),
    RunTable("runs", RUNS, run_rows),
    RunTable("rule_events", RULE_EVENTS, rule_event_rows),
    RunTable("events", EVENTS, event_rows),
)


def file_names(
    tables: Iterable[SmallTable | RunTable], name: Callable[[str], str]
) -> dict[str, str]:
    """The file of each table, by its name."""
    return {table.name: name(table.name) for table in tables}


def small_tables(snapshot: Snapshot, thumbnails: str = "thumbnails") -> tuple[SmallTable, ...]:
    """Everything but what belongs to runs; `thumbnails` is where the export has them."""
    images = snapshot.images
    predictions = list(prediction_rows(snapshot.session, snapshot.study, images))
    return (
        SmallTable("images", image_columns(images), image_rows(images, thumbnails)),
        SmallTable("participants", PARTICIPANTS, participant_rows(snapshot)),
        SmallTable("answers", ANSWERS, answer_rows(snapshot)),
        SmallTable(
            "exclusions",
            EXCLUSIONS,
            exclusion_rows(snapshot.session, snapshot.study, **snapshot.chosen),
        ),
        SmallTable("flags", FLAGS, flag_rows(snapshot)),
        *([SmallTable("predictions", PREDICTIONS, iter(predictions))] if predictions else []),
    )


def write_small_tables(
    work: Workplace, tables: Iterable[SmallTable], names: Mapping[str, str], form: Form
) -> dict[str, int]:
    """Write each to the file that `names` gives it; returns the rows of each file."""
    rows = {}
    for small in tables:
        file = names[small.name]
        with Table(work.file(file), small.columns, form) as table:
            table.write(small.rows)
        rows[file] = table.n_rows
    return rows


def write_run_tables(
    snapshot: Snapshot,
    work: Workplace,
    tables: Sequence[RunTable],
    names: Mapping[str, str],
    form: Form,
    progress: Progress | None,
) -> dict[str, int]:
    """Write what belongs to runs in parts, then join these; returns the rows of each file."""
    pieces: dict[str, list[Path]] = {table.name: [] for table in tables}
    n_rows = dict.fromkeys(pieces, 0)
    done = 0
    for runs in snapshot.runs():
        state = state_of(snapshot.session, runs)
        files = {table.name: work.piece(state, f"{table.name}.{form.suffix}") for table in tables}
        rows = work.part(state, files, PieceWriter(snapshot.session, runs, tables, form))
        for name, file in files.items():
            pieces[name].append(file)
            n_rows[name] += rows[name]
        done += len(runs)
        if progress is not None:
            progress(done, len(snapshot.run_keys))
    for table in tables:
        join_tables(pieces[table.name], work.file(names[table.name]), table.columns, form)
    return {names[name]: n for name, n in n_rows.items()}


@dataclass(frozen=True, slots=True)
class PieceWriter:
    """Writes the rows of some runs to a piece of each table."""

    session: Session
    runs: Sequence[ExportedRun]
    tables: Sequence[RunTable]
    form: Form

    def __call__(self, files: Mapping[str, Path]) -> dict[str, int]:
        """Returns the rows of each table."""
        n_rows = {}
        for run_table in self.tables:
            file = files[run_table.name]
            with Table(file, run_table.columns, self.form, header=False) as table:
                table.write(run_table.rows(self.session, self.runs))
            n_rows[run_table.name] = table.n_rows
        return n_rows
