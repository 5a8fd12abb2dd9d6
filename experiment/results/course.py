"""How far people got: who left where, and how long it took, counted by the database."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.export.rows import wanted
from experiment.models import Participant, Response, Run, Study, Trial

ENDINGS = ("whole", "attention", "stopped", "left")


@dataclass(frozen=True, slots=True)
class Reached:
    """How many runs got at least so far."""

    position: int  # trials answered, from 0
    n_runs: int
    share: float  # of those that began


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a run, and how many runs got to its end."""

    level: int  # 1-based
    last_position: int
    n_reached_end: int
    share: float  # of those that began


@dataclass(frozen=True, slots=True)
class RunCourse:
    """How far the participants' first, second … runs got that are over."""

    number: int  # 1-based
    n_trials: int
    n_over: int  # ended in some way, or left for longer than a place is kept
    n_playing: int  # not over; not among what follows
    endings: dict[str, int]  # each of ENDINGS → runs
    levels: tuple[Level, ...]
    curve: tuple[Reached, ...]  # where it falls, from all to those that got to the end

    @property
    def completion(self) -> float | None:
        """Share of the runs that are over that were played to the end."""
        return self.endings["whole"] / self.n_over if self.n_over else None


@dataclass(frozen=True, slots=True)
class Course:
    """How far people got in a study."""

    n_agreed: int
    runs: tuple[RunCourse, ...]  # by number; none where nobody has begun
    median_minutes: float | None  # from the first image to the end, finished runs
    n_responses: int  # stored trials, with or without a key


@dataclass(frozen=True, slots=True)
class Played:
    """One run as far as it got."""

    key: int
    number: int
    n_answered: int  # the position after the last one that is stored
    ending: str | None  # one of ENDINGS; None: somebody plays it
    minutes: float | None


def course(session: Session, study: Study, *, include_simulated: bool) -> Course:
    """How far the runs of a study got that have begun."""
    chosen = wanted(study, include_simulated, include_preview=False)
    played = played_runs(session, study, chosen)
    numbers = sorted({run.number for run in played})
    minutes = [run.minutes for run in played if run.minutes is not None]
    n_agreed = session.scalar(
        select(func.count())
        .select_from(Participant)
        .where(Participant.study_id == study.id, *chosen)
    )
    return Course(
        n_agreed=n_agreed or 0,
        runs=tuple(
            of_number(session, number, [run for run in played if run.number == number])
            for number in numbers
        ),
        median_minutes=median(minutes) if minutes else None,
        n_responses=count_responses(session, study, chosen),
    )


def played_runs(session: Session, study: Study, chosen: list[Any]) -> list[Played]:
    """Every run that has begun."""
    last = select(func.max(Response.position)).where(Response.run_id == Run.id).scalar_subquery()
    rows = session.execute(
        select(
            Run.id,
            Run.number,
            Run.state,
            Run.outcome,
            Run.reserved_until,
            Run.started_at,
            Run.finished_at,
            last.label("last"),
        )
        .join(Participant, Participant.id == Run.participant_id)
        .where(Run.study_id == study.id, Run.started_at.is_not(None), *chosen)
    )
    now = datetime.now(UTC)
    return [
        Played(
            key=row.id,
            number=row.number,
            n_answered=0 if row.last is None else row.last + 1,
            ending=row.outcome or ("left" if row.reserved_until <= now else None),
            minutes=None
            if row.finished_at is None
            else (row.finished_at - row.started_at).total_seconds() / 60,
        )
        for row in rows
    ]


def of_number(session: Session, number: int, played: list[Played]) -> RunCourse:
    """How far the runs of one number got."""
    over = [run for run in played if run.ending is not None]
    endings = Counter(run.ending for run in over)
    ends = level_ends(session, played[-1].key)
    reached = [run.n_answered for run in over]

    def share(n: int) -> float:
        return n / len(over) if over else 0.0

    levels = []
    for level, last_position in ends:
        n = sum(n_answered > last_position for n_answered in reached)
        levels.append(Level(level, last_position, n, share(n)))
    return RunCourse(
        number=number,
        n_trials=1 + max(last for _, last in ends),
        n_over=len(over),
        n_playing=len(played) - len(over),
        endings={name: endings[name] for name in ENDINGS},
        levels=tuple(levels),
        curve=tuple(Reached(p, n, share(n)) for p, n in at_least(reached)),
    )


def level_ends(session: Session, run_id: int) -> list[tuple[int, int]]:
    """(level, position of its last trial) of a run; those of one number are all alike."""
    rows = session.execute(
        select(Trial.level, func.max(Trial.position))
        .where(Trial.run_id == run_id)
        .group_by(Trial.level)
        .order_by(Trial.level)
    )
    return [(level, last) for level, last in rows]


def at_least(reached: list[int]) -> list[tuple[int, int]]:
    """(position, how many got at least so far), from 0, at each position that somebody reached."""
    stopped = Counter(reached)
    left, steps = len(reached), []
    for position in sorted({0, *stopped} if reached else ()):
        steps.append((position, left))
        left -= stopped[position]
    return steps


def count_responses(session: Session, study: Study, chosen: list[Any]) -> int:
    """Stored trials."""
    runs = (
        select(Run.id)
        .join(Participant, Participant.id == Run.participant_id)
        .where(Run.study_id == study.id, *chosen)
    )
    query = select(func.count()).select_from(Response).where(Response.run_id.in_(runs))
    return session.scalar(query) or 0
