"""A real server for tests: gunicorn in its own process group, on a free port of 127.0.0.1."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from experiment.settings import Settings

START_SECONDS = 30


class LiveServer:
    """`hitrate serve` on an instance; can be killed and started again on the same port."""

    def __init__(
        self, settings: Settings, log: Path, *, workers: int = 2, threads: int = 8
    ) -> None:
        self.settings = settings
        self.log = log
        self.port = free_port()
        self.options = ["--workers", str(workers), "--threads", str(threads)]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = os.environ | {
            "HITRATE_INSTANCE": str(self.settings.instance),
            "HITRATE_DATABASE_URL": self.settings.database_url,
            "HITRATE_SECRET_KEY": self.settings.secret_key,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hitrate", "serve", "--port", str(self.port)],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/readyz", trust_env=False).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        self.kill()
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """SIGKILL to the server and all its workers at once, as when the machine takes them."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask it to stop, and kill what does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(settings: Settings, log: Path) -> Iterator[LiveServer]:
    """A server that runs within the block."""
    server = LiveServer(settings, log)
    try:
        server.start()
        yield server
    finally:
        server.stop()
