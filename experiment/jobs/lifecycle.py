"""The verbs of jobs: start, run, stop, find."""

import logging
import os
import secrets
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.database import Database
from experiment.errors import ConflictError, NotFoundError
from experiment.jobs.kinds import KINDS, function_of
from experiment.jobs.work import StoppedError, Work
from experiment.models import Job, Study
from experiment.settings import Settings

logger = logging.getLogger(__name__)

RUNS = ("waiting", "running")
SILENCE = timedelta(minutes=2)  # of a job that has died
LONGEST_MESSAGE = 2000


def add_job(
    session: Session,
    kind: str,
    by: Actor,
    *,
    study: Study | None = None,
    unit: str = "",
    **parameters: Any,
) -> Job:
    """Write a job down; `launch` starts it once that is committed.

    Raises
    ------
    ConflictError
        If a job of this kind is at work on the study: wait for it, or stop it.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not in KINDS")
    if study is not None:
        for job in jobs_of(session, study):
            if job.kind == kind and job.state in RUNS:
                raise ConflictError(f"a job '{kind}' is at work on {study.slug}; wait or stop it")
    now = datetime.now(UTC)
    job = Job(
        public_id=secrets.token_urlsafe(9),
        kind=kind,
        study_id=None if study is None else study.id,
        researcher_id=None if by.researcher is None else by.researcher.id,
        parameters=parameters,
        state="waiting",
        done=0,
        unit=unit,
        message="",
        result={},
        created_at=now,
        heartbeat_at=now,
    )
    session.add(job)
    record(session, "job.started", by, study, kind=kind, job=job.public_id)
    return job


def launch(settings: Settings, public_id: str) -> None:
    """Start a job's process, which goes on when the server ends; its log lies in the instance."""
    folder = settings.instance / "jobs"
    folder.mkdir(exist_ok=True)
    with (folder / f"{public_id}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [sys.executable, "-m", "hitrate", "job", "run", public_id],
            env=os.environ
            | {
                "HITRATE_INSTANCE": str(settings.instance),
                "HITRATE_DATABASE_URL": settings.database_url,
                "HITRATE_SECRET_KEY": settings.secret_key,
                "HITRATE_PUBLIC_URL": settings.public_url,
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that no dead process stays


def run_job(settings: Settings, database: Database, public_id: str) -> Job:
    """Do a job, in this process, and keep how it ended.

    Raises
    ------
    NotFoundError
        If there is no such job.
    ConflictError
        If it has been started before.
    """
    now = datetime.now(UTC)
    with database.write() as session:
        job = find_job(session, public_id)
        study = job.study_id and session.get_one(Study, job.study_id).slug
        begun = session.execute(
            update(Job)
            .where(Job.id == job.id, Job.state == "waiting")
            .values(state="running", started_at=now, heartbeat_at=now, pid=os.getpid())
            .returning(Job.id)
        ).one_or_none()
    if begun is None:
        raise ConflictError(f"the job {public_id} is {job.state}; start another one")
    work = Work(settings, database, public_id, job.parameters, study or None)
    beats = threading.Event()
    pulse = threading.Thread(target=beat, args=(database, public_id, beats), daemon=True)
    pulse.start()
    ended: dict[str, Any]
    try:
        ended = {"state": "done", "result": function_of(job.kind)(work)}
    except StoppedError:
        ended = {"state": "stopped"}
    except Exception as error:
        told = is_told(error)
        if not told:
            logger.exception("a job failed")
        why = str(error) if told else f"it ended with {type(error).__name__}; its log says more"
        ended = {"state": "failed", "message": why[:LONGEST_MESSAGE]}
    finally:
        beats.set()
        pulse.join()
    with database.write() as session:
        session.execute(
            update(Job)
            .where(Job.public_id == public_id)
            .values(ended_at=datetime.now(UTC), pid=None, **ended)
        )
        return find_job(session, public_id)


def is_told(error: Exception) -> bool:
    """Whether an error says in a sentence of ours what is wrong and what to do."""
    from importlib import import_module

    import hitrate

    ours = tuple(
        getattr(import_module(module), name)
        for module, name in hitrate.ERRORS.items()
        if module in sys.modules
    )
    return isinstance(error, ours)


def beat(database: Database, public_id: str, ended: threading.Event) -> None:
    """Say now and then that the job lives, also where it has nothing to tell."""
    while not ended.wait(SILENCE.total_seconds() / 6):
        with suppress(Exception), database.write() as session:
            session.execute(
                update(Job)
                .where(Job.public_id == public_id, Job.state == "running")
                .values(heartbeat_at=datetime.now(UTC))
            )


def stop_job(session: Session, public_id: str, by: Actor) -> None:
    """Let a job end; it does when it next says how far it is.

    Raises
    ------
    ConflictError
        If it has ended already.
    """
    job = find_job(session, public_id)
    if job.state not in RUNS:
        raise ConflictError(f"the job is {job.state} already")
    study = None if job.study_id is None else session.get_one(Study, job.study_id)
    job.state, job.ended_at = "stopped", datetime.now(UTC)
    record(session, "job.stopped", by, study, kind=job.kind, job=public_id)


def find_job(session: Session, public_id: str) -> Job:
    """The job of this id, or NotFoundError."""
    job = session.scalar(select(Job).where(Job.public_id == public_id))
    if job is None:
        raise NotFoundError("there is no such job")
    return job


def jobs_of(session: Session, study: Study, kind: str | None = None) -> list[Job]:
    """The jobs of a study, the latest first."""
    query = select(Job).where(Job.study_id == study.id).order_by(Job.id.desc())
    return list(session.scalars(query if kind is None else query.where(Job.kind == kind)))


def mark_lost(session: Session) -> None:
    """Call failed what has been silent for too long: its process was ended, or the machine was."""
    now = datetime.now(UTC)
    session.execute(
        update(Job)
        .where(Job.state.in_(RUNS), Job.heartbeat_at < now - SILENCE)
        .values(
            state="failed",
            ended_at=now,
            message="its process ended without a word (was the machine started again?); start it "
            "again: what is done already is not done twice",
        )
    )
