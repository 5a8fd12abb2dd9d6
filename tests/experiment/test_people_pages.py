"""The pages of people: what they show, who may do what, and that nothing is done by looking."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from experiment.database import Database
from experiment.models import AuditEntry, Exclusion, Identity, Participant
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
from tests.experiment.recruiting import CODES, PROLIFIC, change_study, people, recruit
from tests.experiment.visitor import Visitor, response

PEOPLE = "/studies/pictures/people"
ONE = f"{PEOPLE}/{1:016x}"
Page = Any


@pytest.fixture
def crowd(lab: Lab) -> Lab:
    """Sixty people from Prolific; the first with a run, a flag and a rule's exclusion."""
    recruit(lab.database, kind="prolific", codes=CODES)
    change_study(lab.database, privacy={"identities_days": 3650})  # they came in March 2026
    with lab.database.write() as session:
        study = find_study(session, "pictures")
        first = write_person(session, study, 1, "prolific")
        run = write_run(session, first)
        write_trials(session, run, "FCCHHM.", "1112222")
        write_flag(session, first, "of_another_version")
        write_exclusion(session, first, run, 2)
        for number in range(2, 61):
            write_person(session, study, number, "prolific")
    return lab


def on(page: Page) -> str:
    """The words of a page, without its marks and spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_the_list_has_pages_filters_and_an_order(crowd: Lab) -> None:
    browser = crowd.browser("viewer")
    page = browser.get(PEOPLE)
    assert "1 to 50 of 60 people" in on(page)
    assert page.text.count('<th scope="row"') == 50
    second = browser.get(f"{PEOPLE}?page=2")
    assert "51 to 60 of 60 people" in on(second)
    assert f"{1:016x}" in second.text
    assert "ID1" not in second.text
    flagged = browser.get(f"{PEOPLE}?only=flagged&sort=minutes&order=up")
    assert 'aria-sort="ascending"' in flagged.text
    assert re.findall(r"<code>([0-9a-f]{16})</code>", flagged.text) == [f"{1:016x}"]
    # Hits 2 of 3, one false alarm of three first showings.
    assert "1 of 1 10.0 0.67 0.33 1 1 part" in on(flagged)
    assert "Nobody fits" in on(browser.get(f"{PEOPLE}?outcome=full&page=99999999"))
    for odd in ("?page=0", "?page=x", "?sort=%00&show=all&only=1", f"?id={'x' * 5000}", "?id=%25"):
        assert browser.get(PEOPLE + odd).status_code == 200


def test_an_empty_list_says_what_to_do(lab: Lab) -> None:
    assert "/s/pictures" in on(lab.browser("viewer").get(PEOPLE))


def test_one_participant_is_shown_with_what_was_found(crowd: Lab) -> None:
    page = crowd.browser("viewer").get(ONE)
    told = on(page)
    assert "Left out of the scores" in told
    assert "run 1, level 2" in told
    assert "by the rule vigilance (0.25)" in told
    for mark in ("✕ false alarm", "· correct rejection", "✓ hit", "○ miss"):
        assert mark in told
    assert page.text.count("412 ms") == 3
    assert "editors and owners can see it" in told
    assert "<form" not in page.text.partition('id="content"')[2]  # a viewer decides nothing


def test_a_blinded_study_shows_how_nobody_remembers(crowd: Lab) -> None:
    with crowd.database.write() as session:
        find_study(session, "pictures").is_blinded = True
    browser = crowd.browser("owner")
    assert "0.67" not in on(browser.get(f"{PEOPLE}?only=flagged"))
    page = on(browser.get(ONE))
    assert "This study is blinded" in page
    assert "✓ hit" not in page


def test_leaving_out_and_taking_back_on_the_page(crowd: Lab) -> None:
    browser = crowd.browser("editor")

    def send(path: str, **fields: str) -> str:
        answer = crowd.submit(browser, f"{ONE}/{path}", **fields)
        assert (answer.status_code, answer.location) == (303, ONE)
        return on(browser.get(ONE))

    assert "say why" in send("exclude", part="all", reason=" ")
    assert "choose what" in send("exclude", part="x y", reason="R")
    page = send("exclude", part="all", reason="Asked us <b>on the phone</b>.")
    assert "All data of this participant are left out" in page
    assert "Asked us &lt;b&gt;on the phone&lt;/b&gt;." in page
    with crowd.database.read() as session:
        rule, mine = session.scalars(select(Exclusion).order_by(Exclusion.id)).all()
    assert "say why" in send(f"lift/{rule.id}", reason="")
    assert "taken back: Our fault." in send(f"lift/{rule.id}", reason="Our fault.")
    assert "All data" not in send(f"lift/{mine.id}")
    assert "not there any more" in send(f"lift/{mine.id}")
    with crowd.database.read() as session:
        assert [e.action for e in entries(session, "exclusion")] == [
            "exclusion.made", "exclusion.overruled", "exclusion.undone",
        ]  # fmt: skip
        assert {e.who for e in entries(session, "exclusion")} == {"editor@lab.example"}


def test_the_recruiters_id_is_shown_to_who_asks_and_may_and_that_is_recorded(crowd: Lab) -> None:
    viewer, editor = crowd.browser("viewer"), crowd.browser("editor")
    assert crowd.submit(viewer, f"{ONE}/identity").status_code == 403
    assert "ID1" not in editor.get(ONE).text
    page = crowd.submit(editor, f"{ONE}/identity")
    assert (page.status_code, "ID1" in on(page), "S1" in on(page)) == (200, True, True)
    with crowd.database.read() as session:
        [entry] = entries(session, "identity")
    assert (entry.action, entry.detail) == ("identity.seen", {"participant": f"{1:016x}"})


def test_every_act_is_for_editors_and_for_people_of_this_study(
    crowd: Lab, settings: Settings
) -> None:
    other = add_other_study(crowd, settings)
    acts = ["exclude", "lift/1", "again/1", "identity", "erase", "delete", "held"]
    paths = [f"{ONE}/{act}" for act in acts]
    paths += [f"{PEOPLE}/{act}" for act in ("payments", "statuses", "statuses/apply", "withdraw")]
    paths.append(f"{PEOPLE}/delete-previews")
    for path in paths:
        for name, status in ((None, 303), ("stranger", 404), ("viewer", 403)):
            answer = crowd.submit(crowd.browser(name), path)
            assert (answer.status_code, path, name) == (status, path, name)
        assert crowd.browser("owner").post(path).status_code == 400  # no form of ours
    # Somebody of another study is not there, whoever asks.
    for act in acts:
        elsewhere = f"/studies/{other}/people/{1:016x}/{act}"
        assert crowd.submit(crowd.browser("ada"), elsewhere).status_code == 404, act
    with crowd.database.read() as session:
        assert len(session.scalars(select(Participant)).all()) == 60
        assert entries(session, "identity", "exclusion", "participant", "held") == []


def upload(lab: Lab, browser: FlaskClient, content: bytes) -> Page:
    """Send a recruiter's list as a browser does."""
    token = lab.form_token(browser)
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'.encode(),
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n',
        b"Content-Type: text/csv\r\n\r\n" + content + b"\r\n--x--\r\n",
    ]
    kind = "multipart/form-data; boundary=x"
    return browser.post(f"{PEOPLE}/statuses", data=b"".join(parts), content_type=kind)


