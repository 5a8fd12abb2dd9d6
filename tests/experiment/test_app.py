"""What every answer has: security headers, careful cookies, quiet logs, the study's language."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask

from experiment.app import create_app
from experiment.database import Database
from experiment.logs import JsonLines
from experiment.models import Study
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.visitor import Visitor, response

PAGES = ["/s/pictures", "/s/nothing", "/nothing", "/healthz", "/api/v1/openapi.json", "/open/x"]


def test_every_answer_has_the_security_headers(app: Flask) -> None:
    for page in [*PAGES, "/static/hitrate.css", "/api/v1/runs/x"]:
        with app.test_client().get(page) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers
        if not page.startswith("/static"):
            assert headers["Cache-Control"] == "no-store"


def test_the_cookie_is_for_this_server_alone(app: Flask) -> None:
    plain = app.test_client().get("/s/pictures").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    safe = app.test_client().get("/s/pictures", base_url="https://localhost")
    assert "Secure" in safe.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in safe.headers


def test_a_proxy_is_believed_only_where_the_settings_say_so(app: Flask, settings: Settings) -> None:
    forwarded = {"X-Forwarded-Proto": "https"}
    told = app.test_client().get("/s/pictures", headers=forwarded)
    assert "Secure" not in told.headers["Set-Cookie"]
    behind = create_app(
        Settings(settings.instance, settings.database_url, settings.secret_key, trusted_proxies=1)
    )
    told = behind.test_client().get("/s/pictures", headers=forwarded)
    behind.extensions["hitrate"].database.close()
    assert "Secure" in told.headers["Set-Cookie"]


def test_logs_hold_routes_and_no_tokens_addresses_or_people(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="experiment")
    player = visitor.begin_run()
    player.send(response(0))
    player.send(response(999))
    formatter = JsonLines()
    lines = [json.loads(formatter.format(record)) for record in caplog.records]
    answered = [(line["method"], line["route"], line["status"]) for line in lines]
    route = "/api/v1/runs/<token:token>/responses"
    assert answered[-2:] == [("POST", route, 201), ("POST", route, 422)]
    assert all(line["ms"] >= 0 and line["time"].endswith("+00:00") for line in lines)
    assert player.token not in str(lines)
    assert "127.0.0.1" not in str(lines)


def test_a_failure_is_logged_without_what_people_sent(
    app: Flask,
    visitor: Visitor,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    player = visitor.begin_run()

    def fail(*_: object) -> None:
        raise RuntimeError(f"something about {player.token}")

    monkeypatch.setattr("experiment.recorder.record_batches", fail)
    answer = player.send(response(0))
    assert (answer.status_code, answer.get_json()["error"]) == (500, "failure")
    formatter = JsonLines()
    failure = next(record for record in caplog.records if record.levelname == "ERROR")
    line = formatter.format(failure)
    assert json.loads(line)["error"] == "RuntimeError"
    assert "record_batches" in line or "recorder" in line
    assert player.token not in line


def test_the_page_for_problems_has_no_trace_of_the_inside(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr("experiment.runs.find_study", fail)
    page = app.test_client().get("/s/pictures")
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert "the inside" not in page.text


def test_texts_come_from_a_compiled_catalogue_of_the_studys_language(
    app: Flask, settings: Settings, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "translations" / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="ar")
    catalogue.add("Take part", "شارك")
    catalogue.add("Get ready", "استعد")
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    with database.write() as session:
        study = find_study(session, "pictures")
        study.definition = study.definition | {"language": "ar"}
    translated = create_app(settings, translations=tmp_path / "translations")
    visitor = Visitor(translated)
    page = visitor.get().text
    game = visitor.take_part()
    translated.extensions["hitrate"].database.close()
    assert '<html lang="ar" dir="rtl">' in page
    assert "شارك" in page
    assert (game["language"], game["direction"]) == ("ar", "rtl")
    assert game["texts"]["get_ready"] == "استعد"
    assert game["texts"]["practice_again"] == "Practise again"  # not in the catalogue


def test_texts_can_be_extracted_for_translators(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    catalogue = tmp_path / "messages.pot"
    options = ["-F", str(root / "experiment" / "babel.cfg"), "-o", str(catalogue)]
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", *options]
    subprocess.run([*command, "experiment"], cwd=root, check=True)
    texts = catalogue.read_text(encoding="utf-8")
    for words in ("Take part", "Get ready", "Something is not right"):
        assert f'msgid "{words}"' in texts


def test_a_notice_is_no_html(app: Flask, database: Database) -> None:
    with database.write() as session:
        study: Study = find_study(session, "pictures")
        study.title = "<b>T</b>"
    assert "&lt;b&gt;T&lt;/b&gt;" in app.test_client().get("/s/pictures").text
