"""How runs and participations end: whole, stopped, by a rule; and when a further run may begin."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from experiment import runs
from experiment.coverage import PROMISE
from experiment.database import Database
from experiment.design.attention import AttentionRule
from experiment.errors import ConflictError, TooEarlyError, TooLateError
from experiment.models import Exclusion, Participant, RuleEvent, Run
from tests.experiment.played import (
    FALSE_ALARMS,
    Changes,
    pressed,
    roles,
    split_into_levels,
    verdict,
)
from tests.experiment.visitor import N_TRIALS, Player, Visitor, response

# Both meet whoever presses at every trial.
END_LEVEL = AttentionRule(
    "alarms", "false_alarm_rate", "above", 0.5, last=3, scope="level", when="during",
    action="end_level", discards="level",
)  # fmt: skip
ALSO = AttentionRule(
    "presses", "response_rate", "above", 0.9, last=3, scope="level", when="during",
    action="end_level", discards="level",
)  # fmt: skip


def next_run(database: Database, player: Player) -> Player:
    """The next run of the same person, begun."""
    with database.write() as session:
        run = runs.find_run(session, player.token)
        token = runs.start_run(session, run.study, run.participant).token
    another = Player(player.client, f"/api/v1/runs/{token}")
    another.start()
    return another


def outcomes(database: Database) -> tuple[list[str | None], str | None]:
    """Of the runs, and of the one participant."""
    with database.read() as session:
        of_runs = session.scalars(select(Run.outcome).order_by(Run.number)).all()
        return list(of_runs), session.scalars(select(Participant.outcome)).one()


def play_badly(player: Player) -> None:
    assert verdict(player.send(*[pressed(p) for p in range(8)]))["action"] == "end"
    assert player.finish().status_code == 200


def test_two_rules_that_end_one_level_are_one_ended_level(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(END_LEVEL, ALSO, runs=4, rests="offered", most_ended_levels=2)
    player = visitor.begin_run()
    play_badly(player)
    assert outcomes(database) == (["attention"], None)  # another run may be begun
    with database.read() as session:
        assert set(session.scalars(select(RuleEvent.rule))) == {"alarms", "presses"}
    play_badly(next_run(database, player))
    assert outcomes(database) == (["attention", "attention"], "attention")
    with pytest.raises(ConflictError, match="participation was ended"):
        next_run(database, player)


def test_an_ended_level_after_which_no_run_is_left_ends_the_participation(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(END_LEVEL, most_ended_levels=3)
    play_badly(visitor.begin_run())
    assert outcomes(database) == (["attention"], "attention")


def test_a_whole_run_stays_worth_its_code_when_the_next_one_is_stopped(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(runs=2, rests="offered")
    player = visitor.begin_run()
    player.play()
    assert outcomes(database) == (["whole"], "completed")
    another = next_run(database, player)
    split_into_levels(database, another, 5)
    another.send(*[response(p) for p in range(5)])
    assert another.finish(stop=True).status_code == 200
    assert outcomes(database) == (["whole", "stopped"], "completed")


def test_a_later_end_by_a_rule_counts_more_than_an_earlier_whole_run(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    ending = END_LEVEL.to_dict() | {"action": "end_participation"}
    change(AttentionRule(**ending), runs=2)
    player = visitor.begin_run()
    player.play()
    play_badly(next_run(database, player))
    assert outcomes(database) == (["whole", "attention"], "attention")


def test_who_stops_after_the_last_image_has_played_it_all(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(rests="offered")
    player = visitor.begin_run()
    player.send(*[response(p) for p in range(N_TRIALS)])
    assert player.finish(stop=True).status_code == 200
    assert outcomes(database) == (["whole"], "completed")


def test_a_level_is_not_judged_before_its_last_trial(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    bad = AttentionRule("bad", "response_rate", "above", 0.5, when="level_end", action="end_level")
    change(bad, rests="offered")
    player = visitor.begin_run()
    split_into_levels(database, player, 5)
    player.send(*[pressed(p) for p in range(4)])
    assert player.rest(1).status_code == 409
    with database.read() as session:
        assert session.scalars(select(RuleEvent)).all() == []
    player.send(pressed(4))
    assert player.rest(1).get_json()["verdict"]["action"] == "end"


def test_levels_without_a_rest_are_each_judged_at_the_end(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    bad = AttentionRule(
        "bad", "response_rate", "above", 0.5, scope="level", when="level_end",
        action="leave_out", discards="level",
    )  # fmt: skip
    change(bad)
    player = visitor.begin_run()
    split_into_levels(database, player, 5, 10)
    player.play({5, 6, 7, 8, 9})
    with database.read() as session:
        assert session.scalars(select(Exclusion.level)).all() == [2]


def test_what_comes_after_the_end_of_a_run_is_stored_and_not_judged(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(END_LEVEL, FALSE_ALARMS)
    player = visitor.begin_run()
    alarms = [p for p, (_, is_repeat) in enumerate(roles(database, player)) if not is_repeat]
    third, fourth = alarms[2:4]
    assert verdict(player.send(*[pressed(p) for p in range(third + 1)]))["action"] == "end"
    late = player.send(*[pressed(p) for p in range(third + 1, fourth + 1)])
    assert (late.status_code, verdict(late)["action"]) == (201, "end")
    with database.read() as session:
        assert session.scalars(select(RuleEvent.rule)).all() == ["alarms"]


def test_a_response_that_turns_up_after_the_finish_changes_no_outcome(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(END_LEVEL)
    player = visitor.begin_run()
    assert player.finish(*range(N_TRIALS)).status_code == 200
    late = player.send(*[pressed(p) for p in range(N_TRIALS)])
    assert (late.status_code, verdict(late)["action"]) == (201, "go_on")
    with database.read() as session:
        assert session.scalars(select(RuleEvent)).all() == []


def test_what_an_older_tab_sends_is_judged_too(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(END_LEVEL)
    player = visitor.begin_run()
    player.start(tab="old")
    player.start(tab="new")
    answer = player.send(*[pressed(p) for p in range(N_TRIALS)], tab="old")
    assert verdict(answer)["action"] == "elsewhere"
    assert player.config()["end_position"] == N_TRIALS


def test_a_preview_is_judged_and_nothing_of_it_left_out(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(END_LEVEL)
    player = visitor.begin_run()
    with database.write() as session:
        session.execute(update(Participant).values(is_preview=True))
    assert verdict(player.send(*[pressed(p) for p in range(8)]))["action"] == "end"
    with database.read() as session:
        assert session.scalars(select(RuleEvent.rule)).all() == ["alarms"]
        assert session.scalars(select(Exclusion)).all() == []


@pytest.mark.parametrize(
    ("hours_ago", "refused"), [(23.9, TooEarlyError), (24.1, None), (72.1, TooLateError)]
)
def test_a_further_run_begins_within_the_time_that_the_paradigm_gives(
    visitor: Visitor,
    database: Database,
    change: Changes,
    hours_ago: float,
    refused: type[ConflictError] | None,
) -> None:
    change(runs=2, return_after_hours=[24, 72])
    player = visitor.begin_run()
    player.play()
    finished = datetime.now(UTC) - timedelta(hours=hours_ago)
    with database.write() as session:
        session.execute(update(Run).values(finished_at=finished))
    if refused is None:
        assert next_run(database, player).config()["state"] == "in_progress"
        return
    with pytest.raises(refused) as raised:
        next_run(database, player)
    hours = 24 if refused is TooEarlyError else 72
    assert raised.value.at == finished + timedelta(hours=hours)  # type: ignore[attr-defined] # both have it


def test_a_rest_keeps_the_images_promised(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(rests="offered")
    player = visitor.begin_run()
    split_into_levels(database, player, 5)
    player.send(*[response(p) for p in range(5)])
    with database.write() as session:
        nearly_over = datetime.now(UTC) + timedelta(minutes=1)
        session.execute(update(Run).values(reserved_until=nearly_over))
    before = datetime.now(UTC)
    assert player.rest(1).status_code == 200
    with database.read() as session:
        assert session.scalars(select(Run.reserved_until)).one() >= before + PROMISE


def test_feedback_is_given_within_the_run_only(
    visitor: Visitor, database: Database, change: Changes
) -> None:
    change(END_LEVEL, feedback="border")
    player = visitor.begin_run()
    player.send(*[pressed(p) for p in range(8)])
    assert player.ask(8).status_code == 422
