"""Members of a study and the record of what was done, on pages and over the API."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import COMMAND
from experiment.accounts.audit import ACTIONS, record
from experiment.accounts.record_lookup import PAGE
from experiment.app import create_app
from experiment.database import Database
from experiment.models import AuditEntry, ConsentDocument, ImageSet, Membership, Study
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.lab import Lab, make_lab
from tests.experiment.rows import add_study

MEMBERS = "/studies/study/members"
API_MEMBERS = "/api/v1/studies/study/members"


@pytest.fixture
def lab(settings: Settings, database: Database) -> Iterator[Lab]:
    """The researchers, and a study of no pictures."""
    with database.write() as session:
        add_study(session)
    app = create_app(settings)
    yield make_lab(app, database, "study")
    app.extensions["hitrate"].database.close()


def roles(lab: Lab) -> dict[str, str]:
    names = {who.id: name for name, who in lab.researchers.items()}
    with lab.database.read() as session:
        return {names[m.researcher_id]: m.role for m in session.scalars(select(Membership))}


def path_of(lab: Lab, name: str, verb: str) -> str:
    return f"{MEMBERS}/{lab.researchers[name].id}/{verb}"


ALL = {"owner": "owner", "editor": "editor", "viewer": "viewer"}


def test_an_owner_adds_changes_and_removes(lab: Lab) -> None:
    client = lab.browser("owner")
    added = lab.submit(client, MEMBERS, email=" Stranger@Lab.example", role="viewer")
    assert added.status_code == 303
    assert roles(lab) == ALL | {"stranger": "viewer"}
    assert "stranger@lab.example" in client.get(MEMBERS).text
    lab.submit(client, path_of(lab, "stranger", "role"), role="editor")
    assert roles(lab)["stranger"] == "editor"
    lab.submit(client, path_of(lab, "stranger", "remove"))
    assert roles(lab) == ALL
    assert lab.browser("stranger").get(MEMBERS).status_code == 404
    with lab.database.read() as session:
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.action, e.who, e.study, e.detail.get("researcher")) for e in told] == [
        (f"member.{verb}", "owner@lab.example", "study", "stranger@lab.example")
        for verb in ("added", "changed", "removed")
    ]


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"email": "nobody@lab.example", "role": "viewer"}, 404, "there is no researcher"),
        ({"email": "viewer@lab.example", "role": "editor"}, 409, "a member already"),
        ({"email": "no address", "role": "viewer"}, 422, "write one address"),
        ({"email": "stranger@lab.example", "role": "boss"}, 422, "choose one of"),
    ],
)
def test_a_member_who_cannot_be_is_refused_and_nothing_typed_is_lost(
    lab: Lab, fields: dict[str, str], status: int, why: str
) -> None:
    answer = lab.submit(lab.browser("owner"), MEMBERS, **fields)
    assert answer.status_code == status
    assert why in answer.text
    assert f'value="{fields["email"]}"' in answer.text
    assert roles(lab) == ALL


def test_a_study_keeps_an_owner_unless_an_administrator_says_otherwise(lab: Lab) -> None:
    for verb, fields in (("role", {"role": "viewer"}), ("remove", {})):
        refused = lab.submit(lab.browser("owner"), path_of(lab, "owner", verb), **fields)
        assert refused.status_code == 409
        assert "only owner" in refused.text
    lab.submit(lab.browser("owner"), path_of(lab, "editor", "role"), role="owner")
    gone = lab.submit(lab.browser("owner"), path_of(lab, "owner", "remove"))
    assert gone.location == "/studies"  # nothing of the study is theirs to see
    assert lab.submit(lab.browser("ada"), path_of(lab, "editor", "remove")).status_code == 303
    assert roles(lab) == {"viewer": "viewer"}


def test_a_viewer_sees_the_members_and_no_forms(lab: Lab) -> None:
    page = lab.browser("viewer").get(MEMBERS).text
    assert "owner@lab.example" in page
    assert "/remove" not in page
    assert "Add a member" not in page
    assert "/studies/study/record" not in page  # the tab is for owners


def test_members_over_the_api(lab: Lab) -> None:
    client, headers = lab.browser(), lab.bearer("owner", "admin", "read")

    def ask(method: str, path: str = "", json: Any = None) -> Any:
        return client.open(f"{API_MEMBERS}{path}", method=method, headers=headers, json=json)

    added = ask("POST", json={"email": "stranger@lab.example", "role": "viewer"})
    assert added.status_code == 201
    path = f"/{added.get_json()['researcher']}"
    assert ask("PATCH", path, json={"role": "editor"}).get_json()["role"] == "editor"
    told = [(m["email"], m["role"]) for m in ask("GET").get_json()["members"]]
    assert told[0] == ("owner@lab.example", "owner")
    assert ("stranger@lab.example", "editor") in told
    assert ask("DELETE", path).status_code == 204
    assert ask("DELETE", path).status_code == 404
    own = f"/{lab.researchers['owner'].id}"
    assert ask("DELETE", own).status_code == 409
    with lab.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).first()
    assert entry is not None
    assert entry.via == "api"
    assert entry.detail["token"]  # which of their programs it was


# The record


def fill(lab: Lab, n: int = 0) -> None:
    """An entry of a command, one of each person about the study, and n more."""
    with lab.database.write() as session:
        study = find_study(session, "study")
        record(session, "researcher.added", COMMAND, researcher="ada@lab.example")
        for name in ("owner", "editor"):
            record(session, "job.started", lab.actor(name), study, kind="=cmd()")
        for number in range(n):
            record(session, "job.stopped", lab.actor("owner"), study, number=number)
        for entry in session.scalars(select(AuditEntry).where(AuditEntry.who == "command")):
            entry.at = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


def test_owners_see_the_record_of_their_study_and_administrators_all(lab: Lab) -> None:
    fill(lab)
    with lab.database.write() as session:
        record(session, "job.started", lab.actor("ada"), None)
    own = lab.browser("owner").get("/studies/study/record").text
    assert own.count("started a job</td>") == 2
    assert "added a researcher</td>" not in own
    whole = lab.browser("ada").get("/record").text
    assert whole.count("started a job</td>") == 3
    assert whole.count("added a researcher</td>") == 1


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("", 3),
        ("?who=OWNER", 1),
        ("?who=o_ner", 0),  # no pattern of the database's
        ("?action=job.started", 2),
        ("?since=2026-02-01", 2),
        ("?until=2026-01-31", 1),
        ("?since=2026-01-31&until=2026-01-31", 1),
        ("?until=9999-12-31", 3),
        ("?since=0001-01-01", 3),
        ("?before=99999999999999999999999", 3),
    ],
)
def test_the_record_can_be_searched(lab: Lab, query: str, n: int) -> None:
    fill(lab)
    page = lab.browser("ada").get(f"/record{query}")
    assert page.status_code == 200
    assert page.text.count("<time ") == n


@pytest.mark.parametrize("query", ["?since=yesterday", "?action=nothing", "?who=%00"])
def test_a_search_that_cannot_be_is_refused_with_all_entries(lab: Lab, query: str) -> None:
    fill(lab)
    page = lab.browser("ada").get(f"/record{query}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert page.text.count("<time ") == 3
    assert lab.browser("ada").get(f"/record.csv{query}").status_code == 422


def test_the_record_is_turned_page_by_page(lab: Lab) -> None:
    fill(lab, PAGE)
    client = lab.browser("owner")
    first = client.get("/studies/study/record?who=owner").text
    assert first.count("<time ") == PAGE
    older = first.partition('">Older</a>')[0].rpartition('href="')[2].replace("&amp;", "&")
    second = client.get(older).text
    assert "who=owner" in older
    assert second.count("<time ") == 1
    assert ">Older</a>" not in second


def test_the_record_is_a_table_that_no_spreadsheet_runs_and_taking_it_is_recorded(lab: Lab) -> None:
    fill(lab)
    client = lab.browser("owner")
    taken = client.get("/studies/study/record.csv?who=editor")
    assert taken.mimetype == "text/csv"
    [row] = csv.DictReader(io.StringIO(taken.text))
    assert (row["who"], row["study"], row["action"]) == (
        "editor@lab.example",
        "study",
        "job.started",
    )
    assert json.loads(row["detail"]) == {"kind": "=cmd()"}
    assert not any(value.startswith(tuple("=+-@")) for value in row.values())
    assert "downloaded the record</td>" in client.get("/studies/study/record").text


def test_the_record_over_the_api_is_paged_to_its_end(lab: Lab) -> None:
    fill(lab, 5)
    client, headers = lab.browser(), lab.bearer("ada", "admin")
    seen, after = [], ""
    while True:
        page = client.get(f"/api/v1/record?limit=3{after}", headers=headers).get_json()
        seen += [entry["entry"] for entry in page["entries"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 8


def test_entries_outlive_the_study_and_are_not_shown_to_the_next_of_its_name(lab: Lab) -> None:
    fill(lab)
    with lab.database.write() as session:
        session.delete(session.scalars(select(Study)).one())
    with lab.database.write() as session:
        study = Study(**study_like(session))
        session.add(study)
        session.flush()
        session.add(
            Membership(
                study_id=study.id,
                researcher_id=lab.researchers["viewer"].id,
                role="owner",
                created_at=datetime.now(UTC) - timedelta(days=1),
            )
        )
    assert lab.browser("ada").get("/record").text.count("<td>study</td>") == 2
    assert lab.browser("viewer").get("/studies/study/record").text.count("<time ") == 0


def study_like(session: Session) -> dict[str, Any]:
    """What another study of the same pictures is made of."""
    return {
        "slug": "study",
        "title": "Another",
        "state": "draft",
        "image_set": session.scalars(select(ImageSet)).one(),
        "consent_document": session.scalars(select(ConsentDocument)).one(),
        "paradigm": {},
        "definition": {},
        "created_at": datetime.now(UTC),
    }


def test_every_action_has_words_and_nothing_else_is_recorded(lab: Lab) -> None:
    assert all(words and words[0].islower() for words in ACTIONS.values())
    with lab.database.write() as session, pytest.raises(ValueError, match="not in ACTIONS"):
        record(session, "something.else", COMMAND)
