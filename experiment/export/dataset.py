"""Database → native dataset (docs/codebook.md): all that a study collected, nobody's identity.

Read in one snapshot, a few runs at a time, written into a temporary folder beside the target and
renamed at the end: a dataset is whole or not there.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.errors import ConflictError, ExperimentError
from experiment.export.columns import EVENTS, PARTICIPANTS, RUNS, TRIALS
from experiment.export.images import copy_pictures, image_columns, image_rows, read_images
from experiment.export.rows import (
    ExportedRun,
    event_rows,
    participant_rows,
    read_runs,
    run_rows,
    trial_rows,
)
from experiment.export.tables import Table, TableFormat, iso
from experiment.models import Study
from experiment.runs import find_study

FORMAT = "hitrate-dataset"
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
        people = list(
            participant_rows(
                session, study, include_simulated=include_simulated, include_preview=include_preview
            )
        )
        runs = read_runs(
            session, study, include_simulated=include_simulated, include_preview=include_preview
        )
        with new_folder(out) as folder:
            rows = {}
            with Table(folder, "images", image_columns(images), table_format) as table:
                table.write(image_rows(images))
            rows[table.file_name] = table.n_rows
            with Table(folder, "participants", PARTICIPANTS, table_format) as table:
                table.write(people)
            rows[table.file_name] = table.n_rows
            rows |= write_runs(session, runs, folder, table_format, progress)
            copy_pictures(
                images, instance / "image_sets" / study.image_set.name, folder, with_images
            )
            shutil.copyfile(codebook(), folder / "codebook.md")
            about = describe(study, include_simulated, include_preview)
            about["files"] = inventory(folder, rows)
            write_json(folder / "dataset.json", about)
    return ExportSummary(
        folder=out,
        n_images=len(images),
        n_participants=len(people),
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
    """Write trials, runs and events, some runs at a time; returns the rows of each file."""
    with (
        Table(folder, "trials", TRIALS, table_format) as trials,
        Table(folder, "runs", RUNS, table_format) as run_table,
        Table(folder, "events", EVENTS, table_format) as events,
    ):
        for start in range(0, len(runs), RUNS_AT_ONCE):
            some = runs[start : start + RUNS_AT_ONCE]
            trials.write(trial_rows(session, some))
            run_table.write(run_rows(session, some))
            events.write(event_rows(session, some))
            if progress is not None:
                progress(start + len(some), len(runs))
    return {table.file_name: table.n_rows for table in (trials, run_table, events)}


def describe(study: Study, include_simulated: bool, include_preview: bool) -> dict[str, Any]:
    """The fields of dataset.json, but for the files."""
    from hitrate import __version__

    definition = dict(study.definition)
    return {
        "format": FORMAT,
        "format_version": 1,
        "name": study.slug,
        "title": study.title,
        "notice": definition.pop("notice", None),
        "paradigm": study.paradigm,
        "paradigm_deviations": Paradigm.from_dict(study.paradigm).deviations(
            PRESETS[definition["preset"]]
        ),
        "study": {
            **definition,
            "image_set": study.image_set.name,
            "state": study.state,
            "consent_sha256": study.consent_document.sha256,
            "created_at": iso(study.created_at),
            "opened_at": iso(study.opened_at),
            "closed_at": iso(study.closed_at),
        },
        "includes": {"simulated": include_simulated, "preview": include_preview},
        "software": {"name": "hitrate", "version": __version__},
        "licence": definition.get("licence"),
    }


def codebook() -> Path:
    """The page that explains the tables: beside this file once installed, docs/ in the sources."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "codebook.md"
    return installed if installed.is_file() else here.parent / "docs" / "codebook.md"


def inventory(folder: Path, rows: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Each file of the folder with its sha256 and, for tables, the number of rows."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        found[name] = {"sha256": sha256_of(file)}
        if name in rows:
            found[name]["rows"] = rows[name]
    return found


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def refuse_foreign_files(out: Path, slug: str) -> None:
    """Refuse a folder that holds anything but this study's own earlier export, unchanged.

    Raises
    ------
    ConflictError
        Naming the first file that would be lost.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise ConflictError(f"{out} is a file; name a folder for the dataset.")
    present = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if not p.is_dir()}
    if not present:
        return
    elsewhere = "Nothing was changed. Name another folder, or move that away first."
    try:
        about = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
        ours = about["format"] == FORMAT and about["software"]["name"] == "hitrate"
        known, name = dict(about["files"]), about["name"]
    except (OSError, ValueError, KeyError, TypeError):
        ours, known, name = False, {}, None
    if not ours:
        raise ConflictError(
            f"{out} is not empty and no export wrote it ('{min(present)}' is in it). {elsewhere}"
        )
    if name != slug:
        raise ConflictError(f"{out} holds the dataset of another study, '{name}'. {elsewhere}")
    for file in sorted(present.keys() - {"dataset.json"}):
        if file not in known:
            raise ConflictError(f"{out} also holds '{file}', which no export wrote. {elsewhere}")
        if sha256_of(present[file]) != known[file].get("sha256"):
            raise ConflictError(f"{out / file} was changed after it was exported. {elsewhere}")


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` that takes its place when all went well, and is removed when not.

    Raises
    ------
    ExperimentError
        If the folder cannot be written; what was at ``out`` is there again.
    """
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    former = out.with_name(f".{out.name}.{os.getpid()}.former")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        if out.exists():
            out.rename(former)
        try:
            partial.rename(out)
        except OSError:
            if former.exists():
                former.rename(out)
            raise
    except OSError as error:
        raise ExperimentError(
            f"The dataset cannot be written to {out}: {error.strerror}. Name another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(former, ignore_errors=True)
