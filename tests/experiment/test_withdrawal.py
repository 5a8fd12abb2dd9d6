"""Withdrawal: the code, what is deleted, and what remains."""

import re
import subprocess
import sys

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment import runs, withdrawal
from experiment.coverage import coverage
from experiment.database import Database
from experiment.models import Base, Participant, Run, Study, Trial, Withdrawal
from experiment.participant import withdrawal_pages
from experiment.participant.pace import Pace
from experiment.settings import Settings
from experiment.withdrawal_list import read_withdrawals
from tests.experiment.rows import NOW
from tests.experiment.visitor import N_TRIALS, Visitor, event, response

CODE = re.compile(r'class="code-box"><code translate="no">([^<]+)</code>')
OF_STUDY = {"consent_document", "image", "image_set", "study", "results_link", "study_relation"}

OF_RESEARCHERS = {
    *("researcher", "account_link", "membership", "api_token", "audit_entry", "upload"),
    *("job", "prediction", "computed"),
}


@pytest.fixture(autouse=True)
def fresh_paces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests tried does not count here."""
    monkeypatch.setattr(withdrawal_pages, "OF_BROWSER", Pace(10, 0.1))
    monkeypatch.setattr(withdrawal_pages, "OF_ALL", Pace(300, 20))


def rows(database: Database) -> dict[str, int]:
    """How many rows each table has that hangs on participants."""
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            if name not in OF_STUDY | OF_RESEARCHERS
        }


def code_of(visitor: Visitor) -> str:
    """The code on the last page."""
    found = CODE.search(visitor.get("/thanks").text)
    assert found
    return found[1]


def enter(visitor: Visitor, code: str, path: str = "/s/pictures/withdraw", **more: str) -> str:
    """Type a code into the form: the page that follows."""
    form = visitor.client.get(path)
    visitor.submit(form, code=code)
    page = visitor.submit(form, code=code, **more)
    return page.text if page.status_code != 303 else str(page.headers["Location"])


def test_a_code_has_sixteen_characters_that_nobody_misreads() -> None:
    code = withdrawal.withdrawal_code("k" * 32, "0123456789abcdef")
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert withdrawal.withdrawal_code("k" * 32, "0123456789abcdef") == code
    assert withdrawal.withdrawal_code("k" * 32, "0123456789abcdee") != code
    assert withdrawal.withdrawal_code("l" * 32, "0123456789abcdef") != code


def test_case_spaces_hyphens_and_misread_letters_do_not_matter() -> None:
    kept = withdrawal.code_sha256("01AB-CDEF-GH10-9XYZ")
    for typed in ("01abcdefgh109xyz", " 01AB CDEF  GH10 9XYZ ", "oIAB–CDEF–GHLO–9XYZ"):
        assert withdrawal.code_sha256(typed) == kept
    assert withdrawal.code_sha256("01AB-CDEF-GH10-9XYW") != kept


def test_a_code_deletes_all_that_hangs_on_a_participant_and_nothing_else(
    app: Flask, visitor: Visitor, database: Database
) -> None:
    empty = rows(database)
    other = Visitor(app)
    other.begin_run().play({1, 2})
    alone = rows(database)
    player = visitor.begin_run()
    player.send(response(0, " ", 300.0), events=[event("1")])
    player.send(response(0))  # conflicts with the first
    player.start(last_shown=3)
    player.send(*(response(position) for position in range(1, N_TRIALS)))
    assert player.finish().status_code == 200
    with database.write() as session:
        everything_else(session)
    before = rows(database)
    assert [name for name in before if name != "withdrawal" and before[name] == alone[name]] == []
    page = enter(visitor, code_of(visitor), confirm="yes")
    assert page == "/s/pictures/withdrawn"
    assert rows(database) == alone | {"withdrawal": 1}
    assert empty == dict.fromkeys(empty, 0)
    with database.read() as session:
        kept = session.scalars(select(Withdrawal)).one()
    assert (kept.n_runs, kept.n_responses) == (1, N_TRIALS)
    # The browser knows nobody any more, and the code is nobody's.
    assert visitor.get("/thanks").headers["Location"] == "/s/pictures"
    with visitor.client.session_transaction() as cookie:
        assert cookie["participants"] == {}
    assert other.get("/thanks").status_code == 200


def everything_else(session: Session) -> None:
    """Rows of the second participant in the tables that playing has not filled."""
    person = session.scalars(select(Participant).order_by(Participant.id.desc())).first()
    assert person
    run = runs.latest_run(session, person.study, person)
    assert run
    values = {
        "identity": {
            "participant_id": person.id,
            "study_id": person.study_id,
            "recruiter": "prolific",
            "external_id": "5f",
            "parameters": {},
            "created_at": NOW,
        },
        "answer": {
            "participant_id": person.id,
            "question": "age",
            "value": [30],
            "answered_at": NOW,
        },
        "flag": {
            "participant_id": person.id,
            "run_number": 1,
            "kind": "x",
            "detail": {},
            "raised_at": NOW,
        },
        "exclusion": {
            "participant_id": person.id,
            "run_id": run.id,
            "level": 1,
            "rule": "x",
            "decided_by": "rule",
            "created_at": NOW,
        },
        "lifted_exclusion": {
            "participant_id": person.id,
            "run_id": run.id,
            "rule": "x",
            "decided_by": "rule",
            "created_at": NOW,
            "lifted_reason": "A fault of ours.",
            "lifted_at": NOW,
        },
        "feedback_request": {
            "run_id": run.id,
            "position": 0,
            "key": " ",
            "rt_ms": 1.0,
            "is_correct": True,
            "asked_at": NOW,
        },
        "rule_event": {
            "run_id": run.id,
            "level": 1,
            "rule": "x",
            "measure": "hit_rate",
            "value": 0.1,
            "n": 1,
            "threshold": 0.5,
            "action": "warn",
            "position": 3,
            "fired_at": NOW,
        },
    }
    for table, row in values.items():
        session.execute(Base.metadata.tables[table].insert().values(row))


def test_pairs_across_runs_go_with_the_run_that_showed_them_first(
    visitor: Visitor, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        study = runs.find_study(session, "pictures")
        study.definition = study.definition | {"runs_per_participant": 2}
    visitor.begin_run().play()
    visitor.submit(visitor.get("/thanks"))
    with database.write() as session:
        first, second = session.scalars(select(Run).order_by(Run.number)).all()
        moved = session.scalars(
            select(Trial).where(Trial.run_id == second.id, Trial.is_repeat).limit(1)
        ).one()
        moved.lag, moved.first_run_id = None, first.id
        person = session.scalars(select(Participant)).one()
        held = withdrawal.withdraw(session, person, settings.withdrawals)
    assert (held.n_runs, rows(database)["trial"]) == (2, 0)


def test_the_images_of_a_withdrawn_participant_are_given_to_others(
    visitor: Visitor, database: Database, settings: Settings
) -> None:
    visitor.begin_run().play()
    with database.write() as session:
        study = runs.find_study(session, "pictures")
        assert sum(coverage(session, study).values()) == 3  # targets of a run
        person = session.scalars(select(Participant)).one()
        withdrawal.withdraw(session, person, settings.withdrawals)
        assert coverage(session, study) == {}


def test_the_page_says_first_what_will_be_deleted(visitor: Visitor, database: Database) -> None:
    visitor.begin_run().play()
    before = rows(database)
    page = enter(visitor, code_of(visitor).lower().replace("-", " "), "/withdraw")
    assert "Pictures" in page
    assert f"what you did and when: {N_TRIALS}" in page
    assert rows(database) == before


def test_unknown_codes_are_all_answered_in_the_same_words(visitor: Visitor) -> None:
    visitor.begin_run().play()
    code = code_of(visitor)
    enter(visitor, code, confirm="yes")
    pages = []
    for typed in (code, "0000-0000-0000-0000", "é", ""):
        form = visitor.client.get("/withdraw")
        page = visitor.submit(form, code=typed)
        assert page.status_code == 404
        pages.append(page.text.replace(f'value="{typed}"', 'value=""'))
    assert len(set(pages)) == 1


def test_codes_cannot_be_tried_fast(visitor: Visitor) -> None:
    form = visitor.client.get("/withdraw")
    answers = [visitor.submit(form, code=f"{n:016}").status_code for n in range(11)]
    assert answers == [404] * 10 + [429]


def test_a_code_shown_at_consent_works_before_anything_is_played(
    visitor: Visitor, database: Database
) -> None:
    visitor.submit(visitor.get())
    found = CODE.search(visitor.get("/consent").text)
    assert found
    assert enter(visitor, found[1], "/withdraw", confirm="yes") == "/withdrawn"
    assert rows(database)["participant"] == 0


def test_the_lab_deletes_with_the_command(
    visitor: Visitor, database: Database, settings: Settings
) -> None:
    visitor.begin_run().play()
    command = [sys.executable, "-m", "hitrate", "withdraw", code_of(visitor)]
    environment = {
        "HITRATE_INSTANCE": str(settings.instance),
        "HITRATE_DATABASE_URL": settings.database_url,
        "PATH": "",
    }
    said = [
        subprocess.run(
            [*command, *more],
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for more, typed in (([], "n\n"), (["--yes"], ""), (["--yes"], ""))
    ]
    assert [done.returncode for done in said] == [1, 0, 1]
    assert f"runs 1, responses {N_TRIALS}, answers 0" in said[1].stdout
    assert "no data have this code" in said[2].stderr
    assert len(read_withdrawals(settings.withdrawals)) == 1  # what a restored backup repeats
    assert rows(database)["participant"] == 0
    with database.read() as session:
        assert session.scalars(select(Study.slug)).all() == ["pictures"]
