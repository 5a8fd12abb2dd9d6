"""Saving single responses, beside the same server without a database, on SQLite and PostgreSQL.

    python -m benchmarks.saving [--out benchmarks/results/saving.txt]

One machine plays the server (gunicorn, 2 workers × 8 threads, as `hitrate serve`), the database
(PostgreSQL with fsync) and the people. Throughput: as many single responses as 32 connections get
stored, in alternating rounds. Latency: 600 people send one response each 1.4 s (430 a second),
measured from when each was due. Everything stays on 127.0.0.1 and ends by itself.
"""

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from benchmarks.machine import machine
from benchmarks.saving_load import Load, as_fast_as_possible, at_a_fixed_rate, request_for
from experiment.database import Database, upgrade
from experiment.design.presets import LAMEM2015
from experiment.models import (
    ConsentDocument,
    Image,
    ImageSet,
    Participant,
    Response,
    Run,
    Study,
    Trial,
)
from tests.postgresql import NoServerError, running_server

N_PEOPLE = 600
EVERY_S = 1.4
N_TRIALS = 186
N_CONNECTIONS = 32
WANTED_SHARE = 0.20
WANTED_P99_MS = 100.0
NAMES = {"none": "no database", "sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(slots=True)
class Subject:
    """One server under test."""

    url: str
    port: int
    throughput_tokens: list[str]
    latency_tokens: list[str]
    rates: list[float] = field(default_factory=list)
    n_stored: int = 0
    n_failed: int = 0
    latency: Load | None = None
    requests: Iterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.requests = (
            request_for(token, position)
            for position in range(N_TRIALS)
            for token in self.throughput_tokens
        )

    def take(self, load: Load) -> None:
        self.n_stored += load.n_stored
        self.n_failed += load.n_failed


def main() -> int:
    """Measure, print, and return 0 if everything is as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of throughput")
    parser.add_argument("--seconds", type=float, default=6.0, help="of a round")
    parser.add_argument("--latency-seconds", type=float, default=28.0)
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        subjects = start_subjects(stack)
        for _ in range(arguments.rounds):
            for subject in subjects.values():
                load = asyncio.run(
                    as_fast_as_possible(
                        subject.port, subject.requests, arguments.seconds, N_CONNECTIONS
                    )
                )
                subject.rates.append(load.rate)
                subject.take(load)
        for subject in subjects.values():
            subject.latency = asyncio.run(
                at_a_fixed_rate(
                    subject.port, subject.latency_tokens, arguments.latency_seconds, EVERY_S
                )
            )
            subject.take(subject.latency)
        kept = {name: count_kept(s) for name, s in subjects.items() if name != "none"}
    lines, fine = report(subjects, kept, arguments.rounds, arguments.seconds)
    text = "\n".join(lines)
    print(text)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if fine else 1


def start_subjects(stack: ExitStack) -> dict[str, Subject]:
    """Databases with runs in progress, and a server on each; the first has none."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    urls = {"none": f"sqlite:///{folder / 'none.db'}", "sqlite": f"sqlite:///{folder / 'kept.db'}"}
    try:
        server = stack.enter_context(running_server())
    except NoServerError as reason:
        print(f"without PostgreSQL: {reason}", file=sys.stderr)
    else:
        urls["postgresql"] = server.url(server.create())
        be_careful(urls["postgresql"])
    subjects = {}
    for name, url in urls.items():
        upgrade(url)
        tokens = prepare(url, 2 * N_PEOPLE)
        port = stack.enter_context(serving(folder, url, without_database=name == "none"))
        subjects[name] = Subject(url, port, tokens[:N_PEOPLE], tokens[N_PEOPLE:])
    return subjects


def be_careful(url: str) -> None:
    """Undo the tests' settings: what is committed must be on the disk."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = on".encode())
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)
    with psycopg.connect(url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute(f"SHOW {setting}".encode()).fetchone()
            assert row == ("on",), f"{setting} is {row}"


def prepare(url: str, n_runs: int) -> list[str]:
    """Runs in progress, written straight into the database; their tokens."""
    now = datetime.now(UTC)
    database = Database(url)
    with database.write() as session:
        images = [
            Image(
                image_id=f"{i}", sha256=f"{i:064}", width_px=1, height_px=1, category=None,
                licence=None, attributes={},
            )
            for i in range(N_TRIALS)
        ]  # fmt: skip
        study = Study(
            slug="saving", title="Saving", state="open", paradigm=LAMEM2015.to_dict(),
            definition={},
            image_set=ImageSet(name="saving", created_at=now, images=images),
            consent_document=ConsentDocument(sha256="0" * 64, text="", created_at=now),
            created_at=now, opened_at=now, closed_at=None,
        )  # fmt: skip
        session.add(study)
        session.flush()
        session.execute(
            insert(Participant),
            [
                {"id": i, "public_id": f"p{i}", "study_id": study.id, "person": f"p{i}",
                 "withdrawal_sha256": f"p{i}", "created_at": now, "reserved_until": now,
                 "is_preview": False, "is_simulated": True}
                for i in range(1, n_runs + 1)
            ],
        )  # fmt: skip
        session.execute(
            insert(Run),
            [
                {"id": i, "public_id": f"r{i}", "token": f"token-of-a-usual-length-{i:08}",
                 "participant_id": i, "study_id": study.id, "number": 1, "seed": "0",
                 "state": "in_progress", "device": {}, "lost_positions": [], "created_at": now,
                 "reserved_until": now, "started_at": now}
                for i in range(1, n_runs + 1)
            ],
        )  # fmt: skip
        session.execute(
            insert(Trial),
            [
                {"run_id": run, "position": position, "level": 1, "phase": "game",
                 "image_id": images[position].id, "role": "filler", "is_repeat": False,
                 "lag": None, "address": f"{run}-{position}", "stimulus_ms": 600, "gap_ms": 800}
                for run in range(1, n_runs + 1)
                for position in range(N_TRIALS)
            ],
        )  # fmt: skip
    database.close()
    return [f"token-of-a-usual-length-{i:08}" for i in range(1, n_runs + 1)]


@contextmanager
def serving(folder: Path, url: str, *, without_database: bool) -> Iterator[int]:
    """gunicorn on a free port, in a process group of its own; the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.saving_server", "--port", str(port)]
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--without-database"] if without_database else command,
            env=os.environ | {"HITRATE_INSTANCE": str(folder), "HITRATE_DATABASE_URL": url},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until_ready(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def count_kept(subject: Subject) -> bool:
    """Whether the database holds exactly what was acknowledged."""
    database = Database(subject.url)
    with database.read() as session:
        n_kept = session.scalar(select(func.count()).select_from(Response))
    database.close()
    return n_kept == subject.n_stored


def report(
    subjects: dict[str, Subject], kept: dict[str, bool], rounds: int, seconds: float
) -> tuple[list[str], bool]:
    """The lines to print, and whether everything is as wanted."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}",
        f"gunicorn 2 workers × 8 threads; one response per request; server, database and load on "
        f"this machine; {rounds} alternating rounds of {seconds:g} s with {N_CONNECTIONS} "
        "connections",
    ]
    fine = True
    base = statistics.mean(subjects["none"].rates)
    for name, subject in subjects.items():
        rate = statistics.mean(subject.rates)
        spread = f"({min(subject.rates):.0f} to {max(subject.rates):.0f})"
        line = f"{NAMES[name]:12} {rate:6.0f} responses/s {spread:16}"
        if name != "none":
            line += f" share {rate / base:.2f} (wanted ≥ {WANTED_SHARE})"
            fine &= rate / base >= WANTED_SHARE
        lines.append(line)
    lines.append(f"{N_PEOPLE} people, one response each {EVERY_S} s, from when it was due:")
    for name, subject in subjects.items():
        assert subject.latency is not None
        p50, p99 = (subject.latency.percentile_ms(percent) for percent in (50, 99))
        line = (
            f"{NAMES[name]:12} p50 {p50:5.1f} ms, p99 {p99:5.1f} ms, longest "
            f"{max(subject.latency.latencies_ms):5.1f} ms, {subject.latency.rate:.0f} responses/s"
        )
        if name != "none":
            line += f" (wanted p99 < {WANTED_P99_MS:.0f} ms)"
            fine &= p99 < WANTED_P99_MS
        lines.append(line)
    for name, subject in subjects.items():
        said = "" if name == "none" else ", all of them kept" if kept[name] else ", NOT all kept"
        lines.append(
            f"{NAMES[name]:12} {subject.n_stored} acknowledged{said}, {subject.n_failed} failed"
        )
        fine &= subject.n_failed == 0 and kept.get(name, True)
    return lines, fine


if __name__ == "__main__":
    sys.exit(main())
