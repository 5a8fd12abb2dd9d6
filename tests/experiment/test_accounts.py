"""Accounts: links that open once, one's own, what administrators do; on pages and by commands."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import select, update

from experiment.access import COMMAND
from experiment.accounts.links import add_link, first_link
from experiment.accounts.passwords import fits, hash_password
from experiment.accounts.researchers import disable, enable, find_researcher, set_admin
from experiment.app import create_app
from experiment.commands.researcher import researcher
from experiment.commands.study import study
from experiment.database import Database
from experiment.errors import ConflictError
from experiment.models import (
    AccountLink,
    ApiToken,
    AuditEntry,
    Membership,
    Researcher,
)
from experiment.settings import Settings
from tests.experiment.lab import Lab, make_lab
from tests.experiment.rows import add_study

PASSWORD = "violin gravel sixteen otters"
OTHER = "anchor seventeen mild pianos"


@pytest.fixture
def lab(settings: Settings, database: Database) -> Iterator[Lab]:
    """The researchers, and a study of no pictures."""
    with database.write() as session:
        add_study(session)
    app = create_app(settings)
    yield make_lab(app, database, "study")
    app.extensions["hitrate"].database.close()


@pytest.fixture
def empty(settings: Settings, database: Database) -> Iterator[Lab]:
    """A server on which nobody has an account yet."""
    app = create_app(settings)
    yield Lab(app, database)
    app.extensions["hitrate"].database.close()


def researcher_of(lab: Lab, name: str) -> Researcher:
    with lab.database.read() as session:
        return find_researcher(session, lab.researchers[name].id)


def make_link(lab: Lab, name: str) -> str:
    with lab.database.write() as session:
        token = add_link(session, find_researcher(session, lab.researchers[name].id), "reset")
    return f"/open-account/{token}"


def choose(lab: Lab, client: FlaskClient, path: str, password: str = PASSWORD, **more: str) -> int:
    fields = {"password": password, "again": password} | more
    return lab.submit(client, path, **fields).status_code


def actions(lab: Lab) -> list[str]:
    with lab.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


# Links


def test_a_link_opens_an_account_once(lab: Lab) -> None:
    path, client = make_link(lab, "viewer"), lab.browser()
    for _ in range(3):  # programs that look at links do not use it up
        assert "viewer@lab.example" in client.get(path).text
    assert choose(lab, client, path) == 303
    assert client.get("/account").status_code == 200
    assert fits(PASSWORD, researcher_of(lab, "viewer").password_hash)
    other = lab.browser()
    assert other.get(path).status_code == 410
    assert choose(lab, other, path, OTHER) == 410
    assert "ask an administrator" in other.get(path).text
    with lab.database.read() as session:
        assert path.rpartition("/")[2] not in str(session.scalars(select(AccountLink)).all())
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.who) == ("password.chosen", "viewer@lab.example")


def test_what_is_wrong_with_a_password_does_not_use_the_link_up(lab: Lab) -> None:
    path, client = make_link(lab, "viewer"), lab.browser()
    answer = lab.submit(client, path, password="short", again="short")
    assert answer.status_code == 422
    assert "at least 12" in answer.text
    answer = lab.submit(client, path, password=PASSWORD, again=OTHER)
    assert answer.status_code == 422
    assert "differ" in answer.text
    assert PASSWORD not in answer.text
    assert choose(lab, client, path) == 303


def test_a_link_is_void_after_its_time_after_another_and_for_who_is_disabled(lab: Lab) -> None:
    client = lab.browser()
    first, second = make_link(lab, "viewer"), make_link(lab, "viewer")
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    with lab.database.write() as session:
        disable(session, COMMAND, find_researcher(session, lab.researchers["viewer"].id))
    assert client.get(second).status_code == 410
    with lab.database.write() as session:
        enable(session, COMMAND, find_researcher(session, lab.researchers["viewer"].id))
        session.execute(
            update(AccountLink).values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )
    assert client.get(second).status_code == 410
    assert choose(lab, client, second) == 410
    assert client.get("/open-account/never-one").status_code == 410


def test_a_reset_signs_every_browser_out(lab: Lab) -> None:
    signed_in = lab.browser("viewer")
    assert choose(lab, lab.browser(), make_link(lab, "viewer")) == 303
    assert signed_in.get("/studies").status_code == 303


def test_the_first_link_makes_an_administrator_and_no_second_one(empty: Lab) -> None:
    with empty.database.write() as session:
        token = first_link(session)
    path, client = f"/open-account/{token}", empty.browser()
    assert "Make the first account" in client.get(path).text
    answer = empty.submit(client, path, email="no address", password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 422
    assert choose(empty, client, path, email="Ada@Lab.example", name="Ada  Byron") == 303
    assert client.get("/researchers").status_code == 200
    with empty.database.read() as session:
        ada = session.scalars(select(Researcher)).one()
    assert (ada.email, ada.name, ada.is_admin) == ("ada@lab.example", "Ada Byron", True)
    with empty.database.write() as session:
        assert first_link(session) is None
        void = add_link(session, None, "first")  # as if it had been printed before
    assert choose(empty, empty.browser(), f"/open-account/{void}", email="eve@evil.example") == 410


# One's own account


def test_a_token_is_shown_once_and_works_until_it_is_revoked(lab: Lab) -> None:
    client = lab.browser("owner")
    made = lab.submit(
        client, "/account/tokens", name="nightly", scope=["read", "export"], days="30"
    )
    assert made.status_code == 201
    [secret] = re.findall(r"hitrate_[\w-]{43}", made.text)
    page = client.get("/account").text
    assert "nightly" in page
    assert secret not in page
    headers = {"Authorization": f"Bearer {secret}"}
    me = lab.browser().get("/api/v1/me", headers=headers).get_json()
    assert (me["email"], me["scopes"]) == ("owner@lab.example", ["read", "export"])
    assert me["studies"] == [{"study": "study", "role": "owner"}]
    with lab.database.read() as session:
        kept = session.scalars(select(ApiToken)).one()
    assert secret not in str(vars(kept))
    assert kept.expires_at
    assert timedelta(29) < kept.expires_at - datetime.now(UTC) <= timedelta(30)
    assert kept.last_used_at
    assert lab.submit(client, f"/account/tokens/{kept.public_id}/revoke").status_code == 303
    assert lab.browser().get("/api/v1/me", headers=headers).status_code == 401
    assert lab.submit(client, f"/account/tokens/{kept.public_id}/revoke").status_code == 404
    assert actions(lab) == ["token.made", "token.revoked"]


def test_a_token_ends_when_it_was_to_end(lab: Lab) -> None:
    for hours, status in ((1, 200), (-1, 401)):
        headers = lab.bearer("owner", expires_at=datetime.now(UTC) + timedelta(hours=hours))
        assert lab.browser().get("/api/v1/me", headers=headers).status_code == status


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"name": "x" * 101}, {"scope": []}, {"scope": ["all"]}, {"days": "9999"}],
)
def test_a_token_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    lab: Lab, wrong: dict[str, Any]
) -> None:
    fields = {"name": "nightly", "scope": ["export"], "days": "365"} | wrong
    answer = lab.submit(lab.browser("owner"), "/account/tokens", **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert fields["name"].strip() in answer.text
    assert actions(lab) == []


def test_another_password_needs_the_current_one_and_keeps_this_browser_in(lab: Lab) -> None:
    with lab.database.write() as session:
        session.execute(update(Researcher).values(password_hash=hash_password(PASSWORD)))
    client, elsewhere = lab.browser("owner"), lab.browser("owner")

    def change(current: str, new: str) -> int:
        fields = {"current": current, "password": new, "again": new}
        return lab.submit(client, "/account/password", **fields).status_code

    assert change(OTHER, OTHER) == 422
    assert change(PASSWORD, "short") == 422
    assert elsewhere.get("/account").status_code == 200
    assert change(PASSWORD, OTHER) == 303
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert fits(OTHER, researcher_of(lab, "owner").password_hash)
    # A password that was right but whose successor was refused counts as no attempt that failed.
    assert actions(lab) == ["password.refused", "password.refused", "password.chosen"]


def test_one_can_sign_out_in_every_other_browser(lab: Lab) -> None:
    client, elsewhere = lab.browser("owner"), lab.browser("owner")
    assert lab.submit(client, "/account/sessions/end").status_code == 303
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303


# Administrators


def test_an_administrator_adds_somebody_and_hands_on_a_link(lab: Lab) -> None:
    client = lab.browser("ada")
    fields = {"email": "New@Lab.example", "name": "Nina New"}
    page = lab.submit(client, "/researchers", **fields)
    assert page.status_code == 201
    [path] = re.findall(r"/open-account/[\w-]{43}", page.text)
    assert "Nina New" in client.get("/researchers").text
    assert path not in client.get("/researchers").text
    assert choose(lab, lab.browser(), path) == 303
    again = lab.submit(client, "/researchers", **fields)
    assert again.status_code == 409
    assert 'value="Nina New"' in again.text
    with lab.database.read() as session:
        link = session.scalars(select(AccountLink)).one()
    assert link.expires_at - link.created_at == timedelta(days=7)
    assert actions(lab) == ["researcher.added", "link.made", "password.chosen"]


def test_an_administrator_renames_promotes_and_shuts_out(lab: Lab) -> None:
    client = lab.browser("ada")
    path = f"/researchers/{lab.researchers['editor'].id}"
    assert lab.submit(client, path, name="Edith", is_admin="yes").status_code == 303
    assert "Edith" in client.get(path).text
    assert lab.browser("editor").get("/researchers").status_code == 200
    assert lab.submit(client, path, name=" ").status_code == 422
    assert researcher_of(lab, "editor").name == "Edith"
    assert lab.submit(client, path, name="Edith").status_code == 303
    assert not researcher_of(lab, "editor").is_admin
    headers = lab.bearer("editor")
    assert lab.submit(client, f"{path}/disable").status_code == 303
    assert lab.browser().get("/api/v1/me", headers=headers).status_code == 401
    assert "Let them in again" in client.get(path).text
    assert lab.submit(client, f"{path}/enable").status_code == 303
    assert lab.browser().get("/api/v1/me", headers=headers).status_code == 200
    assert client.get("/researchers/999").status_code == 404


def test_the_last_administrator_stays(lab: Lab) -> None:
    """Somebody who has not chosen a password yet cannot take over."""
    with lab.database.write() as session:
        session.execute(
            update(Researcher).where(Researcher.is_admin).values(password_hash="a hash")
        )
    client = lab.browser("ada")
    path = f"/researchers/{lab.researchers['ada'].id}"
    for refused in (
        lab.submit(client, f"{path}/disable"),
        lab.submit(client, path, name="Ada"),
    ):
        assert refused.status_code == 409
        assert "only administrator" in refused.text
    with lab.database.write() as session:
        editor = find_researcher(session, lab.researchers["editor"].id)
        set_admin(session, COMMAND, editor, True)
    with lab.database.write() as session, pytest.raises(ConflictError, match="only administrator"):
        disable(session, COMMAND, find_researcher(session, lab.researchers["ada"].id))
    with lab.database.write() as session:
        editor = find_researcher(session, lab.researchers["editor"].id)
        editor.password_hash = hash_password(PASSWORD)
    assert lab.submit(client, f"{path}/disable").status_code == 303
    assert client.get("/researchers").status_code == 303


# Commands


@pytest.fixture(autouse=True)
def same_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands work on the database of the test."""
    monkeypatch.setenv("HITRATE_DATABASE_URL", settings.database_url)


