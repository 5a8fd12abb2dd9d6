"""Predictions are kept by what computed them and by what image; anything else is a miss."""

import dataclasses
import json
import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from analysis.errors import ModelError
from analysis.models.as_shown import AsShown
from analysis.models.cache import FILE, PredictionCache, cache_folder
from analysis.models.fingerprint import Fingerprint, fingerprint, gather_facts
from analysis.models.preprocessing import SquashAndCrop
from analysis.models.registry import RESMEM, ModelCard

ONE = Fingerprint("1" * 64, '{"made": "up"}')
TWO = Fingerprint("2" * 64, '{"made": "up too"}')
IMAGE, OTHER = "a" * 64, "b" * 64


def test_a_prediction_is_found_again(tmp_path: Path) -> None:
    with PredictionCache(tmp_path / "new" / "folder", ONE) as cache:
        assert cache.get(IMAGE) is None
        cache.store({IMAGE: 0.1 + 0.2})
    with PredictionCache(tmp_path / "new" / "folder", ONE) as cache:
        assert cache.get(IMAGE) == 0.1 + 0.2  # to the last bit
        assert cache.get(OTHER) is None


def test_another_fingerprint_misses(tmp_path: Path) -> None:
    with PredictionCache(tmp_path, ONE) as one, PredictionCache(tmp_path, TWO) as two:
        one.store({IMAGE: 0.5})
        assert two.get(IMAGE) is None
        two.store({IMAGE: 0.25})
        assert (one.get(IMAGE), two.get(IMAGE)) == (0.5, 0.25)


def test_the_file_says_what_a_fingerprint_stands_for(tmp_path: Path) -> None:
    PredictionCache(tmp_path, ONE).close()
    connection = sqlite3.connect(tmp_path / FILE)
    assert connection.execute("SELECT * FROM fingerprint").fetchall() == [
        (1, ONE.digest, ONE.facts)
    ]
    connection.close()


def store_many(folder: Path, first: int) -> None:
    """A process that stores 60 predictions, some of which the other one stores too."""
    with PredictionCache(folder, ONE) as cache:
        for i in range(first, first + 60):
            cache.store({f"{i:064x}": i / 1000})


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=store_many, args=(tmp_path, i)) for i in (0, 40)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    with PredictionCache(tmp_path, ONE) as cache:
        assert [cache.get(f"{i:064x}") for i in range(100)] == [i / 1000 for i in range(100)]


def test_a_file_that_is_no_cache_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(ModelError, match=r"predictions\.sqlite.*--no-cache"):
        PredictionCache(tmp_path, ONE)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="HITRATE_CACHE"):
        PredictionCache(tmp_path / "file" / "cache", ONE)


def test_the_folder_is_named_by_the_environment_or_is_the_users(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == own_cache
    monkeypatch.delenv("HITRATE_CACHE")
    assert cache_folder().name == "hitrate"
    assert cache_folder().is_absolute()


def changed(**changes: object) -> ModelCard:
    return dataclasses.replace(RESMEM, **changes)  # type: ignore[arg-type]  # tests know the fields


@pytest.mark.usefixtures("torch_installed")
def test_the_fingerprint_is_the_same_each_time() -> None:
    assert fingerprint(RESMEM, "cpu") == fingerprint(RESMEM, "cpu")
    assert len(fingerprint(RESMEM, "cpu").digest) == 64


@pytest.mark.usefixtures("torch_installed")
@pytest.mark.parametrize(
    "card",
    [
        changed(name="resmem2"),
        changed(weights=dataclasses.replace(RESMEM.weights, sha256="0" * 64)),
        changed(preprocessing=SquashAndCrop(resize_px=256, crop_px=224)),
        changed(preprocessing=AsShown("square", SquashAndCrop(resize_px=256, crop_px=227))),
        changed(module="analysis.models.registry"),
    ],
    ids=["name", "weights", "preprocessing", "crop", "code"],
)
def test_another_model_is_another_fingerprint(card: ModelCard) -> None:
    assert fingerprint(card, "cpu").digest != fingerprint(RESMEM, "cpu").digest


@pytest.mark.usefixtures("torch_installed")
def test_another_device_or_number_format_is_another_fingerprint() -> None:
    digests = {
        fingerprint(RESMEM, device, dtype).digest
        for device in ("cpu", "cuda", "mps")
        for dtype in ("float32", "bfloat16")
    }
    assert len(digests) == 6


@pytest.mark.usefixtures("torch_installed")
@pytest.mark.parametrize("library", ["torch", "PIL"])
def test_another_version_of_a_library_is_another_fingerprint(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(RESMEM, "cpu").digest
    monkeypatch.setattr(f"{library}.__version__", "99.0")
    assert fingerprint(RESMEM, "cpu").digest != before


@pytest.mark.usefixtures("torch_installed")
def test_another_jpeg_decoder_is_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(RESMEM, "cpu").digest
    monkeypatch.setattr("PIL.features.version", lambda name: f"{name} 0.1")
    assert fingerprint(RESMEM, "cpu").digest != before


@pytest.mark.usefixtures("torch_installed")
def test_an_edit_to_the_code_that_makes_numbers_is_another_fingerprint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = gather_facts(RESMEM, "cpu", "float32")["code_sha256"]
    assert set(code) == {
        "analysis.models.resmem",
        "analysis.models.two_branches",
        "analysis.models.resnet",
        "analysis.models.preprocessing",
        "analysis.models.as_shown",
        "analysis.models.scorer",
        "stimuli.pixels",
        "stimuli.renditions",
    }
    before = fingerprint(RESMEM, "cpu").digest
    read = Path.read_bytes
    edited = "preprocessing.py"
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: read(path) + (b"#" if path.name == edited else b"")
    )
    assert fingerprint(RESMEM, "cpu").digest != before


@pytest.mark.usefixtures("torch_installed")
def test_the_facts_are_readable_and_say_nothing_about_the_machines_owner() -> None:
    facts = json.loads(fingerprint(RESMEM, "cpu").facts)
    assert facts["weights_sha256"] == RESMEM.weights.sha256
    assert facts["preprocessing"]["crop_px"] == 227
    assert str(Path.home()) not in json.dumps(facts)
