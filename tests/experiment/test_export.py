"""Export of a database written by hand, in which every exported number is known beforehand.

The run of participant aaaa, drawn so that each kind of pair is there once:

    position  0 1 2 3 4 5 6 7 8 9
    image     a b c c d a e d f e      target pairs a, d, e; vigilance pair c; fillers b, f
    lag             1   5   3   3
    response  + + + + + + - + + +      position 6 is lost; the run was reloaded and went on at 5
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyarrow import parquet
from sqlalchemy.orm import Session

from experiment.cli_export import export as export_command
from experiment.database import Database
from experiment.errors import ConflictError, ExperimentError, NotFoundError
from experiment.export import ExportSummary, export_study
from experiment.export_rows import is_interrupted
from experiment.export_tables import spreadsheet_safe
from experiment.models import (
    BrowserEvent,
    Consent,
    ConsentDocument,
    Image,
    ImageSet,
    Interruption,
    Participant,
    Response,
    ResponseConflict,
    Run,
    Study,
    Trial,
)

T0 = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
STREAM = [  # position, image, role, lag
    (0, "a", "target", None),
    (1, "b", "filler", None),
    (2, "c", "vigilance", None),
    (3, "c", "vigilance", 1),
    (4, "d", "target", None),
    (5, "a", "target", 5),
    (6, "e", "target", None),
    (7, "d", "target", 3),
    (8, "f", "filler", None),
    (9, "e", "target", 3),
]
PRESSED = {3: 412.5, 5: 700.25, 8: 1399.0}  # position: rt_ms
AGENT = "Mozilla/5.0 (an unmistakable browser)"


@dataclass(frozen=True)
class Lab:
    """A database with one known study, and its instance folder."""

    database: Database
    instance: Path

    def export(self, out: Path, **options: Any) -> ExportSummary:
        return export_study(self.database, self.instance, "known", out, **options)


@pytest.fixture
def lab(database: Database, tmp_path: Path) -> Lab:
    instance = tmp_path / "instance"
    with database.write() as session:
        fill(session, instance / "image_sets" / "letters")
    return Lab(database, instance)


def fill(session: Session, image_set_folder: Path) -> None:
    """The known study 'known', and a second one on the same images that must not be exported."""
    letters = ImageSet(name="letters", created_at=T0)
    images = {name: letter(name, image_set_folder) for name in "fbcdea"}
    letters.images = list(images.values())
    images["a"].category = "=HYPERLINK(1)"
    images["a"].attributes = {"valence": "-3.5", "remark": "+1 good", "width_px": "broad"}
    images["b"].attributes = {"remark": "", "valence": None}
    agreement = ConsentDocument(sha256="ab" * 32, text="I agree.", created_at=T0)
    known, other = (make_study(slug, letters, agreement) for slug in ("known", "other"))
    session.add_all([known, other])
    people = {
        public_id: Participant(
            public_id=public_id, created_at=T0, is_preview=public_id == "cccc",
            is_simulated=public_id == "bbbb",
        )
        for public_id in ("dddd", "cccc", "bbbb", "aaaa", "eeee")
    }  # fmt: skip
    session.add_all(people.values())
    session.flush()
    for public_id, person in people.items():
        study = other if public_id == "eeee" else known
        session.add(
            Consent(
                participant_id=person.id, study_id=study.id, consent_document_id=agreement.id,
                agreed_at=T0,
            )
        )  # fmt: skip
    fill_runs(session, known, people, images)
    add_run(session, other, people["eeee"], "eeee-run", images, range(10), "finished")


def letter(name: str, folder: Path) -> Image:
    """An image whose files hold its own name."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    for kind, suffix in (("thumbnails", "webp"), ("originals", "png")):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / f"{sha256}.{suffix}").write_text(f"{kind} of {name}")
    return Image(
        image_id=name, sha256=sha256, width_px=640, height_px=480, category=None, licence="CC0",
        attributes={},
    )  # fmt: skip