def run(command: Any, *words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(command, words, input=stdin, catch_exceptions=True)


def test_the_command_adds_lists_and_shuts_out(empty: Lab) -> None:
    added = run(researcher, "add", "Ada@Lab.example", "--admin", "--name", "Ada Byron")
    assert added.exit_code == 0, added.output
    [path] = re.findall(r"http://127.0.0.1:8000(/open-account/[\w-]{43})\n", added.stdout)
    assert "168 hours" in added.stdout
    assert choose(empty, empty.browser(), path) == 303
    piped = run(researcher, "add", "bo@lab.example", "--password-stdin", stdin=f"{OTHER}\n")
    assert piped.exit_code == 0, piped.output
    assert OTHER not in piped.output
    weak = run(researcher, "add", "cy@lab.example", "--password-stdin", stdin="password1234\n")
    assert "tried first" in str(weak.exception)
    listed = run(researcher, "list").stdout.splitlines()
    assert [line.split()[:3] for line in listed] == [
        ["ada@lab.example", "active", "administrator"],
        ["bo@lab.example", "active", "-"],
    ]
    assert run(researcher, "change", "bo@lab.example", "--admin", "--name", "Bo").exit_code == 0
    assert run(researcher, "disable", "ADA@lab.example").exit_code == 0
    assert "only administrator" in str(run(researcher, "disable", "bo@lab.example").exception)
    assert run(researcher, "enable", "ada@lab.example").exit_code == 0
    reset = run(researcher, "reset", "ada@lab.example")
    assert "within 24 hours" in reset.stdout
    assert "hitrate researcher add" in str(run(researcher, "reset", "nobody@lab.example").exception)
    assert run(researcher, "change", "bo@lab.example").exit_code == 2
    with empty.database.read() as session:
        assert {e.who for e in session.scalars(select(AuditEntry))} == {
            "command",
            "ada@lab.example",  # who opened the link
        }


def test_a_study_is_shared_from_the_command_line(lab: Lab) -> None:
    assert run(study, "share", "study", "stranger@lab.example").exit_code == 0
    assert run(study, "share", "study", "stranger@lab.example", "--role", "owner").exit_code == 0
    assert "no researcher x@y" in str(run(study, "share", "study", "x@y").exception)
    assert run(study, "share", "study", "x@y", "--role", "boss").exit_code == 2
    with lab.database.read() as session:
        member = session.get(Membership, (1, lab.researchers["stranger"].id))
    assert member is not None
    assert member.role == "owner"
    assert actions(lab) == ["member.added", "member.changed"]
