"""Studies and runs changed by hand, for expected values that can be counted on one's fingers."""

from typing import Any

from sqlalchemy import select

from experiment.database import Database
from experiment.design.attention import AttentionRule
from experiment.models import Run, Study, Trial
from tests.experiment.visitor import Player, response

# Who presses at every trial takes each first showing for a repeat.
FALSE_ALARMS = AttentionRule(
    "false_alarms", "false_alarm_rate", "above", 0.5, last=4, when="during", action="warn"
)


class Changes:
    """Changes the study that is open."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __call__(self, *rules: AttentionRule, runs: int = 1, **paradigm: Any) -> None:
        """Give its paradigm these rules and values, and everybody so many runs."""
        with self.database.write() as session:
            study = session.scalars(select(Study)).one()
            paradigm["attention"] = [rule.to_dict() for rule in rules]
            study.paradigm = study.paradigm | paradigm
            study.definition = study.definition | {"runs_per_participant": runs}


def split_into_levels(database: Database, player: Player, *starts: int) -> None:
    """Let levels 2, 3 … of a run begin at these positions."""
    with database.write() as session:
        run = session.scalars(select(Run).where(Run.token == player.token)).one()
        for trial in session.scalars(select(Trial).where(Trial.run_id == run.id)):
            trial.level = 1 + sum(start <= trial.position for start in starts)


def roles(database: Database, player: Player) -> list[tuple[str, bool]]:
    """Role and is_repeat of each trial of a run, by position."""
    with database.read() as session:
        rows = session.execute(
            select(Trial.role, Trial.is_repeat)
            .join(Run, Run.id == Trial.run_id)
            .where(Run.token == player.token)
            .order_by(Trial.position)
        )
        return [(row.role, row.is_repeat) for row in rows]


def firsts(database: Database, player: Player) -> list[int]:
    """Positions of first showings."""
    return [p for p, (_, is_repeat) in enumerate(roles(database, player)) if not is_repeat]


def pressed(position: int) -> dict[str, Any]:
    """A trial with a key."""
    return response(position, " ", 400.0)


def verdict(answer: Any) -> dict[str, Any]:
    """Of a batch that was sent."""
    found: dict[str, Any] = answer.get_json()["verdict"]
    return found
