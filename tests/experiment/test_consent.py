"""Consent: versions, declining, taking it back, and how fast it was read."""

import time

import pytest
from sqlalchemy import select

from experiment.database import Database
from experiment.models import Consent, ConsentDocument, Flag, Participant
from experiment.runs import find_study
from experiment.studies.registering import consent_document
from tests.experiment.visitor import Visitor


def the_participant(database: Database) -> Participant:
    with database.read() as session:
        return session.scalars(select(Participant)).one()


def test_what_was_agreed_to_stays_at_its_address(visitor: Visitor, database: Database) -> None:
    visitor.take_part()
    with database.write() as session:
        study = find_study(session, "pictures")
        address = f"/consent/{study.consent_document.sha256}"
        study.consent_document = ConsentDocument(
            sha256="0" * 64, text="Other words.", created_at=study.created_at
        )
    page = visitor.client.get(address)
    assert (page.status_code, "What you agree to" in page.text) == (200, True)
    assert address.rpartition("/")[2] in page.text
    assert "unchanged since" in page.text
    assert visitor.client.get(f"/consent/{'1' * 64}").status_code == 404
    # Who agreed to the earlier words still sees those.
    assert address in visitor.get("/agreement").text
    assert "Other words" not in visitor.get("/agreement").text


def test_declining_ends_the_participation_and_can_be_undone(
    visitor: Visitor, database: Database
) -> None:
    visitor.submit(visitor.get())
    visitor.submit(visitor.get("/consent"), answer="no")
    assert the_participant(database).outcome == "no_consent"
    assert visitor.get("/play").headers["Location"] == "/s/pictures/thanks"
    assert 'href="/s/pictures/consent"' in visitor.get("/declined").text
    visitor.submit(visitor.get("/consent"), agree="yes", answer="yes")
    assert the_participant(database).outcome is None
    assert visitor.get("/play").status_code == 200


def test_taking_consent_back_is_noted_and_offers_to_delete_everything(
    visitor: Visitor, database: Database
) -> None:
    visitor.begin_run()
    visitor.submit(visitor.get("/agreement"), answer="no")
    with database.read() as session:
        assert session.scalars(select(Consent)).one().revoked_at is not None
    assert the_participant(database).outcome == "no_consent"
    page = visitor.get("/declined")
    assert "changed my mind" not in page.text  # the game has begun
    gone = visitor.submit(page)
    assert gone.headers["Location"] == "/s/pictures/withdrawn"
    assert "Everything is deleted" in visitor.get("/withdrawn").text
    with database.read() as session:
        assert session.scalars(select(Participant)).all() == []


def test_who_has_finished_stays_completed_after_taking_consent_back(
    visitor: Visitor, database: Database
) -> None:
    visitor.begin_run().play()
    visitor.submit(visitor.get("/agreement"), answer="no")
    with database.read() as session:
        assert session.scalars(select(Consent)).one().revoked_at is not None
    assert "You no longer agree" in visitor.get("/declined").text
    assert the_participant(database).outcome == "completed"
    assert visitor.get("/thanks").status_code == 200  # with the code of the outcome


@pytest.mark.parametrize(("words_per_minute", "flagged"), [(1100, True), (900, False)])
def test_reading_faster_than_anybody_is_flagged(
    visitor: Visitor,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    words_per_minute: float,
    flagged: bool,
) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        document = ConsentDocument(sha256="0" * 64, text="word " * 500, created_at=study.created_at)
        study.consent_document = document
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    visitor.submit(visitor.get())
    page = visitor.get("/consent")
    now += 2
    page = visitor.submit(page, answer="yes")  # without the tick it comes back
    now += 500 / words_per_minute * 60 - 2
    assert visitor.submit(page, agree="yes", answer="yes").status_code == 303
    with database.read() as session:
        flags = session.scalars(select(Flag)).all()
    assert [flag.kind for flag in flags] == ["fast_reading"] * flagged
    if flagged:  # 500 words at 1,100 a minute are 27.3 s
        assert flags[0].detail == {"page": "agree", "words": 500, "seconds": 27.3}


def test_a_forged_stamp_raises_nothing_and_stops_nobody(
    visitor: Visitor, database: Database
) -> None:
    visitor.submit(visitor.get())
    page = visitor.submit(visitor.get("/consent"), agree="yes", answer="yes", stamp="1.x")
    assert page.status_code == 303
    with database.read() as session:
        assert session.scalars(select(Flag)).all() == []


def test_the_debrief_is_shown_at_the_end(visitor: Visitor, database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        texts = study.definition["texts"] | {"debrief": "It was about **memory**."}
        study.definition = study.definition | {"texts": texts}
    player = visitor.begin_run()
    assert "<strong>memory</strong>" not in visitor.get("/play").text
    player.play()
    page = visitor.get("/thanks").text
    assert "It was about <strong>memory</strong>." in page
    assert page.index("What this study was about") < page.index("Your code for deleting")


def test_a_text_that_was_changed_while_it_was_read_is_read_again(
    visitor: Visitor, database: Database
) -> None:
    visitor.submit(visitor.get())
    page = visitor.get("/consent")
    with database.write() as session:
        study = find_study(session, "pictures")
        study.consent_document_id = consent_document(session, "Another text").id
    answer = visitor.submit(page, agree="yes", answer="yes")
    assert answer.status_code == 422
    assert "Another text" in answer.text
    assert visitor.submit(answer, agree="yes", answer="yes").status_code == 303
