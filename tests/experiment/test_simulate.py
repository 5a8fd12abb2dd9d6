"""How simulated participants are sent out, and what is said when they cannot play."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from experiment.commands.simulate import simulate as simulate_command
from experiment.database import Database
from experiment.models import Interruption, Response, Run
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.simulation import play as simulation
from experiment.simulation.browser import Browser, SimulationError
from experiment.simulation.crowd import Crowd
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.memory import Memory, Person
from experiment.simulation.play import Conditions, Failure, simulate, simulate_study
from experiment.simulation.player import Played, Recognise
from experiment.studies.lifecycle import close_study
from tests.experiment.pictures import open_picture_study
from tests.experiment.serving import free_port, serving

PARADIGM = {
    "n_targets": 10,
    "n_fillers": 4,
    "n_vigilance": 2,
    "target_lags": [5, 18],
    "vigilance_lags": [2, 4],
}


def test_a_player_who_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def play(
        browser: Browser, link: str, person: Person, recognise: object, *_: object, **__: object
    ) -> Played:
        if person.number == 3:
            raise SimulationError("lost the way")
        return Played("finished", 28)

    monkeypatch.setattr(simulation, "play", play)
    seen: list[tuple[int, int]] = []
    summary = simulate(
        "http://127.0.0.1:1",
        "/s/x",
        Memory({}),
        unknown_picture,
        range(1, 6),
        seed=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert (summary.n_finished, summary.n_responses) == (4, 4 * 28)
    assert summary.failures == (Failure(3, "lost the way"),)
    assert seen == [(n, 5) for n in range(1, 6)]


def test_a_study_that_is_not_open_and_a_server_that_is_not_there_are_named(
    settings: Settings, database: Database
) -> None:
    slug = open_picture_study(settings, database, 20, PARADIGM)
    nowhere = f"http://127.0.0.1:{free_port()}"

    def send() -> None:
        simulate_study(
            settings, database, slug, nowhere, lambda ids: draw_memorability(ids, 1), [1], seed=1
        )

    with pytest.raises(SimulationError, match=r"no hitrate server answers .* 'hitrate serve'"):
        send()
    with database.write() as session:
        close_study(session, find_study(session, slug))
    with pytest.raises(SimulationError, match=r"is closed; 'hitrate study open pictures'"):
        send()


def test_the_command_says_how_many_finished_and_why_one_did_not(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = open_picture_study(settings, database, 20, PARADIGM)
    monkeypatch.setenv("HITRATE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("HITRATE_SECRET_KEY", settings.secret_key)
    with serving(settings, tmp_path / "server.log") as server:
        command = [slug, "--participants", "3", "--seed", "2", "--server", server.url]
        result = CliRunner().invoke(simulate_command, command)
        assert result.exit_code == 0, result.output
        assert (
            "Of 3 participants 3 finished; 84 responses." in result.output
        )  # 2 × 10 + 4 + 2 × 2 trials each
        monkeypatch.setattr(simulation, "recogniser", blind)
        result = CliRunner().invoke(simulate_command, command)
    assert isinstance(result.exception, SimulationError)
    assert "Participant 2 failed: never seen" in result.output


def test_bad_networks_and_closed_tabs_lose_nothing_that_was_acknowledged(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiment.simulation.browser.FIRST_WAIT_S", 0.01)
    slug = open_picture_study(settings, database, 20, PARADIGM)
    conditions = Conditions(crowd=Crowd(dropouts=0.3, flaky=0.6), stagger_s=0.05)
    habits = [conditions.crowd.habits(6, number) for number in range(12)]
    n_leaving = sum(person.leaves_after is not None for person in habits)
    n_flaky = sum(person.is_flaky for person in habits)
    assert n_leaving >= 2  # the seed is one with some of each
    assert n_flaky >= 4
    with serving(settings, tmp_path / "server.log") as server:
        summary = simulate_study(
            settings,
            database,
            slug,
            server.url,
            lambda ids: draw_memorability(ids, 6),
            range(12),
            seed=6,
            conditions=conditions,
        )
    assert summary.failures == ()
    assert summary.outcomes == {"finished": 12 - n_leaving, "left": n_leaving}
    with database.read() as session:
        n_stored = session.scalar(select(func.count()).select_from(Response))
        n_reloads = session.scalar(select(func.count()).select_from(Interruption))
        finished = session.scalars(select(Run.id).where(Run.state == "finished")).all()
    assert n_stored == summary.n_responses
    assert n_reloads is not None
    assert n_reloads >= 1
    assert len(finished) == summary.n_finished


def blind(pictures: Mapping[str, Path]) -> Recognise:
    """In place of `recogniser`: a memory for none of these pictures."""
    return unknown_picture


def unknown_picture(picture: bytes) -> str:
    raise SimulationError("never seen")


class Busy(BaseHTTPRequestHandler):
    """Answers 503 twice, then 200; 404 elsewhere."""

    n_asked = 0

    def do_GET(self) -> None:
        type(self).n_asked += 1
        status = 404 if self.path == "/absent" else 503 if self.n_asked < 3 else 200
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (its signature)
        pass


@pytest.fixture
def busy_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("experiment.simulation.browser.FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(Busy, "n_asked", 0)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Busy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_server_that_asks_to_come_again_is_asked_again(busy_server: str) -> None:
    with Browser(busy_server, Random(1)) as browser:
        assert browser.get_json("/anything") == {}
        assert Busy.n_asked == 3
        with pytest.raises(SimulationError, match="was answered 404"):
            browser.get_json("/absent")
        assert Busy.n_asked == 4
