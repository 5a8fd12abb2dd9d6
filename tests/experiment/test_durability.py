"""kill -9 while people play: what was acknowledged is there, and nothing is double."""

import threading
import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment import participation, runs
from experiment.database import Database
from experiment.models import Response, ResponseConflict, Run
from experiment.settings import Settings
from tests.experiment.pictures import open_picture_study
from tests.experiment.serving import LiveServer, serving

N_PEOPLE = 6
PARADIGM = {
    "n_targets": 60,
    "n_fillers": 60,
    "n_vigilance": 10,
    "target_lags": [20, 120],
    "vigilance_lags": [2, 8],
}
DEVICE = {
    "device_class": "desktop",
    "viewport_width_px": 800,
    "viewport_height_px": 600,
    "device_pixel_ratio": 1.0,
    "frame_ms": 16.7,
    "touch": False,
}


class Player(threading.Thread):
    """Posts one response after the other, and again what gets no answer, as the outbox does."""

    def __init__(self, server: LiveServer, token: str, n_trials: int) -> None:
        super().__init__(daemon=True)
        self.url = f"{server.url}/api/v1/runs/{token}"
        self.n_trials = n_trials
        self.acknowledged: list[int] = []
        self.n_unanswered = 0

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=20) as client:
            for position in range(self.n_trials):
                while not self.post(client, position):
                    self.n_unanswered += 1
                    time.sleep(0.02)
                self.acknowledged.append(position)

    def post(self, client: httpx.Client, position: int) -> bool:
        try:
            answer = client.post(f"{self.url}/responses", json={"responses": [response(position)]})
        except httpx.TransportError:
            return False
        receipt = answer.json()
        return position in receipt.get("stored", []) + receipt.get("known", [])


def response(position: int) -> dict[str, Any]:
    rt_ms = 400.0 + position if position % 3 == 0 else None
    key = None if rt_ms is None else " "
    return {
        "position": position,
        "key": key,
        "rt_ms": rt_ms,
        "keys": [] if rt_ms is None else [{"key": key, "at_ms": rt_ms}],
        "onset_ms": 1400.0 * position,
        "offset_ms": 1400.0 * position + 600.0,
        "frame_ms": 16.7,
        "dropped_frames": 0,
        "feedback_onset_ms": None,
    }


def begin_run(database: Database, slug: str, server: LiveServer) -> str:
    with database.write() as session:
        study = runs.find_study(session, slug)
        person = participation.start_participant(session, study)
        participation.agree(session, study, person)
        token = runs.start_run(session, study, person).token
    start = {"device": DEVICE, "origin_epoch_ms": 0.0, "last_shown": None}
    url = f"{server.url}/api/v1/runs/{token}/start"
    httpx.post(url, json=start, trust_env=False).raise_for_status()
    return token


def test_what_was_acknowledged_survives_sigkill(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    slug = open_picture_study(settings, database, 140, PARADIGM)
    with serving(settings, tmp_path / "server.log") as server:
        tokens = [begin_run(database, slug, server) for _ in range(N_PEOPLE)]
        players = [Player(server, token, 200) for token in tokens]
        for player in players:
            player.start()
        for _ in range(2):
            wait_for_more(players, 150)
            server.kill()
            # What a player counts after this was answered before: its answer was on the way.
            time.sleep(0.1)
            with database.read() as session:
                for player, token in zip(players, tokens, strict=True):
                    kept = stored_positions(session, token)
                    assert set(player.acknowledged) <= kept
            server.start()
        for player in players:
            player.join(60)
        assert not any(player.is_alive() for player in players)
        assert sum(player.n_unanswered for player in players) > 0
        for token in tokens:
            url = f"{server.url}/api/v1/runs/{token}/finish"
            assert httpx.post(url, json={"lost": []}, trust_env=False).status_code == 200
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == N_PEOPLE * 200
        assert session.scalar(select(func.count()).select_from(ResponseConflict)) == 0
        kept_keys = session.execute(select(Response.position, Response.key, Response.rt_ms)).all()
    for position, key, rt_ms in kept_keys:
        assert (key, rt_ms) == (response(position)["key"], response(position)["rt_ms"])


def wait_for_more(players: list[Player], n: int) -> None:
    """Wait until n more responses are acknowledged."""
    end = time.monotonic() + 30
    enough = sum(len(player.acknowledged) for player in players) + n
    while sum(len(player.acknowledged) for player in players) < enough:
        assert time.monotonic() < end, "the server does not store responses"
        time.sleep(0.005)


def stored_positions(session: Session, token: str) -> set[int]:
    query = select(Response.position).join(Run, Run.id == Response.run_id)
    return set(session.scalars(query.where(Run.token == token)))