def make_study(slug: str, image_set: ImageSet, agreement: ConsentDocument) -> Study:
    return Study(
        slug=slug, title=f"Study {slug}", state="open", image_set=image_set,
        consent_document=agreement, paradigm={"name": "by hand", "n_targets": 3},
        definition={"notice": "Made by hand.", "language": "en"}, created_at=T0, opened_at=T0,
        closed_at=None,
    )  # fmt: skip


def fill_runs(
    session: Session, study: Study, people: dict[str, Participant], images: dict[str, Image]
) -> None:
    whole = set(range(10)) - {6}
    run = add_run(session, study, people["aaaa"], "aaaa-run", images, whole, "finished")
    run.lost_positions = [6, 8]  # 8 arrived after all
    add_run(session, study, people["bbbb"], "bbbb-run", images, range(2), "in_progress")
    add_run(session, study, people["cccc"], "cccc-run", images, (), "created")
    session.add_all(
        [
            Interruption(
                run_id=run.id, position=5, last_stored=4, last_shown=4,
                resumed_at=T0 + timedelta(seconds=9.5),
            ),
            ResponseConflict(
                run_id=run.id, position=1, sha256="00", payload={}, received_at=T0
            ),
            BrowserEvent(
                run_id=run.id, event_id="2", event="focus", position=3, at_ms=4300.5, detail={},
                received_at=T0,
            ),
            BrowserEvent(
                run_id=run.id, event_id="1", event="blur", position=None, at_ms=-20.0,
                detail={"user_agent": AGENT}, received_at=T0,
            ),
        ]
    )  # fmt: skip


