"""Somebody at a browser without scripts: fills in forms, and can speak the game's JSON."""

import json
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

DEVICE = {
    "device_class": "desktop",
    "viewport_width_px": 1280,
    "viewport_height_px": 800,
    "device_pixel_ratio": 1.5,
    "frame_ms": 16.7,
    "touch": False,
}

# A paradigm that fits into few pictures: 14 trials of 9 images, and whatever is pressed.
SMALL = {
    "n_targets": 3,
    "n_fillers": 4,
    "n_vigilance": 2,
    "target_lags": [3, 9],
    "vigilance_lags": [1, 3],
    "attention": [],
}
N_TRIALS = 14
N_IMAGES = 9


def response(position: int, key: str | None = None, rt_ms: float | None = None) -> dict[str, Any]:
    """A trial as the game reports it."""
    return {
        "position": position,
        "key": key,
        "rt_ms": rt_ms,
        "keys": [] if key is None else [{"key": key, "at_ms": rt_ms}],
        "onset_ms": 1400.0 * position,
        "offset_ms": 1400.0 * position + 600.0,
        "frame_ms": 16.7,
        "dropped_frames": 0,
        "feedback_onset_ms": None,
        "had_focus": True,
    }


def event(event_id: str, name: str = "blur", position: int | None = None) -> dict[str, Any]:
    """A disturbance as the game reports it."""
    return {"event_id": event_id, "event": name, "position": position, "at_ms": 5.0, "detail": {}}


class Visitor:
    """One browser."""

    def __init__(self, app: Flask, slug: str = "pictures") -> None:
        self.client: FlaskClient = app.test_client()
        self.slug = slug

    def get(self, path: str = "") -> TestResponse:
        return self.client.get(f"/s/{self.slug}{path}")

    def submit(self, page: TestResponse, **fields: str) -> TestResponse:
        """Send the page's form with its hidden fields and these."""
        action = re.search(r'<form method="post"(?: action="([^"]+)")?', page.text)
        assert action, page.text
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        address = action[1] or page.request.path
        return self.client.post(address, data=dict(hidden) | fields)

    def take_part(self, query: str = "") -> dict[str, Any]:
        """Welcome, consent, game: what the game's page gives to its scripts."""
        assert self.submit(self.get(query)).status_code == 303
        consent = self.get("/consent")
        if consent.status_code == 200:
            assert self.submit(consent, agree="yes", answer="yes").status_code == 303
        return game_of(self.get("/play"))

    def begin_run(self, query: str = "") -> "Player":
        """Take part, and start the run."""
        player = Player(self.client, self.take_part(query)["run_url"])
        player.start()
        return player


def game_of(page: TestResponse) -> dict[str, Any]:
    """The JSON in the page of the game."""
    found = re.search(
        r'<script type="application/json" id="game">(.*?)</script>', page.text, re.DOTALL
    )
    assert found, page.text
    game: dict[str, Any] = json.loads(found[1])
    return game


class Player:
    """The game's side of one run."""

    def __init__(self, client: FlaskClient, run_url: str) -> None:
        self.client = client
        self.run_url = run_url

    @property
    def token(self) -> str:
        return self.run_url.rpartition("/")[2]

    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.client.get(self.run_url).get_json()
        return config

    def start(
        self, last_shown: int | None = None, origin: float | None = 1e12, tab: str | None = None
    ) -> TestResponse:
        body = {"device": DEVICE, "origin_epoch_ms": origin, "last_shown": last_shown, "tab": tab}
        return self.client.post(f"{self.run_url}/start", json=body)

    def send(
        self, *responses: dict[str, Any], events: Any = (), tab: str | None = None
    ) -> TestResponse:
        body = {"responses": list(responses), "events": list(events), "tab": tab}
        return self.client.post(f"{self.run_url}/responses", json=body)

    def ask(self, position: int, key: str = " ", rt_ms: float = 400.0) -> TestResponse:
        body = {"position": position, "key": key, "rt_ms": rt_ms}
        return self.client.post(f"{self.run_url}/feedback", json=body)

    def rest(self, level: int) -> TestResponse:
        return self.client.post(f"{self.run_url}/rest", json={"level": level})

    def finish(self, *lost: int, stop: bool = False) -> TestResponse:
        return self.client.post(f"{self.run_url}/finish", json={"lost": list(lost), "stop": stop})

    def play(self, presses: set[int] | None = None) -> None:
        """Play the whole run, with a key at these positions."""
        pressed = presses or set()
        sent = [
            response(p, " ", 400.0 + p) if p in pressed else response(p) for p in range(N_TRIALS)
        ]
        assert self.send(*sent).status_code == 201
        assert self.finish().status_code == 200
