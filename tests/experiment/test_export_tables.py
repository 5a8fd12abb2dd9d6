"""What an export holds, against the database written by hand in export_lab.py."""

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from sqlalchemy import select

import experiment
from analysis.dataset import read_dataset
from analysis.scores.scoring import image_scores
from experiment.database import Database
from experiment.export.gaps import is_interrupted
from experiment.export.tables import spreadsheet_safe
from experiment.models import BrowserEvent, Image, Response, Run
from tests.experiment.export_lab import T0, Lab, contents, make_lab


@pytest.fixture
def lab(database: Database, tmp_path: Path) -> Lab:
    return make_lab(database, tmp_path)


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def test_every_trial_is_exported_as_it_happened(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out")
    assert lines(tmp_path / "out" / "trials.csv") == [
        "participant_id,run_id,run,level,position,image_id,phase,role,is_repeat,lag,n_intervening,"
        "responded,key,rt_ms,is_early,onset_ms,offset_ms,frame_ms,dropped_frames,feedback_onset_ms,"
        "is_interrupted,had_focus,first_run_id,delay_s",
        "aaaa,aaaa-run,1,1,0,a,game,target,false,,,false,,,,0.0,600.1,16.7,0,,false,,,",
        "aaaa,aaaa-run,1,1,1,b,game,filler,false,,,true, ,"
        "149.5,true,1400.0,2000.1,16.7,0,,false,,,",
        "aaaa,aaaa-run,1,1,2,c,game,vigilance,false,,,false,,,,2800.0,3400.1,16.7,1,,false,,,",
        "aaaa,aaaa-run,1,1,3,c,game,vigilance,true,1,0,true, ,"
        "412.5,false,4200.0,4800.1,16.7,0,,false,,,",
        "aaaa,aaaa-run,1,1,4,d,game,target,false,,,false,,,,5600.0,6200.1,16.7,0,,false,,,",
        "aaaa,aaaa-run,1,1,5,a,game,target,true,5,4,true, ,"
        "700.25,false,7000.0,7600.1,16.7,0,,true,,,",
        "aaaa,aaaa-run,1,1,7,d,game,target,true,3,2,false,,,,9800.0,10400.1,16.7,0,,true,,,",
        "aaaa,aaaa-run,1,1,8,f,game,filler,false,,,true, ,"
        "1399.0,false,11200.0,11800.1,16.7,0,,false,,,",
        "aaaa,aaaa-run,1,1,9,e,game,target,true,3,2,false,,,,12600.0,13200.1,16.7,0,,true,,,",
    ]


def test_people_runs_and_events_are_exported_without_preview_and_simulated(
    lab: Lab, tmp_path: Path
) -> None:
    lab.export(tmp_path / "out")
    assert lines(tmp_path / "out" / "participants.csv") == [
        "participant_id,state,created_at,is_preview,is_simulated,outcome,ended_at",
        "aaaa,finished,2026-01-31T12:00:00.250Z,false,false,,",
        "dddd,consented,2026-01-31T12:00:00.250Z,false,false,,",
    ]
    assert lines(tmp_path / "out" / "runs.csv") == [
        "run_id,participant_id,run,state,created_at,started_at,finished_at,device_class,n_trials,"
        "n_lost,n_interruptions,n_conflicts,is_preview,is_simulated,outcome,end_position",
        "aaaa-run,aaaa,1,finished,2026-01-31T12:00:00.250Z,2026-01-31T12:00:00.250Z,"
        "2026-01-31T12:01:00.250Z,phone,10,1,1,1,false,false,whole,",
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


def test_the_names_of_attributes_are_no_formulas(lab: Lab, tmp_path: Path) -> None:
    with lab.database.write() as session:
        image = session.scalars(select(Image).where(Image.image_id == "b")).one()
        image.attributes = {"=cmd|' /C calc'!A0": "1"}
    lab.export(tmp_path / "out")
    header = (tmp_path / "out" / "images.csv").read_text().partition("\n")[0]
    assert header.endswith(",'=cmd|' /C calc'!A0")


def test_a_gap_in_a_run_that_goes_on_is_lost(lab: Lab, tmp_path: Path) -> None:
    with lab.database.write() as session:
        run_id = session.scalars(select(Run.id).where(Run.public_id == "bbbb-run")).one()
        session.add(
            Response(  # 0 and 1 are stored, 2 is not: the first showing of c
                run_id=run_id, position=3, key=None, rt_ms=None, keys=[], onset_ms=0.0,
                offset_ms=1.0, frame_ms=16.7, dropped_frames=0, feedback_onset_ms=None,
                received_at=T0,
            )
        )  # fmt: skip
    lab.export(tmp_path / "out", include_simulated=True)
    dataset = read_dataset(tmp_path / "out")
    assert dataset.runs is not None
    assert dataset.trials is not None
    assert dataset.runs.set_index("run_id")["n_lost"].to_dict() == {"aaaa-run": 1, "bbbb-run": 1}
    trials = dataset.trials.query("run_id == 'bbbb-run'")
    assert trials["position"].tolist() == [0, 1, 3]
    assert trials["is_interrupted"].tolist() == [False, False, True]


def test_every_event_that_the_game_reports_reads_back(lab: Lab, tmp_path: Path) -> None:
    """The names as the game's own modules have them."""
    game = Path(experiment.__file__).parent / "static" / "game"
    found = [
        name
        for file in game.glob("*.js")
        for name in re.findall(r'\b(?:record|report)\(\s*"(\w+)"', file.read_text("utf-8"))
    ]
    names = {*found, "fullscreenenter", "fullscreenexit"}
    assert {"pause", "resume", "trial_cut", "image_failed", "response_refused"} <= names
    with lab.database.write() as session:
        run_id = session.scalars(select(Run.id).where(Run.public_id == "aaaa-run")).one()
        session.add_all(
            BrowserEvent(
                run_id=run_id, event_id=f"all-{number}", event=name, at_ms=float(number),
                position=number if number % 2 else None, detail={}, received_at=T0,
            )
            for number, name in enumerate(sorted(names))
        )  # fmt: skip
    lab.export(tmp_path / "out")
    events = read_dataset(tmp_path / "out").events
    assert events is not None
    assert set(events["event"]) == names | {"interruption"}
    codebook = (tmp_path / "out" / "codebook.md").read_text("utf-8")
    assert [name for name in sorted(names) if f"`{name}`" not in codebook] == []


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
    assert [(row[0], row[3], row[-4], row[-3]) for row in runs] == [
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
    assert about["paradigm"]["n_targets"] == 60
    assert about["paradigm_deviations"] == ["n_targets is 60; in lamem2015 it is 66"]
    assert about["study"]["image_set"] == "letters"
    files = contents(tmp_path / "out")
    assert about["files"].keys() == files.keys() - {"dataset.json"}
    for name, content in files.items() - {("dataset.json", files["dataset.json"])}:
        assert about["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()
    assert about["files"]["trials.csv"]["rows"] == 9
    assert "rows" not in about["files"]["codebook.md"]


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


@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_analysis_reads_the_export_as_it_was_written(
    lab: Lab, tmp_path: Path, table_format: str
) -> None:
    lab.export(
        tmp_path / "out",
        include_simulated=True,
        include_preview=True,
        with_images=True,
        table_format=table_format,
    )
    dataset = read_dataset(tmp_path / "out")
    assert dataset.trials is not None
    assert dataset.participants is not None
    assert (len(dataset.images), len(dataset.participants), len(dataset.trials)) == (6, 4, 11)
    assert dataset.notice == "Made by hand."
    early = dataset.trials.query("participant_id == 'aaaa'").set_index("position")["is_early"]
    assert early.dropna().to_dict() == {1: True, 3: False, 5: False, 8: False}
    # The one pair of targets without a gap is none: a, d and e are all interrupted.
    assert image_scores(dataset)["repeats"].sum() == 0
    everything = image_scores(dataset, include_interrupted=True)
    assert everything.loc[["a", "d", "e"], "hits"].tolist() == [1, 0, 0]
    assert everything.loc[["a", "d", "e"], "repeats"].tolist() == [1, 1, 1]


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
