"""Statistics that took long to compute, in the database, so that every worker has the same."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import hitrate
from experiment.models import Computed, Study
from experiment.results.version import DECIDED

SHORTEST = 5.0  # seconds from one computation to the next
SHARE = 20.0  # and at least so many times as long as the last one took,
LONGEST = 300.0  # but not longer than this


@dataclass(frozen=True, slots=True)
class Kept:
    """Statistics as they were computed last."""

    value: dict[str, Any]
    as_of: datetime  # when its data were read
    seconds: float  # that they took
    is_current: bool  # nothing has changed since
    has_decisions: bool = True  # nobody has decided anything since, such as whom to leave out

    @property
    def is_due(self) -> bool:
        """Whether they are to be computed again: at once after a decision, which somebody wants to
        see, but not all the time while people play."""
        pause = min(LONGEST, max(SHORTEST, SHARE * self.seconds))
        is_over = datetime.now(UTC) - self.as_of > timedelta(seconds=pause + self.seconds)
        return not self.is_current and (is_over or not self.has_decisions)


def find_kept(session: Session, study: Study, kind: str, version: str) -> Kept | None:
    """Statistics of a study as they were computed last; None: they never were, or by another
    version of hitrate, which may have kept other things."""
    row = session.execute(
        select(Computed.value, Computed.version, Computed.computed_at, Computed.seconds).where(
            Computed.study_id == study.id, Computed.kind == kind
        )
    ).one_or_none()
    if row is None:
        return None
    software, _, kept_version = row.version.partition(" ")
    if software != hitrate.__version__:
        return None
    return Kept(
        value=row.value,
        as_of=row.computed_at,
        seconds=row.seconds,
        is_current=kept_version == version,
        has_decisions=kept_version[:DECIDED] == version[:DECIDED],
    )


def keep(
    session: Session,
    study: Study,
    kind: str,
    version: str,
    value: dict[str, Any],
    as_of: datetime,
    seconds: float,
) -> None:
    """Keep statistics in place of the last ones."""
    session.merge(
        Computed(
            study_id=study.id,
            kind=kind,
            version=f"{hitrate.__version__} {version}",
            value=value,
            computed_at=as_of,
            seconds=seconds,
        )
    )
