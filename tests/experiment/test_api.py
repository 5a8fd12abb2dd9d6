"""The game's JSON over HTTP: what it shows, what it hides, and how it refuses."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image as PillowImage
from sqlalchemy import select

from experiment.current import Instance
from experiment.database import Database
from experiment.design.display import Display
from experiment.models import Image, Run, Trial
from experiment.participant import api as api_module
from experiment.participant.pace import Pace
from experiment.recorder import Recorder
from experiment.settings import Settings
from tests.experiment.visitor import DEVICE, N_TRIALS, Player, Visitor, event, response

PROBLEM = {"error", "message"}


def test_the_browser_never_hears_of_role_lag_or_file_names(
    visitor: Visitor, database: Database
) -> None:
    config = visitor.begin_run().config()
    assert {name for trial in config["trials"] for name in trial} == {
        "position",
        "level",
        "image_url",
        "phase",
        "stimulus_ms",
        "gap_ms",
    }
    with database.read() as session:
        secrets = session.execute(select(Image.image_id, Image.sha256)).all()
    for image_id, sha256 in secrets:
        assert image_id not in str(config)
        assert sha256 not in str(config)


def test_a_run_is_what_the_paradigm_says(visitor: Visitor) -> None:
    config = visitor.begin_run().config()
    assert config["n_trials"] == len(config["trials"]) == N_TRIALS
    assert (config["keys"], config["early_key_ms"]) == ([" "], 150)
    assert config["display"] == Display().to_dict()
    assert {(t["stimulus_ms"], t["gap_ms"]) for t in config["trials"]} == {(600, 800)}
    assert (config["is_preview"], config["is_simulated"]) == (False, False)


def test_the_last_image_is_served_like_every_other(
    visitor: Visitor, database: Database, settings: Settings
) -> None:
    player = visitor.begin_run()
    sent = [visitor.client.get(trial["image_url"]) for trial in player.config()["trials"]]
    assert {answer.status_code for answer in sent} == {200}
    with database.read() as session:
        shas = session.scalars(
            select(Image.sha256)
            .join(Trial, Trial.image_id == Image.id)
            .join(Run, Run.id == Trial.run_id)
            .where(Run.token == player.token)
            .order_by(Trial.position)
        ).all()
    files = [settings.renditions / f"{sha256}-512-whole.webp" for sha256 in shas]
    assert [answer.data for answer in sent] == [file.read_bytes() for file in files]


def test_two_showings_of_an_image_have_no_header_in_common(visitor: Visitor) -> None:
    trials = visitor.begin_run().config()["trials"]
    for trial in trials:
        headers = visitor.client.get(trial["image_url"]).headers
        assert headers["Content-Type"] == "image/webp"
        assert headers["Cache-Control"] == "private, no-store"
        for name in ("ETag", "Last-Modified", "Content-Disposition", "Expires", "Set-Cookie"):
            assert name not in headers


def test_a_rendition_that_was_deleted_is_made_again(visitor: Visitor, settings: Settings) -> None:
    trial = visitor.begin_run().config()["trials"][0]
    for file in settings.renditions.iterdir():
        file.unlink()
    answer = visitor.client.get(trial["image_url"])
    assert answer.status_code == 200
    with PillowImage.open(next(settings.renditions.iterdir())) as made:
        assert made.size == (48, 32)  # never enlarged


def test_an_image_is_shown_without_a_look_at_its_original(
    visitor: Visitor, settings: Settings
) -> None:
    trial = visitor.begin_run().config()["trials"][0]
    for file in (settings.image_sets / "pictures" / "originals").iterdir():
        file.unlink()
    assert visitor.client.get(trial["image_url"]).status_code == 200


def test_an_image_whose_original_is_gone_too_is_not_found(
    visitor: Visitor, settings: Settings
) -> None:
    trial = visitor.begin_run().config()["trials"][0]
    for folder in (settings.renditions, settings.image_sets / "pictures" / "originals"):
        for file in folder.iterdir():
            file.unlink()
    answer = visitor.client.get(trial["image_url"])
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")


def test_another_runs_token_opens_none_of_this_runs_images(app: Flask) -> None:
    mine, other = Visitor(app).begin_run(), Visitor(app).begin_run()
    address = mine.config()["trials"][0]["image_url"].rpartition("/")[2]
    assert mine.client.get(f"{mine.run_url}/images/{address}").status_code == 200
    assert other.client.get(f"{other.run_url}/images/{address}").status_code == 404


ADDRESSES = [
    "..",
    "../secret_key",
    "..%2f..%2fsecret_key",
    "%2e%2e/%2e%2e/hitrate.db",
    "....//....//secret_key",
    "..\\..\\secret_key",
    "%00",
    "a\x00b",
    "/etc/passwd",
    "%252e%252e%252fsecret_key",
    "é" * 300,
]


def test_no_address_leads_to_a_file(visitor: Visitor, settings: Settings) -> None:
    (settings.instance / "secret_key").write_text("the secret itself")
    player = visitor.begin_run()
    for address in ADDRESSES:
        for url in (
            f"{player.run_url}/images/{address}",
            f"/api/v1/runs/{address}",
            f"/s/{address}",
            f"/open/{address}",
            f"/results/{address}",
        ):
            answer = visitor.client.get(url)
            assert answer.status_code in (308, 403, 404), (url, answer.data)
            assert b"the secret itself" not in answer.data


def test_unknown_runs_are_not_found(app: Flask) -> None:
    client = app.test_client()
    asked = [client.get(f"/api/v1/runs/nobody{end}") for end in ("", "/images/x")]
    bodies = {"start": {"device": DEVICE}, "responses": {}, "finish": {}}
    asked += [client.post(f"/api/v1/runs/nobody/{end}", json=bodies[end]) for end in bodies]
    for answer in asked:
        assert (answer.status_code, set(answer.get_json())) == (404, PROBLEM)


WRONG = {
    "not JSON": b"{",
    "no object": b"[]",
    "not UTF-8": b'{"responses": "\xff"}',
    "unknown field": b'{"responses": [], "surprise": 1}',
    "NaN": b'{"events": [{"event_id": "a", "event": "blur", "position": null, "at_ms": NaN}]}',
    "infinite": b'{"events": [{"event_id": "a", "event": "a", "position": 0, "at_ms": 1e999}]}',
    "NUL": b'{"events": [{"event_id": "\\u0000", "event": "blur", "position": 0, "at_ms": 1}]}',
    "half a character": b'{"events": [{"event_id": "\\ud800", "event": "a", "at_ms": 1}]}',
    "no event name": b'{"events": [{"event_id": "a", "event": "<b>", "position": 0, "at_ms": 1}]}',
}


def test_bodies_that_do_not_fit_are_refused(visitor: Visitor) -> None:
    player = visitor.begin_run()
    for name, body in WRONG.items():
        answer = visitor.client.post(
            f"{player.run_url}/responses", data=body, content_type="application/json"
        )
        assert (answer.status_code, answer.get_json()["error"]) == (422, "malformed"), name


IMPOSSIBLE: list[dict[str, Any]] = [
    {"position": -1},
    {"position": 0.5},
    {"position": "0"},
    {"position": True},
    {"key": " "},  # without a time
    {"rt_ms": 300.0},  # without a key
    {"key": "", "rt_ms": 300.0},
    {"key": "x" * 33, "rt_ms": 300.0},
    {"key": " ", "rt_ms": -1.0},
    {"onset_ms": None},
    {"frame_ms": 0.0},
    {"dropped_frames": -1},
    {"dropped_frames": 2**31},
    {"keys": [{"key": " ", "at_ms": 1.0}] * 101},
    {"lag": 5},
]


def test_impossible_responses_are_refused_and_named(visitor: Visitor) -> None:
    player = visitor.begin_run()
    for change in IMPOSSIBLE:
        answer = player.send(response(0) | change)
        assert (answer.status_code, answer.get_json()["error"]) == (422, "malformed"), change
        assert answer.get_json()["message"].startswith("responses.0")


def test_a_response_without_a_field_is_refused(visitor: Visitor) -> None:
    player = visitor.begin_run()
    for position, name in enumerate(response(0)):
        partial = {key: value for key, value in response(position).items() if key != name}
        if name in ("feedback_onset_ms", "had_focus"):
            assert player.send(partial).status_code == 201
        else:
            assert player.send(partial).status_code == 422, name


def test_too_much_at_once_is_too_large(visitor: Visitor) -> None:
    player = visitor.begin_run()
    assert player.send(*[response(0)] * 201).status_code == 413
    assert player.send(events=[event(str(n)) for n in range(501)]).status_code == 413
    answer = visitor.client.post(
        f"{player.run_url}/responses", data=b" " * 1_100_000, content_type="application/json"
    )
    assert (answer.status_code, set(answer.get_json())) == (413, PROBLEM)


def test_the_largest_batch_is_taken(visitor: Visitor) -> None:
    player = visitor.begin_run()
    largest = [response(n % N_TRIALS) for n in range(200)]
    answer = player.send(*largest, events=[event(str(n)) for n in range(500)])
    assert answer.status_code == 201
    assert answer.get_json()["stored"] == list(range(N_TRIALS))


def test_a_run_that_sends_without_end_is_told_to_wait(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    player = visitor.begin_run()
    monkeypatch.setattr(api_module, "PACE", Pace(burst=3, per_second=1, clock=lambda: now[0]))
    assert [player.send().status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert set(player.send().get_json()) == PROBLEM
    now[0] = 2.0
    assert [player.send().status_code for _ in range(3)] == [200, 200, 429]


def test_a_method_that_an_address_does_not_have_is_refused_as_json(visitor: Visitor) -> None:
    player = visitor.begin_run()
    answer = visitor.client.put(f"{player.run_url}/responses", json={})
    assert (answer.status_code, set(answer.get_json())) == (405, PROBLEM)
    assert "POST" in answer.headers["Allow"]


def test_a_database_that_is_gone_is_an_outage_and_not_a_failure(
    app: Flask, visitor: Visitor, tmp_path: Path
) -> None:
    player = visitor.begin_run()
    gone = Database(f"sqlite:///{tmp_path / 'nowhere' / 'hitrate.db'}")
    mine = app.extensions["hitrate"]
    app.extensions["hitrate"] = Instance(mine.settings, gone, Recorder(gone))
    try:
        answer = player.send(response(0))
        assert (answer.status_code, answer.get_json()["error"]) == (503, "database_unavailable")
        assert "Retry-After" in answer.headers
        assert app.test_client().get("/readyz").status_code == 503
        assert app.test_client().get("/healthz").status_code == 200
    finally:
        app.extensions["hitrate"] = mine
    assert player.send(response(0)).status_code == 201


def test_health_and_readiness(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready"}


def test_players_may_use_another_browser_with_the_same_run(app: Flask, visitor: Visitor) -> None:
    player = visitor.begin_run()
    elsewhere = Player(app.test_client(), player.run_url)
    assert elsewhere.send(response(0)).status_code == 201
