"""Every page of the researcher's side with a large study, beside computing everything anew.

    python -m benchmarks.pages [--out benchmarks/results/pages.txt]

Writes a study of 2,000 participants × 400 trials × 10,000 images once on SQLite and, where there is
one, on PostgreSQL; serves it as `hitrate serve` does, with two workers; signs in; and times each
page that a signed-in owner meets, the first time after the server's start (cold) and the median of
several (warm). Before that the scores are computed as the server has them computed, in a process of
its own whose time and memory are printed. Everything stays on 127.0.0.1 and ends by itself.
"""

import argparse
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from itsdangerous import URLSafeTimedSerializer

from benchmarks.machine import machine
from benchmarks.pages_data import SLUG, Size, fill
from benchmarks.saving import NAMES
from experiment.app import create_app
from experiment.database import Database, upgrade
from experiment.models import Membership, Researcher
from experiment.results.version import data_version
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.serving import serving
from tests.postgresql import NoServerError, running_server

WANTED_MS = 500.0
WANTED_MB = 500.0
N_WARM = 7
EMAIL = "owner@lab.example"
# Of one person; what changes something, or needs an act before it, is left out.
PERSON = f"{100:016x}"
PAGES = (
    "/studies",
    f"/results/{SLUG}",
    f"/results/{SLUG}/images",
    f"/results/{SLUG}/images?sort=d_prime&order=asc&category=food&page=9",
    f"/results/{SLUG}/images?sort=rt_ms_median&page=100",
    f"/results/{SLUG}/sequence?seed=1",
    f"/studies/{SLUG}/models",
    f"/studies/{SLUG}/people",
    f"/studies/{SLUG}/people/{PERSON}",
    f"/studies/{SLUG}/people/payments",
    f"/studies/{SLUG}/export",
    f"/studies/{SLUG}/members",
    f"/studies/{SLUG}/record",
    "/image-sets",
    "/image-sets/new",
    "/account",
    f"/api/v1/studies/{SLUG}/progress",
    f"/api/v1/studies/{SLUG}/results",
    f"/api/v1/studies/{SLUG}/images?limit=1000",
    f"/api/v1/studies/{SLUG}/images.csv",
    f"/api/v1/studies/{SLUG}/models",
    f"/api/v1/studies/{SLUG}/people",
    f"/api/v1/studies/{SLUG}/method",
)


@dataclass(slots=True)
class Timed:
    """One page."""

    status: int
    n_bytes: int
    cold_ms: float
    warm_ms: list[float] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        """Of the warm ones."""
        return statistics.median(self.warm_ms)


@dataclass(slots=True)
class Measured:
    """Everything on one kind of database."""

    compute_s: float
    compute_mb: float
    version_ms: float
    plain_ms: float  # /healthz: a request that reads nothing
    pages: dict[str, Timed]


