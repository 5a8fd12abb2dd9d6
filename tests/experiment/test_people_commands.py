"""`hitrate people`: what the commands say, ask and do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from experiment.commands.people import people as command
from experiment.database import Database
from experiment.models import Identity, Participant
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.withdrawal import give_code
from tests.experiment.people_rows import entries, write_person, write_run, write_trials
from tests.experiment.recruiting import CODES, people, recruit

Run = Callable[..., Result]
ROWS = "Participant id,Status\nID1,APPROVED\nID3,RETURNED\nID9,APPROVED\n"


@pytest.fixture
def run(app: Flask, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command on an instance with three people of Prolific and a preview."""
    monkeypatch.setenv("HITRATE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("HITRATE_SECRET_KEY", settings.secret_key)
    recruit(database, kind="prolific", codes=CODES)
    with database.write() as session:
        study = find_study(session, "pictures")
        first = write_person(session, study, 1, "prolific")
        write_trials(session, write_run(session, first), "CH")
        for number in (2, 3):
            write_person(session, study, number, "prolific")
        write_person(session, study, 4, is_preview=True)

    def invoke(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(command, list(words), input=typed)

    return invoke


def test_statuses_say_what_changes_and_ask(run: Run, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(ROWS)
    asked = run("statuses", "pictures", str(file), typed="n\n")
    assert asked.exit_code == 1
    assert "New: approved 1, returned 1. As known: 0." in asked.output
    assert "Ids that nobody here has (1):\n  ID9" in asked.output
    assert {person.recruiter_status for person in people(database)} == {None}
    done = run("statuses", "pictures", str(file), "--yes")
    assert done.output.endswith("2 statuses were changed.\n")
    assert "As known: 2" in run("statuses", "pictures", str(file)).output
    with database.read() as session:
        [entry] = entries(session, "statuses")
    assert (entry.who, entry.via) == ("command", "command")


def test_payments_are_printed_or_written_and_no_file_is_replaced(
    run: Run, database: Database, tmp_path: Path
) -> None:
    assert run("payments", "pictures").output == "ID1\nID2\nID3\n"
    assert run("payments", "pictures", "--bonus", "1.50").output.startswith("ID1,1.50\n")
    out = tmp_path / "approve.txt"
    assert "3 people" in run("payments", "pictures", "--out", str(out)).output
    assert out.read_text() == "ID1\nID2\nID3\n"
    again = run("payments", "pictures", "--out", str(out))
    assert "File exists" in str(again.exception)
    with database.read() as session:
        assert len(entries(session, "payments")) == 3  # a list that was not made is not recorded


def test_what_is_held_is_printed_as_json(run: Run, database: Database, settings: Settings) -> None:
    by_id = json.loads(run("held", "pictures", "--recruiter-id", "ID1").output)
    assert by_id["participant"]["public_id"] == f"{1:016x}"
    assert "external_id" not in by_id["identity"]
    with database.write() as session:
        code = give_code(session, settings.secret_key, session.get_one(Participant, 1))
    by_code = json.loads(run("held", "pictures", "--code", code, "--with-identity").output)
    assert by_code["identity"]["external_id"] == "ID1"
    assert "say who" in run("held", "pictures").output
    assert "say who" in run("held", "pictures", "--code", code, "--recruiter-id", "1").output


def test_somebody_is_erased_or_only_their_identity(run: Run, database: Database) -> None:
    stopped = run("erase", "pictures", "--recruiter-id", "ID1", typed="n\n")
    assert "runs 1, responses 2, answers 0" in stopped.output
    only = run("erase", "pictures", "--recruiter-id", "ID2", "--identity-only", "--yes")
    assert only.output.endswith("Erased.\n")
    assert run("erase", "pictures", "--recruiter-id", "ID1", "--yes").output.endswith("Deleted.\n")
    with database.read() as session:
        assert set(session.scalars(select(Identity.external_id))) == {"ID3"}
    assert [int(person.public_id, 16) for person in people(database)] == [2, 3, 4]
    assert "knows nobody" in str(run("erase", "pictures", "--recruiter-id", "ID1").exception)


def test_expired_identities_and_previews_go(run: Run, database: Database) -> None:
    # They came in March 2026, more than the 90 days ago that a study keeps identities for.
    assert run("erase-expired").output == "pictures: 3 identities erased\n"
    assert run("erase-expired").output == "No identity's time is over.\n"
    assert run("delete-previews", "pictures", typed="n\n").exit_code == 1
    assert run("delete-previews", "pictures", "--yes").output == "Deleted 1 previews.\n"
    assert len(people(database)) == 3
