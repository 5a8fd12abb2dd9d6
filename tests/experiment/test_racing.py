"""Several requests of one run at the same moment: nothing is lost, judged twice or missed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from experiment.database import Database
from experiment.design.attention import AttentionRule
from experiment.models import Exclusion, FeedbackRequest, Response, RuleEvent, Run
from experiment.recording import Batch, Receipt, record_batches
from tests.experiment.played import FALSE_ALARMS, Changes, firsts, pressed, verdict
from tests.experiment.visitor import N_TRIALS, Player, Visitor, response


def test_batches_that_are_saved_at_once_are_judged_together(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    # Two first showings in each batch, and the rule is about four: only who sees both can judge.
    change(FALSE_ALARMS)
    player = visitor.begin_run()
    four = firsts(database, player)[:4]
    is_stored = threading.Event()

    def send_first() -> None:
        with database.write() as session:
            record_batches(session, [Batch(player.token, [pressed(p) for p in four[:2]])])
            is_stored.set()
            time.sleep(0.3)  # the second one begins before this is committed

    def send_second() -> Receipt:
        assert is_stored.wait(10)
        with database.write() as session:
            batch = Batch(player.token, [pressed(p) for p in four[2:]])
            (receipt,) = record_batches(session, [batch])
        assert isinstance(receipt, Receipt)
        return receipt

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(send_first), pool.submit(send_second)
        first.result(20)
        assert second.result(20).verdict.action == "warn"
    with database.read() as session:
        assert session.scalars(select(RuleEvent.n)).all() == [4]


def test_a_rule_that_many_batches_meet_at_once_ends_the_run_once(
    app: Flask, visitor: Visitor, database: Database, change: Changes
) -> None:
    ending = {"action": "end_level", "discards": "level", "last": 1}
    change(AttentionRule(**FALSE_ALARMS.to_dict() | ending))
    player = visitor.begin_run()

    def send(position: int) -> int:
        own = Player(app.test_client(), player.run_url)
        return own.send(pressed(position)).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(N_TRIALS))) == {201}
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        assert len(session.scalars(select(RuleEvent)).all()) == 1
        assert len(session.scalars(select(Exclusion)).all()) == 1
        assert len(session.scalars(select(Response)).all()) == N_TRIALS
        (fired,) = session.scalars(select(RuleEvent.position))
        assert run.end_position == fired + 1


def test_of_two_tabs_that_play_at_once_one_goes_on_and_nothing_is_lost(
    app: Flask, visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    both_began = threading.Barrier(2, timeout=20)

    def play(tab: str, positions: range) -> str:
        own = Player(app.test_client(), player.run_url)
        assert own.start(tab=tab).status_code == 200
        both_began.wait()
        answers = [own.send(response(position), tab=tab) for position in positions]
        assert {answer.status_code for answer in answers} == {201}
        (action,) = {verdict(answer)["action"] for answer in answers}
        return str(action)

    with ThreadPoolExecutor(2) as pool:
        actions = pool.map(play, ["one", "other"], [range(7), range(7, N_TRIALS)])
        assert sorted(actions) == ["elsewhere", "go_on"]
    with database.read() as session:
        assert len(session.scalars(select(Response)).all()) == N_TRIALS


def test_two_questions_about_one_trial_at_once_have_one_answer(
    app: Flask, visitor: Visitor, database: Database, change: Changes
) -> None:
    change(feedback="border")
    player = visitor.begin_run()

    def ask(number: int) -> int:
        own = Player(app.test_client(), player.run_url)
        return own.ask(0, rt_ms=400.0 + number % 2).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, range(8))) == [200] * 4 + [409] * 4
    with database.read() as session:
        assert len(session.scalars(select(FeedbackRequest)).all()) == 1


def test_a_rest_and_a_finish_at_once_leave_one_finished_run(
    app: Flask, visitor: Visitor, database: Database, change: Changes
) -> None:
    bad = AttentionRule(
        "bad", "false_alarm_rate", "above", 0.5, when="level_end", action="leave_out",
        discards="level",
    )  # fmt: skip
    change(bad, rests="offered")
    player = visitor.begin_run()
    player.send(*[pressed(p) for p in range(N_TRIALS)])

    def end(number: int) -> int:
        own = Player(app.test_client(), player.run_url)
        return (own.finish() if number % 2 else own.rest(1)).status_code

    with ThreadPoolExecutor(4) as pool:
        # A rest after the finish is refused, as the run is over.
        assert set(pool.map(end, range(8))) <= {200, 409}
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        assert (run.state, run.outcome) == ("finished", "whole")
        assert len(session.scalars(select(Exclusion)).all()) == 1
        assert run.finished_at is not None and run.finished_at <= datetime.now(UTC)
