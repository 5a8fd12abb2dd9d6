"""How an export treats the folder it writes to, and what it never holds."""

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from analysis.commands.report import report
from experiment.commands.export import export as export_command
from experiment.database import Database
from experiment.errors import ConflictError, ExperimentError, NotFoundError
from experiment.export import snapshot
from experiment.export.dataset import export_study
from experiment.models import Response, Run
from tests.experiment.export_lab import AGENT, T0, Lab, contents, make_lab


@pytest.fixture
def lab(database: Database, tmp_path: Path) -> Lab:
    return make_lab(database, tmp_path)


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    before = contents(folder)
    yield
    assert contents(folder) == before


def test_an_unchanged_export_of_the_study_is_replaced(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "data" / "out", with_images=True)
    lab.export(tmp_path / "data" / "out")
    assert not (tmp_path / "data" / "out" / "originals").exists()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["out"]


def test_a_folder_that_holds_anything_else_is_refused(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with unchanged(out), pytest.raises(ConflictError, match=r"no export wrote it \('thesis.txt'"):
        lab.export(out)
    (out / "thesis.txt").unlink()
    lab.export(out)  # an empty folder is fine
    (out / "notes.md").write_text("mine")
    with unchanged(out), pytest.raises(ConflictError, match=r"also holds 'notes.md'"):
        lab.export(out)
    (out / "notes.md").unlink()
    (out / "trials.csv").write_text("corrected by hand")
    with unchanged(out), pytest.raises(ConflictError, match=r"trials.csv was changed"):
        lab.export(out)


def test_reports_and_exports_follow_each_other(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        lab.export(out, include_simulated=True)
        result = CliRunner().invoke(report, [str(out), "--score", "false_alarm_rate"])
        assert result.exit_code == 0, result.output
    assert (tmp_path / "out-report" / "report.html").is_file()


def test_the_dataset_of_another_study_is_refused(lab: Lab, tmp_path: Path) -> None:
    export_study(lab.database, lab.instance, "other", tmp_path / "out")
    with unchanged(tmp_path / "out"), pytest.raises(ConflictError, match="another study, 'other'"):
        lab.export(tmp_path / "out")


def test_an_export_that_fails_leaves_nothing_behind(lab: Lab, tmp_path: Path) -> None:
    thumbnail = lab.instance / "image_sets" / "letters" / "thumbnails"
    (thumbnail / f"{hashlib.sha256(b'd').hexdigest()}.webp").unlink()
    (tmp_path / "data").mkdir()
    with pytest.raises(ExperimentError, match="no file for image 'd'"):
        lab.export(tmp_path / "data" / "out")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_dataset_that_cannot_be_put_in_place_leaves_the_former_one(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "data" / "out"
    lab.export(out)
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.parent.name.endswith(".partial") and path.name == "whole":
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with unchanged(out), pytest.raises(ExperimentError, match=r"No space left.*another folder"):
        lab.export(out, with_images=True)
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_place_that_cannot_be_written_is_told(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for out in (Path("/proc/x"), tmp_path / "file" / "below"):
        with pytest.raises(ExperimentError, match=f"cannot be written to {out}"):
            lab.export(out)


def test_an_unknown_study_is_named_with_what_to_do(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"'unknown'.*hitrate study list"):
        export_study(lab.database, lab.instance, "unknown", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_export_shows_one_moment_while_people_play_on(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "RUNS_AT_ONCE", 1)

    def play_on(done: int, total: int) -> None:
        """After the first run is written, the second one, in progress, gets its third response."""
        if done == 1:
            with lab.database.write() as session:
                run_id = session.scalars(select(Run.id).where(Run.public_id == "bbbb-run")).one()
                session.add(
                    Response(
                        run_id=run_id, position=2, key=None, rt_ms=None, keys=[], onset_ms=0.0,
                        offset_ms=1.0, frame_ms=16.7, dropped_frames=0, feedback_onset_ms=None,
                        received_at=T0,
                    )
                )  # fmt: skip

    before = lab.export(tmp_path / "out", include_simulated=True, progress=play_on)
    after = lab.export(tmp_path / "out", include_simulated=True)
    assert (before.n_trials, after.n_trials) == (9 + 2, 9 + 3)


def test_progress_counts_the_runs(lab: Lab, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    lab.export(
        tmp_path / "out", include_simulated=True, progress=lambda *counts: seen.append(counts)
    )
    assert seen == [(2, 2)]


def test_the_command_writes_the_dataset(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = lab.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HITRATE_DATABASE_URL", url)
    monkeypatch.setenv("HITRATE_INSTANCE", str(lab.instance))
    out = tmp_path / "out"
    result = CliRunner().invoke(export_command, ["known", str(out), "--format", "parquet"])
    assert result.exit_code == 0, result.output
    assert "6 images, 2 participants, 1 runs, 9 trials" in result.output
    assert (out / "trials.parquet").is_file()


def test_the_same_data_give_the_same_bytes(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "one", include_simulated=True)
    lab.export(tmp_path / "two", include_simulated=True)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_nothing_in_an_export_tells_who_took_part(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out", include_simulated=True, include_preview=True)
    everything = b"".join(contents(tmp_path / "out").values())
    assert b"secret-" not in everything
    assert AGENT.encode() not in everything
