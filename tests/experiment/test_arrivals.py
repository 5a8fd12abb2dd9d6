"""What a link carries from the welcome page to the button, and whom it finds again."""

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer

from experiment.database import Database
from experiment.models import Participant, StudyRelation
from experiment.recruitment.arrivals import is_id
from experiment.settings import Settings
from tests.experiment.recruiting import (
    CODES,
    PROLIFIC,
    change_study,
    copy_study,
    identities,
    people,
    recruit,
)
from tests.experiment.test_forms import count, mode_query
from tests.experiment.visitor import Visitor, game_of


@pytest.fixture
def prolific(app: Flask, database: Database) -> None:
    recruit(database, kind="prolific", codes=CODES)


@pytest.mark.usefixtures("prolific")
def test_a_link_is_kept_to_the_button_and_nothing_is_stored_before(
    visitor: Visitor, database: Database
) -> None:
    page = visitor.get(f"{PROLIFIC}&%C3%BCber=a%20b&many=1&many=2&mode=&simulate=visual")
    assert (people(database), identities(database)) == ([], [])
    visitor.submit(page)
    (identity,) = identities(database)
    assert (identity.recruiter, identity.external_id) == ("prolific", "5f1c")
    assert identity.parameters == {
        "PROLIFIC_PID": "5f1c",
        "STUDY_ID": "60aa",
        "SESSION_ID": "71bb",
        "über": "a b",
        "many": ["1", "2"],
    }


@pytest.mark.usefixtures("prolific")
def test_unknown_parameters_never_overwrite_what_we_know(
    visitor: Visitor, database: Database
) -> None:
    names = "external_id=x&recruiter=sona&participant_id=7&study_id=9&parameters=1&public_id=me"
    visitor.submit(visitor.get(f"{PROLIFIC}&{names}&is_preview=1&outcome=completed"))
    (identity,) = identities(database)
    (person,) = people(database)
    assert (identity.recruiter, identity.external_id) == ("prolific", "5f1c")
    assert (person.is_preview, person.outcome, person.public_id != "me") == (False, None, True)
    assert identity.parameters["outcome"] == "completed"


@pytest.mark.usefixtures("prolific")
def test_the_same_id_goes_on_with_its_run_on_any_device(app: Flask, database: Database) -> None:
    first = Visitor(app).take_part(PROLIFIC)["run_url"]
    other = Visitor(app)
    assert "Go on" in other.get(PROLIFIC).text
    again = other.submit(other.get(PROLIFIC.replace("71bb", "72cc")))
    assert again.headers["Location"] == "/s/pictures/play"
    assert game_of(other.get("/play"))["run_url"] == first
    assert count(database, Participant) == 1
    assert identities(database)[0].parameters["SESSION_ID"] == "72cc"


@pytest.mark.usefixtures("prolific")
def test_another_id_in_the_link_is_another_person_though_the_cookie_knows_one(
    visitor: Visitor, database: Database
) -> None:
    first = visitor.take_part(PROLIFIC)["run_url"]
    second = visitor.take_part(PROLIFIC.replace("5f1c", "0000"))["run_url"]
    assert first != second
    assert count(database, Participant) == 2
    # The browser is the second one's now; only the first one's own link leads back.
    assert game_of(visitor.get("/play"))["run_url"] == second
    assert visitor.take_part(PROLIFIC)["run_url"] == first


@pytest.mark.usefixtures("prolific")
def test_the_bare_address_goes_on_with_whom_the_cookie_knows(visitor: Visitor) -> None:
    first = visitor.take_part(PROLIFIC)["run_url"]
    assert visitor.take_part()["run_url"] == first


@pytest.mark.usefixtures("prolific")
def test_a_link_that_lost_its_id_says_so_kindly(visitor: Visitor, database: Database) -> None:
    for query in ("", "?STUDY_ID=60aa", "?PROLIFIC_PID="):
        page = visitor.get(query)
        assert (page.status_code, "missing from your link" in page.text) == (400, True)
        assert "<form" not in page.text
    assert people(database) == []


@pytest.mark.usefixtures("prolific")
def test_what_no_recruiter_sends_is_refused(visitor: Visitor, database: Database) -> None:
    for query in (
        "?PROLIFIC_PID=a&PROLIFIC_PID=b",
        "?PROLIFIC_PID=a%00b",
        "?PROLIFIC_PID=a%0D%0ASet-Cookie:x",
        f"?PROLIFIC_PID={'a' * 201}",
        f"?PROLIFIC_PID=a&x={'a' * 1001}",
        f"?PROLIFIC_PID=a&{'x' * 101}=1",
        "?PROLIFIC_PID=a&" + "&".join(f"x{n}=1" for n in range(50)),
        "?PROLIFIC_PID=a&" + "&".join(f"x{n}={'a' * 900}" for n in range(5)),
        "?PROLIFIC_PID=a&x=%00",
    ):
        page = visitor.get(query)
        assert (page.status_code, "missing from your link" in page.text) == (400, True), query
        assert "Set-Cookie:x" not in str(page.headers)
    assert people(database) == []


