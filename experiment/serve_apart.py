"""The server as a process of its own, for as long as a block of code runs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from experiment.errors import ExperimentError
from experiment.settings import Settings

START_SECONDS = 60.0
STOP_SECONDS = 25.0


class ServerError(ExperimentError):
    """The server did not start, or ended by itself."""

    status = 500
    code = "server_failed"


@contextmanager
def serving(settings: Settings, port: int, log: Path) -> Iterator[str]:
    """`hitrate serve` on 127.0.0.1; gives its address when it answers, and stops it at the end.

    Raises
    ------
    ServerError
        If it does not start; with the end of its log.
    """
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [sys.executable, "-m", "hitrate", "serve", "--port", str(port)],
            env=os.environ
            | {
                "HITRATE_INSTANCE": str(settings.instance),
                "HITRATE_DATABASE_URL": settings.database_url,
                "HITRATE_SECRET_KEY": settings.secret_key,
                "HITRATE_PUBLIC_URL": address,
            },
            stdout=stream,
            stderr=stream,
        )
    try:
        wait_until_ready(process, address, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Wait for the first good answer."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            httpx.get(f"{address}/readyz", timeout=5.0, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
    raise ServerError("the server did not start; its log ends with:\n" + "\n".join(last))
