"""Attention rules during a run: judged on what is stored, kept, and acted upon."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from experiment.design.attention import AttentionRule
from experiment.design.judging import Judgement, Outcome, first_firing, judge
from experiment.inserts import insert_ignoring
from experiment.models import Exclusion, Participant, Response, RuleEvent, Run, Trial

ENDING = ("end_level", "end_participation")
STANDING = select(
    Run.end_position,
    select(func.max(RuleEvent.id))
    .where(RuleEvent.run_id == Run.id, RuleEvent.action == "warn")
    .scalar_subquery()
    .label("warning"),
).where(Run.id == bindparam("run_id"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the game is asked to do: go_on, warn, end, or stop as it is played elsewhere."""

    action: Literal["go_on", "warn", "end", "elsewhere"] = "go_on"
    warning: int | None = None  # which one


@dataclass(frozen=True, slots=True)
class Judged:
    """The run that is judged."""

    run_id: int
    participant_id: int
    rules: tuple[AttentionRule, ...]

    @classmethod
    def of(cls, run: Run) -> "Judged":
        """A run with the rules of its study."""
        return cls(run.id, run.participant_id, rules_of(run.study.paradigm["attention"]))


def rules_of(attention: Iterable[dict[str, Any]] | None) -> tuple[AttentionRule, ...]:
    """The rules of a stored paradigm."""
    return tuple(AttentionRule.from_dict(values) for values in attention or ())


def judge_during(session: Session, judged: Judged, new: Iterable[int]) -> None:
    """Judge after new responses: every rule that holds during the game.

    A rule fires once in a level, whatever arrives twice or at the same time. What comes after the
    end of a run that has ended, or after it is finished, is stored and changes nothing.
    """
    rules = [rule for rule in judged.rules if rule.when == "during"]
    positions = sorted(new)
    if not rules or not positions:
        return
    # One batch of a run after the other, so that the later one sees what both have stored.
    run = (
        session.connection()
        .execute(
            select(Run.state, Run.end_position)
            .where(Run.id == judged.run_id)
            .with_for_update(key_share=True)
        )
        .one()
    )
    if run.state == "finished":
        return
    within = positions if all(rule.scope == "level" for rule in rules) else None
    outcomes = outcomes_of(session, judged.run_id, run.end_position, within)
    for level in sorted({o.level for o in outcomes if o.position in set(positions)}):
        of_level = [outcome for outcome in outcomes if outcome.level == level]
        until_level = [outcome for outcome in outcomes if outcome.level <= level]
        since = max(positions[0], of_level[0].position)
        for rule in rules:
            scope = of_level if rule.scope == "level" else until_level
            if found := first_firing(rule, scope, since):
                fire(session, judged, rule, level, found[1])


def judge_levels(session: Session, judged: Judged, levels: Iterable[int], end: int) -> None:
    """Judge the rules that hold at the end of a level, on what is stored before the run's end."""
    rules = [rule for rule in judged.rules if rule.when == "level_end"]
    if not rules:
        return
    outcomes = outcomes_of(session, judged.run_id, end)
    for level in levels:
        until_level = [outcome for outcome in outcomes if outcome.level <= level]
        of_level = [outcome for outcome in until_level if outcome.level == level]
        for rule in rules:
            judgement = judge(rule, of_level if rule.scope == "level" else until_level)
            if judgement is not None and judgement.fires:
                fire(session, judged, rule, level, judgement)


def judge_run(session: Session, judged: Judged, end: int) -> None:
    """Judge the rules that hold at the end of a run, on what is stored before it."""
    rules = [rule for rule in judged.rules if rule.when == "run_end"]
    outcomes = outcomes_of(session, judged.run_id, end) if rules else []
    if not outcomes:
        return
    last = outcomes[-1].level
    of_level = [outcome for outcome in outcomes if outcome.level == last]
    for rule in rules:
        judgement = judge(rule, of_level if rule.scope == "level" else outcomes)
        if judgement is not None and judgement.fires:
            fire(session, judged, rule, last, judgement)


def outcomes_of(
    session: Session,
    run_id: int,
    end: int | None = None,
    within: Sequence[int] | None = None,
) -> list[Outcome]:
    """What is stored of a run, by position.

    Parameters
    ----------
    end
        Only what is before it.
    within
        Only the levels that these positions are in.
    """
    query = (
        select(Trial.position, Trial.level, Trial.role, Trial.is_repeat, Response.key)
        .join(Response, (Response.run_id == Trial.run_id) & (Response.position == Trial.position))
        .where(Trial.run_id == run_id)
        .order_by(Trial.position)
    )
    if end is not None:
        query = query.where(Trial.position < end)
    if within is not None:
        levels = select(Trial.level).where(Trial.run_id == run_id, Trial.position.in_(within))
        query = query.where(Trial.level.in_(levels))
    return [
        Outcome(row.position, row.level, row.role, row.is_repeat, row.key is not None)
        for row in session.connection().execute(query)
    ]


def fire(
    session: Session, judged: Judged, rule: AttentionRule, level: int, judgement: Judgement
) -> None:
    """Keep that a rule fired, what is left out for it, and where the run ends, if it does.

    Nothing of a preview is left out, as it counts nowhere.
    """
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
    if rule.discards != "nothing" and not is_preview(session, judged.participant_id):
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
    if rule.action in ENDING:
        connection.execute(
            update(Run)
            .where(Run.id == judged.run_id, Run.end_position.is_(None), Run.state == "in_progress")
            .values(end_position=(last or 0) + 1)
        )


def standing_verdict(session: Session, run_id: int) -> Verdict:
    """What the rules that have fired so far ask for; of warnings the last one."""
    run = session.connection().execute(STANDING, {"run_id": run_id}).one()
    if run.end_position is not None:
        return Verdict("end")
    return Verdict() if run.warning is None else Verdict("warn", run.warning)


def is_preview(session: Session, participant_id: int) -> bool:
    """Whether this participant is a researcher who looks at the study."""
    query = select(Participant.is_preview).where(Participant.id == participant_id)
    return session.connection().scalars(query).one()


def is_ended_by_rule(session: Session, run: Run) -> bool:
    """Whether one of the rules that have fired in this run ends it."""
    ending = select(RuleEvent.id).where(RuleEvent.run_id == run.id, RuleEvent.action.in_(ENDING))
    return session.scalar(ending.limit(1)) is not None


def ends_participation(session: Session, participant_id: int, most_ended_levels: int) -> bool:
    """Whether the rules let this participant play no further: one of them said so, or so many runs
    were ended by one."""
    events = session.execute(
        select(RuleEvent.run_id, RuleEvent.action)
        .join(Run, Run.id == RuleEvent.run_id)
        .where(Run.participant_id == participant_id, RuleEvent.action.in_(ENDING))
    ).all()
    if any(event.action == "end_participation" for event in events):
        return True
    # Two rules may end the same level.
    return 0 < most_ended_levels <= len({event.run_id for event in events})
