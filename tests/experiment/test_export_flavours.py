"""Psych-DS, BIDS and jsPsych: what each holds, by its own rules, and the same scores as native."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, select

from analysis.dataset import read_dataset, write_dataset
from analysis.importers.front import import_table
from analysis.scores.scoring import image_scores
from experiment.database import Database
from experiment.export.writing import FLAVOURS, write_export
from experiment.models import Answer, Exclusion, Image, Participant, Response, Run, Study
from tests.experiment.export_lab import T0, Lab, contents, make_lab
from tests.experiment.psych_ds_rules import problems
from tests.experiment.test_export_participation import SECRETS, fill_participation
from tests.experiment.test_export_scores import COUNTS, Drawn, draw, fill

QUESTIONS = [
    {"id": "age", "kind": "number", "label": "", "use": "age", "options": []},
    {
        "id": "sex", "kind": "choice", "label": "Your sex?", "use": None,
        "options": [["f", "female"], ["m", "male"]],
    },
    {"id": "remark", "kind": "text", "label": "Anything\nelse?", "use": None, "options": []},
    {"id": "hint", "kind": "statement", "label": "Thank you.", "use": None, "options": []},
]  # fmt: skip


@pytest.fixture
def lab(database: Database, tmp_path: Path) -> Lab:
    """The known study, with questions that aaaa answered and a level that is left out."""
    made = make_lab(database, tmp_path)
    with database.write() as session:
        study = session.scalars(select(Study).where(Study.slug == "known")).one()
        study.definition = study.definition | {"questions": QUESTIONS, "licence": "CC0"}
        person = session.scalars(select(Participant).where(Participant.public_id == "aaaa")).one()
        given = {"age": [93], "sex": ["f"], "remark": ["=1+1\tor\nso", "@home"]}
        session.add_all(
            Answer(participant_id=person.id, question=question, value=value, answered_at=T0)
            for question, value in given.items()
        )
        session.scalars(select(Image).where(Image.image_id == "c")).one().licence = 'a "b", c'
    return made


def export(lab: Lab, out: Path, flavour: str, slug: str = "known", **options: Any) -> Path:
    return write_export(lab.database, lab.instance, slug, out, flavour=flavour, **options).path


def table(file: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        if delimiter == "\t":
            reader = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        else:
            reader = csv.DictReader(stream)
        return list(reader)


def validate(folder: Path) -> list[dict[str, Any]]:
    """The public BIDS validator's errors; it has its schema within itself and needs no network."""
    command = [str(Path(sys.executable).parent / "bids-validator-deno")]
    done = subprocess.run(
        [*command, str(folder), "--format", "json", "--max-rows", "-1"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [issue for issue in issues if issue["severity"] == "error"]


@pytest.mark.parametrize("with_images", [False, True])
def test_psych_ds_follows_every_rule_of_its_specification(
    lab: Lab, tmp_path: Path, with_images: bool
) -> None:
    out = export(lab, tmp_path / "out", "psych-ds", with_images=with_images, include_preview=True)
    assert problems(out) == []
    about = json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))
    rt_ms = next(v for v in about["variableMeasured"] if v["name"] == "rt_ms")
    assert rt_ms["unitText"] == "ms"
    assert rt_ms["description"].startswith("Key event minus onset frame")
    assert about["license"] == "CC0"
    assert (out / "materials" / "originals").exists() is with_images


def test_psych_ds_has_the_rows_of_the_native_dataset(lab: Lab, tmp_path: Path) -> None:
    native = export(lab, tmp_path / "native", "native")
    psych_ds = export(lab, tmp_path / "psych-ds", "psych-ds")
    for name, file in (("trials", "trials"), ("answers", "answers"), ("rule_events", "ruleEvents")):
        found = psych_ds / "data" / f"study-known_task-memory_description-{file}_data.csv"
        assert found.read_bytes() == (native / f"{name}.csv").read_bytes()


def test_bids_passes_the_public_validator(lab: Lab, tmp_path: Path) -> None:
    out = export(lab, tmp_path / "out", "bids", include_simulated=True)
    assert validate(out) == []
    (out / "participants.tsv").write_text("participant_id\nsub-zzzz\n")
    (out / "sub-aaaa" / "beh" / "notes.txt").write_text("not BIDS")
    assert {issue["code"] for issue in validate(out)} >= {"NOT_INCLUDED"}  # it does find errors