def main() -> int:
    """Measure, print, and return 0 if everything is as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    parser.add_argument("--people", type=int, default=Size().people)
    parser.add_argument("--images", type=int, default=Size().images)
    arguments = parser.parse_args()
    size = Size(people=arguments.people, images=arguments.images)
    measured = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for kind, url in databases(stack, folder).items():
            print(f"{NAMES[kind]}: writing {size.people * size.trials:,} trials", file=sys.stderr)
            measured[kind] = measure(folder / kind, url, size)
    lines, fine = report(measured, size)
    text = "\n".join(lines)
    print(text)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if fine else 1


def databases(stack: ExitStack, folder: Path) -> dict[str, str]:
    """An empty database of each kind that this machine has."""
    urls = {"sqlite": f"sqlite:///{folder / 'pages.db'}"}
    try:
        server = stack.enter_context(running_server())
    except NoServerError as reason:
        print(f"without PostgreSQL: {reason}", file=sys.stderr)
    else:
        urls["postgresql"] = server.url(server.create())
    return urls


def measure(instance: Path, url: str, size: Size) -> Measured:
    """Write the study, compute its scores, and time its pages."""
    instance.mkdir()
    settings = Settings(instance, url, secrets.token_urlsafe(32))
    upgrade(url)
    database = Database(url)
    fill(database, size)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as direct:
            direct.exec_driver_sql("VACUUM ANALYZE")  # as the server does by itself after a while
    session_key = add_owner(database)
    compute_s, compute_mb = compute(settings)
    version_ms = time_version(database)
    database.close()
    with serving(settings, instance / "server.log") as server, asking(settings, session_key) as ask:
        pages = {path: first(ask, server.url + path) for path in PAGES}
        plain = []
        for _ in range(N_WARM):
            plain.append(first(ask, f"{server.url}/healthz").cold_ms)
            for path, timed in pages.items():
                timed.warm_ms.append(first(ask, server.url + path).cold_ms)
    return Measured(compute_s, compute_mb, version_ms, statistics.median(plain), pages)


def add_owner(database: Database) -> str:
    """A researcher whose study it is; what their cookie holds."""
    now, key = datetime.now(UTC), secrets.token_urlsafe(32)
    with database.write() as session:
        owner = Researcher(
            email=EMAIL, name="Owner", session_key=key, is_admin=False, created_at=now
        )
        session.add(owner)
        session.flush()
        study = find_study(session, SLUG)
        session.add(
            Membership(study_id=study.id, researcher_id=owner.id, role="owner", created_at=now)
        )
    return key


def compute(settings: Settings) -> tuple[float, float]:
    """Compute the scores in a process as the server does: seconds, and MB at most."""
    environment = os.environ | {
        "HITRATE_INSTANCE": str(settings.instance),
        "HITRATE_DATABASE_URL": settings.database_url,
        "HITRATE_SECRET_KEY": settings.secret_key,
    }
    command = [sys.executable, "-m", "hitrate", "study", "compute", SLUG]
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"computing ended with status {status}")
    process.returncode = 0  # it has been waited for
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def time_version(database: Database) -> float:
    """Milliseconds that it takes to see whether anything is new; median."""
    times = []
    for _ in range(N_WARM):
        with database.read() as session:
            study = find_study(session, SLUG)
            begun = time.perf_counter()
            data_version(session, study)
            times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


@contextmanager
def asking(settings: Settings, session_key: str) -> Iterator[httpx.Client]:
    """A browser in which the owner has signed in."""
    app = create_app(settings)
    interface = app.session_interface
    signer: URLSafeTimedSerializer = interface.get_signing_serializer(app)  # type: ignore[attr-defined] # ours has it
    kept = {"_user_id": session_key, "_fresh": True, "seen_at": int(time.time())}
    app.extensions["hitrate"].database.close()
    cookies = {"hitrate": str(signer.dumps(kept))}
    with httpx.Client(cookies=cookies, trust_env=False, timeout=60.0) as client:
        yield client


def first(client: httpx.Client, url: str) -> Timed:
    """Ask for a page once."""
    begun = time.perf_counter()
    answer = client.get(url)
    milliseconds = 1000 * (time.perf_counter() - begun)
    return Timed(answer.status_code, len(answer.content), milliseconds)


def report(measured: dict[str, Measured], size: Size) -> tuple[list[str], bool]:
    """The lines to print, and whether everything is as wanted."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; load when it ended "
        f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} cores",
        f"{size.people:,} participants × {size.trials} trials × {size.images:,} images; gunicorn, "
        f"2 workers × 8 threads; cold: the first time after its start; warm: median of {N_WARM}",
        f"wanted: every page under {WANTED_MS:.0f} ms, warm and cold; scores within "
        f"{WANTED_MB:.0f} MB",
    ]
    fine = True
    for kind, found in measured.items():
        lines += [
            "",
            f"{NAMES[kind]}: computing everything anew {found.compute_s:.1f} s, at most "
            f"{found.compute_mb:.0f} MB; seeing whether anything is new {found.version_ms:.1f} ms; "
            f"a request that reads nothing {found.plain_ms:.1f} ms",
            f"{'page':66} {'cold':>8} {'warm':>8}   {'kB':>5}   computing anew / warm",
        ]
        fine &= found.compute_mb < WANTED_MB
        for path, timed in found.pages.items():
            ratio = 1000 * found.compute_s / timed.median_ms
            slow = timed.status != 200 or max(timed.cold_ms, timed.median_ms) >= WANTED_MS
            told = f"  status {timed.status}" if timed.status != 200 else "  SLOW" if slow else ""
            lines.append(
                f"{path:66} {timed.cold_ms:5.0f} ms {timed.median_ms:5.0f} ms "
                f"{timed.n_bytes / 1000:7.0f}   {ratio:.0f}{told}"
            )
            fine &= not slow
    return lines, fine


if __name__ == "__main__":
    sys.exit(main())
