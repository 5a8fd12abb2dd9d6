"""Attention rules, rests, feedback and stopping over HTTP, on a real database."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select

from experiment.database import Database
from experiment.design.attention import AttentionRule
from experiment.models import (
    BrowserEvent,
    Exclusion,
    Flag,
    Interruption,
    Participant,
    RuleEvent,
    Run,
)
from tests.experiment.played import (
    FALSE_ALARMS,
    Changes,
    firsts,
    pressed,
    roles,
    split_into_levels,
    verdict,
)
from tests.experiment.visitor import N_TRIALS, Player, Visitor, response


def test_a_study_without_rules_says_go_on(visitor: Visitor) -> None:
    player = visitor.begin_run()
    answer = player.send(*[pressed(p) for p in range(N_TRIALS)])
    assert verdict(answer) == {"action": "go_on", "warning": None}


def test_a_warning_is_given_once_and_kept_with_its_numbers(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(FALSE_ALARMS)
    player = visitor.begin_run()
    fourth = firsts(database, player)[3]
    before = player.send(*[pressed(p) for p in range(fourth)])
    assert verdict(before)["action"] == "go_on"  # three first showings are fewer than four
    first = verdict(player.send(pressed(fourth)))
    again = verdict(player.send(pressed(fourth + 1)))
    assert first["action"] == again["action"] == "warn"
    assert first["warning"] == again["warning"]
    with database.read() as session:
        event = session.scalars(select(RuleEvent)).one()
        assert (event.rule, event.measure, event.value, event.n) == (
            "false_alarms", "false_alarm_rate", 1.0, 4,
        )  # fmt: skip
        assert (event.threshold, event.action, event.position) == (0.5, "warn", fourth)
        assert session.scalars(select(Exclusion)).all() == []


def test_a_rule_ends_the_run_there_and_with_it_the_participation(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    ending = {"action": "end_participation", "discards": "participant"}
    change(AttentionRule(**FALSE_ALARMS.to_dict() | ending))
    player = visitor.begin_run()
    # What is sent together is judged one after the other; what came later is stored all the same.
    answer = player.send(*[pressed(p) for p in range(10)])
    assert verdict(answer)["action"] == "end"
    assert player.config()["end_position"] == 10
    assert player.start(last_shown=9).get_json()["position"] == N_TRIALS
    assert player.finish().status_code == 200
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        assert (run.state, run.outcome, run.lost_positions) == ("finished", "attention", [])
        assert run.participant.outcome == "attention"
        exclusion = session.scalars(select(Exclusion)).one()
        assert (exclusion.participant_id, exclusion.run_id, exclusion.level) == (
            run.participant_id, None, None,
        )  # fmt: skip
        assert (exclusion.rule, exclusion.number, exclusion.decided_by) == (
            "false_alarms", 1.0, "rule",
        )  # fmt: skip


def test_who_plays_well_is_never_stopped(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    misses = AttentionRule(
        "misses", "vigilance_miss_rate", "above", 0.25, action="end_participation"
    )
    change(FALSE_ALARMS, misses)
    player = visitor.begin_run()
    repeats = {p for p, (_, is_repeat) in enumerate(roles(database, player)) if is_repeat}
    player.play(repeats)
    with database.read() as session:
        assert session.scalars(select(RuleEvent)).all() == []
        assert session.scalars(select(Participant.outcome)).one() == "completed"


def test_a_rule_at_the_end_of_the_run_is_judged_when_it_is_whole(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(
        AttentionRule(
            "misses", "vigilance_miss_rate", "above", 0.25,
            action="end_participation", discards="run",
        )
    )  # fmt: skip
    player = visitor.begin_run()
    answer = player.send(*[response(p) for p in range(N_TRIALS)])
    assert verdict(answer)["action"] == "go_on"
    assert player.finish().status_code == 200
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        assert (run.outcome, run.participant.outcome) == ("whole", "attention")
        exclusion = session.scalars(select(Exclusion)).one()
        assert (exclusion.run_id, exclusion.level) == (run.id, None)


def test_two_batches_at_once_fire_a_rule_once(
    app: Flask, visitor: Visitor, database: Database, change: Changes
) -> None:
    change(FALSE_ALARMS)
    player = visitor.begin_run()

    def send(start: int) -> int:
        own = Player(app.test_client(), player.run_url)
        return own.send(*[pressed(p) for p in range(start, start + 7)]).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, [0, 7])) == [201, 201]
    with database.read() as session:
        assert len(session.scalars(select(RuleEvent)).all()) == 1


def test_levels_are_judged_at_their_rests_and_only_the_bad_one_is_left_out(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(
        AttentionRule(
            "false_alarms", "false_alarm_rate", "above", 0.5,
            scope="level", when="level_end", action="end_level", discards="level",
        ),
        rests="offered", shows_score=True, most_ended_levels=2,
    )  # fmt: skip
    player = visitor.begin_run()
    split_into_levels(database, player, 5, 10)
    planned = roles(database, player)
    player.send(*[response(p) for p in range(5)])
    n_firsts = sum(not is_repeat for _, is_repeat in planned[:5])
    after = player.rest(1).get_json()
    assert after == {
        "score": {"hits": 0, "repeats": 5 - n_firsts, "false_alarms": 0, "firsts": n_firsts},
        "may_stop": True,
        "verdict": {"action": "go_on", "warning": None},
    }
    player.send(*[pressed(p) for p in range(5, 10)])
    assert player.rest(2).get_json()["verdict"]["action"] == "end"
    assert player.finish().status_code == 200
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        assert (run.outcome, run.end_position) == ("attention", 10)
        exclusion = session.scalars(select(Exclusion)).one()
        assert (exclusion.run_id, exclusion.level) == (run.id, 2)


def test_one_may_stop_at_a_rest_and_nowhere_else(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(rests="offered")
    player = visitor.begin_run()
    split_into_levels(database, player, 5)
    player.send(*[response(p) for p in range(3)])
    assert player.finish(stop=True).status_code == 409
    player.send(*[response(p) for p in (3, 4)])
    assert player.finish(stop=True).status_code == 200
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        assert (run.outcome, run.end_position, run.participant.outcome) == (
            "stopped", 5, "stopped",
        )  # fmt: skip


def test_a_stop_that_still_misses_a_response_is_no_attention_failure(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(rests="offered")
    player = visitor.begin_run()
    split_into_levels(database, player, 5)
    player.send(*[response(p) for p in (0, 1, 3, 4)])
    assert player.finish(stop=True).get_json()["missing"] == [2]
    assert player.finish(2, stop=True).status_code == 200
    with database.read() as session:
        assert session.scalars(select(Run.outcome)).one() == "stopped"


def test_coming_back_at_a_rest_is_no_interruption(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(rests="offered")
    player = visitor.begin_run()
    split_into_levels(database, player, 5)
    player.send(*[response(p) for p in range(5)])
    assert player.start(last_shown=4).get_json()["position"] == 5
    player.send(response(5))
    player.start(last_shown=5)
    with database.read() as session:
        assert session.scalars(select(Interruption.position)).all() == [6]
        kept = session.scalars(select(BrowserEvent)).one()
        assert (kept.event, kept.position) == ("returned_at_rest", 5)


def test_feedback_tells_what_was_right_once_and_for_good(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    player = visitor.begin_run()
    assert player.ask(0).status_code == 409  # this game gives none
    change(feedback="border")
    planned = roles(database, player)
    repeat = next(p for p, (_, is_repeat) in enumerate(planned) if is_repeat and p > 1)
    assert player.ask(0).get_json() == {"is_correct": False}  # the first trial is never a repeat
    assert player.ask(repeat).get_json() == {"is_correct": True}
    assert player.ask(repeat).get_json() == {"is_correct": True}
    assert player.ask(repeat, rt_ms=900.0).status_code == 409
    player.send(response(1))
    assert player.ask(1).status_code == 409  # it is stored without a key
    assert player.ask(99).status_code == 422


def test_an_answer_taken_back_after_its_feedback_is_flagged(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(feedback="symbol")
    player = visitor.begin_run()
    player.ask(0)
    player.play()
    with database.read() as session:
        flags = {flag.kind: flag.detail for flag in session.scalars(select(Flag))}
    assert flags["feedback_denied"] == {"positions": [0], "n": 1}


def test_the_tab_that_started_last_plays_and_the_other_is_told(visitor: Visitor) -> None:
    player = visitor.begin_run()
    player.start(tab="first")
    assert verdict(player.send(response(0), tab="first"))["action"] == "go_on"
    player.start(last_shown=0, tab="second")
    late = player.send(response(1), tab="first")
    assert late.status_code == 201  # nothing is lost
    assert verdict(late)["action"] == "elsewhere"
    assert verdict(player.send(response(2), tab="second"))["action"] == "go_on"
