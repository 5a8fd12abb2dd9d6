"""Database → export: all that a study collected in the form that somebody asks for, and nobody's
identity.

Read in one snapshot, a few runs at a time, into a folder beside the target that takes its place at
the end: an export is whole or not there. What an interrupted one had written is kept; see
`workplace`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from experiment.database import Database
from experiment.errors import InvalidError
from experiment.export.about import describe
from experiment.export.archive import pack
from experiment.export.bids import write_bids
from experiment.export.facts import Facts, facts_of
from experiment.export.folder import (
    OTHER_FORMAT,
    inventory,
    manifest_name,
    refuse_foreign_files,
    sha256_of,
    write_json,
)
from experiment.export.jspsych import write_jspsych
from experiment.export.native import write_native
from experiment.export.native_tables import Progress
from experiment.export.options import Options
from experiment.export.psych_ds import write_psych_ds
from experiment.export.snapshot import Snapshot, take_snapshot
from experiment.export.workplace import Workplace, put_in_place, workplace
from experiment.runs import find_study

Writer = Callable[[Snapshot, Workplace, Facts, Progress | None], dict[str, int]]

FLAVOURS: Mapping[str, Writer] = {
    "native": write_native,
    "psych-ds": write_psych_ds,
    "bids": write_bids,
    "jspsych": write_jspsych,
}


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written."""

    path: Path  # the folder, or the .zip
    flavour: str
    n_images: int
    n_participants: int
    n_runs: int
    n_trials: int
    n_rows: int  # of all tables
    n_kept: int  # parts that an interrupted export had left, of
    n_parts: int
    sha256: str  # of the .zip, or of the folder's manifest, which has those of all files


def write_export(
    database: Database,
    instance: Path,
    slug: str,
    out: Path,
    *,
    flavour: str = "native",
    include_simulated: bool = False,
    include_preview: bool = False,
    with_images: bool = False,
    table_format: str = "csv",
    progress: Progress | None = None,
) -> ExportSummary:
    """Write everything that a study collected.

    Parameters
    ----------
    database, instance
        Where the responses are, and the instance folder that holds the images' files.
    slug, out
        Of the study; the folder to write, or an archive if it ends with ``.zip``. What an earlier
        export of the same study and flavour wrote there, and nobody added to or changed, is
        replaced.
    flavour
        ``native``, ``psych-ds``, ``bids`` or ``jspsych``.
    include_simulated, include_preview
        Participants who are left out unless they are asked for.
    with_images
        Copy the original images, too.
    table_format
        ``csv`` or ``parquet``; the latter in the native flavour only.
    progress
        Called with the runs written and the runs in all.

    Returns
    -------
    What was written. The same data give the same bytes.

    Raises
    ------
    InvalidError
        If there is no such flavour, or it has no such format of tables.
    NotFoundError
        If there is no such study.
    ConflictError
        If there is anything at `out` that an export did not write, or another one writes to it.
    ExperimentError
        If an image's file is missing from the instance, or the place cannot be written.
    """
    options = Options(flavour, include_simulated, include_preview, with_images, table_format)
    refuse_unknown(options)
    out = out.absolute()
    with database.read() as session:  # one moment, while people play on
        study = find_study(session, slug)
        refuse_foreign_files(out, slug, flavour)
        snapshot = take_snapshot(session, study, instance, options)
        with workplace(out, identity_of(snapshot)) as work:
            facts = facts_of(session, study, options)
            rows = FLAVOURS[flavour](snapshot, work, facts, progress)
            work.remove_strays()
            manifest = work.whole / manifest_name(flavour)
            write_json(manifest, manifest_of(snapshot, work.whole, rows))
            if out.suffix == ".zip":
                finished = work.folder / "archive"
                pack(work.whole, finished, f"{slug}-{flavour}")
                sha256 = sha256_of(finished)
            else:
                finished, sha256 = work.whole, sha256_of(manifest)
            put_in_place(finished, out, work.folder)
            return ExportSummary(
                path=out,
                flavour=flavour,
                n_images=len(snapshot.images),
                n_participants=len(snapshot.people),
                n_runs=len(snapshot.run_keys),
                n_trials=facts.n_trials,
                n_rows=sum(rows.values()),
                n_kept=work.n_kept,
                n_parts=work.n_parts,
                sha256=sha256,
            )


def refuse_unknown(options: Options) -> None:
    """Refuse a flavour or a format that is not there."""
    if options.flavour not in FLAVOURS:
        raise InvalidError(f"flavour is {options.flavour!r}; choose one of {', '.join(FLAVOURS)}")
    if options.table_format not in ("csv", "parquet"):
        raise InvalidError(
            f"the format of tables is {options.table_format!r}; choose csv or parquet"
        )
    if options.table_format == "parquet" and options.flavour != "native":
        raise InvalidError(
            f"{options.flavour} has text tables only; choose csv, or the native flavour"
        )


def identity_of(snapshot: Snapshot) -> dict[str, Any]:
    """What parts of two exports must have in common to be parts of the same one."""
    from hitrate import __version__

    return {
        "version": __version__,
        "study": snapshot.study.slug,
        "paradigm": snapshot.study.paradigm,
        "options": asdict(snapshot.options),
        "images": [[image.id, image.image_id, image.sha256] for image in snapshot.images],
    }


def manifest_of(snapshot: Snapshot, whole: Path, rows: Mapping[str, int]) -> dict[str, Any]:
    """What the export is, and its files."""
    about = describe(snapshot.session, snapshot.study, **snapshot.chosen)
    if snapshot.options.flavour != "native":
        about |= {"format": OTHER_FORMAT, "flavour": snapshot.options.flavour}
    return about | {"files": inventory(whole, rows)}
