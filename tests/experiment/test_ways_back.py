"""Codes and ways back: one for each outcome, on the last page and nowhere before."""

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from experiment.database import Database
from experiment.participation import Outcome
from experiment.runs import find_run
from experiment.settings import Settings
from tests.experiment.recruiting import (
    CODES,
    PROLIFIC,
    change_study,
    finish_as,
    people,
    play_well,
    recruit,
    repeats_of,
)
from tests.experiment.test_forms import mode_query
from tests.experiment.visitor import N_TRIALS, Player, Visitor, game_of, response

# The pages are the same on every database.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

OUTCOMES: tuple[Outcome, ...] = (
    "completed",
    "attention",
    "stopped",
    "screened_out",
    "no_consent",
    "full",
)


def way_back_of(page: str) -> str:
    """Where the link of the last page leads."""
    found = re.search(r'id="way-back" href="([^"]+)"', page)
    assert found, page
    return unescape(found[1])


def test_no_page_of_a_whole_visit_has_a_code_before_the_last(
    visitor: Visitor, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    seen = [visitor.get(PROLIFIC)]
    seen.append(visitor.submit(seen[0]))
    consent = visitor.get("/consent")
    seen += [consent, visitor.submit(consent, answer="yes")]
    seen.append(visitor.submit(consent, agree="yes", answer="yes"))
    game = visitor.get("/play")
    seen.append(game)
    player = Player(visitor.client, game_of(game)["run_url"])
    seen += [player.start(), visitor.client.get(player.run_url)]
    trials = player.config()["trials"]
    seen.append(visitor.client.get(trials[0]["image_url"]))
    repeats = repeats_of(database, player)
    answers = [response(p, " ", 400.0) if p in repeats else response(p) for p in range(N_TRIALS)]
    seen += [player.send(*answers[:-1]), player.finish()]
    early = [visitor.get("/thanks"), visitor.get("/consent"), visitor.get()]
    assert [page.status_code for page in early] == [303, 303, 200]
    seen += [*early, player.send(answers[-1]), player.finish()]
    assert seen[-1].get_json()["state"] == "finished"
    assert len(seen) == 16
    for page in seen:
        everything = page.get_data() + str(page.headers).encode()
        for code in CODES.values():
            assert code.encode() not in everything, page.request.path
    last = visitor.get("/thanks").text
    assert [code for code in CODES.values() if code in last] == ["CODE-WHOLE"]


def test_the_last_page_has_the_code_of_the_outcome_and_no_other(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    for outcome in OUTCOMES:
        visitor = Visitor(app)
        player = visitor.begin_run(PROLIFIC.replace("5f1c", outcome))
        if outcome in ("completed", "attention", "stopped"):
            play_well(database, player)
        finish_as(database, player.token, outcome)
        page = visitor.get("/thanks")
        assert page.status_code == 200
        assert {code for code in CODES.values() if code in page.text} == {CODES[outcome]}
        assert f'id="completion-code" translate="no">{CODES[outcome]}</code>' in page.text
        address = f"https://app.prolific.com/submissions/complete?cc={CODES[outcome]}"
        assert way_back_of(page.text) == address


def test_who_comes_back_after_the_end_sees_the_code_again(app: Flask, database: Database) -> None:
    recruit(database, kind="prolific", codes=CODES)
    play_well(database, Visitor(app).begin_run(PROLIFIC))
    again = Visitor(app)
    assert again.submit(again.get(PROLIFIC)).headers["Location"] == "/s/pictures/thanks"
    assert "CODE-WHOLE" in again.get("/thanks").text
    assert len(people(database)) == 1


def test_somebody_else_at_the_same_browser_sees_no_code(
    visitor: Visitor, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    play_well(database, visitor.begin_run(PROLIFIC))
    visitor.submit(visitor.get(PROLIFIC.replace("5f1c", "0000")))
    assert visitor.get("/thanks").headers["Location"] == "/s/pictures/consent"
    assert "CODE-" not in visitor.get("/consent").text


def test_a_round_that_a_rule_ended_leaves_the_next_one(
    visitor: Visitor, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    change_study(database, runs_per_participant=2)
    player = visitor.begin_run(PROLIFIC)
    play_well(database, player)
    with database.write() as session:
        run = find_run(session, player.token)
        run.outcome = "attention"
        run.participant.outcome = run.participant.ended_at = None
    page = visitor.get("/thanks")
    assert ("This round has ended early" in page.text, "CODE-" in page.text) == (True, False)
    assert visitor.submit(page).headers["Location"] == "/s/pictures/play"
    assert game_of(visitor.get("/play"))["run_url"] != player.run_url


def test_after_too_little_attention_nobody_plays_another_round(
    visitor: Visitor, database: Database
) -> None:
    change_study(database, runs_per_participant=2)
    player = visitor.begin_run()
    play_well(database, player)
    finish_as(database, player.token, "attention")
    page = visitor.get("/thanks")
    assert ("has ended early" in page.text, "another round" in page.text) == (True, False)


def test_sona_credits_who_has_completed_the_study(app: Flask, database: Database) -> None:
    table: dict[str, Any] = {
        "kind": "sona",
        "host": "uni.sona-systems.com",
        "experiment_id": 123,
        "credit_token": "f00",
    }
    recruit(database, **table)
    visitor = Visitor(app)
    play_well(database, visitor.begin_run("?survey_code=44%265"))
    assert way_back_of(visitor.get("/thanks").text) == (
        "https://uni.sona-systems.com/webstudy_credit.aspx"
        "?experiment_id=123&credit_token=f00&survey_code=44%265"
    )
    other = Visitor(app)
    player = other.begin_run("?survey_code=45")
    play_well(database, player)
    finish_as(database, player.token, "attention")
    page = other.get("/thanks").text
    assert ("f00" in page, "sona" in page) == (False, False)


def test_a_redirect_is_filled_with_what_came_in_and_stays_at_its_host(
    visitor: Visitor, database: Database
) -> None:
    template = "https://a.org/{p}/done?again={p}&other={absent}&x={x}#{p}"
    recruit(database, kind="redirect", redirects={"completed": template})
    play_well(database, visitor.begin_run('?p=../@evil.org/"><script>%0D%0A%26q%3D1%25&x=1&x=2'))
    page = visitor.get("/thanks")
    filled = "..%2F%40evil.org%2F%22%3E%3Cscript%3E%0D%0A%26q%3D1%25"
    expected = f"https://a.org/{filled}/done?again={filled}&other=&x=1#{filled}"
    assert way_back_of(page.text) == expected
    assert "<script>" not in page.text


def test_no_link_of_a_participant_adds_a_way_back(visitor: Visitor, database: Database) -> None:
    recruit(database, kind="redirect", redirects={"completed": "https://a.org/"})
    evil = "next=https://evil.org&redirects=https://evil.org&url=https://evil.org"
    player = visitor.begin_run(f"?{evil}&turkSubmitTo=https://evil.org&assignmentId=1")
    play_well(database, player)
    page = visitor.get("/thanks")
    assert way_back_of(page.text) == "https://a.org/"
    assert "evil.org" not in page.text + str(page.headers)


def test_people_of_a_lab_get_a_code_of_their_own_that_says_nothing_of_their_data(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="lab")
    codes = []
    for _ in range(2):
        visitor = Visitor(app)
        play_well(database, visitor.begin_run())
        found = re.search(r'translate="no">([A-Z2-7]{4}-[A-Z2-7]{4})<', visitor.get("/thanks").text)
        assert found
        assert found[0] in visitor.get("/thanks").text  # the same when the page is loaded again
        codes.append(found[1])
    assert len(set(codes)) == 2
    for person in people(database):
        assert not {code.replace("-", "").lower() for code in codes} & {person.public_id[:8]}


def test_a_preview_shows_the_last_page_as_it_will_be(
    app: Flask, database: Database, settings: Settings
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    visitor = Visitor(app)
    play_well(database, visitor.begin_run(mode_query(settings, database, "preview")))
    assert "CODE-WHOLE" in visitor.get("/thanks").text
