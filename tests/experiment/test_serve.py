"""The server as it runs for real: gunicorn, its logs, and when it does not start."""

import json
import os
import re
import socket
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from experiment.database import Database
from experiment.serve import MOST_UNREAD, read_whole
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
    said = re.sub(r"Nobody has an account yet.*\nhttp://\S+/open-account/\S+\n", "", said)
    lines = [json.loads(line) for line in said.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert {"/s/<slug:slug>", "/api/v1/runs/<token:token>"} <= {line["route"] for line in requests}
    assert "a-secret-token" not in said
    assert "127.0.0.1" not in said


def test_the_link_to_the_first_account_is_printed_once_and_only_while_it_is_needed(
    settings: Settings, database: Database, log: Path
) -> None:
    """Two workers, one link; none in the log of what was asked for; none once somebody is there."""
    with serving(settings, log) as server:
        [path] = re.findall(
            r"\nhttp://127\.0\.0\.1:8000(/open-account/[\w-]{43})\n", log.read_text()
        )
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            page = client.get(path)
            token = re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]
            answers = {"email": "ada@lab.example", "name": "Ada", "form_token": token}
            password = "violin gravel sixteen otters"
            made = client.post(path, data=answers | {"password": password, "again": password})
            assert (made.status_code, made.headers["Location"]) == (303, "/studies")
            assert client.get("/researchers").status_code == 200
        server.stop()
        said = log.read_text()
        assert said.count(path.rpartition("/")[2]) == 1
        assert "violin" not in said
        assert "ada@lab.example" not in said
        server.start()
        assert log.read_text().count("/open-account/") == said.count("/open-account/")


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


@pytest.mark.parametrize(("n_sent", "n_left"), [(8_000_000, 0), (MOST_UNREAD + 5, 5), (0, 0)])
def test_what_an_app_has_not_read_is_read_before_its_answer_is_sent(
    n_sent: int, n_left: int
) -> None:
    sent = BytesIO(bytes(n_sent))

    def refuse(environ: object, start_response: object) -> list[bytes]:
        assert sent.tell() == 0
        return [b"too large"]

    assert read_whole(refuse)({"wsgi.input": sent}, lambda *_: print) == [b"too large"]
    assert len(sent.read()) == n_left
