"""What happened, row by row: the columns of docs/codebook.md from the database."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from experiment.export.tables import Value, iso
from experiment.models import (
    BrowserEvent,
    Consent,
    Image,
    Interruption,
    Participant,
    Response,
    ResponseConflict,
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
    device_class: str | None
    lost_positions: tuple[int, ...]
    early_key_ms: float  # a key before that, since the image's onset, is flagged
    is_preview: bool
    is_simulated: bool


def wanted(include_simulated: bool, include_preview: bool) -> list[ColumnElement[bool]]:
    """Which participants are exported."""
    conditions: list[ColumnElement[bool]] = []
    if not include_simulated:
        conditions.append(Participant.is_simulated.is_(False))
    if not include_preview:
        conditions.append(Participant.is_preview.is_(False))
    return conditions


def participant_rows(
    session: Session, study: Study, *, include_simulated: bool, include_preview: bool
) -> Iterator[list[Value]]:
    """Everybody who agreed to take part, by participant_id; the state is that of their runs."""
    states: dict[int, set[str]] = {}
    for participant, state in session.execute(
        select(Run.participant_id, Run.state).where(Run.study_id == study.id)
    ):
        states.setdefault(participant, set()).add(state)
    people = session.execute(
        select(
            Participant.id,
            Participant.public_id,
            Participant.created_at,
            Participant.is_preview,
            Participant.is_simulated,
        )
        .join(Consent, Consent.participant_id == Participant.id)
        .where(Consent.study_id == study.id, *wanted(include_simulated, include_preview))
    )
    for key, public_id, created_at, is_preview, is_simulated in sorted(people, key=lambda p: p[1]):
        state = participant_state(states.get(key, set()))
        yield [public_id, state, iso(created_at), is_preview, is_simulated]


def participant_state(run_states: Collection[str]) -> str:
    """``in_progress`` while a run is, ``finished`` when one is and none is in progress."""
    for state in ("in_progress", "finished"):
        if state in run_states:
            return state
    return "consented"


def read_runs(
    session: Session, study: Study, *, include_simulated: bool, include_preview: bool
) -> list[ExportedRun]:
    """The study's runs by participant_id and number; sorted here, as each database has its own
    idea of the order of texts."""
    found = session.execute(
        select(Run, Participant)
        .join(Participant, Participant.id == Run.participant_id)
        .where(Run.study_id == study.id, *wanted(include_simulated, include_preview))
    )
    runs = [
        ExportedRun(
            key=run.id,
            run_id=run.public_id,
            participant_id=person.public_id,
            number=run.number,
            state=run.state,
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            device_class=run.device.get("device_class"),
            lost_positions=tuple(run.lost_positions),
            early_key_ms=float(study.paradigm["early_key_ms"]),
            is_preview=person.is_preview,
            is_simulated=person.is_simulated,
        )
        for run, person in found
    ]
    return sorted(runs, key=lambda run: (run.participant_id, run.number))


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


def is_interrupted(
    first: int, repeat: int, resumed: Collection[int], lost: Collection[int]
) -> bool:
    """Whether the interval of a pair spans a gap in the run.

    Parameters
    ----------
    first, repeat
        0-based positions of the two showings.
    resumed
        Positions at which the run went on after an interruption.
    lost
        Positions that were shown or skipped, and have no response: what is not known to have been
        shown, the first showing included, makes the interval unknown.
    """
    return any(first < position <= repeat for position in resumed) or any(
        first <= position < repeat for position in lost
    )


def lost_positions(run: ExportedRun, stored: Collection[int]) -> set[int]:
    """Positions that were shown or skipped and have no response.

    Those that the browser gave up, and in a run that has not ended those before its last response.
    """
    gaps = range(max(stored, default=0))
    return {*run.lost_positions, *gaps} - set(stored)


def trial_rows(session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
    """One row for each shown trial of these runs, in their order and by position."""
    keys = [run.key for run in runs]
    shown: dict[int, list[tuple[Any, ...]]] = {key: [] for key in keys}
    for row in session.execute(
        select(
            Trial.run_id,
            Trial.level,
            Trial.position,
            Image.image_id,
            Trial.phase,
            Trial.role,
            Trial.is_repeat,
            Trial.lag,
            Response.key,
            Response.rt_ms,
            Response.onset_ms,
            Response.offset_ms,
            Response.frame_ms,
            Response.dropped_frames,
            Response.feedback_onset_ms,
        )
        .join(Response, (Response.run_id == Trial.run_id) & (Response.position == Trial.position))
        .join(Image, Image.id == Trial.image_id)
        .where(Trial.run_id.in_(keys))
        .order_by(Trial.position)
    ):
        shown[row[0]].append(tuple(row))
    interruptions = by_run(session, runs, Interruption.run_id, Interruption.position)
    for run in runs:
        resumed = {position for _, position in interruptions[run.key]}
        lost = lost_positions(run, [row[2] for row in shown[run.key]])
        for _, level, position, image_id, phase, role, is_repeat, lag, key, rt_ms, *times in shown[
            run.key
        ]:
            yield [
                run.participant_id,
                run.run_id,
                run.number,
                level,
                position,
                image_id,
                phase,
                role,
                is_repeat,
                lag,
                None if lag is None else lag - 1,
                key is not None,
                key,
                rt_ms,
                None if rt_ms is None else rt_ms < run.early_key_ms,
                *times,
                lag is not None and is_interrupted(position - lag, position, resumed, lost),
            ]


def run_rows(session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
    """One row for each of these runs, whether or not anything was shown."""
    planned = count_by_run(session, runs, Trial.run_id)
    interruptions = count_by_run(session, runs, Interruption.run_id)
    conflicts = count_by_run(session, runs, ResponseConflict.run_id)
    stored = by_run(session, runs, Response.run_id, Response.position)
    for run in runs:
        lost = lost_positions(run, [position for _, position in stored[run.key]])
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
        ]


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
