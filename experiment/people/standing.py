"""How somebody stands: here, at the recruiter, and where the two are at odds. As SQL conditions."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, and_, case, cast, extract, func, or_

from experiment.models import OUTCOMES, Participant

UNENDED = ("in_progress", "lapsed")
STANDINGS = (*OUTCOMES, *UNENDED)
PAID_FOR = ("completed",)  # outcomes that are paid for unless a researcher says otherwise
# Who gave the place back at the recruiter, or lost it there: never paid for.
GIVEN_BACK = ("returned", "timed_out")
SETTLED = ("approved", "rejected")  # the recruiter needs nothing more from us


def standing() -> ColumnElement[str]:
    """The outcome; of who has not ended `in_progress` while a place is kept, else `lapsed`."""
    return case(
        (Participant.outcome.is_not(None), Participant.outcome),
        (Participant.reserved_until > datetime.now(UTC), "in_progress"),
        else_="lapsed",
    )


def is_real() -> ColumnElement[bool]:
    """Neither a preview nor simulated."""
    return and_(Participant.is_preview.is_(False), Participant.is_simulated.is_(False))


def is_payable(outcomes: tuple[str, ...] = PAID_FOR) -> ColumnElement[bool]:
    """To be paid for: it ended so, and the recruiter's list does not say that it is settled, was
    returned or timed out. What is left out of the scores is paid for like everything else."""
    return and_(
        is_real(),
        Participant.outcome.in_(outcomes),
        or_(
            Participant.recruiter_status.is_(None),
            Participant.recruiter_status.not_in((*GIVEN_BACK, *SETTLED)),
        ),
    )


def gets_bonus(outcomes: tuple[str, ...]) -> ColumnElement[bool]:
    """May be paid a bonus: like who is to be paid, and who is approved, too."""
    return and_(
        is_real(),
        Participant.outcome.in_(outcomes),
        or_(
            Participant.recruiter_status.is_(None),
            Participant.recruiter_status.not_in((*GIVEN_BACK, "rejected")),
        ),
    )


def is_at_odds() -> ColumnElement[bool]:
    """The recruiter says one thing and this study another: somebody completed it who gave the place
    back there, or handed in there what was not completed here."""
    return and_(
        is_real(),
        or_(
            and_(
                Participant.outcome == "completed",
                Participant.recruiter_status.in_(GIVEN_BACK),
            ),
            and_(
                Participant.outcome.is_(None),
                Participant.recruiter_status.in_(("awaiting", "approved")),
            ),
        ),
    )


def seconds_between(dialect: str, start: Any, end: Any) -> ColumnElement[float]:
    """Seconds from one time to another, by the database."""
    if dialect == "postgresql":
        return cast(extract("epoch", end - start), Double)
    return cast((func.julianday(end) - func.julianday(start)) * 86400.0, Double)
