"""Jobs: what is written down of them, how they end, and how they are stopped."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from experiment.access import COMMAND
from experiment.database import Database
from experiment.errors import ConflictError, ExperimentError, NotFoundError
from experiment.jobs import lifecycle
from experiment.jobs.kinds import KINDS, function_of
from experiment.jobs.lifecycle import add_job, find_job, jobs_of, mark_lost, run_job, stop_job
from experiment.jobs.work import Work
from experiment.models import AuditEntry, Job, Study
from experiment.settings import Settings
from tests.experiment.rows import add_study

Do = Callable[[Work], dict[str, Any]]


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Do], None]:
    """Let the kind `count` do something."""
    monkeypatch.setitem(KINDS, "count", "nowhere:nothing")

    def set_function(function: Do) -> None:
        monkeypatch.setattr(lifecycle, "function_of", lambda _: function)

    return set_function


def begin(database: Database, **parameters: Any) -> str:
    """A waiting job of a study."""
    with database.write() as session:
        study = session.scalar(select(Study)) or add_study(session)
        job = add_job(session, "count", COMMAND, study=study, unit="images", **parameters)
        return job.public_id


def stored(database: Database, job: str) -> Job:
    with database.read() as session:
        return find_job(session, job)


def test_a_job_that_ends_well_keeps_its_result(
    settings: Settings, database: Database, does: Callable[[Do], None]
) -> None:
    def count(work: Work) -> dict[str, Any]:
        assert (work.study, work.parameters) == ("study", {"upto": 3})
        work.progress(3, 3, "counting")
        return {"counted": 3}

    does(count)
    job = begin(database, upto=3)
    assert stored(database, job).state == "waiting"
    run_job(settings, database, job)
    ended = stored(database, job)
    assert (ended.state, ended.done, ended.total, ended.message) == ("done", 3, 3, "counting")
    assert (ended.result, ended.pid) == ({"counted": 3}, None)
    assert ended.started_at is not None
    assert ended.ended_at is not None
    with database.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.who, entry.study) == ("job.started", "command", "study")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ExperimentError("x.csv line 3: mend it"), "x.csv line 3: mend it"),
        (ZeroDivisionError("/secret/path"), "it ended with ZeroDivisionError; its log says more"),
    ],
)
def test_a_job_that_fails_says_why_and_tells_no_secrets(
    settings: Settings,
    database: Database,
    does: Callable[[Do], None],
    error: Exception,
    message: str,
) -> None:
    def fail(work: Work) -> dict[str, Any]:
        raise error

    does(fail)
    job = begin(database)
    run_job(settings, database, job)
    ended = stored(database, job)
    assert (ended.state, ended.message) == ("failed", message)


def test_a_stopped_job_ends_where_it_next_says_how_far_it_is(
    settings: Settings, database: Database, does: Callable[[Do], None]
) -> None:
    reached = []

    def count(work: Work) -> dict[str, Any]:
        work.progress(1, 1)
        reached.append("before")
        with database.write() as session:
            stop_job(session, work.public_id, COMMAND)
        work.progress(2, 2)
        reached.append("after")
        return {}

    does(count)
    job = begin(database)
    run_job(settings, database, job)
    assert reached == ["before"]
    assert stored(database, job).state == "stopped"
    with database.write() as session, pytest.raises(ConflictError, match="stopped already"):
        stop_job(session, job, COMMAND)


def test_a_job_runs_once(
    settings: Settings, database: Database, does: Callable[[Do], None]
) -> None:
    does(lambda _: {})
    job = begin(database)
    run_job(settings, database, job)
    with pytest.raises(ConflictError, match="is done"):
        run_job(settings, database, job)


def test_two_jobs_of_a_kind_are_not_at_work_on_one_study(
    settings: Settings, database: Database, does: Callable[[Do], None]
) -> None:
    does(lambda _: {})
    job = begin(database)
    with pytest.raises(ConflictError, match="at work on study"):
        begin(database)
    run_job(settings, database, job)
    another = begin(database)
    with database.read() as session:
        assert [j.public_id for j in jobs_of(session, session.scalars(select(Study)).one())] == [
            another,
            job,
        ]


def test_a_job_whose_process_is_gone_has_failed_after_a_while(
    database: Database, does: Callable[[Do], None]
) -> None:
    does(lambda _: {})
    job = begin(database)
    for silent, state in ((lifecycle.SILENCE / 2, "running"), (lifecycle.SILENCE * 2, "failed")):
        with database.write() as session:
            session.execute(
                update(Job).values(state="running", heartbeat_at=datetime.now(UTC) - silent)
            )
            mark_lost(session)
        assert stored(database, job).state == state
    assert "start it again" in stored(database, job).message


def test_a_job_that_has_nothing_to_tell_still_shows_that_it_lives(
    settings: Settings,
    database: Database,
    does: Callable[[Do], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifecycle, "SILENCE", timedelta(seconds=0.3))

    def wait(work: Work) -> dict[str, Any]:
        began = stored(database, work.public_id).heartbeat_at
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if stored(database, work.public_id).heartbeat_at != began:
                return {"seen": True}
        return {"seen": False}

    does(wait)
    job = begin(database)
    run_job(settings, database, job)
    assert stored(database, job).result == {"seen": True}


def test_every_kind_of_job_has_its_function() -> None:
    for kind in KINDS:
        assert callable(function_of(kind))


def test_an_unknown_job_is_not_found(settings: Settings, database: Database) -> None:
    with pytest.raises(NotFoundError):
        run_job(settings, database, "none")
