"""The files of docs/deployment as the programs that read them see them; nginx runs for real."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from experiment.database import Database
from experiment.settings import Settings, load_settings
from tests.experiment.pictures import open_picture_study
from tests.experiment.serving import LiveServer, serving
from tests.experiment.visitor import DEVICE, SMALL, response
from tests.experiment.web_server import WebServer, find_nginx, web_server

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "docs" / "deployment"
UNITS = ("hitrate.service", "hitrate-backup.service", "hitrate-backup.timer")
THEIR_ADDRESS = "203.0.113.77"  # of the block for documentation (RFC 5737)


def values_of(text: str) -> dict[str, str]:
    """A file of settings as systemd reads it."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_the_file_of_settings_has_only_settings_that_exist(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="the file names a PostgreSQL database")
    values = values_of((FILES / "hitrate.env").read_text(encoding="utf-8"))
    sources = [ROOT / "experiment" / "settings.py", *(ROOT / "analysis" / "models").glob("*.py")]
    known = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert [name for name in values if f'"{name}"' not in known] == []
    for name, value in (values | {"HITRATE_INSTANCE": str(instance)}).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.trusted_proxies == 1
    assert settings.public_url == "https://memory.example.org"
    assert settings.database_url.startswith("postgresql+psycopg:///hitrate?")