def test_bids_has_what_was_measured_in_seconds(lab: Lab, tmp_path: Path) -> None:
    """The numbers are those of export_lab: onsets every 1,400 ms, images 600.1 ms long."""
    out = export(lab, tmp_path / "out", "bids")
    rows = table(out / "sub-aaaa" / "beh" / "sub-aaaa_task-memory_run-1_events.tsv", "\t")
    kinds = [row["trial_type"] for row in rows]
    assert kinds == [
        *("blur", "target", "filler", "vigilance", "vigilance", "focus", "target", "target"),
        *("interruption", "target", "filler", "target"),
    ]
    back = rows[7]  # the repeat of a, whose interval the reload interrupted
    assert back == back | {
        "onset": "7.0", "duration": "0.6001", "trial_type": "target", "response_time": "0.70025",
        "stim_file": "a.webp", "response": "space", "position": "5", "is_repeat": "true",
        "lag": "5", "is_early": "false", "is_interrupted": "true", "is_excluded": "false",
    }  # fmt: skip
    assert (rows[1]["response_time"], rows[1]["response"]) == ("n/a", "n/a")
    assert rows[0] == dict.fromkeys(rows[0], "n/a") | {
        "onset": "-0.02", "duration": "0", "trial_type": "blur"
    }  # fmt: skip
    described = json.loads((out / "task-memory_events.json").read_text(encoding="utf-8"))
    assert set(rows[0]) <= set(described)
    assert set(kinds) <= set(described["trial_type"]["Levels"])
    assert (out / "stimuli" / "a.webp").read_text() == "thumbnails of a"


def test_bids_tells_of_people_what_they_answered_and_not_how_old_they_are_above_89(
    lab: Lab, tmp_path: Path
) -> None:
    out = export(lab, tmp_path / "out", "bids")
    assert table(out / "participants.tsv", "\t") == [  # dddd saw no image
        {
            "participant_id": "sub-aaaa", "state": "finished", "outcome": "n/a",
            "is_preview": "false", "is_simulated": "false", "age": "89+", "answer_sex": "f",
            "remark": "'=1+1 or so; @home",
        }
    ]  # fmt: skip
    described = json.loads((out / "participants.json").read_text(encoding="utf-8"))
    assert described["answer_sex"] == {
        "Description": "Your sex?", "Levels": {"f": "female", "m": "male"}
    }  # fmt: skip


def test_jspsych_has_its_own_names_and_quotes(lab: Lab, tmp_path: Path) -> None:
    out = export(lab, tmp_path / "out", "jspsych", with_images=True)
    text = (out / "data.csv").read_bytes().decode()
    assert text.startswith(
        '"rt","response","stimulus","trial_type","trial_index","time_elapsed","correct",'
    )
    lines = text.split("\r\n")
    # b, a filler: a key 149.5 ms after the onset (round half to even), gone after 2,000.1 ms
    assert lines[2].startswith('"150"," ","b.png","continuous-recognition","1","2000","false",')
    assert lines[1].startswith('"null","null","a.png","continuous-recognition","0","600","true",')
    events = table(out / "interaction_data.csv")
    assert [(row["event"], row["trial"]) for row in events] == [
        ("blur", "null"), ("focus", "3"), ("interruption", "5")
    ]  # fmt: skip
    assert (out / "stimuli" / "b.png").read_text() == "originals of b"


def test_what_is_left_out_of_scores_is_marked_where_there_is_no_table_of_it(
    lab: Lab, tmp_path: Path
) -> None:
    def marks() -> tuple[set[str], set[str]]:
        bids = export(lab, tmp_path / "bids", "bids", include_simulated=True)
        rows = [row for file in bids.glob("sub-*/beh/*.tsv") for row in table(file, "\t")]
        raw = table(export(lab, tmp_path / "raw", "jspsych") / "data.csv")
        return (
            {row["is_excluded"] for row in rows if row["stim_file"] != "n/a"},
            {row["is_excluded"] for row in raw},
        )

    assert marks() == ({"false"}, {"false"})
    with lab.database.write() as session:
        person = session.scalars(select(Participant).where(Participant.public_id == "aaaa")).one()
        run = session.scalars(select(Run).where(Run.public_id == "aaaa-run")).one()
        out = Exclusion(
            participant_id=person.id, run_id=run.id, level=2, rule="x", number=None,
            decided_by="rule", created_at=T0,
        )  # fmt: skip
        session.add(out)
    assert marks() == ({"false"}, {"false"})  # the run has level 1 only
    with lab.database.write() as session:
        session.scalars(select(Exclusion)).one().level = 1
    assert marks() == ({"true", "false"}, {"true"})  # bbbb is simulated, and in BIDS here
    with lab.database.write() as session:
        exclusion = session.scalars(select(Exclusion)).one()
        exclusion.level = exclusion.run_id = None
    assert marks() == ({"true", "false"}, {"true"})


