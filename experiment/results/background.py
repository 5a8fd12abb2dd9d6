"""Statistics are computed in a process of their own, one at a time for each study, whichever worker
is asked: pages never wait for them, and people who play come first."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from experiment.database import Database
from experiment.results.kept import Kept, find_kept, keep
from experiment.results.statistics import statistics_of
from experiment.runs import find_study
from experiment.settings import Settings

A_LOOK = 2.0  # seconds that who looks at a turn keeps it at most
AFTER_FAILURE = 60.0  # seconds until another try, if one has brought nothing
NICENESS = 10

# Computes the statistics of a study (slug, include_simulated), or sees to it that they will be.
Compute = Callable[[Settings, str, bool], None]


def turn_file(settings: Settings, slug: str) -> Path:
    """The file that whoever computes a study's statistics keeps locked."""
    folder = settings.instance / "computing"
    folder.mkdir(exist_ok=True)
    return folder / f"{slug}.lock"


@contextmanager
def turn(settings: Settings, slug: str, wait: float = 0.0) -> Iterator[bool]:
    """The turn to compute a study's statistics; False while another process has it, after so many
    seconds."""
    end = time.monotonic() + wait
    with turn_file(settings, slug).open("ab") as file:  # closing it unlocks it, and so does the end
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < end:
                    time.sleep(0.05)
                    continue
                yield False
            else:
                yield True
            return


def freshen(
    settings: Settings, compute: Compute, slug: str, kept: Kept | None, *, include_simulated: bool
) -> None:
    """Have a study's statistics computed where they are due, unless that is happening or has just
    failed; `kept` is as the ones that are looked at were computed last."""
    if kept is not None and not kept.is_due:
        return
    mark = turn_file(settings, slug).with_suffix(".simulated" if include_simulated else ".people")
    with turn(settings, slug) as mine:
        if not mine:
            return
        told = mark.stat().st_mtime if mark.exists() else 0.0  # when somebody was asked to
        is_done = kept is not None and kept.as_of.timestamp() > told
        if not is_done and time.time() - told < AFTER_FAILURE:
            return  # it is starting, or has failed
        mark.touch()
    compute(settings, slug, include_simulated)


def launch(settings: Settings, slug: str, include_simulated: bool) -> None:
    """Start the process; what goes wrong in it stands in the log beside the file of turns."""
    with turn_file(settings, slug).with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [
                *(sys.executable, "-m", "hitrate", "study", "compute", slug, "--due"),
                *(["--simulated"] if include_simulated else []),
            ],
            env=os.environ
            | {
                "HITRATE_INSTANCE": str(settings.instance),
                "HITRATE_DATABASE_URL": settings.database_url,
                "HITRATE_SECRET_KEY": settings.secret_key,
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that no dead process stays


def compute_in_turn(
    settings: Settings,
    database: Database,
    slug: str,
    *,
    include_simulated: bool,
    only_due: bool = False,
) -> list[str]:
    """Compute a study's statistics as `compute_now` does, if no other process is at it.

    Raises
    ------
    NotFoundError
        If there is no such study.
    """
    with turn(settings, slug, wait=A_LOOK) as mine:
        if not mine:
            return []
        return compute_now(database, slug, include_simulated=include_simulated, only_due=only_due)


def compute_now(
    database: Database, slug: str, *, include_simulated: bool, only_due: bool = False
) -> list[str]:
    """Compute a study's statistics that are not current, and keep them: the kinds of these.

    Parameters
    ----------
    only_due
        Leave out what was computed a short while ago.

    Raises
    ------
    NotFoundError
        If there is no such study.
    """
    computed = []
    with database.read() as session:
        study = find_study(session, slug)
        statistics = statistics_of(session, study, include_simulated=include_simulated)
    for statistic in statistics:
        as_of, begun = datetime.now(UTC), time.monotonic()
        with database.read() as session:
            version = statistic.version(session, study)
            kept = find_kept(session, study, statistic.kind, version)
        if kept is not None and (kept.is_current or (only_due and not kept.is_due)):
            continue
        value = statistic.compute(database, study)
        seconds = time.monotonic() - begun
        with database.write() as session:
            keep(session, study, statistic.kind, version, value, as_of, seconds)
        computed.append(statistic.kind)
    return computed
