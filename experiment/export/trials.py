"""Every shown trial with what the participant did: the table trials of docs/codebook.md."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from experiment.export.gaps import is_interrupted, lost_positions
from experiment.export.rows import ExportedRun, by_run
from experiment.export.tables import Value
from experiment.models import Image, Interruption, Response, Run, Trial


@dataclass(frozen=True, slots=True)
class FirstShowing:
    """Where and when an earlier run showed an image that comes back."""

    run_id: str
    started_at: datetime | None
    onset_ms: float | None  # since that run's first image; None: its response was lost


def trial_rows(session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
    """One row for each shown trial of these runs, in their order and by position."""
    keys = [run.key for run in runs]
    shown: dict[int, list[Any]] = {key: [] for key in keys}
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
            Response.had_focus,
        )
        .join(Response, (Response.run_id == Trial.run_id) & (Response.position == Trial.position))
        .join(Image, Image.id == Trial.image_id)
        .where(Trial.run_id.in_(keys))
        .order_by(Trial.position)
    ):
        shown[row[0]].append(row)
    interruptions = by_run(session, runs, Interruption.run_id, Interruption.position)
    showings = first_showings(session, keys)
    for run in runs:
        resumed = {position for _, position in interruptions[run.key]}
        stored = [row[2] for row in shown[run.key]]
        lost = lost_positions(run.lost_positions, run.end_position, stored)
        for (  # by place: names cost half of the time of an export
            _,
            level,
            position,
            image_id,
            phase,
            role,
            is_repeat,
            lag,
            key,
            rt_ms,
            onset_ms,
            offset_ms,
            frame_ms,
            dropped_frames,
            feedback_onset_ms,
            had_focus,
        ) in shown[run.key]:
            first = showings.get((run.key, position))
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
                onset_ms,
                offset_ms,
                frame_ms,
                dropped_frames,
                feedback_onset_ms,
                spans_gap(position, lag, first, resumed, lost),
                had_focus,
                None if first is None else first.run_id,
                None if first is None else delay_s(first, run, onset_ms),
            ]


def first_showings(
    session: Session, keys: Collection[int]
) -> Mapping[tuple[int, int], FirstShowing]:
    """For each repeat of an earlier run its first showing, by (Run.id, position) of the repeat."""
    first, answer = aliased(Trial), aliased(Response)
    found = session.execute(
        select(Trial.run_id, Trial.position, Run.public_id, Run.started_at, answer.onset_ms)
        .join(Run, Run.id == Trial.first_run_id)
        .outerjoin(
            first,
            (first.run_id == Trial.first_run_id)
            & (first.image_id == Trial.image_id)
            & first.is_repeat.is_(False),
        )
        .outerjoin(answer, (answer.run_id == first.run_id) & (answer.position == first.position))
        .where(Trial.run_id.in_(keys))
    )
    return {
        (run, position): FirstShowing(run_id, started_at, onset_ms)
        for run, position, run_id, started_at, onset_ms in found
    }


def spans_gap(
    position: int,
    lag: int | None,
    first: FirstShowing | None,
    resumed: Collection[int],
    lost: Collection[int],
) -> bool:
    """Whether a repeat's interval has a gap, or its first showing in an earlier run was lost."""
    if first is not None:
        return first.onset_ms is None
    return lag is not None and is_interrupted(position - lag, position, resumed, lost)


def delay_s(first: FirstShowing, run: ExportedRun, onset_ms: float) -> float | None:
    """Seconds from the onset of an image in an earlier run to its onset in this one."""
    if first.onset_ms is None or first.started_at is None or run.started_at is None:
        return None
    between_starts = (run.started_at - first.started_at).total_seconds()
    delay = round(between_starts + (onset_ms - first.onset_ms) / 1000, 3)
    return delay if delay >= 0 else None  # simulated people play faster than their own clocks