def imported(path: Path, out: Path) -> dict[str, list[int]]:
    """Counts of each image in what the importer makes of an export."""
    found = import_table(path)
    return counts_of(image_scores(write_dataset(found.tables, out, meta=found.meta)))


def counts_of(scores: pd.DataFrame) -> dict[str, list[int]]:
    rows = scores[COUNTS].astype(int).to_numpy().tolist()
    return {image: row for image, row in zip(scores.index, rows, strict=True) if any(row)}


def plain_games(drawn: Drawn) -> Drawn:
    """The same people in games of one level in which nothing is lost, interrupted or left out and
    no image comes from an earlier run: importers know no more than that."""
    showings = []
    for person, run in sorted({(one.person, one.run) for one in drawn.showings}):
        kept = [
            one
            for one in drawn.showings
            if (one.person, one.run) == (person, run) and (one.first is None or one.first[0] == run)
        ]
        place = {(one.image, one.first is None): number for number, one in enumerate(kept)}
        showings += [
            replace(
                one,
                level=1,
                position=number,
                phase="game",
                role="filler" if one.role == "lure" else one.role,
                first=None if one.first is None else (run, place[one.image, True]),
                is_stored=True,
            )
            for number, one in enumerate(kept)
        ]
    return replace(drawn, showings=showings, out=[], resumed={})


def test_bids_and_jspsych_give_the_scores_of_the_native_dataset(
    database: Database, tmp_path: Path
) -> None:
    lab = fill(database, plain_games(draw(Random(0))), tmp_path)
    native = read_dataset(export(lab, tmp_path / "native", "native", "random"))
    scores = counts_of(image_scores(native))
    assert sum(hits for hits, *_ in scores.values()) > 10
    bids = export(lab, tmp_path / "bids", "bids", "random")
    assert imported(bids, tmp_path / "from-bids") == scores
    jspsych = export(lab, tmp_path / "jspsych", "jspsych", "random")
    assert imported(jspsych / "data.csv", tmp_path / "from-jspsych") == scores


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_same_data_give_the_same_bytes_in_every_flavour(
    lab: Lab, tmp_path: Path, flavour: str
) -> None:
    for name in ("one", "two"):
        export(lab, tmp_path / name, flavour)
        export(lab, tmp_path / f"{name}.zip", flavour)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with lab.database.write() as session:
        session.delete(session.scalars(select(Response).limit(1)).one())
    export(lab, tmp_path / "one.zip", flavour)
    assert (tmp_path / "one.zip").read_bytes() != (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_flavour_says_how_the_data_were_collected_and_what_to_cite(
    lab: Lab, tmp_path: Path, flavour: str
) -> None:
    text = (export(lab, tmp_path / "out", flavour) / "README.md").read_text(encoding="utf-8")
    for sentence in (
        "2 people agreed to take part on 2026-01-31",
        "Each image was shown for 600 ms, followed by 800 ms without an image.",
        "n_targets is 60; in lamem2015 it is 66",
        "if the miss rate of all vigilance repeats of the run is above 0.25",
        "Nothing is left out of the scores.",
        "AUTHORS (2026). Study known [Data set].",
        "Khosla, A., Raju, A. S., Torralba, A., & Oliva, A. (2015).",
    ):
        assert sentence in text


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_flavour_holds_what_a_recruiter_calls_people_or_a_code(
    lab: Lab, tmp_path: Path, flavour: str
) -> None:
    with lab.database.write() as session:
        session.execute(delete(Answer))
        fill_participation(session)
        study = session.scalars(select(Study).where(Study.slug == "known")).one()
        told = {"instructions": f"At the end you get {SECRETS['completion code']}."}
        study.definition = study.definition | {"texts": told, "questions": QUESTIONS}
    out = export(lab, tmp_path / "out", flavour, include_simulated=True, include_preview=True)
    everything = b"".join(contents(out).values())
    assert b"At the end you get" in everything
    for what, secret in SECRETS.items():
        assert secret.encode() not in everything, what