@pytest.mark.parametrize("unit", UNITS[:2])
def test_a_unit_runs_a_command_that_exists(unit: str) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", (FILES / unit).read_text(), re.MULTILINE)
    program, *words = shlex.split(line)
    assert program == "/opt/hitrate/bin/hitrate"
    # Options are read before --help answers: one that does not exist is refused.
    done = subprocess.run(
        [sys.executable, "-m", "hitrate", *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr


def verify(folder: Path) -> str:
    """What systemd finds wrong with the units in a folder."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    done = subprocess.run(
        [program, "verify", "--man=no", *(str(folder / unit) for unit in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "hitrate" in line]
    return "\n".join(ours)


def test_systemd_finds_nothing_wrong_with_the_units_and_would(tmp_path: Path) -> None:
    for unit in UNITS:
        text = (FILES / unit).read_text(encoding="utf-8")
        (tmp_path / unit).write_text(text.replace("/opt/hitrate/bin/hitrate", "/bin/true"))
    assert verify(tmp_path) == ""
    service = tmp_path / "hitrate.service"
    service.write_text(service.read_text().replace("ProtectHome=", "ProtectHouse="))
    assert "ProtectHouse" in verify(tmp_path)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_server_tells_systemd_when_it_listens(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Type=notify waits for: a datagram READY=1 (sd_notify(3))."""
    assert "Type=notify" in (FILES / "hitrate.service").read_text(encoding="utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with serving(settings, tmp_path / "server.log"):
            assert b"READY=1" in systemd.recv(1000).splitlines()


@pytest.fixture
def hitrate_server(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveServer]:
    """A server with an open study, and one web server in front of it."""
    open_picture_study(settings, database, 24, SMALL)
    monkeypatch.setenv("HITRATE_TRUSTED_PROXIES", "1")
    monkeypatch.setenv("HITRATE_PUBLIC_URL", "https://localhost")
    with serving(settings, tmp_path / "server.log") as server:
        yield server


@pytest.fixture
def front(hitrate_server: LiveServer, tmp_path: Path) -> Iterator[WebServer]:
    """nginx, as the docs set it up."""
    nginx = find_nginx()
    if nginx is None or shutil.which("openssl") is None:
        pytest.skip("nginx (and openssl, for its certificate) is not on this machine")
    (tmp_path / "nginx").mkdir()
    with web_server(nginx, tmp_path / "nginx", hitrate_server.port) as server:
        yield server


@pytest.mark.parametrize("backend", ["sqlite"])
def test_people_play_through_nginx_beside_half_sent_requests(
    front: WebServer, hitrate_server: LiveServer, tmp_path: Path
) -> None:
    """hitrate has 16 threads here: 32 half-sent requests would occupy them, if they reached it."""
    there = httpx.get(f"{front.http}/s/pictures", headers={"Host": "localhost"}, trust_env=False)
    assert (there.status_code, there.headers["Location"]) == (301, "https://localhost/s/pictures")
    with front.client() as browser, half_sent_requests(front, 32):
        browser.headers["X-Forwarded-Host"] = "evil.example.org"  # is not believed
        browser.headers["X-Forwarded-For"] = THEIR_ADDRESS
        welcome = browser.get("/s/pictures")
        assert "Secure; HttpOnly" in welcome.headers["Set-Cookie"]
        assert welcome.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "evil" not in str(welcome.headers) + welcome.text
        submit(browser, "/s/pictures")
        submit(browser, "/s/pictures/consent", agree="yes", answer="yes")
        found = re.search(r'"run_url": ?"([^"]+)"', browser.get("/s/pictures/play").text)
        assert found
        assert browser.post(f"{found[1]}/start", json={"device": DEVICE}).status_code == 200
        config = browser.get(found[1]).json()
        assert browser.get(config["trials"][0]["image_url"]).status_code == 200
        body = {"responses": [response(p) for p in range(config["n_trials"])], "events": []}
        assert browser.post(f"{found[1]}/responses", json=body).status_code == 201
        assert browser.post(f"{found[1]}/finish", json={"lost": []}).status_code == 200

        style = browser.get("/static/hitrate.css", headers={"Accept-Encoding": "gzip"})
        assert style.headers["Content-Type"] == "text/css"
        assert style.headers["Content-Encoding"] == "gzip"  # nginx's own answer: hitrate packs none
        assert style.headers["X-Content-Type-Options"] == "nosniff"
        assert browser.get("/static/../settings.py").status_code == 404

        too_much = browser.post(f"{found[1]}/responses", content=b"x" * 1_050_000)
        assert (too_much.status_code, too_much.json()["error"]) == (413, "too_large")

        # More for researchers; hitrate itself refuses it to whoever has not signed in.
        piece = f"/api/v1/image-sets/uploads/a-token/files/{'0' * 32}?offset=0"
        assert browser.put(piece, content=b"x" * 8_000_000).status_code == 401
        form = browser.post("/studies/pictures/models/import", content=b"x" * 8_000_000)
        assert (form.status_code, form.text[:15]) == (413, "<!doctype html>")

        hitrate_server.stop()
        away = browser.get("/s/pictures")
        assert (away.status_code, away.headers["Retry-After"]) == (503, "10")
        assert "nothing is lost" in away.text
    logged = (tmp_path / "server.log").read_text(encoding="utf-8") + front.log.read_text()
    assert THEIR_ADDRESS not in logged
    assert "127.0.0.1" not in logged.replace(f"http://127.0.0.1:{hitrate_server.port}", "")


def submit(browser: httpx.Client, path: str, **fields: str) -> None:
    """Send the form of a page."""
    hidden = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', browser.get(path).text)
    )
    assert browser.post(path, data=hidden | fields).status_code == 303


@contextmanager
def half_sent_requests(front: WebServer, n: int) -> Iterator[None]:
    """So many requests of which only the beginning has been sent."""
    begun = (
        b"POST /api/v1/runs/a-token/responses HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 1000\r\n\r\n{"
    )
    with ExitStack() as lines:
        for _ in range(n):
            there = socket.create_connection(("127.0.0.1", front.port), timeout=5)
            line = front.context.wrap_socket(there, server_hostname="localhost")
            lines.enter_context(line).sendall(begun)
        yield


def test_the_wrapper_of_the_command_is_a_script_that_a_shell_reads() -> None:
    subprocess.run(["sh", "-n", str(FILES / "hitrate-admin")], check=True)
    assert os.access(FILES / "hitrate-admin", os.X_OK)
