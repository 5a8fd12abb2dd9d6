"""Saving responses: once whatever is sent twice, never changed, gaps told."""

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from experiment import recording
from experiment.database import Database
from experiment.design.attention import AttentionRule
from experiment.models import BrowserEvent, Response, ResponseConflict, Run
from experiment.recording import Batch, record_batches
from tests.experiment.played import FALSE_ALARMS, Changes
from tests.experiment.visitor import N_TRIALS, Visitor, event, response

GO_ON = {"action": "go_on", "warning": None}


def test_a_batch_sent_twice_is_stored_once(visitor: Visitor, database: Database) -> None:
    player = visitor.begin_run()
    batch = [response(0), response(1, " ", 512.25)]
    first = player.send(*batch)
    again = player.send(*batch)
    assert first.status_code == 201
    assert first.get_json() == {
        "stored": [0, 1],
        "known": [],
        "conflicting": [],
        "missing": [],
        "verdict": GO_ON,
    }
    assert again.status_code == 200
    assert again.get_json() == {
        "stored": [],
        "known": [0, 1],
        "conflicting": [],
        "missing": [],
        "verdict": GO_ON,
    }
    with database.read() as session:
        rows = session.scalars(select(Response).order_by(Response.position)).all()
    assert [(row.position, row.key, row.rt_ms) for row in rows] == [
        (0, None, None),
        (1, " ", 512.25),
    ]


def test_every_measured_value_comes_back_exactly(visitor: Visitor, database: Database) -> None:
    sent = response(0, "touch", 0.1 + 0.2) | {
        "keys": [{"key": "touch", "at_ms": 0.1 + 0.2}, {"key": "é", "at_ms": 1299.9999999999998}],
        "onset_ms": 1 / 3,
        "offset_ms": 600 + 1 / 7,
        "frame_ms": 16.666666666666668,
        "dropped_frames": 3,
        "feedback_onset_ms": 777.7,
        "had_focus": True,
    }
    player = visitor.begin_run()
    assert player.send(sent).status_code == 201
    with database.read() as session:
        row = session.scalars(select(Response)).one()
    assert {name: getattr(row, name) for name in sent} == sent


