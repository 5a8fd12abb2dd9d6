"""Engines and transactions, on both kinds of database."""

import importlib.util
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from experiment import database as schema
from experiment.database import Database, make_engine, normalise_url
from experiment.errors import DatabaseError
from experiment.inserts import insert_ignoring
from experiment.models import Consent, ConsentDocument, ImageSet, Participant, Response
from tests.experiment.rows import NOW, a_participant, a_response, add_run, add_study


def names(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.scalars(select(ImageSet.name)))


def an_image_set(name: str) -> ImageSet:
    return ImageSet(name=name, created_at=NOW)


def test_what_was_written_is_read(database: Database) -> None:
    with database.write() as session:
        session.add(an_image_set("photos"))
    assert names(database) == ["photos"]


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError, match="half way"), database.write() as session:
        session.add(an_image_set("photos"))
        session.flush()
        raise RuntimeError("half way")
    assert names(database) == []
    with database.write() as session:
        session.add(an_image_set("drawings"))
    assert names(database) == ["drawings"]


def test_a_reader_cannot_change_anything(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read.?only"), database.read() as session:
        session.add(an_image_set("photos"))
        session.flush()
    with database.write() as session:  # the same pooled connection writes again
        session.add(an_image_set("drawings"))
    assert names(database) == ["drawings"]


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ImageSet)) == 0
        with database.write() as writing:
            writing.add(an_image_set("photos"))
        assert session.scalar(select(func.count()).select_from(ImageSet)) == 0
    assert names(database) == ["photos"]


def test_times_come_back_in_utc_and_need_a_zone(database: Database) -> None:
    there = datetime(2026, 7, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as session:
        session.add(ImageSet(name="photos", created_at=there))
    with database.read() as session:
        found = session.scalars(select(ImageSet.created_at)).one()
    assert found == there
    assert found.tzinfo is UTC
    assert found.hour == 10
    with pytest.raises(Exception, match="without a time zone"), database.write() as session:
        session.add(ImageSet(name="drawings", created_at=datetime(2026, 7, 1)))  # noqa: DTZ001


def test_sqlite_is_set_to_lose_nothing(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'hitrate.db'}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    # sqlite.org/pragma.html: synchronous 2 is FULL
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": schema.BUSY_TIMEOUT_MS,
    }


def test_threads_that_send_the_same_responses_store_each_once(database: Database) -> None:
    # 8 threads × the same 200 responses, one transaction each: each is new exactly once.
    with database.write() as session:
        run_id = add_run(session, n_trials=200)
    start = threading.Barrier(8)

    def send(thread: int) -> list[int]:
        new: list[int] = []
        start.wait()
        for step in range(200):
            position = (step * 7 + thread * 25) % 200
            with database.write() as session:
                rows = [a_response(run_id, position)]
                stored = insert_ignoring(session, Response, ("run_id", "position"), rows)
            new += [row[1] for row in stored]
        return new

    with ThreadPoolExecutor(8) as pool:
        new = [position for stored in pool.map(send, range(8)) for position in stored]
    assert sorted(new) == list(range(200))
    with database.read() as session:
        stored = session.scalars(select(Response.position).order_by(Response.position)).all()
    assert stored == list(range(200))


def test_a_failing_writer_takes_no_other_one_along(database: Database) -> None:
    # Half of the writers fail; what the other half wrote is there.
    def attempt(number: int) -> bool:
        try:
            with database.write() as session:
                session.add(an_image_set(f"set {number:03}"))
                session.flush()
                if number % 2:
                    raise RuntimeError("half way")
        except RuntimeError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(attempt, range(120)))
    assert done == [number % 2 == 0 for number in range(120)]
    assert names(database) == [f"set {number:03}" for number in range(0, 120, 2)]


def write_many(url: str, process: int, n: int) -> None:
    database = Database(url)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: write_one(database, f"{process}-{i:03}"), range(n)))
    database.close()


def write_one(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(an_image_set(name))


def test_processes_write_side_by_side(database: Database, database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=write_many, args=(database_url, process, 50)) for process in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert names(database) == [f"{process}-{i:03}" for process in range(2) for i in range(50)]


@pytest.mark.parametrize("is_another_process", [False, True])
def test_a_writer_that_never_gets_its_turn_says_so(
    tmp_path: Path,
    migrated_sqlite: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_another_process: bool,
) -> None:
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_MS", 50)
    path = tmp_path / "hitrate.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    # Another Database shares the lock file alone, as another process does.
    other = Database(f"sqlite:///{path}") if is_another_process else database
    with database.write() as session:
        session.add(an_image_set("first"))
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(write_one, other, "second")
            with pytest.raises(DatabaseError, match="busy; try again"):
                second.result()
    write_one(other, "third")
    assert names(database) == ["first", "third"]
    other.close()
    database.close()


def test_a_commit_that_fails_is_told_to_the_writer(tmp_path: Path, migrated_sqlite: Path) -> None:
    path = tmp_path / "hitrate.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.write() as session:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))  # refused at the commit only
        session.add(Consent(participant_id=1, study_id=1, consent_document_id=1, agreed_at=NOW))
        session.flush()
    write_one(database, "afterwards")
    assert names(database) == ["afterwards"]
    database.close()


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("postgres://u:p%40@h/d", "postgresql+psycopg://u:p%40@h/d"),
        ("postgresql://u@/d?host=/run", "postgresql+psycopg://u@/d?host=%2Frun"),
        ("postgresql+psycopg2://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:////srv/hitrate.db", "sqlite:////srv/hitrate.db"),
        ("sqlite+pysqlite:///hitrate.db", "sqlite:///hitrate.db"),
    ],
)
def test_addresses_get_the_driver_that_hitrate_uses(given: str, normal: str) -> None:
    assert normalise_url(given) == normal
    assert normalise_url(normal) == normal


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://h/d", "not on mysql"),
        ("sqlite://", "lost with its process"),
        ("sqlite:///:memory:", "lost with its process"),
        ("hitrate.db", "cannot be read"),
    ],
)
def test_other_addresses_are_refused(url: str, reason: str) -> None:
    with pytest.raises(DatabaseError, match=reason):
        normalise_url(url)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "psycopg" else find(name)
    )
    with pytest.raises(DatabaseError, match=r"pip install 'hitrate\[postgres\]'"):
        normalise_url("postgresql://h/d")


def test_large_numbers_of_milliseconds_keep_their_fraction(database: Database) -> None:
    with database.write() as session:
        run_id = add_run(session, n_trials=1)
        row = a_response(run_id, 0) | {"onset_ms": 260_399.87654321, "offset_ms": 260_999.9}
        insert_ignoring(session, Response, ("run_id", "position"), [row])
    with database.read() as session:
        assert session.scalars(select(Response.onset_ms)).one() == 260_399.87654321


def test_text_in_any_script_comes_back(database: Database) -> None:
    words = "Einverständnis 同意 موافقة 🙂"
    with database.write() as session:
        session.add(ConsentDocument(sha256="0" * 64, text=words, created_at=NOW))
        session.add(a_participant(add_study(session), words))
    with database.read() as session:
        assert words in session.scalars(select(ConsentDocument.text)).all()
        assert session.scalars(select(Participant.public_id)).one() == words
