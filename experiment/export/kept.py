"""Exports that the server keeps for download: begun, listed, found, deleted.

Each is a job with a file of its own, ``exports/STUDY/JOB.zip`` in the instance.
"""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError, NotFoundError
from experiment.export.options import Options
from experiment.jobs.lifecycle import RUNS, add_job, jobs_of
from experiment.jobs.work import Work
from experiment.models import Job, Researcher, Study, Withdrawal
from experiment.runs import find_study
from experiment.settings import Settings

KIND = "export"
COUNTS = ("n_bytes", "n_participants", "n_runs", "n_trials", "n_rows", "n_images")


@dataclass(frozen=True, slots=True)
class KeptExport:
    """An export that was asked for, whatever became of it."""

    job: Job
    slug: str
    options: Options
    file: Path
    n_withdrawn_since: int  # participations that were deleted, and that it may still hold

    @property
    def export(self) -> str:
        """Its id, that of the job."""
        return self.job.public_id

    @property
    def is_at_work(self) -> bool:
        """Whether it is waiting or being made."""
        return self.job.state in RUNS

    @property
    def is_there(self) -> bool:
        """Whether it can be downloaded."""
        return self.job.state == "done" and self.file.is_file()

    @property
    def sha256(self) -> str | None:
        """Of the file; None where none was made."""
        return self.job.result.get("sha256")

    @property
    def counts(self) -> dict[str, int]:
        """COUNTS of one that was made."""
        return {name: self.job.result[name] for name in COUNTS if name in self.job.result}

    @property
    def as_of(self) -> datetime:
        """The moment whose data it holds, to within seconds."""
        return self.job.started_at or self.job.created_at

    @property
    def file_name(self) -> str:
        """What a download is called."""
        return f"{self.slug}-{self.options.flavour}-{self.as_of:%Y-%m-%d}.zip"


def begin_export(session: Session, by: Actor, study: Study, options: Options) -> Job:
    """Write down that an export is wanted; `jobs.lifecycle.launch` starts it.

    Raises
    ------
    InvalidError
        If the flavour or the format of tables cannot be had.
    ConflictError
        If an export of this study is being made.
    """
    from experiment.export.writing import refuse_unknown

    refuse_unknown(options)
    return add_job(session, KIND, by, study=study, unit="runs", via=by.via, **asdict(options))


def make_export(work: Work) -> dict[str, Any]:
    """The job: write the export into the instance. One that was killed is gone on with by the
    next one that wants the same."""
    from experiment.export.writing import write_export

    slug = str(work.study)
    options = options_of(work.parameters)
    folder = folder_of(work.settings, slug)
    growing = folder / f"making-{in_a_name(options)}.zip"
    remove_leftovers(folder, but=growing)
    summary = write_export(
        work.database,
        work.settings.instance,
        slug,
        growing,
        progress=work.progress,
        **asdict(options),
    )
    n_bytes = growing.stat().st_size
    growing.rename(folder / f"{work.public_id}.zip")
    with work.database.write() as session:
        study = find_study(session, slug)
        job = session.scalars(select(Job).where(Job.public_id == work.public_id)).one()
        researcher = job.researcher_id and session.get(Researcher, job.researcher_id)
        record(
            session,
            "export.made",
            Actor(job.parameters["via"], researcher or None),
            study,
            export=work.public_id,
            sha256=summary.sha256,
            **asdict(options),
        )
    counts = {name: getattr(summary, name) for name in COUNTS if name != "n_bytes"}
    return {"sha256": summary.sha256, "n_bytes": n_bytes, **counts}


def exports_of(session: Session, settings: Settings, study: Study) -> list[KeptExport]:
    """All exports of a study, the latest first."""
    withdrawn = list(
        session.scalars(select(Withdrawal.withdrawn_at).where(Withdrawal.study_id == study.id))
    )
    found = []
    for job in jobs_of(session, study, KIND):
        as_of = job.started_at or job.created_at
        found.append(
            KeptExport(
                job=job,
                slug=study.slug,
                options=options_of(job.parameters),
                file=folder_of(settings, study.slug) / f"{job.public_id}.zip",
                n_withdrawn_since=sum(at > as_of for at in withdrawn),
            )
        )
    return found


def find_export(session: Session, settings: Settings, study: Study, export: str) -> KeptExport:
    """An export of this study, or NotFoundError."""
    for found in exports_of(session, settings, study):
        if found.export == export:
            return found
    raise NotFoundError("there is no such export")


def delete_export(
    session: Session, settings: Settings, by: Actor, study: Study, export: str
) -> None:
    """Delete an export with its file.

    Raises
    ------
    NotFoundError
        If the study has no such export.
    ConflictError
        If it is being made.
    """
    found = find_export(session, settings, study, export)
    if found.is_at_work:
        raise ConflictError("the export is being made; stop it first")
    found.file.unlink(missing_ok=True)
    if not any(one.is_at_work for one in exports_of(session, settings, study)):
        remove_leftovers(found.file.parent)
    record(session, "export.deleted", by, study, export=export, flavour=found.options.flavour)
    session.delete(session.get_one(Job, found.job.id))


def note_download(session: Session, by: Actor, study: Study, found: KeptExport) -> None:
    """Keep that somebody has taken an export out."""
    record(
        session,
        "export.downloaded",
        by,
        study,
        export=found.export,
        flavour=found.options.flavour,
        sha256=found.sha256,
    )


def folder_of(settings: Settings, slug: str) -> Path:
    """Where the exports of a study lie."""
    return settings.exports / slug


def remove_leftovers(folder: Path, but: Path | None = None) -> None:
    """Delete what exports that were killed have left, except what the one to `but` goes on with."""
    for path in (*folder.glob("making-*"), *folder.glob(".making-*")):
        if but is not None and path.name in (but.name, f".{but.name}.partial"):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def options_of(parameters: Mapping[str, Any]) -> Options:
    """The options that a job keeps."""
    return Options(**{field.name: parameters[field.name] for field in fields(Options)})


def in_a_name(options: Options) -> str:
    """Options as a file's name has them."""
    values = asdict(options)
    chosen = [name for name, value in values.items() if value is True]
    return "-".join([options.flavour, options.table_format, *chosen])