def test_another_account_of_a_trial_is_kept_aside_once(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    player.send(response(0))
    for _ in range(2):
        answer = player.send(response(0, " ", 300.0), response(1))
        assert answer.status_code == 409
        assert answer.get_json()["conflicting"] == [0]
    with database.read() as session:
        kept = session.scalars(select(ResponseConflict)).one()
        stored = session.get(Response, (kept.run_id, 0))
    assert kept.payload == response(0, " ", 300.0)
    assert stored is not None and stored.key is None


def test_two_accounts_in_one_batch_are_one_stored_and_one_conflict(visitor: Visitor) -> None:
    player = visitor.begin_run()
    answer = player.send(response(0), response(0, " ", 300.0))
    assert (answer.status_code, answer.get_json()["stored"]) == (409, [0])
    assert answer.get_json()["conflicting"] == [0]


def test_gaps_below_the_highest_stored_position_are_told(visitor: Visitor) -> None:
    player = visitor.begin_run()
    assert player.send(response(0), response(4)).get_json()["missing"] == [1, 2, 3]
    assert player.send(response(2)).get_json()["missing"] == [1, 3]
    assert player.send(response(3), response(1)).get_json()["missing"] == []


def test_a_position_that_the_run_does_not_have_refuses_the_batch(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    answer = player.send(response(0), response(N_TRIALS))
    assert (answer.status_code, answer.get_json()["error"]) == (422, "invalid")
    assert player.send(events=[event("e", position=N_TRIALS)]).status_code == 422
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_an_image_that_goes_before_it_came_refuses_the_batch(visitor: Visitor) -> None:
    player = visitor.begin_run()
    answer = player.send(response(0) | {"offset_ms": -1.0})
    assert (answer.status_code, answer.get_json()["error"]) == (422, "invalid")
    assert "position 0" in answer.get_json()["message"]


def test_one_run_cannot_fill_the_disk(
    visitor: Visitor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_EVENTS", 5)
    monkeypatch.setattr(recording, "MOST_CONFLICTS", 3)
    player = visitor.begin_run()
    player.send(response(0))
    for number in range(10):
        answer = player.send(events=[event(f"{number}-a"), event(f"{number}-b")])
        assert answer.status_code == 200
        assert player.send(response(0, " ", 500.0 + number)).status_code == 409
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BrowserEvent)) == 6
        assert session.scalar(select(func.count()).select_from(ResponseConflict)) == 3


def test_responses_before_the_start_are_refused(visitor: Visitor) -> None:
    game = visitor.take_part()
    answer = visitor.client.post(
        f"{game['run_url']}/responses", json={"responses": [response(0)], "events": []}
    )
    assert (answer.status_code, answer.get_json()["error"]) == (409, "run_not_started")


def test_an_event_sent_twice_is_stored_once(visitor: Visitor, database: Database) -> None:
    player = visitor.begin_run()
    for _ in range(2):
        answer = player.send(events=[event("a"), event("b", "fullscreenexit", 3)])
        assert (answer.status_code, answer.get_json()["stored"]) == (200, [])
    with database.read() as session:
        events = session.execute(
            select(BrowserEvent.event, BrowserEvent.position).order_by(BrowserEvent.event_id)
        ).all()
    assert [tuple(row) for row in events] == [("blur", None), ("fullscreenexit", 3)]


def test_a_late_response_takes_its_position_off_the_lost_ones(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    player.send(response(0))
    assert player.start(last_shown=3).get_json()["position"] == 4
    assert player.config()["lost"] == [1, 2, 3]
    answer = player.send(response(2), response(4))
    assert answer.get_json() == {
        "stored": [2, 4],
        "known": [],
        "conflicting": [],
        "missing": [],
        "verdict": GO_ON,
    }
    assert player.config()["lost"] == [1, 3]
    with database.read() as session:
        assert session.scalars(select(Run.lost_positions)).one() == [1, 3]


def test_a_finished_run_still_takes_a_lost_response(visitor: Visitor) -> None:
    player = visitor.begin_run()
    player.send(*(response(p) for p in range(1, N_TRIALS)))
    assert player.finish(0).status_code == 200
    assert player.send(response(0)).get_json()["stored"] == [0]
    assert player.config()["lost"] == []


def test_a_paused_study_still_saves_runs_in_progress(visitor: Visitor, database: Database) -> None:
    from experiment.runs import find_study
    from experiment.studies.lifecycle import pause_study

    player = visitor.begin_run()
    with database.write() as session:
        pause_study(session, find_study(session, "pictures"))
    player.play()


# Of a study whose rules hold at the end of a run, as those of lamem2015 do, nothing more is asked.
@pytest.mark.parametrize(
    ("rules", "n_statements"),
    [([], 3), ([AttentionRule("r", "response_rate", "above", 0.9)], 3), ([FALSE_ALARMS], 6)],
    ids=["without rules", "at the end", "during the game"],
)
def test_a_response_is_three_statements_where_no_rule_holds_during_the_game(
    visitor: Visitor,
    database: Database,
    change: Changes,
    rules: list[AttentionRule],
    n_statements: int,
) -> None:
    change(*rules)
    player = visitor.begin_run()
    statements: list[str] = []
    with database.write() as session:
        session.connection()  # begun, which is none of the statements counted

        def note(*given: object) -> None:
            statements.append(str(given[2]))

        sqlalchemy_event.listen(database.engine, "before_cursor_execute", note)
        record_batches(session, [Batch(player.token, [response(0)])])
        sqlalchemy_event.remove(database.engine, "before_cursor_execute", note)
    assert len(statements) == n_statements, statements
