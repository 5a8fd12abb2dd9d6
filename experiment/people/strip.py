"""The responses of a run as a strip of images, each with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.export.gaps import lost_positions
from experiment.models import Image, Response, Run, Trial


@dataclass(frozen=True, slots=True)
class Showing:
    """One image of the strip."""

    position: int
    image_id: str
    sha256: str
    role: str
    is_repeat: bool
    lag: int | None
    # hit, miss, false_alarm, correct_rejection; studied (is there to be remembered); lost
    outcome: str
    rt_ms: float | None
    is_early: bool  # too early to be an answer to this image


@dataclass(frozen=True, slots=True)
class Level:
    """The showings of a level, by position."""

    level: int
    phase: str
    showings: tuple[Showing, ...]


def trials_of(session: Session, run: Run) -> Sequence[Any]:
    """The planned trials of a run with what was measured of each, by position; columns of a
    response are None where there is none."""
    return session.execute(
        select(
            Trial.position,
            Trial.level,
            Trial.phase,
            Trial.role,
            Trial.is_repeat,
            Trial.lag,
            Trial.stimulus_ms,
            Trial.gap_ms,
            Image.image_id,
            Image.sha256,
            Response.key,
            Response.rt_ms,
            Response.onset_ms,
            Response.offset_ms,
            Response.frame_ms,
            Response.dropped_frames,
        )
        .join(Image, Image.id == Trial.image_id)
        .outerjoin(
            Response, (Response.run_id == Trial.run_id) & (Response.position == Trial.position)
        )
        .where(Trial.run_id == run.id)
        .order_by(Trial.position)
    ).all()


def strip_of(run: Run, trials: Sequence[Any], early_key_ms: float) -> tuple[Level, ...]:
    """The strip of a run: what was shown, and what was lost, level by level."""
    stored = [trial.position for trial in trials if trial.onset_ms is not None]
    lost = lost_positions(run.lost_positions, run.end_position, stored)
    levels: dict[tuple[int, str], list[Showing]] = {}
    for trial in trials:
        if trial.onset_ms is None and trial.position not in lost:
            continue
        levels.setdefault((trial.level, trial.phase), []).append(
            Showing(
                position=trial.position,
                image_id=trial.image_id,
                sha256=trial.sha256,
                role=trial.role,
                is_repeat=trial.is_repeat,
                lag=trial.lag,
                outcome=outcome_of(trial),
                rt_ms=trial.rt_ms,
                is_early=trial.rt_ms is not None and trial.rt_ms < early_key_ms,
            )
        )
    return tuple(Level(level, phase, tuple(found)) for (level, phase), found in levels.items())


def outcome_of(trial: Any) -> str:
    """What became of a trial."""
    if trial.onset_ms is None:
        return "lost"
    if trial.is_repeat:
        return "miss" if trial.key is None else "hit"
    if trial.phase == "study":
        return "studied"
    return "correct_rejection" if trial.key is None else "false_alarm"
