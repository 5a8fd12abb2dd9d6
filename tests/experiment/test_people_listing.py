"""The list of people against rows written by hand: filters, order, pages, rates."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from experiment.database import Database
from experiment.people.everybody import Wanted
from experiment.people.listing import count_people, count_to_filter, list_people
from experiment.runs import find_study
from tests.experiment.people_rows import (
    write_exclusion,
    write_flag,
    write_person,
    write_run,
    write_trials,
)

SOON = datetime.now(UTC) + timedelta(hours=1)
Ids = Callable[[Wanted], list[int]]


@pytest.fixture
def crowd(app: Flask, database: Database) -> Database:
    """Nine people of every kind, a preview and a simulated one."""
    with database.write() as session:
        study = find_study(session, "pictures")
        whole = write_person(session, study, 1, "prolific")
        write_trials(session, write_run(session, whole, 1, 12), "FCCCHHM")
        write_run(session, whole, 2, 8)
        flagged = write_person(session, study, 2, "prolific", recruiter_status="approved")
        write_run(session, flagged, 1, 5)
        write_flag(session, flagged, "fast_responding")
        write_flag(session, flagged, "honeypot", 0)
        odd = write_person(session, study, 3, "prolific", recruiter_status="returned")
        write_exclusion(session, odd)
        part = write_person(session, study, 4, outcome="attention")
        write_exclusion(session, part, write_run(session, part, 1, 3))
        write_exclusion(session, part, write_run(session, part, 2, None), 1)
        write_person(session, study, 5, outcome=None, reserved_until=SOON)
        write_person(session, study, 6, outcome=None)
        write_person(session, study, 7, outcome=None, recruiter_status="awaiting")
        write_person(session, study, 8, outcome="no_consent", recruiter_status="timed_out")
        write_person(session, study, 9, recruiter_status="awaiting")
        write_person(session, study, 10, is_preview=True)
        write_person(session, study, 11, is_simulated=True)
    return database


@pytest.fixture
def ids(crowd: Database) -> Ids:
    """The numbers of who is listed."""

    def listed(wanted: Wanted) -> list[int]:
        with crowd.read() as session:
            study = find_study(session, "pictures")
            found = list_people(session, study, wanted)
            assert count_people(session, study, wanted) == len(found)
        return [int(person.public_id, 16) for person in found]

    return listed


def test_each_filter_leaves_who_it_says(ids: Ids) -> None:
    wanted = Wanted(is_falling=False)
    assert ids(wanted) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert ids(replace(wanted, show="previews")) == [10]
    assert ids(replace(wanted, show="simulated")) == [11]
    assert ids(replace(wanted, outcome="completed")) == [1, 2, 3, 9]
    assert ids(replace(wanted, outcome="in_progress")) == [5]
    assert ids(replace(wanted, outcome="lapsed")) == [6, 7]
    assert ids(replace(wanted, only="flagged")) == [2]
    assert ids(replace(wanted, only="excluded")) == [3, 4]
    # Not 2, who is approved; not 3, who returned, though they completed it here.
    assert ids(replace(wanted, only="payable")) == [1, 9]
    assert ids(replace(wanted, only="at_odds")) == [3, 7]
    assert ids(replace(wanted, recruiter_status="awaiting")) == [7, 9]
    assert ids(replace(wanted, id_begins="000000000000000")) == list(range(1, 10))
    assert ids(replace(wanted, id_begins="%")) == []


def test_it_is_sorted_with_who_has_nothing_to_sort_by_at_the_end(ids: Ids) -> None:
    assert ids(Wanted())[:3] == [9, 8, 7]
    assert ids(Wanted(sort="minutes"))[:4] == [1, 2, 4, 9]
    assert ids(Wanted(sort="minutes", is_falling=False))[:4] == [4, 2, 1, 3]
    assert ids(Wanted(sort="flags"))[0] == 2
    assert ids(Wanted(sort="exclusions"))[:2] == [4, 3]
    assert ids(Wanted(sort="runs"))[:3] == [4, 1, 2]
    assert ids(Wanted(sort="outcome", is_falling=False))[0] == 4  # attention
    assert ids(Wanted(sort="recruiter", is_falling=False))[:3] == [2, 7, 9]  # approved, awaiting


def test_a_line_says_what_there_is(crowd: Database) -> None:
    with crowd.read() as session:
        study = find_study(session, "pictures")
        found = {int(p.public_id, 16): p for p in list_people(session, study, Wanted())}
    whole, part = found[1], found[4]
    assert (whole.n_runs, whole.n_finished) == (2, 2)
    assert whole.minutes == pytest.approx(20)
    assert whole.rates is not None
    # Three repeats, two of them noticed; four first showings, one taken for a repeat.
    assert (whole.rates.hit_rate, whole.rates.false_alarm_rate) == (2 / 3, 1 / 4)
    assert (part.n_runs, part.n_finished) == (2, 1)
    assert part.minutes == pytest.approx(3)
    assert (part.n_exclusions, part.is_excluded, part.has_identity) == (2, False, False)
    assert (found[3].is_excluded, found[3].is_payable, found[3].is_at_odds) == (True, False, True)
    assert (found[2].n_flags, found[2].rates) == (2, None)


def test_the_filters_say_how_many_they_leave(crowd: Database) -> None:
    with crowd.read() as session:
        counts = count_to_filter(session, find_study(session, "pictures"), "people")
    assert counts.by_standing == {
        "completed": 4, "attention": 1, "in_progress": 1, "lapsed": 2, "no_consent": 1,
    }  # fmt: skip
    assert counts.by_only == {"flagged": 1, "excluded": 2, "payable": 2, "at_odds": 2}
    assert counts.by_show == {"people": 9, "simulated": 1, "previews": 1}


def test_pages_and_what_comes_after_leave_nobody_out(crowd: Database) -> None:
    with crowd.read() as session:
        study = find_study(session, "pictures")
        pages = [list_people(session, study, Wanted(), offset=n, limit=4) for n in (0, 4, 8)]
        assert [len(page) for page in pages] == [4, 4, 1]
        seen: list[int] = []
        while more := list_people(
            session, study, Wanted(is_falling=False), after=seen[-1] if seen else None, limit=2
        ):
            seen += [person.key for person in more]
            assert len(more) == (1 if len(seen) == 9 else 2)
    assert len(set(seen)) == 9


def test_rates_are_hidden_while_a_study_is_blinded(crowd: Database) -> None:
    for state, is_hidden in (("open", True), ("closed", False)):
        with crowd.write() as session:
            study = find_study(session, "pictures")
            study.is_blinded, study.state = True, state
            if state == "closed":
                study.closed_at = datetime.now(UTC)
        with crowd.read() as session:
            found = list_people(session, find_study(session, "pictures"), Wanted())
        assert all(person.rates is None for person in found) is is_hidden


def test_the_number_of_queries_is_the_same_for_one_person_and_for_many(crowd: Database) -> None:
    asked: list[str] = []
    listen = (crowd.engine, "before_cursor_execute", lambda *it: asked.append(it[2]))
    event.listen(*listen)
    counts = []
    for limit in (1, 9):
        with crowd.read() as session:
            study = find_study(session, "pictures")
            asked.clear()
            list_people(session, study, Wanted(), limit=limit)
            counts.append(len(asked))
    event.remove(*listen)
    assert counts == [2, 2]
