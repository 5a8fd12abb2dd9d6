"""The people of a study over the API: what is told, decided, paid and deleted."""

import pytest
from flask import Flask
from sqlalchemy import select

from experiment.models import Exclusion, Participant
from experiment.openapi import document
from experiment.people.erasing import delete_person
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.withdrawal import give_code
from tests.experiment.lab import Lab, add_other_study
from tests.experiment.people_rows import (
    entries,
    write_exclusion,
    write_flag,
    write_person,
    write_run,
    write_trials,
)
from tests.experiment.recruiting import CODES, change_study, people, recruit

PEOPLE = "/api/v1/studies/pictures/people"
ONE = f"{PEOPLE}/{1:016x}"
RUN = f"{1:014x}01"
OF_STUDY = "/api/v1/studies/{slug}/people"
FOR_VIEWERS = {(OF_STUDY, "get"), (f"{OF_STUDY}/{{participant}}", "get")}
BODIES = {"exclusions": {"reason": "R"}}


@pytest.fixture
def crowd(lab: Lab) -> Lab:
    """Five people from Prolific; the first with a run of two levels, a flag and an exclusion."""
    recruit(lab.database, kind="prolific", codes=CODES)
    change_study(lab.database, privacy={"identities_days": 3650})  # they came in March 2026
    with lab.database.write() as session:
        study = find_study(session, "pictures")
        first = write_person(session, study, 1, "prolific")
        run = write_run(session, first)
        write_trials(session, run, "FCCHHM.", "1112222")
        write_flag(session, first, "untrusted_keys")
        write_exclusion(session, first, run, 2)
        for number in range(2, 6):
            write_person(session, study, number, "prolific")
    return lab


