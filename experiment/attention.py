"""Attention rules during a run: judged on what is stored, kept, and acted upon."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from experiment.design.attention import AttentionRule
from experiment.design.judging import Judgement, Outcome, first_firing, judge
from experiment.inserts import insert_ignoring
from experiment.models import Exclusion, Response, RuleEvent, Run, Trial

ENDING = ("end_level", "end_participation")


@dataclass(frozen=True, slots=True)
class Judged:
    """The run that is judged."""

    run_id: int
    participant_id: int
    rules: tuple[AttentionRule, ...]

    @classmethod
    def of(cls, run: Run) -> "Judged":
        """A run with the rules of its study."""
        return cls(run.id, run.participant_id, rules_of(run.study.paradigm.get("attention")))


def rules_of(attention: Iterable[dict[str, Any]] | None) -> tuple[AttentionRule, ...]:
    """The rules of a stored paradigm."""
    return tuple(AttentionRule.from_dict(values) for values in attention or ())


def judge_during(session: Session, judged: Judged, new: Iterable[int]) -> None:
    """Judge after new responses: every rule that holds during the game.

    A rule fires once in a level, whatever arrives twice or at the same time.
    """
    rules = [rule for rule in judged.rules if rule.when == "during"]
    positions = sorted(new)
    if not rules or not positions:
        return
    outcomes = outcomes_of(session, judged.run_id)
    for level in sorted({o.level for o in outcomes if o.position in set(positions)}):
        of_level = [outcome for outcome in outcomes if outcome.level == level]
        until_level = [outcome for outcome in outcomes if outcome.level <= level]
        since = max(positions[0], of_level[0].position)
        for rule in rules:
            scope = of_level if rule.scope == "level" else until_level
            if found := first_firing(rule, scope, since):
                fire(session, judged, rule, level, found[1])


def judge_level(session: Session, judged: Judged, level: int) -> None:
    """Judge the rules that hold at the end of a level."""
    outcomes = [o for o in outcomes_of(session, judged.run_id) if o.level <= level]
    of_level = [outcome for outcome in outcomes if outcome.level == level]
    for rule in judged.rules:
        if rule.when == "level_end":
            judgement = judge(rule, of_level if rule.scope == "level" else outcomes)
            if judgement is not None and judgement.fires:
                fire(session, judged, rule, level, judgement)


def judge_run(session: Session, judged: Judged) -> None:
    """Judge the rules that hold at the end of a run."""
    outcomes = outcomes_of(session, judged.run_id)
    if not outcomes:
        return
    last = outcomes[-1].level
    for rule in judged.rules:
        if rule.when == "run_end":
            scope = [o for o in outcomes if o.level == last] if rule.scope == "level" else outcomes
            judgement = judge(rule, scope)
            if judgement is not None and judgement.fires:
                fire(session, judged, rule, last, judgement)


def outcomes_of(session: Session, run_id: int) -> list[Outcome]:
    """What is stored of a run, by position."""
    rows = session.connection().execute(
        select(Trial.position, Trial.level, Trial.role, Trial.is_repeat, Response.key)
        .join(Response, (Response.run_id == Trial.run_id) & (Response.position == Trial.position))
        .where(Trial.run_id == run_id)
        .order_by(Trial.position)
    )
    return [
        Outcome(row.position, row.level, row.role, row.is_repeat, row.key is not None)
        for row in rows
    ]


def fire(
    session: Session, judged: Judged, rule: AttentionRule, level: int, judgement: Judgement
) -> None:
    """Keep that a rule fired, what is left out for it, and where the run ends, if it does."""
    now = datetime.now(UTC)
    connection = session.connection()
    last = connection.scalar(
        select(func.max(Response.position)).where(Response.run_id == judged.run_id)
    )
    event = {
        "run_id": judged.run_id,
        "level": level,
        "rule": rule.name,
        "measure": rule.measure,
        "value": judgement.value,
        "n": judgement.n,
        "threshold": rule.threshold,
        "action": rule.action,
        "position": last or 0,
        "fired_at": now,
    }
    if not insert_ignoring(session, RuleEvent, ("run_id", "level", "rule"), [event]):
        return
    if rule.discards != "nothing":
        session.add(
            Exclusion(
                participant_id=judged.participant_id,
                run_id=None if rule.discards == "participant" else judged.run_id,
                level=level if rule.discards == "level" else None,
                rule=rule.name,
                number=judgement.value,
                decided_by="rule",
                created_at=now,
            )
        )
        session.flush()
    if rule.action in ENDING and rule.when != "run_end":
        connection.execute(
            update(Run)
            .where(Run.id == judged.run_id, Run.end_position.is_(None))
            .values(end_position=(last or 0) + 1)
        )


def latest_warning(session: Session, run_id: int) -> int | None:
    """Which warning was given last in this run, so that the browser shows each one once."""
    return session.connection().scalar(
        select(func.max(RuleEvent.id)).where(RuleEvent.run_id == run_id, RuleEvent.action == "warn")
    )


def is_ended_by_rule(session: Session, run: Run) -> bool:
    """Whether a rule has ended this run before its last image."""
    ending = select(RuleEvent.id).where(RuleEvent.run_id == run.id, RuleEvent.action.in_(ENDING))
    return run.end_position is not None and session.scalar(ending.limit(1)) is not None


def ends_participation(session: Session, participant_id: int, most_ended_levels: int) -> bool:
    """Whether the rules let this participant play no further: one of them said so, or so many runs
    were ended by one."""
    actions: Sequence[str] = session.scalars(
        select(RuleEvent.action)
        .join(Run, Run.id == RuleEvent.run_id)
        .where(Run.participant_id == participant_id, RuleEvent.action.in_(ENDING))
    ).all()
    n_ended = actions.count("end_level")
    return "end_participation" in actions or 0 < most_ended_levels <= n_ended
