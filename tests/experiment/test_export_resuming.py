"""An export that was stopped halfway goes on with what it had, as far as that is still true."""

import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from experiment.database import Database
from experiment.errors import ConflictError, ExperimentError
from experiment.export import snapshot
from experiment.export.workplace import claim
from experiment.export.writing import ExportSummary, write_export
from experiment.models import Exclusion, Participant, Response, Run
from tests.experiment.export_lab import T0, Lab, contents
from tests.experiment.test_export_scores import draw, fill

N_RUNS = 12  # of the random study: six people with two runs each
STOPPED_AFTER = 5

KILLED = """
import os, signal, sys
from pathlib import Path
from experiment.database import Database
from experiment.export import snapshot, writing

url, instance, out, flavour, last = sys.argv[1:]
snapshot.RUNS_AT_ONCE = 1

def die(done, total):
    if done == int(last):
        os.kill(os.getpid(), signal.SIGKILL)

writing.write_export(
    Database(url), Path(instance), "random", Path(out), flavour=flavour, progress=die
)
"""


@pytest.fixture
def lab(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A random study, of which each run is a part by itself."""
    monkeypatch.setattr(snapshot, "RUNS_AT_ONCE", 1)
    return fill(database, draw(Random(1)), tmp_path)


def export(lab: Lab, out: Path, flavour: str = "native", **options: Any) -> ExportSummary:
    return write_export(lab.database, lab.instance, "random", out, flavour=flavour, **options)


def interrupt(lab: Lab, out: Path, flavour: str, after: int = STOPPED_AFTER) -> None:
    """Export until Ctrl-C is pressed, when so many runs are written."""

    def press(done: int, total: int) -> None:
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(lab, out, flavour, progress=press)


def kept(summary: ExportSummary) -> tuple[int, int]:
    return summary.n_kept, summary.n_parts


@pytest.mark.parametrize(("flavour", "name"), [("native", "out"), ("bids", "out.zip")])
def test_an_export_that_was_killed_goes_on_where_it_was(
    lab: Lab, tmp_path: Path, flavour: str, name: str
) -> None:
    out = tmp_path / "data" / name
    url = lab.database.engine.url.render_as_string(hide_password=False)
    arguments = [url, str(lab.instance), str(out), flavour, str(STOPPED_AFTER)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in out.parent.iterdir()] == [f".{name}.partial"]
    assert kept(export(lab, out, flavour)) == (STOPPED_AFTER, N_RUNS)
    assert [path.name for path in out.parent.iterdir()] == [name]
    uninterrupted = tmp_path / name
    assert kept(export(lab, uninterrupted, flavour)) == (0, N_RUNS)
    if out.is_dir():
        assert contents(out) == contents(uninterrupted)
    else:
        assert out.read_bytes() == uninterrupted.read_bytes()


@pytest.mark.parametrize("flavour", ["native", "bids"])  # parts of tables, and parts that are files
def test_parts_whose_data_have_changed_meanwhile_are_written_again(
    lab: Lab, tmp_path: Path, flavour: str
) -> None:
    """Five runs were written: p1, p2, q1, q2 and r1. Then p2 lost a response, q withdrew, and
    somebody left r out: p1 alone is as it was."""
    out = tmp_path / "out"
    interrupt(lab, out, flavour)
    with lab.database.write() as session:
        run_id = session.scalars(select(Run.id).where(Run.public_id == "p2")).one()
        session.delete(session.scalars(select(Response).where(Response.run_id == run_id)).first())
        session.delete(
            session.scalars(select(Participant).where(Participant.public_id == "q")).one()
        )
        person = session.scalars(select(Participant).where(Participant.public_id == "r")).one()
        session.add(
            Exclusion(
                participant_id=person.id, run_id=None, level=None, rule="by hand", number=None,
                decided_by="researcher", created_at=T0,
            )
        )  # fmt: skip
    assert kept(export(lab, out, flavour)) == (1, N_RUNS - 2)
    export(lab, tmp_path / "fresh", flavour)
    assert contents(out) == contents(tmp_path / "fresh")
    assert not [name for name in contents(out) if "sub-q" in name]


def test_a_part_that_is_not_whole_is_written_again(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out"
    interrupt(lab, out, "native")
    pieces = sorted((tmp_path / ".out.partial" / "parts").glob("*-trials.csv"))
    pieces[0].write_bytes(pieces[0].read_bytes()[:-1])
    pieces[1].unlink()
    with (tmp_path / ".out.partial" / "journal.jsonl").open("a") as journal:
        journal.write('\n{"state": "cut o')  # as a power failure leaves it
    assert kept(export(lab, out)) == (STOPPED_AFTER - 2, N_RUNS)
    export(lab, tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")


def test_parts_of_another_kind_of_export_are_not_kept(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out"
    interrupt(lab, out, "native")
    assert kept(export(lab, out, "native", include_simulated=True)) == (0, N_RUNS)
    assert kept(export(lab, out, "native")) == (0, N_RUNS)  # and none after it is done


def test_two_exports_to_one_place_do_not_mix(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def another(done: int, total: int) -> None:
        with pytest.raises(ConflictError, match="Another export to"):
            export(lab, out)

    export(lab, out, progress=another)
    assert (out / "dataset.json").is_file()


def test_a_place_is_free_when_the_one_who_had_it_is_done(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        claim(tmp_path / ".out.partial", out)
        (tmp_path / ".out.partial").rmdir()


def test_an_archive_never_replaces_what_no_export_wrote(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "thesis.zip"
    out.write_bytes(b"years of work")
    with pytest.raises(ConflictError, match="no export wrote it"):
        export(lab, out)
    assert out.read_bytes() == b"years of work"
    out.unlink()
    export(lab, out)
    export(lab, out)  # its own it does
    with pytest.raises(ConflictError, match="as native"):
        export(lab, out, "bids")


def test_impossible_wishes_are_refused_before_anything_is_written(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="flavour is 'xml'; choose one of native"):
        export(lab, tmp_path / "out", "xml")
    with pytest.raises(ExperimentError, match="bids has text tables only"):
        export(lab, tmp_path / "out", "bids", table_format="parquet")
    with pytest.raises(ExperimentError, match="'xlsx'; choose csv or parquet"):
        export(lab, tmp_path / "out", "native", table_format="xlsx")
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
