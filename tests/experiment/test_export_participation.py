"""How participations ended, what people said, what rules found: exported, and nobody's identity."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.dataset import read_dataset
from analysis.scores.responses import select_trials
from experiment.database import Database
from experiment.export.gaps import lost_positions
from experiment.models import (
    Answer,
    Consent,
    Exclusion,
    Flag,
    Identity,
    Image,
    Participant,
    Response,
    RuleEvent,
    Run,
    Study,
    Trial,
)
from tests.experiment.export_lab import T0, Lab, contents, make_lab

SECRETS = {  # none of them may be anywhere in an export
    "external id": "5f3c0ffee0ddba11deadbeef",
    "recruiter's parameter": "SESSION-71a9",
    "completion code": "C1TOPSECRET",
    "key of lab links": "hmac-key-9d2",
    "withdrawal code": "hash-of-a-withdrawal-code",
    "person": "the-same-human-everywhere",
    "run token": "secret-aaaa-run",
    "second run's token": "secret-aaaa-later",
    "trapped text": "jane.doe@example.org",
}
DAY = timedelta(days=1)


@pytest.fixture
def lab(database: Database, tmp_path: Path) -> Lab:
    """The known study, whose participant aaaa came back a day later and was inattentive."""
    made = make_lab(database, tmp_path)
    with database.write() as session:
        fill_participation(session)
    return made


def fill_participation(session: Session) -> None:
    study = session.scalars(select(Study).where(Study.slug == "known")).one()
    study.definition = study.definition | {
        "recruitment": {
            "kind": "prolific",
            "codes": {"completed": SECRETS["completion code"]},
            "hmac": SECRETS["key of lab links"],
        },
        "texts": {"thanks": f"Your code is {SECRETS['completion code']}, all of you."},
        "questions": [{"id": "age", "text": "How old are you?", "kind": "number"}],
        "some_later_secret": SECRETS["key of lab links"],
    }
    person = session.scalars(select(Participant).where(Participant.public_id == "aaaa")).one()
    person.person = SECRETS["person"]
    person.withdrawal_sha256 = SECRETS["withdrawal code"]
    person.outcome, person.ended_at = "attention", T0 + DAY
    first = session.scalars(select(Run).where(Run.public_id == "aaaa-run")).one()
    later = later_run(session, study, person, first)
    session.add_all(
        [
            Identity(
                participant_id=person.id, study_id=study.id, recruiter="prolific",
                external_id=SECRETS["external id"],
                parameters={"SESSION_ID": SECRETS["recruiter's parameter"]}, created_at=T0,
            ),
            Answer(participant_id=person.id, question="age", value=[34], answered_at=T0),
            Answer(
                participant_id=person.id, question="languages", value=["en", "de"],
                answered_at=T0 + timedelta(seconds=1),
            ),
            Answer(
                participant_id=person.id, question="remark", value=["=cmd()"],
                answered_at=T0 + timedelta(seconds=2),
            ),
            Answer(
                participant_id=person.id, question="skipped", value=[],
                answered_at=T0 + timedelta(seconds=3),
            ),
            RuleEvent(
                run_id=later.id, level=2, rule="vigilance", measure="vigilance_hit_rate", value=0.4,
                n=10, threshold=0.5, action="end_level", position=3,
                fired_at=T0 + DAY + timedelta(seconds=9),
            ),
            Exclusion(
                participant_id=person.id, run_id=later.id, level=2, rule="vigilance", number=0.4,
                decided_by="rule", created_at=T0,
            ),
            Flag(
                participant_id=person.id, run_number=0, kind="honeypot",
                detail={"typed": SECRETS["trapped text"], "length": 20}, raised_at=T0,
            ),
            Flag(
                participant_id=person.id, run_number=2, kind="regular",
                detail={"sd_ms": 3.5, "n": 40}, raised_at=T0 + DAY,
            ),
        ]
    )  # fmt: skip


def later_run(session: Session, study: Study, person: Participant, first: Run) -> Run:
    """A second run, of levels 1 and 2, ended by a rule before position 4 of 6.

    b, which the first run showed at 1,400 ms, comes back at 2,100 ms; f as well, and e, the first
    showing of which was lost, at 3 in the level that was left out.
    """
    run = Run(
        public_id="aaaa-later", token=SECRETS["second run's token"], participant_id=person.id,
        study_id=study.id, number=2, seed="s", state="finished", outcome="attention",
        end_position=4, device={}, lost_positions=[1, 5], created_at=T0 + DAY,
        reserved_until=T0 + DAY, started_at=T0 + DAY, finished_at=T0 + DAY + timedelta(minutes=1),
    )  # fmt: skip
    session.add(run)
    session.flush()
    images = {image.image_id: image.id for image in session.scalars(select(Image))}
    plan = [  # position, level, image, role, comes back
        (0, 1, "b", "target", True),
        (1, 1, "c", "filler", False),
        (2, 2, "f", "target", True),
        (3, 2, "e", "target", True),
        (4, 2, "a", "lure", False),
        (5, 2, "d", "lure", False),
    ]
    for position, level, image, role, returns in plan:
        session.add(
            Trial(
                run_id=run.id, position=position, level=level, phase="game",
                image_id=images[image], role=role, is_repeat=returns, lag=None,
                first_run_id=first.id if returns else None, address=f"later-{position}",
                stimulus_ms=600, gap_ms=800,
            )
        )  # fmt: skip
    session.flush()
    for position in (0, 2, 3):
        session.add(
            Response(
                run_id=run.id, position=position, key=" ", rt_ms=500.0, keys=[],
                onset_ms=2100.0 * (position + 1), offset_ms=2100.0 * (position + 1) + 600,
                frame_ms=16.7, dropped_frames=0, feedback_onset_ms=None, had_focus=position != 2,
                received_at=T0 + DAY,
            )
        )  # fmt: skip
    return run


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_nothing_in_an_export_says_who_somebody_is_or_opens_a_door(
    lab: Lab, tmp_path: Path, table_format: str
) -> None:
    lab.export(
        tmp_path / "out",
        include_simulated=True,
        include_preview=True,
        with_images=True,
        table_format=table_format,
    )
    texts = contents(tmp_path / "out")
    if table_format == "parquet":  # its pages are compressed
        texts |= {
            name: str(parquet.read_table(tmp_path / "out" / name).to_pylist()).encode()
            for name in texts
            if name.endswith(".parquet")
        }
    assert any(b"honeypot" in text for text in texts.values())
    for what, secret in SECRETS.items():
        assert [name for name, text in texts.items() if secret.encode() in text] == [], what


def test_a_returning_image_names_its_first_run_and_how_long_ago_it_was(
    lab: Lab, tmp_path: Path
) -> None:
    lab.export(tmp_path / "out")
    rows = {
        row["position"]: row
        for row in table(tmp_path / "out", "trials")
        if row["run_id"] == "aaaa-later"
    }
    assert list(rows) == ["0", "2", "3"]
    b, f, e = rows.values()
    assert [row["first_run_id"] for row in (b, f, e)] == ["aaaa-run"] * 3
    assert [row["lag"] + row["n_intervening"] for row in (b, f, e)] == [""] * 3
    # The runs began a day apart; b and f were shown 1.4 s and 11.2 s after the first began, and
    # 2.1 s and 6.3 s after the second. e was lost in the first run.
    assert [row["delay_s"] for row in (b, f, e)] == ["86400.7", "86395.1", ""]
    assert [row["is_interrupted"] for row in (b, f, e)] == ["false", "false", "true"]
    assert [row["had_focus"] for row in (b, f, e)] == ["true", "false", "true"]


def test_what_lies_after_the_end_of_a_run_is_not_lost(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "out")
    (later,) = (r for r in table(tmp_path / "out", "runs") if r["run_id"] == "aaaa-later")
    # Of 6 planned 4 were shown, and of these 1 was given up; 5 was never shown.
    assert (later["n_trials"], later["end_position"], later["n_lost"]) == ("6", "4", "1")
    assert later["outcome"] == "attention"


@pytest.mark.parametrize(
    ("given_up", "end_position", "stored", "lost"),
    [
        ((), None, (0, 1, 2), set()),
        ((3, 4), None, (0, 1, 2), {3, 4}),
        ((3, 4), 4, (0, 1, 2), {3}),
        ((), None, (0, 3), {1, 2}),
        ((), 2, (0, 3), {1}),  # 3 arrived from after the end
        ((1,), None, (0, 1), set()),  # it arrived after all
        ((5,), 0, (), set()),
    ],
)
def test_lost_is_what_was_shown_or_skipped_before_the_end_and_has_no_response(
    given_up: tuple[int, ...], end_position: int | None, stored: tuple[int, ...], lost: set[int]
) -> None:
    assert lost_positions(given_up, end_position, stored) == lost


def test_answers_rules_exclusions_and_flags_are_rows_of_their_tables(
    lab: Lab, tmp_path: Path
) -> None:
    lab.export(tmp_path / "out")
    assert [list(row.values())[:3] for row in table(tmp_path / "out", "answers")] == [
        ["aaaa", "age", "34"],
        ["aaaa", "languages", "en"],
        ["aaaa", "languages", "de"],
        ["aaaa", "remark", "'=cmd()"],
        ["aaaa", "skipped", ""],
    ]
    assert [list(row.values()) for row in table(tmp_path / "out", "rule_events")] == [
        ["aaaa-later", "2", "vigilance", "vigilance_hit_rate", "0.4", "10", "0.5", "end_level", "3",
         "2026-02-01T12:00:09.250Z"]
    ]  # fmt: skip
    assert [list(row.values()) for row in table(tmp_path / "out", "exclusions")] == [
        ["aaaa", "aaaa-later", "2", "vigilance", "0.4", "rule"]
    ]
    flags = table(tmp_path / "out", "flags")
    assert [(row["run_id"], row["kind"], json.loads(row["detail"])) for row in flags] == [
        ("", "honeypot", {"length": 20}),
        ("aaaa-later", "regular", {"n": 40, "sd_ms": 3.5}),
    ]
    people = table(tmp_path / "out", "participants")
    assert [(row["outcome"], row["ended_at"]) for row in people] == [
        ("attention", "2026-02-01T12:00:00.250Z"),
        ("", ""),
    ]


def test_dataset_json_tells_the_questions_and_the_kind_of_recruitment_and_the_consents(
    lab: Lab, tmp_path: Path
) -> None:
    lab.export(tmp_path / "out")
    study = json.loads((tmp_path / "out" / "dataset.json").read_text())["study"]
    assert study["recruitment"] == {"kind": "prolific"}
    assert study["questions"] == [{"id": "age", "text": "How old are you?", "kind": "number"}]
    assert study["texts"] == {"thanks": "Your code is …, all of you."}
    assert study["consents"] == [{"sha256": "ab" * 32, "n_participants": 2}]
    about = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert about["paradigm"]["display"]["size_px"] == 512
    assert "attention" in about["paradigm"]


def test_who_took_their_consent_back_is_in_no_table(lab: Lab, tmp_path: Path) -> None:
    with lab.database.write() as session:
        person = session.scalars(select(Participant).where(Participant.public_id == "aaaa")).one()
        consent = session.scalars(select(Consent).where(Consent.participant_id == person.id)).one()
        consent.revoked_at = T0
    lab.export(tmp_path / "out")
    assert [name for name, text in contents(tmp_path / "out").items() if b"aaaa" in text] == []


@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_analysis_reads_participation_and_leaves_out_what_rules_did(
    lab: Lab, tmp_path: Path, table_format: str
) -> None:
    lab.export(tmp_path / "out", table_format=table_format)
    dataset = read_dataset(tmp_path / "out")
    for name, n in {"answers": 5, "rule_events": 1, "exclusions": 1, "flags": 2}.items():
        assert len(getattr(dataset, name)) == n, name
    reasons = {part.reason: part.n_trials for part in select_trials(dataset).left_out}
    # f and e in level 2 of the second run and, with e, what the first run has of its showings: the
    # one at 9, as the one at 6 was lost. f was a filler there and is left out as such.
    assert reasons["left out by the rule vigilance"] == 3