def test_people_are_told_a_page_at_a_time_and_one_with_all_that_was_found(crowd: Lab) -> None:
    client, headers = crowd.browser(), crowd.bearer("viewer", "people")
    seen: list[str] = []
    after = ""
    while True:
        page = client.get(f"{PEOPLE}?limit=2{after}", headers=headers).get_json()
        seen += [person["participant"] for person in page["people"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == [f"{number:016x}" for number in range(1, 6)]
    flagged = client.get(f"{PEOPLE}?only=flagged", headers=headers).get_json()["people"]
    assert [(p["hit_rate"], p["false_alarm_rate"]) for p in flagged] == [(2 / 3, 1 / 3)]
    one = client.get(ONE, headers=headers).get_json()
    [run] = one["played"]
    assert [r["outcome"] for r in run["responses"]] == [
        "false_alarm", "correct_rejection", "correct_rejection", "hit", "hit", "miss",
    ]  # fmt: skip
    assert (one["excluded"][0]["run"], one["excluded"][0]["level"]) == (RUN, 2)
    assert "ID1" not in str(one)
    with crowd.database.write() as session:
        find_study(session, "pictures").is_blinded = True
    one = client.get(ONE, headers=headers).get_json()
    assert (one["hit_rate"], one["played"][0]["responses"]) == (None, None)


def test_exclusions_are_made_taken_back_and_made_again(crowd: Lab) -> None:
    client, headers = crowd.browser(), crowd.bearer("editor")
    made = client.post(
        f"{ONE}/exclusions", json={"reason": "R", "run": RUN, "level": 1}, headers=headers
    )
    assert (made.status_code, made.get_json()["decided_by"]) == (201, "researcher")
    again = client.post(
        f"{ONE}/exclusions", json={"reason": "R", "run": RUN, "level": 1}, headers=headers
    )
    assert again.status_code == 409
    with crowd.database.read() as session:
        rule = session.scalars(select(Exclusion.id).where(Exclusion.decided_by == "rule")).one()
    assert client.delete(f"{ONE}/exclusions/{rule}", headers=headers).status_code == 422
    lifted = client.delete(f"{ONE}/exclusions/{rule}?reason=Ours", headers=headers)
    assert lifted.status_code == 204
    one = client.get(ONE, headers=headers).get_json()
    [kept] = one["lifted"]
    assert (kept["rule"], kept["lifted_reason"]) == ("vigilance", "Ours")
    assert client.post(f"{ONE}/lifted/{kept['exclusion']}", headers=headers).status_code == 204
    one = client.get(ONE, headers=headers).get_json()
    assert (len(one["excluded"]), one["lifted"]) == (2, [])
    with crowd.database.read() as session:
        assert {entry.via for entry in entries(session, "exclusion")} == {"api"}


def test_statuses_are_compared_first_and_applied_when_asked(crowd: Lab) -> None:
    client, headers = crowd.browser(), crowd.bearer("editor")
    rows = "Participant id,Status\nID1,RETURNED\nID2,APPROVED\nID9,APPROVED\n"

    def send(query: str) -> dict[str, object]:
        answer = client.post(
            f"{PEOPLE}/statuses{query}", data=rows, content_type="text/csv", headers=headers
        )
        assert answer.status_code == 200
        told: dict[str, object] = answer.get_json()
        return told

    first = send("")
    assert (first["is_applied"], len(list(first["changes"]))) == (False, 2)  # type: ignore[call-overload] # a list
    assert {person.recruiter_status for person in people(crowd.database)} == {None}
    assert send("?apply=yes")["is_applied"] is True
    assert [p.recruiter_status for p in people(crowd.database)][:3] == [
        "returned", "approved", None,
    ]  # fmt: skip
    assert send("")["changes"] == []
    paid = client.get(f"{PEOPLE}/payments", headers=headers)
    assert (paid.mimetype, paid.text) == ("text/csv", "ID3\nID4\nID5\n")
    bonus = client.get(f"{PEOPLE}/payments?list=bonus&amount=2", headers=headers)
    assert bonus.text == "ID2,2\nID3,2\nID4,2\nID5,2\n"
    refused = client.get(f"{PEOPLE}/payments?outcomes=nobody", headers=headers)
    assert refused.status_code == 422


def test_people_are_found_reported_erased_and_deleted(crowd: Lab, settings: Settings) -> None:
    client, headers = crowd.browser(), crowd.bearer("owner")
    for body, status in (
        ({"recruiter_id": "ID1"}, 200),
        ({"recruiter_id": "ID7"}, 404),
        ({"code": "0" * 16}, 404),
        ({}, 422),
        ({"code": "0", "recruiter_id": "ID1"}, 422),
    ):
        found = client.post(f"{PEOPLE}/find", json=body, headers=headers)
        assert found.status_code == status, body
    held = client.get(f"{ONE}/held", headers=headers).get_json()
    assert "external_id" not in held["identity"]
    held = client.get(f"{ONE}/held?identity=yes", headers=headers).get_json()
    assert held["identity"]["external_id"] == "ID1"
    assert client.get(f"{ONE}/identity", headers=headers).get_json()["external_id"] == "ID1"
    assert client.delete(f"{ONE}/identity", headers=headers).status_code == 204
    assert client.get(f"{ONE}/identity", headers=headers).status_code == 404
    assert client.delete(f"{ONE}/identity", headers=headers).status_code == 409
    deleted = client.delete(ONE, headers=headers)
    assert deleted.get_json() == {"runs": 1, "responses": 6, "answers": 0}
    assert client.delete(ONE, headers=headers).status_code == 404
    with crowd.database.write() as session:
        person = session.scalars(select(Participant)).first()
        assert person is not None
        code = give_code(session, settings.secret_key, person)
    gone = client.post(f"{PEOPLE}/withdraw", json={"code": code.lower()}, headers=headers)
    assert gone.get_json() == {"runs": 0, "responses": 0, "answers": 0}
    assert client.delete(f"{PEOPLE}/previews", headers=headers).get_json() == {"previews": 0}
    assert len(people(crowd.database)) == 3
    with crowd.database.read() as session:
        told = [e.action for e in entries(session, "identity", "held", "participant")]
    assert told == [
        "identity.seen", "held.reported", "held.reported", "identity.seen", "identity.seen",
        "identity.erased", "participant.deleted", "participant.deleted",
    ]  # fmt: skip


def test_every_operation_needs_its_scope_role_and_study(crowd: Lab, settings: Settings) -> None:
    other = add_other_study(crowd, settings)
    with crowd.app.app_context():
        paths = document()["paths"]
    operations = [
        (path, method)
        for path, methods in paths.items()
        for method in methods
        if path.startswith(OF_STUDY)
    ]
    assert len(operations) == 14
    client = crowd.browser()
    refused = [  # headers, slug, status
        (crowd.bearer("stranger"), "pictures", 404),
        (crowd.bearer("owner", "read", "write", "export"), "pictures", 403),
        (crowd.bearer("stranger", "people"), other, 404),  # whose study has not this person
        (crowd.bearer("viewer"), "pictures", 403),
    ]
    for path, method in operations:
        for number, (headers, slug, status) in enumerate(refused):
            if number == 2 and "{participant}" not in path:
                continue  # it is about the study's own people
            if number == 3 and (path, method) in FOR_VIEWERS:
                continue
            address = (
                path.replace("{slug}", slug)
                .replace("{participant}", f"{1:016x}")
                .replace("{exclusion}", "1")
            )
            query = {"reason": "R"} if method == "delete" and "{exclusion}" in path else None
            body = BODIES.get(path.rpartition("/")[2])
            answer = client.open(
                address, method=method.upper(), headers=headers, json=body, query_string=query
            )
            assert (answer.status_code, number, method, path) == (status, number, method, path)
    # With the id of somebody of another study, its owner finds nobody; nothing was done.
    with crowd.database.read() as session:
        assert len(session.scalars(select(Participant)).all()) == 5
        assert entries(session, "identity", "exclusion", "participant", "held") == []


def test_who_has_just_withdrawn_is_not_found(crowd: Lab, app: Flask, settings: Settings) -> None:
    with crowd.database.write() as session:
        study = find_study(session, "pictures")
        person = session.get_one(Participant, 1)
        delete_person(session, study, person, crowd.actor("owner"), settings.withdrawals)
    client, headers = crowd.browser(), crowd.bearer("owner")
    assert client.get(ONE, headers=headers).status_code == 404
    page = client.get(f"{PEOPLE}?after=1", headers=headers).get_json()  # still a place to go on
    assert len(page["people"]) == 4
