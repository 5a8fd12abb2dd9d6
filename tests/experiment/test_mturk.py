"""Workers of MTurk: they look before they accept, play in a frame, and submit at the end."""

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from experiment.database import Database
from experiment.recruitment.arrivals import Arrival, seal
from experiment.runs import find_study
from tests.experiment.recruiting import finish_as, identities, people, play_well, recruit
from tests.experiment.visitor import Visitor

# The pages are the same on every database.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

HIT = "?workerId=W1&hitId=H1&assignmentId=A1&turkSubmitTo=https%3A%2F%2Fworkersandbox.mturk.com"
LOOK = HIT.replace("workerId=W1&", "").replace("A1", "ASSIGNMENT_ID_NOT_AVAILABLE")


@pytest.fixture(autouse=True)
def mturk(app: Flask, database: Database) -> None:
    recruit(database, kind="mturk")


def policy(page: TestResponse) -> dict[str, str]:
    """The content security policy by directive."""
    parts = page.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


def last_page(visitor: Visitor, database: Database, query: str = HIT) -> TestResponse:
    play_well(database, visitor.begin_run(query))
    return visitor.get("/thanks")


def test_who_looks_at_a_hit_finds_no_button_and_leaves_nothing(
    visitor: Visitor, database: Database
) -> None:
    page = visitor.get(LOOK)
    assert (page.status_code, "Accept it" in page.text) == (200, True)
    assert ("<form" in page.text, "<button" in page.text) == (False, False)
    assert "Set-Cookie" not in page.headers
    assert people(database) == []


def test_nobody_begins_without_accepting(visitor: Visitor, database: Database) -> None:
    sealed = visitor.get(LOOK.replace("?", "?workerId=W1&")).text
    assert "<form" not in sealed
    accepted = visitor.get(HIT)
    with database.read() as session:
        study = find_study(session, "pictures")
    key = str(visitor.client.application.config["SECRET_KEY"])
    looks = Arrival("mturk", "W1", {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"})
    assert visitor.submit(accepted, arrival=seal(key, study, looks)).status_code == 400
    assert people(database) == []


def test_the_pages_may_be_framed_by_mturk_alone(visitor: Visitor, database: Database) -> None:
    for page in (visitor.get(HIT), last_page(visitor, database), visitor.get("/nothing")):
        assert policy(page)["frame-ancestors"] == (
            "'none'" if page.status_code == 404 else "https://*.mturk.com"
        )
        assert ("X-Frame-Options" in page.headers) == (page.status_code == 404)
    recruit(database, kind="lab")
    page = visitor.get()
    assert policy(page)["frame-ancestors"] == "'none'"
    assert page.headers["X-Frame-Options"] == "DENY"


def test_the_cookie_works_in_a_frame_and_only_there(app: Flask, database: Database) -> None:
    framed = Visitor(app).get(HIT).headers["Set-Cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert attribute in framed.split("; ")
    alone = {"Sec-Fetch-Dest": "document"}
    top = app.test_client().get(f"/s/pictures{HIT}", headers=alone).headers["Set-Cookie"]
    recruit(database, kind="none")
    other = Visitor(app).get().headers["Set-Cookie"]
    for cookie in (top, other):
        assert "SameSite=Lax" in cookie.split("; ")
        assert "Partitioned" not in cookie


def test_the_last_page_submits_the_assignment_to_where_it_came_from(
    visitor: Visitor, database: Database
) -> None:
    page = last_page(visitor, database)
    host = "https://workersandbox.mturk.com"
    assert f'<form method="post" action="{host}/mturk/externalSubmit"' in page.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    assert hidden == {"assignmentId": "A1", "outcome": "completed"}
    assert policy(page)["form-action"] == f"'self' {host}"
    assert policy(page)["frame-ancestors"] == "https://*.mturk.com"


def test_an_assignment_that_came_from_elsewhere_is_submitted_nowhere(
    visitor: Visitor, database: Database
) -> None:
    page = last_page(visitor, database, HIT.replace("workersandbox.mturk.com", "evil.org"))
    assert "externalSubmit" not in page.text
    assert policy(page)["form-action"] == "'self'"
    assert "evil" not in page.text + str(page.headers)


def test_a_worker_who_accepts_again_submits_the_new_assignment(
    visitor: Visitor, database: Database
) -> None:
    visitor.take_part(HIT)
    page = last_page(visitor, database, HIT.replace("A1", "A2"))
    assert 'value="A2"' in page.text
    assert [identity.external_id for identity in identities(database)] == ["W1"]


def test_who_has_not_played_is_asked_to_return_the_hit(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run(HIT)
    finish_as(database, player.token, "screened_out")
    page = visitor.get("/thanks")
    assert ("Please return the HIT" in page.text, "externalSubmit" in page.text) == (True, False)
