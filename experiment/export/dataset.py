"""Database → native dataset (docs/codebook.md): all that a study collected, nobody's identity.

Read in one snapshot, a few runs at a time, written into a temporary folder beside the target and
renamed at the end: a dataset is whole or not there.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.export.about import describe
from experiment.export.columns import (
    ANSWERS,
    EVENTS,
    EXCLUSIONS,
    FLAGS,
    PARTICIPANTS,
    RULE_EVENTS,
    RUNS,
    TRIALS,
)
from experiment.export.folder import inventory, new_folder, refuse_foreign_files, write_json
from experiment.export.images import copy_pictures, image_columns, image_rows, read_images
from experiment.export.people import answer_rows, exclusion_rows, flag_rows, participant_rows
from experiment.export.rows import ExportedRun, event_rows, read_runs, rule_event_rows, run_rows
from experiment.export.tables import Kind, Table, TableFormat, Value
from experiment.export.trials import trial_rows
from experiment.runs import find_study

RUNS_AT_ONCE = 25  # a few thousand trials in memory at most

Progress = Callable[[int, int], object]  # runs written, runs in all


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written."""

    folder: Path
    n_images: int
    n_participants: int
    n_runs: int
    n_trials: int


def export_study(
    database: Database,
    instance: Path,
    slug: str,
    out: Path,
    *,
    include_simulated: bool = False,
    include_preview: bool = False,
    with_images: bool = False,
    table_format: TableFormat = "csv",
    progress: Progress | None = None,
) -> ExportSummary:
    """Write everything a study collected as a dataset folder.

    Parameters
    ----------
    database, instance
        Where the responses are, and the instance folder that holds the images' files.
    slug, out
        Of the study; the folder to write. A dataset of the same study that an earlier export wrote
        there, and that nobody added to or changed, is replaced.
    include_simulated, include_preview
        Participants who are left out unless they are asked for.
    with_images
        Copy the originals, to ``originals/SHA256.EXT``.
    table_format
        ``csv`` or ``parquet``.
    progress
        Called with the runs written and the runs in all.

    Returns
    -------
    What was written. The same data give the same bytes.

    Raises
    ------
    NotFoundError
        If there is no such study.
    ConflictError
        If the folder holds anything that an export did not write.
    ExperimentError
        If an image's file is missing from the instance, or the folder cannot be written.
    """
    out = out.absolute()
    with database.read() as session:  # one moment, while people play on
        study = find_study(session, slug)
        refuse_foreign_files(out, slug)
        images = read_images(session, study)
        chosen = {"include_simulated": include_simulated, "include_preview": include_preview}
        runs = read_runs(session, study, **chosen)
        with new_folder(out) as folder:
            rows = {}
            tables: list[tuple[str, Mapping[str, Kind], Iterable[Sequence[Value]]]] = [
                ("images", image_columns(images), image_rows(images)),
                ("participants", PARTICIPANTS, participant_rows(session, study, **chosen)),
                ("answers", ANSWERS, answer_rows(session, study, **chosen)),
                ("exclusions", EXCLUSIONS, exclusion_rows(session, study, **chosen)),
                ("flags", FLAGS, flag_rows(session, study, **chosen)),
            ]
            for name, columns, content in tables:
                with Table(folder, name, columns, table_format) as table:
                    table.write(content)
                rows[table.file_name] = table.n_rows
            rows |= write_runs(session, runs, folder, table_format, progress)
            copy_pictures(
                images, instance / "image_sets" / study.image_set.name, folder, with_images
            )
            shutil.copyfile(codebook(), folder / "codebook.md")
            about = describe(session, study, **chosen)
            about["files"] = inventory(folder, rows)
            write_json(folder / "dataset.json", about)
    return ExportSummary(
        folder=out,
        n_images=len(images),
        n_participants=rows[f"participants.{table_format}"],
        n_runs=len(runs),
        n_trials=rows[f"trials.{table_format}"],
    )


def write_runs(
    session: Session,
    runs: list[ExportedRun],
    folder: Path,
    table_format: TableFormat,
    progress: Progress | None,
) -> dict[str, int]:
    """Write what belongs to runs, some of them at a time; returns the rows of each file."""
    with (
        Table(folder, "trials", TRIALS, table_format) as trials,
        Table(folder, "runs", RUNS, table_format) as run_table,
        Table(folder, "rule_events", RULE_EVENTS, table_format) as rule_events,
        Table(folder, "events", EVENTS, table_format) as events,
    ):
        for start in range(0, len(runs), RUNS_AT_ONCE):
            some = runs[start : start + RUNS_AT_ONCE]
            trials.write(trial_rows(session, some))
            run_table.write(run_rows(session, some))
            rule_events.write(rule_event_rows(session, some))
            events.write(event_rows(session, some))
            if progress is not None:
                progress(start + len(some), len(runs))
    return {table.file_name: table.n_rows for table in (trials, run_table, rule_events, events)}


def codebook() -> Path:
    """The page that explains the tables: beside this file once installed, docs/ in the sources."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "codebook.md"
    return installed if installed.is_file() else here.parent / "docs" / "codebook.md"
