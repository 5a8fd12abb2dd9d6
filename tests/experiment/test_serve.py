"""The server as it runs for real: gunicorn, its logs, and when it does not start."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from experiment.database import Database
from experiment.settings import Settings
from tests.experiment.pictures import open_picture_study
from tests.experiment.serving import LiveServer, serving
from tests.experiment.visitor import SMALL


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def test_the_server_answers_and_its_log_is_json_lines_without_addresses(
    settings: Settings, database: Database, log: Path
) -> None:
    open_picture_study(settings, database, 24, SMALL)
    with serving(settings, log) as server:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            assert client.get("/s/pictures").status_code == 200
            assert client.get("/api/v1/runs/a-secret-token").status_code == 404
            assert client.get("/readyz").json() == {"status": "ready"}
            assert client.get("/static/vendor/jspsych/index.browser.min.js").status_code == 200
        send_nonsense(server)
    said = log.read_text().replace(f"Listening at: {server.url}", "")
    announced = f"hitrate serves {settings.instance} at {server.url}\n"  # to stdout; logs to stderr
    assert announced in said
    said = said.replace(announced, "")
    lines = [json.loads(line) for line in said.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert {"/s/<slug:slug>", "/api/v1/runs/<token:token>"} <= {line["route"] for line in requests}
    assert "a-secret-token" not in said
    assert "127.0.0.1" not in said


def send_nonsense(server: LiveServer) -> None:
    """A request that is no HTTP."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"\x00 nonsense\r\n\r\n")
        connection.recv(1000)


def test_the_server_does_not_start_without_tables(instance: Path, empty_database_url: str) -> None:
    environment = os.environ | {
        "HITRATE_INSTANCE": str(instance),
        "HITRATE_DATABASE_URL": empty_database_url,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "hitrate", "serve", "--port", "0"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert "hitrate db upgrade" in ended.stderr
