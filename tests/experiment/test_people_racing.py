"""What happens at the same time: a person is deleted while their browser sends, two researchers
decide at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from experiment.access import COMMAND
from experiment.database import Database
from experiment.errors import ConflictError, NotFoundError
from experiment.models import BrowserEvent, Exclusion, Participant, Response, Run, Withdrawal
from experiment.people.erasing import delete_person
from experiment.people.excluding import exclude
from experiment.people.finding import find_participant
from experiment.recorder import Recorder
from experiment.recording import Receipt
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.people_rows import write_person, write_run, write_trials
from tests.experiment.visitor import event, response

N_ROUNDS = 4


def test_a_batch_that_comes_while_somebody_is_deleted_is_counted_or_refused(
    app: Flask, database: Database, settings: Settings
) -> None:
    """Whoever is first: nothing stays, and the count of what was deleted is true."""
    stored = []
    for number in range(1, N_ROUNDS + 1):
        with database.write() as session:
            study = find_study(session, "pictures")
            run = write_run(session, write_person(session, study, number), minutes=None)
            write_trials(session, run, "." * 8)
            token = run.token
        together = Barrier(2)

        def send(token: str = token, together: Barrier = together) -> int:
            together.wait(10)
            try:
                answer: Receipt = Recorder(database).record(
                    token, [response(position) for position in range(8)], [event("1")]
                )
            except NotFoundError:
                return 0
            return len(answer.stored)

        def delete(number: int = number, together: Barrier = together) -> int:
            together.wait(10)
            with database.write() as session:
                study = find_study(session, "pictures")
                person = find_participant(session, study, f"{number:016x}")
                held = delete_person(session, study, person, COMMAND, settings.withdrawals)
                return held.n_responses

        with ThreadPoolExecutor(2) as pool:
            sent, deleted = pool.submit(send), pool.submit(delete)
            stored.append((sent.result(20), deleted.result(20)))
    # Either the batch was there and was deleted with the rest, or it found no run any more.
    assert set(stored) <= {(8, 8), (0, 0)}
    with database.read() as session:
        for table in (Participant, Run, Response, BrowserEvent):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        counted = session.scalars(select(Withdrawal.n_responses)).all()
    assert sorted(counted) == sorted(deleted for _, deleted in stored)


def test_two_who_leave_out_the_same_at_once_make_one_exclusion(
    app: Flask, database: Database
) -> None:
    with database.write() as session:
        write_person(session, find_study(session, "pictures"), 1)
    together = Barrier(4)

    def decide() -> bool:
        together.wait(10)
        try:
            with database.write() as session:
                study = find_study(session, "pictures")
                person = find_participant(session, study, f"{1:016x}")
                exclude(session, study, person, COMMAND, reason="R")
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        decided = [pool.submit(decide) for _ in range(4)]
        assert sorted(future.result(20) for future in decided) == [False, False, False, True]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Exclusion)) == 1
