"""Signing in, staying signed in and signing out; what the cookie holds and for how long."""

import logging
import time
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from experiment.access import COMMAND
from experiment.accounts import passwords
from experiment.accounts.researchers import choose_password, disable, find_researcher
from experiment.accounts.throttle import MOST_WRONG, WINDOW
from experiment.models import AuditEntry, Researcher
from tests.experiment.lab import Lab
from tests.experiment.visitor import Visitor

PASSWORD = "violin gravel sixteen otters"
WRONG = "violin gravel sixteen badgers"


@pytest.fixture
def lab(lab: Lab) -> Lab:
    """The lab, in which everybody has a password."""
    kept = passwords.hash_password(PASSWORD)
    with lab.database.write() as session:
        session.execute(update(Researcher).values(password_hash=kept))
    return lab


def sign_in(
    lab: Lab,
    client: FlaskClient,
    email: str = "owner@lab.example",
    password: str = PASSWORD,
    path: str = "/sign-in",
) -> TestResponse:
    return lab.submit(client, path, email=email, password=password)


def cookie_of(answer: TestResponse) -> SimpleCookie:
    cookie = SimpleCookie()
    for header in answer.headers.getlist("Set-Cookie"):
        cookie.load(header)
    return cookie


def contents(client: FlaskClient) -> dict[str, Any]:
    with client.session_transaction() as session:
        return dict(session)


def entries(lab: Lab) -> list[tuple[str, str]]:
    with lab.database.read() as session:
        query = select(AuditEntry.action, AuditEntry.who).order_by(AuditEntry.id)
        of_people = query.where(AuditEntry.study.is_(None))  # the study itself has entries, too
        return [(action, who) for action, who in session.execute(of_people)]


def test_who_signs_in_goes_on_to_where_they_wanted_to(lab: Lab) -> None:
    client = lab.browser()
    path = client.get("/studies/pictures/people?order=id").location
    answer = sign_in(lab, client, path=str(path))
    assert (answer.status_code, answer.location) == (303, "/studies/pictures/people?order=id")
    assert client.get("/studies/pictures/people").status_code == 200
    assert entries(lab) == [("sign_in.done", "owner@lab.example")]


def test_the_address_is_known_in_capitals_and_with_spaces(lab: Lab) -> None:
    assert sign_in(lab, lab.browser(), " Owner@LAB.example ").status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "/sign-out",
    ],
)
def test_nobody_is_sent_to_another_site(lab: Lab, elsewhere: str) -> None:
    for client in (lab.browser(), lab.browser("owner")):
        sent = client.post(
            "/sign-in",
            query_string={"next": elsewhere},
            data={
                "form_token": lab.form_token(client),
                "email": "owner@lab.example",
                "password": PASSWORD,
            },
        )
        assert (sent.status_code, sent.location) == (303, "/studies")
        assert client.get("/sign-in", query_string={"next": elsewhere}).location == "/studies"


