"""Everybody in a study, a page at a time: counted by the database, a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from experiment.models import Participant, Study
from experiment.people.everybody import (
    Everybody,
    Show,
    Wanted,
    conditions,
    everybody,
    only_condition,
    shown,
)
from experiment.people.rates import Rates, rates_of
from experiment.people.standing import is_at_odds, is_real, standing
from experiment.results.blinding import is_hidden

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    key: int  # Participant.id
    public_id: str
    created_at: datetime
    standing: str  # of STANDINGS
    ended_at: datetime | None
    n_runs: int
    n_finished: int
    started_at: datetime | None  # the first image
    minutes: float | None  # of all finished runs, from their first image to their end
    n_flags: int
    n_exclusions: int
    is_excluded: bool  # all of their data
    recruiter_status: str | None
    has_identity: bool
    is_payable: bool
    is_at_odds: bool
    is_preview: bool
    is_simulated: bool
    rates: Rates | None  # None: hidden, or nothing was shown


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are to filter: by standing, and by each question that can be asked."""

    by_standing: Mapping[str, int]
    by_only: Mapping[str, int]
    by_show: Mapping[str, int]


def list_people(
    session: Session,
    study: Study,
    wanted: Wanted,
    *,
    offset: int = 0,
    after: int | None = None,
    limit: int = ON_A_PAGE,
) -> list[Listed]:
    """Some of a study's people.

    Parameters
    ----------
    offset
        Leave out so many.
    after
        Only those that come after this one (`Listed.key`) in the order of their coming; `wanted`
        must be sorted by that.
    """
    table = everybody(session, study)
    query = (
        select(*table.columns).select_from(table.joined).where(*conditions(study, wanted, table))
    )
    if after is not None:
        query = query.where(Participant.id < after if wanted.is_falling else Participant.id > after)
    rows = session.execute(
        query.order_by(*in_order(wanted, table)).offset(offset).limit(limit)
    ).all()
    keys = [row.key for row in rows]
    rates = {} if is_hidden(study) else rates_of(session, study, keys)
    return [listed(row, rates.get(row.key)) for row in rows]


def listed(row: Any, rates: Rates | None) -> Listed:
    """A line from its row."""
    values = row._asdict()
    seconds = values.pop("seconds")
    return Listed(**values, minutes=None if seconds is None else seconds / 60, rates=rates)


def count_people(session: Session, study: Study, wanted: Wanted) -> int:
    """How many people are wanted."""
    table = everybody(session, study)
    is_counted_of_each = wanted.only in ("flagged", "excluded")
    query = select(func.count()).select_from(table.joined if is_counted_of_each else Participant)
    return session.scalar(query.where(*conditions(study, wanted, table))) or 0


def count_to_filter(session: Session, study: Study, show: Show) -> Counts:
    """How many people each filter would leave."""
    table = everybody(session, study)
    where = [Participant.study_id == study.id, *shown(show)]
    ended = select(standing().label("standing")).where(*where).subquery()
    by_standing = session.execute(select(ended.c.standing, func.count()).group_by(ended.c.standing))
    only = {name: only_condition(name, table) for name in ("flagged", "excluded", "payable")}
    only["at_odds"] = is_at_odds()
    counted = session.execute(
        select(*(func.count(case((asked, 1))).label(name) for name, asked in only.items()))
        .select_from(table.joined)
        .where(*where)
    ).one()
    kinds = session.execute(
        select(
            func.count(case((is_real(), 1))).label("people"),
            func.count(
                case((and_(Participant.is_simulated, Participant.is_preview.is_(False)), 1))
            ).label("simulated"),
            func.count(case((Participant.is_preview, 1))).label("previews"),
        ).where(Participant.study_id == study.id)
    ).one()
    return Counts(
        by_standing={row[0]: row[1] for row in by_standing},
        by_only=counted._asdict(),
        by_show=kinds._asdict(),
    )


def in_order(wanted: Wanted, table: Everybody) -> list[Any]:
    """What the list is sorted by; who has nothing to sort by comes last."""
    by: dict[str, Any] = {
        "outcome": standing(),
        "runs": func.coalesce(table.runs.c.n, 0),
        "minutes": table.runs.c.seconds,
        "flags": func.coalesce(table.flags.c.n, 0),
        "exclusions": func.coalesce(table.exclusions.c.n, 0),
        "recruiter": Participant.recruiter_status,
    }
    came = Participant.id.desc() if wanted.is_falling else Participant.id.asc()
    if wanted.sort == "came":
        return [came]
    column = by[wanted.sort]
    return [(column.desc() if wanted.is_falling else column.asc()).nulls_last(), came]
