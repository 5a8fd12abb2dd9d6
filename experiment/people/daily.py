"""What the server does by itself once a day: erase the identities whose time is over."""

import logging
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Flask, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from experiment.access import SERVER
from experiment.current import Instance, instance
from experiment.errors import ExperimentError
from experiment.people.erasing import erase_expired, studies_with_expired

logger = logging.getLogger(__name__)


class Daily:
    """Remembers, in one process, the last day on which the work was done or left to another."""

    def __init__(self) -> None:
        self.seen: date | None = None

    def look(self, found: Instance, now: datetime) -> None:
        """Do the day's work in its first request, in one worker; a failure is tried again."""
        if self.seen == now.date():
            return
        mark = found.settings.instance / "daily" / now.date().isoformat()
        self.seen = now.date()
        if not claim(mark):
            return
        try:
            erase(found, now)
        except (ExperimentError, SQLAlchemyError, PoolTimeoutError, OSError) as error:
            logger.warning("identities could not be erased today: %s", type(error).__name__)
            self.seen = None
            mark.unlink(missing_ok=True)


def claim(mark: Path) -> bool:
    """Whether this process is the first of the day; marks of other days are taken away."""
    try:
        mark.parent.mkdir(exist_ok=True)
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True  # the folder cannot be written: the work is cheap, and twice is once
    for older in mark.parent.iterdir():
        if older.name < mark.name:
            with suppress(OSError):
                older.unlink()
    return True


def erase(found: Instance, now: datetime) -> None:
    """Erase what has expired; where nothing has, nothing is written."""
    with found.database.read() as session:
        if not studies_with_expired(session, now):
            return
    with found.database.write() as session:
        for slug, n in erase_expired(session, SERVER, now).items():
            logger.info("%d identities of %s were erased: their time was over", n, slug)


def add_daily(app: Flask) -> None:
    """Let an app do it."""
    daily = Daily()

    @app.before_request
    def look() -> None:
        if request.endpoint not in ("static", "healthz"):
            daily.look(instance(), datetime.now(UTC))
