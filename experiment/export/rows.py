"""Runs and what happened around them, row by row: columns of docs/codebook.md from the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from experiment.export.gaps import lost_positions
from experiment.export.tables import Value, iso
from experiment.models import (
    BrowserEvent,
    Consent,
    Interruption,
    Participant,
    Response,
    ResponseConflict,
    RuleEvent,
    Run,
    Study,
    Trial,
)


@dataclass(frozen=True, slots=True)
class ExportedRun:
    """What every row of a run needs to know of it."""

    key: int  # Run.id
    run_id: str
    participant_id: str
    number: int
    state: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    end_position: int | None  # nothing from here on was to be shown
    device_class: str | None
    lost_positions: tuple[int, ...]
    early_key_ms: float  # a key before that, since the image's onset, is flagged
    is_preview: bool
    is_simulated: bool


def wanted(
    study: Study, include_simulated: bool, include_preview: bool
) -> list[ColumnElement[bool]]:
    """Which participants are exported: those who agreed and did not take it back."""
    agreed = select(Consent.participant_id).where(
        Consent.study_id == study.id, Consent.revoked_at.is_(None)
    )
    conditions: list[ColumnElement[bool]] = [Participant.id.in_(agreed)]
    if not include_simulated:
        conditions.append(Participant.is_simulated.is_(False))
    if not include_preview:
        conditions.append(Participant.is_preview.is_(False))
    return conditions


def load_runs(session: Session, study: Study, keys: Sequence[int]) -> list[ExportedRun]:
    """The runs with these keys, in their order."""
    runs = {run.key: run for run in select_runs(session, study, Run.id.in_(keys))}
    return [runs[key] for key in keys]


def select_runs(
    session: Session, study: Study, *conditions: ColumnElement[bool]
) -> Iterator[ExportedRun]:
    """The runs of which this is true, in no order."""
    for run, person in session.execute(
        select(Run, Participant)
        .join(Participant, Participant.id == Run.participant_id)
        .where(*conditions)
    ):
        yield ExportedRun(
            key=run.id,
            run_id=run.public_id,
            participant_id=person.public_id,
            number=run.number,
            state=run.state,
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            outcome=run.outcome,
            end_position=run.end_position,
            device_class=run.device.get("device_class"),
            lost_positions=tuple(run.lost_positions),
            early_key_ms=float(study.paradigm["early_key_ms"]),
            is_preview=person.is_preview,
            is_simulated=person.is_simulated,
        )


def by_run(
    session: Session, runs: Sequence[ExportedRun], *columns: Any
) -> dict[int, list[tuple[Any, ...]]]:
    """Rows of one table, whose first column is its run_id, gathered by run."""
    gathered: dict[int, list[tuple[Any, ...]]] = {run.key: [] for run in runs}
    for row in session.execute(select(*columns).where(columns[0].in_(list(gathered)))):
        gathered[row[0]].append(tuple(row))
    return gathered


def count_by_run(session: Session, runs: Sequence[ExportedRun], run_id: Any) -> Mapping[int, int]:
    """How many rows of a table each run has."""
    keys = [run.key for run in runs]
    counted = session.execute(select(run_id, func.count()).where(run_id.in_(keys)).group_by(run_id))
    return {key: int(count) for key, count in counted}


def run_rows(session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
    """One row for each of these runs, whether or not anything was shown."""
    planned = count_by_run(session, runs, Trial.run_id)
    interruptions = count_by_run(session, runs, Interruption.run_id)
    conflicts = count_by_run(session, runs, ResponseConflict.run_id)
    stored = by_run(session, runs, Response.run_id, Response.position)
    for run in runs:
        lost = lost_positions(
            run.lost_positions, run.end_position, [position for _, position in stored[run.key]]
        )
        yield [
            run.run_id,
            run.participant_id,
            run.number,
            run.state,
            iso(run.created_at),
            iso(run.started_at),
            iso(run.finished_at),
            run.device_class,
            planned.get(run.key, 0),
            len(lost),
            interruptions.get(run.key, 0),
            conflicts.get(run.key, 0),
            run.is_preview,
            run.is_simulated,
            run.outcome,
            run.end_position,
        ]


def rule_event_rows(session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
    """The attention rules that fired in these runs, in the order in which they did."""
    fired = by_run(
        session,
        runs,
        RuleEvent.run_id,
        RuleEvent.level,
        RuleEvent.rule,
        RuleEvent.measure,
        RuleEvent.value,
        RuleEvent.n,
        RuleEvent.threshold,
        RuleEvent.action,
        RuleEvent.position,
        RuleEvent.fired_at,
    )
    for run in runs:
        for _, level, rule, *numbers, position, fired_at in sorted(
            fired[run.key], key=lambda event: (event[8], event[1], event[2])
        ):
            yield [run.run_id, level, rule, *numbers, position, iso(fired_at)]


def event_rows(session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
    """What disturbed these runs, by time. An ``interruption`` stands at the position where the run
    went on; its time is the server's, since the start of the run; the others are the browser's."""
    events = by_run(
        session,
        runs,
        BrowserEvent.run_id,
        BrowserEvent.at_ms,
        BrowserEvent.event,
        BrowserEvent.position,
        BrowserEvent.event_id,
    )
    interruptions = by_run(
        session, runs, Interruption.run_id, Interruption.position, Interruption.resumed_at
    )
    for run in runs:
        found = [
            (at_ms, event, position, own_id)
            for _, at_ms, event, position, own_id in events[run.key]
        ]
        for _, position, resumed_at in interruptions[run.key]:
            since = resumed_at - (run.started_at or run.created_at)
            found.append((since.total_seconds() * 1000.0, "interruption", position, ""))
        for at_ms, event, position, _ in sorted(
            found, key=lambda e: (e[0], e[1], -1 if e[2] is None else e[2], e[3])
        ):
            yield [run.run_id, position, event, at_ms]