def add_run(
    session: Session, study: Study, person: Participant, run_id: str, images: dict[str, Image],
    answered: Any, state: str,
) -> Run:  # fmt: skip
    started = None if state == "created" else T0
    run = Run(
        public_id=run_id, token=f"secret-{run_id}", participant_id=person.id, study_id=study.id,
        number=1, seed="s", state=state, device={"device_class": "phone", "user_agent": AGENT},
        lost_positions=[], created_at=T0, started_at=started,
        finished_at=T0 + timedelta(minutes=1) if state == "finished" else None,
    )  # fmt: skip
    session.add(run)
    session.flush()
    for position, image, role, lag in STREAM:
        session.add(
            Trial(
                run_id=run.id, position=position, level=1, phase="game", image_id=images[image].id,
                role=role, is_repeat=lag is not None, lag=lag, address=f"{run_id}-{position}",
                stimulus_ms=600, gap_ms=800,
            )
        )  # fmt: skip
    session.flush()
    for position in answered:
        rt_ms = PRESSED.get(position)
        session.add(
            Response(
                run_id=run.id, position=position, key=None if rt_ms is None else " ", rt_ms=rt_ms,
                keys=[], onset_ms=1400.0 * position, offset_ms=1400.0 * position + 600.1,
                frame_ms=16.7, dropped_frames=int(position == 2), feedback_onset_ms=None,
                received_at=T0,
            )
        )  # fmt: skip
    return run


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_every_trial_is_exported_as_it_happened(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out")
    assert lines(tmp_path / "out" / "trials.csv") == [
        "participant_id,run_id,run,level,position,image_id,phase,role,is_repeat,lag,n_intervening,"
        "responded,key,rt_ms,onset_ms,offset_ms,frame_ms,dropped_frames,feedback_onset_ms,"
        "is_interrupted",
        "aaaa,aaaa-run,1,1,0,a,game,target,false,,,false,,,0.0,600.1,16.7,0,,false",
        "aaaa,aaaa-run,1,1,1,b,game,filler,false,,,false,,,1400.0,2000.1,16.7,0,,false",
        "aaaa,aaaa-run,1,1,2,c,game,vigilance,false,,,false,,,2800.0,3400.1,16.7,1,,false",
        "aaaa,aaaa-run,1,1,3,c,game,vigilance,true,1,0,true, ,412.5,4200.0,4800.1,16.7,0,,false",
        "aaaa,aaaa-run,1,1,4,d,game,target,false,,,false,,,5600.0,6200.1,16.7,0,,false",
        "aaaa,aaaa-run,1,1,5,a,game,target,true,5,4,true, ,700.25,7000.0,7600.1,16.7,0,,true",
        "aaaa,aaaa-run,1,1,7,d,game,target,true,3,2,false,,,9800.0,10400.1,16.7,0,,true",
        "aaaa,aaaa-run,1,1,8,f,game,filler,false,,,true, ,1399.0,11200.0,11800.1,16.7,0,,false",
        "aaaa,aaaa-run,1,1,9,e,game,target,true,3,2,false,,,12600.0,13200.1,16.7,0,,true",
    ]


def test_people_runs_and_events_are_exported_without_preview_and_simulated(
    lab: Lab, tmp_path: Path
) -> None:
    lab.export(tmp_path / "out")
    assert lines(tmp_path / "out" / "participants.csv") == [
        "participant_id,state,created_at,is_preview,is_simulated",
        "aaaa,finished,2026-01-31T12:00:00.250Z,false,false",
        "dddd,consented,2026-01-31T12:00:00.250Z,false,false",
    ]
    assert lines(tmp_path / "out" / "runs.csv") == [
        "run_id,participant_id,run,state,created_at,started_at,finished_at,device_class,n_trials,"
        "n_lost,n_interruptions,n_conflicts,is_preview,is_simulated",
        "aaaa-run,aaaa,1,finished,2026-01-31T12:00:00.250Z,2026-01-31T12:00:00.250Z,"
        "2026-01-31T12:01:00.250Z,phone,10,1,1,1,false,false",
    ]
    assert lines(tmp_path / "out" / "events.csv") == [
        "run_id,position,event,at_ms",
        "aaaa-run,,blur,-20.0",
        "aaaa-run,3,focus,4300.5",
        "aaaa-run,5,interruption,9500.0",
    ]


def test_images_come_with_attributes_and_thumbnails(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out")
    with (tmp_path / "out" / "images.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["image_id"] for row in rows] == list("abcdef")
    sha256 = hashlib.sha256(b"a").hexdigest()
    assert rows[0] == {
        "image_id": "a", "sha256": sha256, "width_px": "640", "height_px": "480",
        "category": "'=HYPERLINK(1)", "licence": "CC0", "thumbnail": f"thumbnails/{sha256}.webp",
        "remark": "'+1 good", "valence": "-3.5", "attribute_width_px": "broad",
    }  # fmt: skip
    assert (rows[1]["remark"], rows[1]["valence"]) == ("", "")
    assert (tmp_path / "out" / rows[0]["thumbnail"]).read_text() == "thumbnails of a"
    assert not (tmp_path / "out" / "originals").exists()


def test_simulated_and_preview_participants_come_when_they_are_named(
    lab: Lab, tmp_path: Path
) -> None:
    summary = lab.export(tmp_path / "out", include_simulated=True, include_preview=True)
    people = [row.split(",")[:2] for row in lines(tmp_path / "out" / "participants.csv")[1:]]
    assert people == [
        ["aaaa", "finished"],
        ["bbbb", "in_progress"],
        ["cccc", "consented"],
        ["dddd", "consented"],
    ]
    assert (summary.n_participants, summary.n_runs, summary.n_trials) == (4, 3, 9 + 2)
    runs = [row.split(",") for row in lines(tmp_path / "out" / "runs.csv")[1:]]
    assert [(row[0], row[3], row[-2], row[-1]) for row in runs] == [
        ("aaaa-run", "finished", "false", "false"),
        ("bbbb-run", "in_progress", "false", "true"),
        ("cccc-run", "created", "true", "false"),
    ]
    about = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert about["includes"] == {"simulated": True, "preview": True}


def test_dataset_json_says_what_it_is_and_what_is_in_it(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out")
    about = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert (about["format"], about["format_version"]) == ("hitrate-dataset", 1)
    assert (about["name"], about["title"]) == ("known", "Study known")
    assert about["notice"] == "Made by hand."
    assert about["paradigm"] == {"name": "by hand", "n_targets": 3}
    assert about["study"]["image_set"] == "letters"
    files = contents(tmp_path / "out")
    assert about["files"].keys() == files.keys() - {"dataset.json"}
    for name, content in files.items() - {("dataset.json", files["dataset.json"])}:
        assert about["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()
    assert about["files"]["trials.csv"]["rows"] == 9
    assert "rows" not in about["files"]["codebook.md"]


def test_the_same_data_give_the_same_bytes(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "one", include_simulated=True)
    lab.export(tmp_path / "two", include_simulated=True)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_nothing_in_an_export_tells_who_took_part(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out", include_simulated=True, include_preview=True)
    everything = b"".join(contents(tmp_path / "out").values())
    assert b"secret-" not in everything
    assert AGENT.encode() not in everything


def test_parquet_holds_the_rows_of_the_csv(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "csv")
    lab.export(tmp_path / "parquet", table_format="parquet")
    assert not list((tmp_path / "parquet").glob("*.csv"))
    for name in ("trials", "participants", "runs", "events", "images"):
        table = parquet.read_table(tmp_path / "parquet" / f"{name}.parquet")
        rows = [[as_csv(value) for value in row.values()] for row in table.to_pylist()]
        with (tmp_path / "csv" / f"{name}.csv").open(newline="") as stream:
            header, *expected = csv.reader(stream)
        assert table.column_names == header
        assert rows == expected


def as_csv(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return spreadsheet_safe(value) if isinstance(value, str) else str(value)


def test_originals_come_when_they_are_asked_for(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out", with_images=True)
    name = hashlib.sha256(b"c").hexdigest()
    assert (tmp_path / "out" / "originals" / f"{name}.png").read_text() == "originals of c"
    assert len(list((tmp_path / "out" / "originals").iterdir())) == 6


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@home", "'@home"),
        ("+49 30", "'+49 30"),
        ("-cat", "'-cat"),
        ("\t=1", "'\t=1"),
        ("-3.5", "-3.5"),
        ("+2e3", "+2e3"),
        ("-", "-"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_typed_text_is_no_formula_and_numbers_stay_numbers(text: str, safe: str) -> None:
    assert spreadsheet_safe(text) == safe


@pytest.mark.parametrize(
    ("resumed", "lost", "interrupted"),
    [
        ((), (), False),
        ((10,), (), False),  # went on with the first showing itself
        ((11,), (), True),
        ((20,), (), True),  # went on with the repeat
        ((21,), (), False),
        ((), (9,), False),
        ((), (10,), True),  # the first showing may not have been seen
        ((), (19,), True),
        ((), (21,), False),
    ],
)
def test_a_pair_is_interrupted_if_a_gap_lies_between_its_showings(
    resumed: tuple[int, ...], lost: tuple[int, ...], interrupted: bool
) -> None:
    assert is_interrupted(10, 20, resumed, lost) is interrupted


def test_an_unchanged_export_of_the_study_is_replaced(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "data" / "out", with_images=True)
    lab.export(tmp_path / "data" / "out")
    assert not (tmp_path / "data" / "out" / "originals").exists()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["out"]


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    before = contents(folder)
    yield
    assert contents(folder) == before


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


def test_an_unknown_study_is_named_with_what_to_do(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="'unknown'.*hitrate study list"):
        export_study(lab.database, lab.instance, "unknown", tmp_path / "out")
    assert not (tmp_path / "out").exists()


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
