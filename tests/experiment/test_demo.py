"""The demo with a stand-in for ResMem, which has its own tests: the steps, and that it goes on."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from analysis.dataset import Dataset, read_dataset
from analysis.models import scoring
from analysis.scores.scoring import image_scores
from experiment.demo import Addresses, run_demo
from experiment.errors import ConflictError
from experiment.settings import Settings, load_settings
from tests.experiment.serving import free_port


@pytest.fixture
def settings_of_demo(instance: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(scoring, "score_images", by_name)
    return load_settings()


def by_name(images: Any, model: str, *, progress: bool) -> pd.DataFrame:
    """Predictions in a narrow range, as ResMem's are, in the order of the images' names."""
    rows = [
        {"image_id": image.image_id, "sha256": image.sha256, "model": model,
         "prediction": 0.8 + 0.0001 * number, "fingerprint": "stand-in", "error": None}
        for number, image in enumerate(images)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def silent(unit: str) -> Callable[[int, int], object]:
    return lambda *counts: counts


def leave(addresses: Addresses, report: Path) -> None:
    pass


def go(settings: Settings, n_participants: int, stay: Callable[[Addresses, Path], object]) -> str:
    """Run the demo; what it said."""
    said: list[str] = []
    run_demo(
        settings,
        port=free_port(),
        n_participants=n_participants,
        say=said.append,
        bar=silent,
        stay=stay,
    )
    return "\n".join(said)


def n_attentive(dataset: Dataset, n: int) -> int:
    """How many of n people the rule of lamem2015 leaves in: whoever misses more than a quarter of
    twelve vigilance repeats is out, which happens to a few who try."""
    n_left_out = 0 if dataset.exclusions is None else len(dataset.exclusions)
    assert n_left_out <= 2
    return n - n_left_out


def test_the_demo_goes_the_whole_way_and_goes_on_from_there(settings_of_demo: Settings) -> None:
    def look(addresses: Addresses, report: Path) -> None:
        assert report == settings_of_demo.instance / "reports" / "demo" / "report.html"
        assert "built in" in report.read_text(encoding="utf-8")
        with httpx.Client(trust_env=False) as client:
            play = client.get(addresses.play)
            assert play.status_code == 200
            assert "built in" in play.text  # the banner
            for link in (addresses.results, addresses.report):
                assert "/open/" in link
                assert client.get(link).status_code == 200
            assert "/open-account/" in addresses.pages
            assert client.get(addresses.pages).status_code == 200

    assert "5 simulated participants play" in go(settings_of_demo, 5, look)
    dataset = read_dataset(settings_of_demo.instance / "demo" / "dataset")
    scores = image_scores(dataset)
    # five people with a mean hit rate of .70 over images and 66 targets each: SE about .04
    assert scores["hits"].sum() / scores["repeats"].sum() == pytest.approx(0.70, abs=0.12)
    assert scores["repeats"].sum() == n_attentive(dataset, 5) * 66

    again = go(settings_of_demo, 6, leave)
    assert "1 simulated participants play" in again
    dataset = read_dataset(settings_of_demo.instance / "demo" / "dataset")
    assert dataset.runs is not None
    assert dataset.runs["state"].tolist() == ["finished"] * 6
    assert "have played before" in go(settings_of_demo, 6, leave)


def test_a_port_in_use_is_named_before_anything_is_done(settings_of_demo: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said: list[str] = []
        with pytest.raises(ConflictError, match=rf"port {port} .*hitrate demo --port {port + 1}"):
            run_demo(
                settings_of_demo,
                port=port,
                n_participants=4,
                say=said.append,
                bar=silent,
                stay=leave,
            )
    assert said == []
    assert not (settings_of_demo.instance / "hitrate.db").exists()
