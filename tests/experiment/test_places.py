"""A study's quota, also when a hundred people start at once."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from time import process_time

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from experiment import participation, places, runs
from experiment.coverage import coverage
from experiment.database import Database
from experiment.errors import TooEarlyError, TooLateError
from experiment.models import Participant, Run
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.recruiting import CODES, PROLIFIC, finish_as, people, recruit, set_quota
from tests.experiment.test_forms import mode_query
from tests.experiment.visitor import Visitor

N_STARTS = 100
QUOTA = 37
TARGETS = 3  # of 24 pictures in each run


def pid(number: int) -> str:
    """The link of the n-th person from Prolific."""
    return PROLIFIC.replace("5f1c", f"person{number}")


def expire(database: Database) -> None:
    """Let every place and promise run out."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with database.write() as session:
        session.execute(update(Participant).values(reserved_until=past))
        session.execute(update(Run).values(reserved_until=past))


def patiently(ask: Callable[[], TestResponse]) -> TestResponse:
    """Ask again while the server pleads that it is busy."""
    for _ in range(10):
        answer = ask()
        if answer.status_code != 503:
            break
    return answer


def places_left(database: Database) -> int | None:
    with database.read() as session:
        return places.places_left(session, find_study(session, "pictures"))


def test_a_hundred_simultaneous_starts_promise_nothing_too_much(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    set_quota(database, QUOTA)
    gate = Barrier(N_STARTS)

    def start(number: int) -> str:
        visitor = Visitor(app)
        page = visitor.get(pid(number))
        gate.wait()
        location = patiently(lambda: visitor.submit(page)).headers["Location"]
        if location.endswith("/thanks"):
            return visitor.get("/thanks").text
        consent = visitor.get("/consent")
        assert patiently(lambda: visitor.submit(consent, agree="yes")).status_code == 303
        assert 'id="game"' in patiently(lambda: visitor.get("/play")).text
        return "plays"

    began = process_time()
    with ThreadPoolExecutor(N_STARTS) as threads:
        ends = list(threads.map(start, range(N_STARTS)))
    # Of this process, so that a busy machine does not count.
    assert process_time() - began < 25
    assert ends.count("plays") == QUOTA
    assert sum("CODE-FULL" in page for page in ends) == N_STARTS - QUOTA
    assert Counter(person.outcome for person in people(database)) == {
        None: QUOTA,
        "full": N_STARTS - QUOTA,
    }
    with database.read() as session:
        promised = coverage(session, find_study(session, "pictures"))
        assert session.scalar(select(func.count()).select_from(Run)) == QUOTA
    # 37 runs of 3 targets are 111 pairs: 4 or 5 for each of 24 pictures.
    assert sum(promised.values()) == QUOTA * TARGETS
    assert (len(promised), set(promised.values())) == (24, {4, 5})


def test_two_tabs_of_one_person_who_start_at_once_are_one_participant(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    gate = Barrier(8)

    def start(_: int) -> int:
        visitor = Visitor(app)
        page = visitor.get(PROLIFIC)
        gate.wait()
        return visitor.submit(page).status_code

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(start, range(8))) == [303] * 8
    assert len(people(database)) == 1


def test_a_place_is_freed_by_every_outcome_but_a_completed_one(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    set_quota(database, 7)
    tokens = [Visitor(app).begin_run(pid(number)).token for number in range(6)]
    assert places_left(database) == 1
    finish_as(database, tokens[0], "completed")
    assert places_left(database) == 1
    for freed, (token, outcome) in enumerate(
        zip(tokens[1:], ("attention", "stopped", "screened_out", "no_consent", "full"), strict=True)
    ):
        finish_as(database, token, outcome)  # type: ignore[arg-type] # each is an outcome
        assert places_left(database) == 2 + freed
    expire(database)
    assert places_left(database) == 6


def test_previews_take_no_place_and_simulated_participants_none_of_the_peoples(
    app: Flask, database: Database, settings: Settings
) -> None:
    set_quota(database, 1)
    Visitor(app).take_part(mode_query(settings, database, "preview"))
    assert places_left(database) == 1
    Visitor(app).take_part(mode_query(settings, database, "simulated"))
    assert places_left(database) == 1
    with database.read() as session:
        study = find_study(session, "pictures")
        assert places.places_left(session, study, is_simulated=True) == 0
    Visitor(app).take_part()
    assert places_left(database) == 0
    assert Visitor(app).take_part(mode_query(settings, database, "preview"))["run_url"]


def test_a_full_study_tells_kindly_and_keeps_nothing_of_who_came_by_themselves(
    app: Flask, database: Database
) -> None:
    set_quota(database, 1)
    late = Visitor(app)
    welcome = late.get()
    Visitor(app).take_part()
    for page in (late.get(), late.submit(welcome)):
        assert (page.status_code, "places in this study are taken" in page.text) == (409, True)
    assert len(people(database)) == 1


def test_who_came_to_a_full_study_may_come_again_when_a_place_is_free(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    set_quota(database, 1)
    first = Visitor(app).begin_run(pid(1))
    late = Visitor(app)
    for _ in range(2):
        assert late.submit(late.get(pid(2))).headers["Location"] == "/s/pictures/thanks"
        page = late.get("/thanks").text
        assert ("This study is full" in page, "CODE-FULL" in page) == (True, True)
    finish_as(database, first.token, "stopped")
    assert late.take_part(pid(2))["run_url"]
    assert [person.outcome for person in people(database)] == ["stopped", None]


def test_a_place_lasts_from_the_button_to_the_run_and_who_plays_goes_on(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    set_quota(database, 1)
    slow, playing = Visitor(app), Visitor(app)
    slow.submit(slow.get(pid(1)))
    expire(database)
    url = playing.take_part(pid(2))["run_url"]
    # The first one's place is gone when they come to the game.
    slow.submit(slow.get("/consent"), agree="yes")
    assert slow.get("/play").headers["Location"] == "/s/pictures/thanks"
    assert "This study is full" in slow.get("/thanks").text
    # A run that has begun goes on whatever happens to its place.
    expire(database)
    assert playing.take_part(pid(2))["run_url"] == url


def test_agreeing_and_starting_keep_a_place_longer(visitor: Visitor, database: Database) -> None:
    def until() -> datetime:
        return people(database)[0].reserved_until

    visitor.submit(visitor.get())
    at_button = until()
    visitor.submit(visitor.get("/consent"), agree="yes")
    at_consent = until()
    visitor.get("/play")
    assert at_button < at_consent < until()


def test_who_changes_their_mind_gets_a_place_only_if_one_is_free(
    app: Flask, database: Database
) -> None:
    set_quota(database, 1)
    visitor = Visitor(app)
    visitor.submit(visitor.get())
    with database.write() as session:
        study = find_study(session, "pictures")
        person = session.scalars(select(Participant)).one()
        participation.end_participation(session, person, "no_consent")
        assert places.places_left(session, study) == 1
        participation.agree(session, study, person)
        assert (person.outcome, places.places_left(session, study)) == (None, 1)
    assert Visitor(app).take_part()["run_url"]
    assert visitor.get("/play").headers["Location"] == "/s/pictures/thanks"


def test_a_revoked_consent_no_longer_counts_and_can_be_given_again(
    visitor: Visitor, database: Database
) -> None:
    visitor.take_part()
    with database.write() as session:
        study = find_study(session, "pictures")
        person = session.scalars(select(Participant)).one()
        participation.revoke(session, study, person)
        assert not participation.has_agreed(session, study, person)
    assert visitor.get("/play").headers["Location"] == "/s/pictures/consent"
    assert visitor.submit(visitor.get("/consent"), agree="yes").status_code == 303
    assert 'id="game"' in visitor.get("/play").text


def test_who_comes_too_early_or_too_late_for_the_next_round_is_told_when(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.submit(visitor.get())
    visitor.submit(visitor.get("/consent"), agree="yes")
    noon = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
    for error, words in ((TooEarlyError, "not open yet"), (TooLateError, "was open until")):

        def refuse(*_: object, error: type[TooEarlyError | TooLateError] = error) -> None:
            raise error(noon)

        monkeypatch.setattr(runs, "start_run", refuse)
        page = visitor.get("/play")
        assert (page.status_code, words in page.text) == (409, True)
        assert re.search(r"March 5, 2026.{1,6}12:30:00.{1,3}PM.UTC", page.text)
