"""A job from within: what it is to do, and how it says how far it is."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from experiment.database import Database
from experiment.errors import ExperimentError
from experiment.models import Job
from experiment.settings import Settings

BETWEEN_REPORTS = 0.5  # seconds


class StoppedError(ExperimentError):
    """Somebody stopped this job."""

    status = 409
    code = "job_stopped"


@dataclass(slots=True)
class Work:
    """One job: its parameters, and the instance that it works on."""

    settings: Settings
    database: Database
    public_id: str
    parameters: dict[str, Any]
    study: str | None  # its slug
    reported_at: float = field(default=0.0)  # on the clock

    def progress(self, done: int, total: int | None, message: str = "") -> None:
        """Say how far the job is; at most twice a second is it written down.

        Raises
        ------
        StoppedError
            If the job has been stopped meanwhile: leave things as they are and clean.
        """
        now = time.monotonic()
        if now - self.reported_at < BETWEEN_REPORTS and done != total:
            return
        self.reported_at = now
        with self.database.write() as session:
            session.execute(
                update(Job)
                .where(Job.public_id == self.public_id, Job.state == "running")
                .values(done=done, total=total, message=message, heartbeat_at=datetime.now(UTC))
            )
            state = session.scalar(select(Job.state).where(Job.public_id == self.public_id))
        if state != "running":
            raise StoppedError("the job was stopped")