def test_a_recruiters_list_is_looked_at_first_and_kept_then(crowd: Lab) -> None:
    browser = crowd.browser("editor")
    rows = b"\xef\xbb\xbfParticipant id;Status\r\nID1;APPROVED\r\nID2;RETURNED\r\nID99;APPROVED\r\n"
    page = upload(crowd, browser, rows)
    assert "2 participants would be told anew: 1 approved, 1 returned." in on(page)
    assert "ID99 : approved" in on(page)
    assert {person.recruiter_status for person in people(crowd.database)} == {None}
    hidden = re.search(r'name="table" value="([^"]+)"', page.text)
    assert hidden
    kept = crowd.submit(browser, f"{PEOPLE}/statuses/apply", table=hidden[1])
    assert kept.status_code == 303
    assert "2 statuses were changed" in on(browser.get(kept.location))
    assert [p.recruiter_status for p in people(crowd.database)][:3] == [
        "approved", "returned", None,
    ]  # fmt: skip
    for content, status in ((b"", 422), (b"PK\0\0", 422), (b"a,b\n1,2\n", 422)):
        refused = upload(crowd, browser, content)
        assert (refused.status_code, 'role="alert"' in refused.text) == (status, True)


def test_a_list_of_twenty_thousand_lines_goes_through(crowd: Lab) -> None:
    browser = crowd.browser("editor")
    filler = "x" * 60
    lines = "".join(f"NOBODY{n},{filler},APPROVED\n" for n in range(20_000))
    page = upload(crowd, browser, f"id,more,status\n{lines}ID1,,APPROVED\n".encode())
    assert page.status_code == 200
    assert "1 participant would be told anew" in on(page)
    hidden = re.search(r'name="table" value="([^"]+)"', page.text)
    assert hidden
    assert crowd.submit(browser, f"{PEOPLE}/statuses/apply", table=hidden[1]).status_code == 303
    assert people(crowd.database)[0].recruiter_status == "approved"


def test_lists_to_pay_are_saved_and_recorded(crowd: Lab) -> None:
    browser = crowd.browser("owner")
    made = crowd.submit(browser, f"{PEOPLE}/payments", **{"pay-completed": "approve"})
    assert made.headers["Content-Disposition"] == "attachment; filename=pictures-approve.txt"
    assert made.text.splitlines() == [f"ID{number}" for number in range(1, 61)]
    refused = crowd.submit(browser, f"{PEOPLE}/payments", purpose="bonus", amount="1,5")
    assert (refused.status_code, "choose who is to be paid" in on(refused)) == (422, True)
    refused = crowd.submit(
        browser, f"{PEOPLE}/payments", purpose="bonus", amount="1,5", **{"pay-completed": "approve"}
    )
    assert "write what each gets" in on(refused)
    with crowd.database.read() as session:
        assert len(entries(session, "payments")) == 1


