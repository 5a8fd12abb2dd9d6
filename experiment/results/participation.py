"""Who came and how it ended, which rules fired, what was flagged: counted by the database.

Previews count nowhere.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from experiment.models import OUTCOMES, Flag, Participant, RuleEvent, Run, Study

UNENDED = ("in_progress", "lapsed")
ALWAYS_SHOWN = ("completed", "in_progress", "lapsed")


@dataclass(frozen=True, slots=True)
class FiredRule:
    """An attention rule that fired."""

    rule: str
    action: str
    n_events: int
    n_participants: int


@dataclass(frozen=True, slots=True)
class RaisedFlag:
    """A kind of oddity that was seen."""

    kind: str
    n_participants: int


@dataclass(frozen=True, slots=True)
class Participation:
    """Everybody who pressed the button of the welcome page, and what is known of them."""

    outcomes: dict[str, int]  # each of OUTCOMES and UNENDED → participants
    rules: tuple[FiredRule, ...]  # by name
    flags: tuple[RaisedFlag, ...]  # by kind

    @property
    def n_participants(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def shown(self) -> dict[str, int]:
        """The outcomes that the page shows: some always, the others once there are any."""
        order = ("completed", *UNENDED, *OUTCOMES)
        return {
            name: self.outcomes[name]
            for name in order
            if name in ALWAYS_SHOWN or self.outcomes[name]
        }


def participation(session: Session, study: Study, *, include_simulated: bool) -> Participation:
    """Count a study's participants by outcome, its rules that fired, and its flags."""
    chosen = [Participant.study_id == study.id, Participant.is_preview.is_(False)]
    if not include_simulated:
        chosen.append(Participant.is_simulated.is_(False))
    fired = session.execute(
        select(
            RuleEvent.rule,
            RuleEvent.action,
            func.count(),
            func.count(Run.participant_id.distinct()),
        )
        .join(Run, Run.id == RuleEvent.run_id)
        .join(Participant, Participant.id == Run.participant_id)
        .where(*chosen)
        .group_by(RuleEvent.rule, RuleEvent.action)
    )
    raised = session.execute(
        select(Flag.kind, func.count(Flag.participant_id.distinct()))
        .join(Participant, Participant.id == Flag.participant_id)
        .where(*chosen)
        .group_by(Flag.kind)
    )
    return Participation(
        outcomes=count_outcomes(session, chosen),
        rules=tuple(FiredRule(*row) for row in sorted(fired, key=lambda row: (row[0], row[1]))),
        flags=tuple(RaisedFlag(*row) for row in sorted(raised, key=lambda row: row[0])),
    )


def count_outcomes(session: Session, chosen: list[ColumnElement[bool]]) -> dict[str, int]:
    """Participants by how it ended; who has not ended is in progress while a place is kept."""
    outcome = case(
        (Participant.outcome.is_not(None), Participant.outcome),
        (Participant.reserved_until > datetime.now(UTC), "in_progress"),
        else_="lapsed",
    ).label("ended")
    ended = select(outcome).where(*chosen).subquery()
    counted = session.execute(select(ended.c.ended, func.count()).group_by(ended.c.ended))
    return dict.fromkeys((*OUTCOMES, *UNENDED), 0) | {row[0]: row[1] for row in counted}
