"""How somebody answered: hits and false alarms at the targets, counted by the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from experiment.models import Response, Run, Study, Trial


@dataclass(frozen=True, slots=True)
class Rates:
    """How a participant answered the targets; a rate without a trial is None."""

    hits: int
    repeats: int
    false_alarms: int
    firsts: int

    @property
    def hit_rate(self) -> float | None:
        """Share of repeats with a key."""
        return self.hits / self.repeats if self.repeats else None

    @property
    def false_alarm_rate(self) -> float | None:
        """Share of first showings with a key."""
        return self.false_alarms / self.firsts if self.firsts else None


def rates_of(session: Session, study: Study, keys: Sequence[int]) -> dict[int, Rates]:
    """How each of these participants answered targets (new images of a test count with their first
    showings; what is only studied enters no rate), by Participant.id."""
    pressed = Response.key.is_not(None)
    is_first = and_(
        Trial.is_repeat.is_(False), Trial.phase != "study", Trial.role.in_(("target", "lure"))
    )
    is_repeat = and_(Trial.is_repeat, Trial.role == "target")
    rows = session.execute(
        select(
            Run.participant_id,
            func.count(case((and_(is_repeat, pressed), 1))),
            func.count(case((is_repeat, 1))),
            func.count(case((and_(is_first, pressed), 1))),
            func.count(case((is_first, 1))),
        )
        .join(Trial, Trial.run_id == Run.id)
        .join(Response, (Response.run_id == Trial.run_id) & (Response.position == Trial.position))
        .where(Run.participant_id.in_(keys), Run.study_id == study.id, or_(is_repeat, is_first))
        .group_by(Run.participant_id)
    )
    return {row[0]: Rates(*row[1:]) for row in rows}