def test_a_study_without_a_recruiter_has_nobody_to_pay(lab: Lab) -> None:
    browser = lab.browser("owner")
    assert "Nobody is to be paid from here" in on(browser.get(f"{PEOPLE}/payments"))
    refused = lab.submit(browser, f"{PEOPLE}/payments", **{"pay-completed": "approve"})
    assert refused.status_code == 409


def test_a_request_is_found_by_code_asked_about_and_done(
    lab: Lab, app: Flask, settings: Settings
) -> None:
    recruit(lab.database, kind="prolific", codes=CODES)
    player = Visitor(app).begin_run(PROLIFIC)
    player.play()
    with lab.database.write() as session:
        study = find_study(session, "pictures")
        session.add(
            AuditEntry(
                at=datetime.now(UTC), who="x", via="page", study_id=study.id, study="pictures",
                action="export.made", detail={},
            )
        )  # fmt: skip
    [person] = people(lab.database)
    browser = lab.browser("editor")
    unknown = lab.submit(browser, f"{PEOPLE}/withdraw", code="0000-0000-0000-0000")
    assert (unknown.status_code, "no data in pictures have this code" in on(unknown)) == (404, True)
    assert lab.submit(browser, f"{PEOPLE}/withdraw", recruiter_id="5f1d").status_code == 404
    assert lab.submit(browser, f"{PEOPLE}/withdraw").status_code == 404
    with lab.database.write() as session:  # as the last page does
        shown = session.get_one(Participant, person.id)
        visible = give_code(session, settings.secret_key, shown)
    by_code = lab.submit(browser, f"{PEOPLE}/withdraw", code=visible.lower())
    by_id = lab.submit(browser, f"{PEOPLE}/withdraw", recruiter_id=" 5f1c ")
    for page in (by_code, by_id):
        assert "Responses: 14" in on(page)
        assert "1 export made since they came still holds this person" in on(page)
    assert len(people(lab.database)) == 1
    done = lab.submit(browser, f"{PEOPLE}/{person.public_id}/delete")
    assert (done.status_code, done.location) == (303, PEOPLE)
    assert "Deleted: runs 1, responses 14, answers 0" in on(browser.get(PEOPLE))
    assert people(lab.database) == []
    assert player.send(response(0)).status_code == 404
    gone = lab.submit(browser, f"{PEOPLE}/{person.public_id}/delete")
    assert gone.status_code == 404
    with lab.database.read() as session:
        assert [entry.action for entry in entries(session, "identity", "participant")] == [
            "identity.seen", "participant.deleted",
        ]  # fmt: skip


def test_an_identity_is_erased_alone(crowd: Lab) -> None:
    browser = crowd.browser("editor")
    assert crowd.submit(browser, f"{ONE}/erase").location == ONE
    page = on(browser.get(ONE))
    assert "The identity is erased; the data stay." in page
    assert "Nothing is kept of it" in page
    assert crowd.submit(browser, f"{ONE}/erase").status_code == 303
    assert "erased already" in on(browser.get(ONE))
    assert crowd.submit(browser, f"{ONE}/identity").status_code == 409
    with crowd.database.read() as session:
        assert session.get(Identity, 1) is None
        assert session.get(Participant, 1) is not None


def test_the_report_of_what_is_held_is_read_and_saved(crowd: Lab) -> None:
    browser = crowd.browser("editor")
    page = browser.get(f"{ONE}/held")
    assert "held (prolific, since 2026-03-01, until 2036-02-27" in on(page)
    assert "ID1" not in page.text
    whole = crowd.submit(browser, f"{ONE}/held", identity="yes")
    assert "ID1" in on(whole)
    saved = crowd.submit(browser, f"{ONE}/held", format="json")
    assert saved.headers["Content-Disposition"] == f"attachment; filename=held-{1:016x}.json"
    report = json.loads(saved.text)
    assert len(report["runs"][0]["responses"]) == 6
    assert "external_id" not in report["identity"]
    with crowd.database.read() as session:
        actions = [entry.action for entry in entries(session, "held", "identity")]
    assert actions == ["held.reported", "held.reported", "identity.seen", "held.reported"]


def test_previews_are_shown_on_request_and_deleted(lab: Lab, database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        write_person(session, study, 1)
        for number in (2, 3):
            write_person(session, study, number, is_preview=True)
    browser = lab.browser("editor")
    assert "Delete all 2 previews" in on(browser.get(f"{PEOPLE}?show=previews"))
    lab.submit(browser, f"{PEOPLE}/delete-previews")
    assert "Deleted 2 previews" in on(browser.get(PEOPLE))
    assert len(people(database)) == 1


def test_the_page_of_somebody_who_plays_now(lab: Lab, app: Flask) -> None:
    player = Visitor(app).begin_run()
    [person] = people(lab.database)
    path = f"{PEOPLE}/{person.public_id}"
    browser = lab.browser("viewer")
    assert "No response is stored yet" in on(browser.get(path))
    player.send(response(0, " ", 300.0))
    assert "✕ false alarm" in on(browser.get(path))
    assert person.reserved_until > datetime.now(UTC) + timedelta(hours=1)
    assert "in progress" in on(browser.get(path))
