"""Erasing: by recruiter's id, by time, previews; and the report of what is held."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, inspect, select
from sqlalchemy.exc import OperationalError

from experiment.access import COMMAND
from experiment.current import Instance
from experiment.database import Database
from experiment.errors import ConflictError, NotFoundError
from experiment.links import study_link
from experiment.models import AuditEntry, Base, Identity, Participant, Response, Run
from experiment.people import daily as daily_module
from experiment.people.daily import Daily
from experiment.people.erasing import (
    delete_person,
    delete_previews,
    erase_expired,
    erase_identity,
    exports_since,
)
from experiment.people.finding import find_by_recruiter_id, find_by_withdrawal_code
from experiment.people.held import report_held
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.withdrawal import code_sha256, give_code
from experiment.withdrawal_list import Wish, read_withdrawals
from tests.experiment.people_rows import T0, entries, write_person, write_run, write_trials
from tests.experiment.recruiting import CODES, PROLIFIC, change_study, people, recruit
from tests.experiment.test_withdrawal import everything_else
from tests.experiment.visitor import Visitor, event, response

KEY = "a key of this test"
ENDED = T0 + timedelta(minutes=31)  # when person 1 of people_rows did


def n_identities(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Identity)) or 0


def test_a_person_is_found_by_code_and_by_recruiters_id(
    app: Flask, database: Database, settings: Settings
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    with database.write() as session:
        study = find_study(session, "pictures")
        person = write_person(session, study, 1, "prolific")
        write_person(session, study, 2, "prolific", is_simulated=True)
        write_person(session, study, 3, "lab")  # of a time when the study had another recruiter
        code = give_code(session, KEY, person)
        assert find_by_recruiter_id(session, study, " ID1 ") is person
        assert find_by_withdrawal_code(session, study, code.lower()) is person
        for nobody in ("ID2", "ID3", "id1", ""):
            with pytest.raises(NotFoundError, match="knows nobody"):
                find_by_recruiter_id(session, study, nobody)
        erase_identity(session, study, person, COMMAND, settings.withdrawals)
        with pytest.raises(NotFoundError, match="withdrawal code still finds them"):
            find_by_recruiter_id(session, study, "ID1")
        with pytest.raises(ConflictError, match="erased already"):
            erase_identity(session, study, person, COMMAND, settings.withdrawals)
        # A backup that is restored forgets it, too.
        assert list(read_withdrawals(settings.withdrawals)) == [Wish(code_sha256(code), "identity")]
        assert find_by_withdrawal_code(session, study, code) is person
        with pytest.raises(NotFoundError, match="have this code"):
            find_by_withdrawal_code(session, study, "0" * 16)


def test_deleting_a_person_is_recorded_in_counts_alone(
    app: Flask, database: Database, settings: Settings
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    player = Visitor(app).begin_run(PROLIFIC)
    player.play()
    with database.write() as session:
        study = find_study(session, "pictures")
        person = session.scalars(select(Participant)).one()
        delete_person(session, study, person, COMMAND, settings.withdrawals)
    with database.read() as session:
        [entry] = entries(session, "participant")
        assert session.scalars(select(Participant)).all() == []
    assert (entry.action, entry.detail) == ("participant.deleted", {"runs": 1, "responses": 14})
    assert player.send(response(0)).status_code == 404
    # A backup that is restored deletes them again.
    assert person.withdrawal_sha256 in settings.withdrawals.read_text()


def test_identities_are_erased_when_their_time_is_over(app: Flask, database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        write_person(session, study, 1, "prolific")
        write_person(session, study, 2, "prolific", outcome=None)  # came, and never went on
        busy = write_person(session, study, 3, "prolific", outcome=None)
        run = write_run(session, busy, minutes=None)
        write_trials(session, run, "CH")
        again = write_person(session, study, 4, "prolific")  # who has begun a second run
        write_run(session, again, 1, 10)
        write_run(session, again, 2, None, started_at=T0 + timedelta(days=30))
        for answered in session.scalars(select(Response)):
            answered.received_at = T0 + timedelta(days=20)

    def erased_on(now: datetime) -> dict[str, int]:
        with database.write() as session:
            return dict(erase_expired(session, COMMAND, now))

    assert erased_on(ENDED + timedelta(days=90)) == {"pictures": 1}  # 2 came 29 minutes before
    assert erased_on(ENDED + timedelta(days=90, seconds=1)) == {"pictures": 1}
    assert erased_on(T0 + timedelta(days=110)) == {}
    assert erased_on(T0 + timedelta(days=110, seconds=1)) == {"pictures": 1}
    assert erased_on(T0 + timedelta(days=120, seconds=1)) == {"pictures": 1}
    with database.read() as session:
        recorded = entries(session, "identity")
        # The data stay: nobody but the identities is gone.
        assert session.scalar(select(func.count()).select_from(Participant)) == 4
    assert [entry.detail for entry in recorded] == [{"n": 1, "after_days": 90}] * 4


@pytest.mark.parametrize(("days", "left"), [(0, 1), (1, 0), (400, 1)])
def test_the_study_says_how_long_identities_are_kept(
    app: Flask, database: Database, days: int, left: int
) -> None:
    change_study(database, privacy={"identities_days": days})
    with database.write() as session:
        write_person(session, find_study(session, "pictures"), 1, "prolific")
        erase_expired(session, COMMAND, T0 + timedelta(days=300))
    assert n_identities(database) == left


def test_the_server_erases_in_the_first_request_of_a_day_and_in_one_worker(
    app: Flask, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: Instance = app.extensions["hitrate"]
    with database.write() as session:
        write_person(session, find_study(session, "pictures"), 1, "prolific")
    first, second = Daily(), Daily()
    first.look(found, ENDED + timedelta(days=90))
    assert n_identities(database) == 1
    works: list[datetime] = []
    erase = daily_module.erase

    def noted(where: Instance, now: datetime) -> None:
        works.append(now)
        erase(where, now)

    monkeypatch.setattr(daily_module, "erase", noted)
    day = ENDED + timedelta(days=91)
    for worker in (first, second, first):
        worker.look(found, day)
    assert len(works) == 1
    assert n_identities(database) == 0
    with database.read() as session:
        [entry] = entries(session, "identity")
    assert (entry.who, entry.via, entry.action) == ("server", "server", "identity.expired")
    assert [mark.name for mark in (settings.instance / "daily").iterdir()] == [
        day.date().isoformat()
    ]


def test_a_day_on_which_it_failed_is_tried_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[Any] = []

    def fail(*arguments: Any) -> None:
        tried.append(arguments)
        if len(tried) == 1:
            raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(daily_module, "erase", fail)
    worker, found = Daily(), app.extensions["hitrate"]
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            worker.look(found, ENDED)
    assert len(tried) == 2
    assert "could not be erased today: OperationalError" in caplog.text


def test_a_request_brings_the_day_s_work_about(app: Flask, database: Database) -> None:
    with database.write() as session:
        write_person(session, find_study(session, "pictures"), 1, "prolific")  # in March 2026
        session.get_one(Participant, 1).ended_at = datetime.now(UTC) - timedelta(days=91)
        session.get_one(Participant, 1).created_at = datetime.now(UTC) - timedelta(days=91)
    client = app.test_client()
    client.get("/healthz")
    assert n_identities(database) == 1
    client.get("/s/pictures")
    assert n_identities(database) == 0


def test_previews_are_deleted_and_nobody_else(
    app: Flask, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        link = study_link(session, settings, "pictures", "preview")
    Visitor(app).begin_run(link.removeprefix(settings.public_url + "/s/pictures")).play()
    Visitor(app).begin_run().play()
    with database.write() as session:
        study = find_study(session, "pictures")
        assert [delete_previews(session, study, COMMAND) for _ in range(2)] == [1, 0]
    assert [person.is_preview for person in people(database)] == [False]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1
        assert session.scalar(select(func.count()).select_from(Response)) == 14
        assert [entry.detail for entry in entries(session, "previews")] == [{"n": 1}]


def test_the_report_holds_every_row_of_a_person_and_the_recruiters_id_where_asked(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    Visitor(app).begin_run("?PROLIFIC_PID=else").play()
    player = Visitor(app).begin_run(PROLIFIC)
    player.send(response(0, " ", 300.0), events=[event("1")])
    player.send(response(0))  # conflicts
    player.start(last_shown=2)
    with database.write() as session:
        session.execute(delete(Identity))
        everything_else(session)
    with database.write() as session:
        study = find_study(session, "pictures")
        person = session.scalars(select(Participant).order_by(Participant.id.desc())).first()
        assert person is not None
        without = report_held(session, study, person, COMMAND, with_identity=False)
        whole = report_held(session, study, person, COMMAND, with_identity=True)
        names = inspect(database.engine).get_table_names()
        points = {
            table
            for table in names
            for key in inspect(database.engine).get_foreign_keys(table)
            if key["referred_table"] in ("participant", "run", "trial")
        }
        actions = [entry.action for entry in entries(session, "held", "identity")]
    assert json.loads(json.dumps(whole)) == whole
    assert actions == ["held.reported", "held.reported", "identity.seen"]
    assert "5f" not in json.dumps(without["identity"])
    assert (whole["identity"]["external_id"], whole["identity"]["recruiter"]) == ("5f", "prolific")
    [run] = whole["runs"]
    lists = {
        name: rows
        for part in (whole, run)
        for name, rows in part.items()
        if isinstance(rows, list) and name not in ("runs", "lost_positions")
    }
    # One list for each table that hangs on participants or runs (identity stands alone).
    assert len(lists) == len(points - {"identity", "run"})
    assert [name for name, rows in lists.items() if not rows] == []
    assert (len(run["trials"]), len(run["responses"])) == (14, 1)
    assert run["trials"][0]["image"].startswith("picture_")
    text = json.dumps(whole)
    for secret in (player.token, person.withdrawal_sha256):
        assert secret not in text


def test_exports_that_were_made_since_somebody_came_are_counted(
    app: Flask, database: Database
) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        person = write_person(session, study, 1)
        for action, minutes in (("export.made", 0), ("export.made", 5), ("job.started", 5)):
            session.add(
                AuditEntry(
                    at=T0 + timedelta(minutes=minutes), who="x", via="page", study_id=study.id,
                    study="pictures", action=action, detail={},
                )
            )  # fmt: skip
        session.flush()
        assert exports_since(session, study, person) == 1


def test_everything_that_hangs_on_people_is_known() -> None:
    """A table that is added must be thought of in the report and in withdrawal."""
    hanging = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("participant", "run", "trial")
    }
    assert hanging == {
        "answer", "browser_event", "consent", "exclusion", "feedback_request", "flag", "identity",
        "interruption", "lifted_exclusion", "response", "response_conflict", "rule_event", "run",
        "trial",
    }  # fmt: skip
