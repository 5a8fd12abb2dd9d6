"""Jobs over the API: look, stop."""

from datetime import datetime
from typing import Any, Literal

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from experiment.access import access, asking, role_in
from experiment.api.blueprint import REFUSALS, api
from experiment.current import instance
from experiment.errors import ForbiddenError, NotFoundError
from experiment.jobs.lifecycle import find_job, mark_lost, stop_job
from experiment.models import Job, Study
from experiment.openapi import described
from experiment.participant.schemas import Problem


class JobState(BaseModel):
    """A job, and how far it is."""

    job: str
    kind: str
    study: str | None
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    done: int
    total: int | None
    unit: str
    message: str
    result: dict[str, Any]
    created_at: datetime
    ended_at: datetime | None


def job_state(session: Session, job: Job) -> JobState:
    """A job as the API tells it."""
    study = None if job.study_id is None else session.get_one(Study, job.study_id).slug
    return JobState(
        job=job.public_id,
        kind=job.kind,
        study=study,
        state=job.state,  # type: ignore[arg-type] # the database knows no other
        done=job.done,
        total=job.total,
        unit=job.unit,
        message=job.message,
        result=job.result,
        created_at=job.created_at,
        ended_at=job.ended_at,
    )


def find_own_job(session: Session, public_id: str, *, to_stop: bool) -> Job:
    """A job that who is asking may see (or stop): their own, or one of a study of theirs."""
    me = asking().researcher
    job = find_job(session, public_id)
    if me is not None and (job.researcher_id == me.id or me.is_admin):
        return job
    study = None if job.study_id is None else session.get_one(Study, job.study_id)
    role = None if study is None or me is None else role_in(session, me, study.slug)
    if role is None:
        raise NotFoundError("there is no such job")
    if to_stop and role == "viewer":
        raise ForbiddenError("a viewer cannot stop a job of others")
    return job


@api.get("/jobs/<token:job>")
@access("researcher")
@described("A job: its state and how far it is.", REFUSALS | {200: JobState})
def get_job(job: str) -> ResponseReturnValue:
    """How far a job is."""
    with instance().database.write() as session:
        mark_lost(session)
        state = job_state(session, find_own_job(session, job, to_stop=False))
    return jsonify(state.model_dump(mode="json"))


@api.post("/jobs/<token:job>/stop")
@access("researcher", "write")
@described("Stop a job; what it has done stays.", REFUSALS | {200: JobState, 409: Problem})
def post_stop(job: str) -> ResponseReturnValue:
    """Stop a job."""
    with instance().database.write() as session:
        find_own_job(session, job, to_stop=True)
        stop_job(session, job, asking())
        state = job_state(session, find_job(session, job))
    return jsonify(state.model_dump(mode="json"))