def test_every_refusal_says_the_same_after_the_same_work(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown address, a wrong password, an account without one, one that may not be used."""
    with lab.database.write() as session:
        find_researcher(session, lab.researchers["viewer"].id).password_hash = None
        disable(session, COMMAND, find_researcher(session, lab.researchers["editor"].id))
    checked: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, kept: str, given: bytes) -> bool:
        checked.append(kept)
        return verify(hasher, kept, given)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    tried = [
        ("nobody@lab.example", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("owner@lab.example", WRONG),
        ("viewer@lab.example", ""),
        ("editor@lab.example", PASSWORD),
    ]
    said = set()
    for email, password in tried:
        client = lab.browser()
        answer = sign_in(lab, client, email, password)
        assert answer.status_code == 422
        assert client.get("/studies").status_code == 303
        said.add(answer.text.partition('role="alert">')[2].partition("</p>")[0])
    assert len(said) == 1
    assert "do not belong together" in said.pop()
    assert len(checked) == len(tried)
    cost = {kept.split("$")[3] for kept in checked}
    assert cost == {"m=19456,t=2,p=1"}
    assert [action for action, _ in entries(lab)][-5:] == ["sign_in.failed"] * 5


def test_what_is_typed_for_an_unknown_address_is_not_kept(lab: Lab) -> None:
    """Somebody may have typed their password into the field for the address."""
    sign_in(lab, lab.browser(), PASSWORD, PASSWORD)
    [(action, who)] = entries(lab)
    assert action == "sign_in.failed"
    assert who.startswith("unknown address ")
    assert "otters" not in who


@pytest.mark.parametrize("email", ["owner@lab.example", "nobody@lab.example"])
def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(lab: Lab, email: str) -> None:
    for _ in range(MOST_WRONG):
        assert sign_in(lab, lab.browser(), email, WRONG).status_code == 422
    answer = sign_in(lab, lab.browser(), email, PASSWORD)
    assert answer.status_code == 429
    # Until the first of the ten is a quarter of an hour old.
    assert WINDOW.total_seconds() - 60 < int(answer.headers["Retry-After"]) <= 900
    assert "try again in 15 minutes" in answer.text
    assert sign_in(lab, lab.browser(), "viewer@lab.example").status_code == 303
    earlier = datetime.now(UTC) - WINDOW
    with lab.database.write() as session:
        session.execute(update(AuditEntry).values(at=earlier))
    expected = 303 if email == "owner@lab.example" else 422
    assert sign_in(lab, lab.browser(), email, PASSWORD).status_code == expected


def test_the_right_password_forgives_the_wrong_ones_before_it(lab: Lab) -> None:
    for _ in range(2):
        for _ in range(MOST_WRONG - 1):
            sign_in(lab, lab.browser(), password=WRONG)
        assert sign_in(lab, lab.browser()).status_code == 303


def test_one_client_may_not_try_many_addresses(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    """Twenty a minute; nobody's address is in the log."""
    caplog.set_level(logging.DEBUG)
    where = {"REMOTE_ADDR": "203.0.113.77"}  # of the block for documentation (RFC 5737)
    client = lab.browser()
    form = {"form_token": lab.form_token(client), "email": "", "password": ""}
    sent = [
        client.post("/sign-in", data=form | {"email": f"{n}@lab.example"}, environ_base=where)
        for n in range(21)
    ]
    assert [answer.status_code for answer in sent] == [422] * 20 + [429]
    assert 1 <= int(sent[-1].headers["Retry-After"]) <= 60
    assert sign_in(lab, lab.browser()).status_code == 303  # from another computer
    assert "203.0.113.77" not in caplog.text


def test_signing_in_keeps_a_participants_game_and_nothing_else_of_the_cookie(lab: Lab) -> None:
    """A cookie that somebody else has put into the browser does not stay theirs."""
    visitor = Visitor(lab.app)
    player = visitor.begin_run()
    before = contents(visitor.client)
    form_token = lab.form_token(visitor.client)
    assert sign_in(lab, visitor.client).status_code == 303
    after = contents(visitor.client)
    assert after["participants"] == before["participants"]
    assert after.get("form_token") != before["form_token"]
    assert {"_user_id", "_fresh", "seen_at"} <= after.keys()
    assert "_id" not in after  # a hash of the computer's address
    old = visitor.client.post("/sign-out", data={"form_token": form_token})
    assert old.status_code == 400
    lab.submit(visitor.client, "/sign-out")
    player.play()
    assert visitor.get("/thanks").status_code == 200


def test_signing_out_leaves_nothing_of_the_researcher(lab: Lab) -> None:
    client = lab.browser("owner")
    with client.session_transaction() as session:
        session["results"] = ["pictures"]
    assert lab.submit(client, "/sign-out").location == "/sign-in"
    assert client.get("/studies").status_code == 303
    assert client.get("/results/pictures").status_code == 403
    assert contents(client).keys() <= {"form_token"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookie_is_hidden_from_scripts_and_other_sites(lab: Lab, scheme: str) -> None:
    client = lab.browser()
    page = client.get("/sign-in", base_url=f"{scheme}://localhost")
    token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    answer = client.post(
        "/sign-in",
        base_url=f"{scheme}://localhost",
        data={"form_token": token, "email": "owner@lab.example", "password": PASSWORD},
    )
    assert answer.status_code == 303
    cookie = cookie_of(answer)["hitrate"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert bool(cookie["secure"]) == (scheme == "https")
    assert answer.headers["Cache-Control"] == "no-store"


def set_back(client: FlaskClient, hours: float) -> None:
    with client.session_transaction() as session:
        session["seen_at"] = int(time.time() - 3600 * hours)


def test_twelve_hours_without_a_click_end_the_session(lab: Lab) -> None:
    client = lab.browser("owner")
    set_back(client, 11.9)
    assert client.get("/studies").status_code == 200
    assert time.time() - contents(client)["seen_at"] < 60
    set_back(client, 12.1)
    assert client.get("/studies").status_code == 303
    assert client.get("/api/v1/me").status_code == 401


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(lab: Lab) -> None:
    client = lab.browser("owner")
    set_back(client, 5)
    before = contents(client)["seen_at"]
    by_itself = {"Sec-Fetch-Mode": "same-origin"}
    assert client.get("/studies", headers=by_itself).status_code == 200
    assert contents(client)["seen_at"] == before
    assert client.get("/studies", headers={"Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert contents(client)["seen_at"] > before


def test_a_cookie_without_a_time_is_none(lab: Lab) -> None:
    client = lab.browser("owner")
    with client.session_transaction() as session:
        del session["seen_at"]
    assert client.get("/studies").status_code == 303


def test_another_password_ends_every_session(lab: Lab) -> None:
    client = lab.browser("owner")
    with lab.database.write() as session:
        owner = find_researcher(session, lab.researchers["owner"].id)
        choose_password(session, COMMAND, owner, WRONG)
    assert client.get("/studies").status_code == 303
    assert sign_in(lab, client, password=PASSWORD).status_code == 422
    assert sign_in(lab, client, password=WRONG).status_code == 303


def test_a_researcher_who_is_disabled_is_out_at_once(lab: Lab) -> None:
    client, headers = lab.browser("owner"), lab.bearer("owner")
    assert client.get("/studies").status_code == 200
    assert lab.browser().get("/api/v1/me", headers=headers).status_code == 200
    with lab.database.write() as session:
        disable(session, COMMAND, find_researcher(session, lab.researchers["owner"].id))
    assert client.get("/studies").status_code == 303
    assert lab.browser().get("/api/v1/me", headers=headers).status_code == 401
    assert sign_in(lab, lab.browser()).status_code == 422


def test_a_hash_of_older_parameters_is_renewed_at_sign_in(lab: Lab) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with lab.database.write() as session:
        session.execute(update(Researcher).values(password_hash=cheap.hash(PASSWORD)))
    assert sign_in(lab, lab.browser()).status_code == 303
    with lab.database.read() as session:
        kept = find_researcher(session, lab.researchers["owner"].id).password_hash
    assert kept
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(lab, lab.browser()).status_code == 303


def test_the_page_says_how_to_make_the_first_account(lab: Lab) -> None:
    page = lab.browser().get("/sign-in").text
    assert "There is no account yet" not in page
    with lab.database.write() as session:
        for researcher in session.scalars(select(Researcher)):
            session.delete(researcher)
    assert "There is no account yet" in lab.browser().get("/sign-in").text
