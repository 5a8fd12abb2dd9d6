"""Responses that wait for the database are written together, and none spoils another's."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from experiment import participation, recording, runs
from experiment.attention import Verdict
from experiment.database import Database
from experiment.errors import DatabaseError, NotFoundError
from experiment.recorder import Recorder, Waiting
from experiment.recording import Batch, Receipt
from experiment.settings import Settings
from tests.experiment.pictures import open_picture_study
from tests.experiment.visitor import SMALL

N_PEOPLE = 5
STORED = Receipt(stored=[0], known=[], conflicting=[], missing=[], verdict=Verdict())


@pytest.fixture
def tokens(settings: Settings, database: Database) -> list[str]:
    """Runs of five people who have all begun."""
    slug = open_picture_study(settings, database, 24, SMALL)
    found = []
    with database.write() as session:
        study = runs.find_study(session, slug)
        for _ in range(N_PEOPLE):
            person = participation.start_participant(session, study)
            participation.agree(session, study, person)
            run = runs.start_run(session, study, person)
            runs.resume_run(session, run.token, device={}, origin_epoch_ms=0.0, last_shown=None)
            found.append(run.token)
    return found


@pytest.fixture
def transactions(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How each write transaction ended, in order."""
    ended: list[str] = []
    write = database.write

    @contextmanager
    def counted() -> Iterator[Session]:
        try:
            with write() as session:
                yield session
        except Exception:
            ended.append("rolled back")
            raise
        ended.append("committed")

    monkeypatch.setattr(database, "write", counted)
    return ended


def response(position: int) -> dict[str, Any]:
    return {
        "position": position,
        "key": None,
        "rt_ms": None,
        "keys": [],
        "onset_ms": 1400.0 * position,
        "offset_ms": 1400.0 * position + 600.0,
        "frame_ms": 16.7,
        "dropped_frames": 0,
        "feedback_onset_ms": None,
        "had_focus": True,
    }


def record_together(recorder: Recorder, tokens: list[str]) -> list[Receipt | Exception]:
    """Response 0 of each run, all handed in before the first is written; what became of each."""
    outcomes: list[Receipt | Exception] = [RuntimeError("no outcome")] * len(tokens)

    def record(number: int) -> None:
        try:
            outcomes[number] = recorder.record(tokens[number], [response(0)], [])
        except Exception as error:
            outcomes[number] = error

    threads = [threading.Thread(target=record, args=[number]) for number in range(len(tokens))]
    with recorder.writing:
        for thread in threads:
            thread.start()
        while len(recorder.waiting) < len(tokens):
            time.sleep(0.001)
    for thread in threads:
        thread.join(30)
    return outcomes


def test_those_who_wait_share_one_transaction(
    database: Database, tokens: list[str], transactions: list[str]
) -> None:
    outcomes = record_together(Recorder(database), tokens)
    assert outcomes == [STORED] * N_PEOPLE
    assert transactions == ["committed"]
    with database.read() as session:
        assert [runs.stored_positions(session, runs.find_run(session, t)) for t in tokens] == [
            [0]
        ] * N_PEOPLE


def test_one_that_is_refused_spoils_no_other(
    database: Database, tokens: list[str], transactions: list[str]
) -> None:
    *outcomes, last = record_together(Recorder(database), [*tokens, "no such run"])
    assert isinstance(last, NotFoundError)
    assert outcomes == [STORED] * N_PEOPLE
    assert transactions == ["committed"]


def test_one_that_the_database_refuses_spoils_no_other(
    database: Database, tokens: list[str], transactions: list[str]
) -> None:
    impossible = response(0) | {"rt_ms": 400.0}  # a time without a key
    together = [Waiting(Batch(token, [response(0)])) for token in tokens[1:]]
    together.insert(2, Waiting(Batch(tokens[0], [impossible])))
    Recorder(database).write(together)
    assert isinstance(together.pop(2).outcome, IntegrityError)
    assert [waiting.outcome for waiting in together] == [STORED] * (N_PEOPLE - 1)
    assert transactions == ["rolled back", *["committed"] * 2, "rolled back", *["committed"] * 2]


def test_runs_are_locked_in_one_order(
    database: Database, tokens: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[int] = []
    find_again = recording.find_again

    def noted(session: Session, run_id: int, stored: set[int]) -> list[int]:
        locked.append(run_id)
        return find_again(session, run_id, stored)

    monkeypatch.setattr(recording, "find_again", noted)
    with database.write() as session:
        for token in tokens:
            runs.find_run(session, token).lost_positions = [0]
        session.flush()
        batches = [Batch(token, [response(0)]) for token in reversed(tokens)]
        recording.record_batches(session, batches)
    assert len(locked) == N_PEOPLE
    assert locked == sorted(locked)


def test_an_outage_is_told_to_all_at_once(
    database: Database, tokens: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = 0

    def busy() -> Session:
        nonlocal attempts
        attempts += 1
        raise DatabaseError("the database is busy")

    monkeypatch.setattr(database, "write", busy)
    outcomes = record_together(Recorder(database), tokens)
    assert [type(outcome) for outcome in outcomes] == [DatabaseError] * N_PEOPLE
    assert attempts == 1


def test_the_same_response_handed_in_twice_at_once_is_stored_once(
    database: Database, tokens: list[str]
) -> None:
    outcomes = record_together(Recorder(database), [tokens[0], tokens[0]])
    receipts = [outcome for outcome in outcomes if isinstance(outcome, Receipt)]
    assert sorted((receipt.stored, receipt.known) for receipt in receipts) == [([], [0]), ([0], [])]


def test_alone_it_is_written_at_once(
    database: Database, tokens: list[str], transactions: list[str]
) -> None:
    recorder = Recorder(database)
    assert recorder.record(tokens[0], [response(0)], []).stored == [0]
    assert recorder.record(tokens[0], [response(1)], []).stored == [1]
    assert transactions == ["committed", "committed"]
    with pytest.raises(NotFoundError):
        recorder.record("no such run", [], [])