@pytest.mark.usefixtures("prolific")
def test_a_forged_arrival_is_refused(
    app: Flask, visitor: Visitor, database: Database, settings: Settings
) -> None:
    page = visitor.get(PROLIFIC)
    content = ["pictures", "prolific", "somebody else", {"PROLIFIC_PID": "somebody else"}]
    forged = str(URLSafeSerializer("b" * 32, salt="arrival").dumps(content))
    of_another = ["other", *content[1:]]
    elsewhere = str(URLSafeSerializer(settings.secret_key, salt="arrival").dumps(of_another))
    other_use = str(URLSafeSerializer(settings.secret_key, salt="mode").dumps(content))
    for sealed in (forged, elsewhere, other_use, "é", "x" * 5000):
        assert visitor.submit(page, arrival=sealed).status_code == 400
    assert people(database) == []
    # Left out, it is a link that lost its id.
    assert visitor.submit(page, arrival="").status_code == 400
    assert people(database) == []


@pytest.mark.usefixtures("prolific")
def test_previews_and_simulated_participants_need_no_id_and_take_nobodys(
    app: Flask, database: Database, settings: Settings
) -> None:
    Visitor(app).take_part(PROLIFIC)
    for kind in ("preview", "simulated"):
        query = mode_query(settings, database, kind)
        assert Visitor(app).take_part(query)["run_url"]
        assert Visitor(app).take_part(f"{query}&{PROLIFIC[1:]}")["run_url"]
    assert count(database, Participant) == 5
    named = [identity.external_id for identity in identities(database)]
    assert (len(named), named.count("5f1c")) == (3, 1)


def test_a_link_without_an_id_keeps_what_it_carried(visitor: Visitor, database: Database) -> None:
    visitor.take_part("?source=poster")
    (identity,) = identities(database)
    assert (identity.recruiter, identity.parameters) == ("none", {"source": "poster"})
    assert identity.external_id == people(database)[0].public_id


def test_the_parameter_that_a_redirect_study_names_is_the_id(
    app: Flask, database: Database
) -> None:
    redirects = {"completed": "https://a.org/done"}
    recruit(database, kind="redirect", id_parameter="participantId", redirects=redirects)
    first = Visitor(app).take_part("?participantId=p1")["run_url"]
    assert Visitor(app).take_part("?participantId=p1")["run_url"] == first
    assert Visitor(app).take_part("?participantId=p2")["run_url"] != first


@pytest.fixture
def related(app: Flask, database: Database) -> str:
    """Another study of the same pictures, related to `pictures`, both at Prolific."""
    recruit(database, kind="prolific", codes=CODES, must_have_id=False)
    with database.write() as session:
        other = copy_study(session, "other")
        first = other.id - 1
        session.add(StudyRelation(study_id=first, related_id=other.id))
        session.add(StudyRelation(study_id=other.id, related_id=first))
    return "other"


def test_the_same_id_is_the_same_person_in_related_studies(
    app: Flask, database: Database, related: str
) -> None:
    Visitor(app).take_part(PROLIFIC)
    Visitor(app, related).take_part(PROLIFIC)
    Visitor(app, related).take_part(PROLIFIC.replace("5f1c", "0000"))
    here, there, stranger = (person.person for person in people(database))
    assert here == there != stranger


def test_the_cookie_tells_related_studies_who_somebody_is_unless_the_ids_differ(
    app: Flask, database: Database, related: str
) -> None:
    own = Visitor(app)
    own.take_part()
    own.slug = related
    own.take_part()
    shared = Visitor(app)
    shared.take_part(PROLIFIC)
    shared.slug = related
    shared.take_part(PROLIFIC.replace("5f1c", "0000"))  # somebody else at this computer
    first, same, second, third = (person.person for person in people(database))
    assert first == same
    assert len({first, second, third}) == 3


def test_studies_that_are_not_related_know_nothing_of_each_other(
    app: Flask, database: Database
) -> None:
    change_study(database, recruitment={"kind": "none", "codes": {}, "must_have_id": False})
    with database.write() as session:
        copy_study(session, "other")
    visitor = Visitor(app)
    visitor.take_part()
    visitor.slug = "other"
    visitor.take_part()
    first, second = people(database)
    assert first.person != second.person


@pytest.mark.parametrize(
    ("value", "is_known"),
    [
        ("5f3c9d2e", True),
        ("100%", True),
        ("{{%PROLIFIC_PID%}}", False),
        ("%SURVEY_CODE%", False),
        ("${e://Field/id}", False),
    ],
)
def test_a_placeholder_that_nobody_filled_in_is_nobodys_id(value: str, is_known: bool) -> None:
    assert is_id(value) is is_known
