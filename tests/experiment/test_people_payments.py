"""Lists of who is to be paid, in each recruiter's own form."""

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select

from experiment.access import COMMAND
from experiment.database import Database
from experiment.errors import ConflictError, InvalidError
from experiment.models import Identity, Participant
from experiment.people.payments import Asked, PaymentList, payment_list, payment_stand
from experiment.recruitment.endings import personal_code
from experiment.runs import find_study
from tests.experiment.people_rows import entries, write_exclusion, write_person
from tests.experiment.recruiting import CODES, recruit

SONA = {"host": "lab.sona-systems.com", "experiment_id": 1, "credit_token": "t"}
SECRET = "a key of this test"


def fill(database: Database, kind: str, **table: object) -> None:
    """Eight people of this recruiter: of each kind that is paid, or is not."""
    recruit(database, kind=kind, **table)
    with database.write() as session:
        study = find_study(session, "pictures")
        left_out = write_person(session, study, 1, kind)
        write_exclusion(session, left_out)
        write_person(session, study, 2, kind, recruiter_status="awaiting")
        write_person(session, study, 3, kind, recruiter_status="approved")
        write_person(session, study, 4, kind, recruiter_status="returned")
        write_person(session, study, 5, kind, outcome="attention")
        write_person(session, study, 6, kind, outcome="screened_out", recruiter_status="timed_out")
        write_person(session, study, 7, kind, is_simulated=True)
        write_person(session, study, 8)


def listed(database: Database, asked: Asked | None = None) -> PaymentList:
    with database.write() as session:
        study = find_study(session, "pictures")
        return payment_list(session, SECRET, study, asked or Asked(), COMMAND)


def test_prolific_takes_ids_and_bonuses(app: Flask, database: Database) -> None:
    fill(database, "prolific", codes=CODES)
    approve = listed(database)
    # What is left out of the scores is paid for; who is settled or gave it back is not.
    assert (approve.name, approve.content, approve.n) == (
        "pictures-approve.txt", "ID1\nID2\n", 2,
    )  # fmt: skip
    both = listed(database, Asked(outcomes=("completed", "attention")))
    assert both.content == "ID1\nID2\nID5\n"
    bonus = listed(database, Asked("bonus", amount="1.50"))
    assert bonus.content == "ID1,1.50\nID2,1.50\nID3,1.50\n"  # also who is approved
    with database.read() as session:
        recorded = entries(session, "payments")
    assert [entry.detail["n"] for entry in recorded] == [2, 3, 3]
    assert "ID" not in str([entry.detail for entry in recorded])


def test_mturk_takes_approvals_and_rejections_that_somebody_chose(
    app: Flask, database: Database
) -> None:
    fill(database, "mturk")
    rows = list(csv.DictReader(io.StringIO(listed(database).content)))
    assert [(r["AssignmentId"], r["Approve"], r["Reject"]) for r in rows] == [
        ("A1", "x", ""), ("A2", "x", ""),
    ]  # fmt: skip
    asked = Asked(rejected=("attention",), feedback="Nothing was pressed, see our page.")
    rows = list(csv.DictReader(io.StringIO(listed(database, asked).content)))
    assert [(r["WorkerId"], r["Approve"], r["Reject"]) for r in rows] == [
        ("ID1", "x", ""), ("ID2", "x", ""), ("ID5", "", "Nothing was pressed, see our page."),
    ]  # fmt: skip


def test_a_lab_gets_labels_and_codes_and_sona_its_survey_codes(
    app: Flask, database: Database
) -> None:
    fill(database, "lab")
    lines = listed(database).content.splitlines()
    with database.read() as session:
        study = find_study(session, "pictures")
        person = session.get_one(Identity, 1)
        assert person.external_id == "ID1"
        code = personal_code(SECRET, study, session.get_one(Participant, 1), "completed")
    assert lines[:2] == ["participant_label,outcome,code", f"ID1,completed,{code}"]
    with database.write() as session:
        for identity in session.scalars(select(Identity)):
            identity.recruiter = "sona"
    recruit(database, kind="sona", **SONA)
    assert listed(database).content.splitlines()[1] == "ID1,completed"


def test_no_spreadsheet_finds_a_formula_in_a_list(app: Flask, database: Database) -> None:
    recruit(
        database,
        kind="redirect",
        id_parameter="id",
        redirects={"completed": "https://panel.example/{id}"},
    )
    with database.write() as session:
        study = find_study(session, "pictures")
        write_person(session, study, 1, "redirect")
        session.get_one(Identity, 1).external_id = '=HYPERLINK("x"),@2'
    [_, line] = csv.reader(io.StringIO(listed(database).content))
    assert line[0] == '\'=HYPERLINK("x"),@2'


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Asked(outcomes=("done",)), "no 'done'"),
        (Asked(outcomes=()), "choose who"),
        (Asked("bonus", amount=""), "amount"),
        (Asked("bonus", amount="1,50"), "amount"),
        (Asked("bonus", amount="0"), "amount"),
        (Asked("bonus", amount="=1"), "amount"),
        (Asked(rejected=("attention",), feedback="Why"), "only MTurk"),
        (Asked(rejected=("completed",)), "both paid and rejected"),
    ],
)
def test_an_impossible_list_is_refused(
    app: Flask, database: Database, asked: Asked, reason: str
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    with pytest.raises(InvalidError, match=reason):
        listed(database, asked)


def test_other_recruiters_take_no_bonuses_and_rejections_need_their_words(
    app: Flask, database: Database
) -> None:
    with pytest.raises(ConflictError, match="no recruiter"):
        listed(database)
    recruit(database, kind="mturk")
    with pytest.raises(ConflictError, match="only Prolific"):
        listed(database, Asked("bonus", amount="1"))
    with pytest.raises(InvalidError, match="feedback"):
        listed(database, Asked(rejected=("attention",), feedback=" "))


def test_where_payments_stand_is_counted(app: Flask, database: Database) -> None:
    fill(database, "prolific", codes=CODES)
    with database.read() as session:
        stand = payment_stand(session, find_study(session, "pictures"))
    assert {name: n for name, n in stand.to_pay.items() if n} == {"completed": 2, "attention": 1}
    assert stand.settled == {"approved": 1, "rejected": 0}
    assert (stand.n_given_back, stand.n_at_odds, stand.n_nameless, stand.n_bonus) == (2, 1, 1, 3)
