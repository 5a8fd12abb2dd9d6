"""The people of a study with what is counted of each, as one join to select, filter and sort."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Select, cast, false, func, select, type_coerce
from sqlalchemy.orm import Session

from experiment.models import Exclusion, Flag, Identity, Participant, Run, Study, UtcDateTime
from experiment.people.standing import is_at_odds, is_payable, is_real, seconds_between, standing

Sort = Literal["came", "outcome", "runs", "minutes", "flags", "exclusions", "recruiter"]
Only = Literal["flagged", "excluded", "payable", "at_odds"]
Show = Literal["people", "simulated", "previews"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people, and in what order."""

    show: Show = "people"
    outcome: str | None = None  # one of STANDINGS
    only: Only | None = None
    recruiter_status: str | None = None
    id_begins: str = ""
    sort: Sort = "came"
    is_falling: bool = True  # the latest, or the most, first


@dataclass(frozen=True, slots=True)
class Everybody:
    """Participants joined with what is counted of each."""

    joined: Any
    columns: Sequence[Any]
    flags: Any
    exclusions: Any
    runs: Any


def everybody(session: Session, study: Study) -> Everybody:
    """The join that the list is selected from."""
    of_study = select(Participant.id).where(Participant.study_id == study.id)
    seconds = seconds_between(session.connection().dialect.name, Run.started_at, Run.finished_at)
    runs = (
        select(
            Run.participant_id,
            func.count().label("n"),
            func.count(Run.finished_at).label("n_finished"),
            func.min(Run.started_at).label("started_at"),
            func.sum(seconds).label("seconds"),
        )
        .where(Run.study_id == study.id)
        .group_by(Run.participant_id)
        .subquery()
    )
    flags = counted(Flag, of_study)
    whole = func.max(cast(Exclusion.run_id.is_(None), Integer)).label("whole")
    exclusions = counted(Exclusion, of_study, whole)
    joined = (
        Participant.__table__.outerjoin(runs, runs.c.participant_id == Participant.id)
        .outerjoin(flags, flags.c.participant_id == Participant.id)
        .outerjoin(exclusions, exclusions.c.participant_id == Participant.id)
        .outerjoin(Identity.__table__, Identity.participant_id == Participant.id)
    )
    columns = [
        Participant.id.label("key"),
        Participant.public_id,
        Participant.created_at,
        standing().label("standing"),
        Participant.ended_at,
        func.coalesce(runs.c.n, 0).label("n_runs"),
        func.coalesce(runs.c.n_finished, 0).label("n_finished"),
        type_coerce(runs.c.started_at, UtcDateTime).label("started_at"),
        runs.c.seconds,
        func.coalesce(flags.c.n, 0).label("n_flags"),
        func.coalesce(exclusions.c.n, 0).label("n_exclusions"),
        (func.coalesce(exclusions.c.whole, 0) == 1).label("is_excluded"),
        Participant.recruiter_status,
        Identity.participant_id.is_not(None).label("has_identity"),
        func.coalesce(is_payable(), false()).label("is_payable"),
        func.coalesce(is_at_odds(), false()).label("is_at_odds"),
        Participant.is_preview,
        Participant.is_simulated,
    ]
    return Everybody(joined, columns, flags, exclusions, runs)


def counted(table: type[Flag | Exclusion], of_study: Select[int], *more: Any) -> Any:
    """Rows of a table by participant."""
    return (
        select(table.participant_id, func.count().label("n"), *more)
        .where(table.participant_id.in_(of_study))
        .group_by(table.participant_id)
        .subquery()
    )


def conditions(study: Study, wanted: Wanted, table: Everybody) -> list[ColumnElement[bool]]:
    """Which participants are wanted."""
    asked = [Participant.study_id == study.id, *shown(wanted.show)]
    if wanted.outcome is not None:
        asked.append(standing() == wanted.outcome)
    if wanted.only is not None:
        asked.append(only_condition(wanted.only, table))
    if wanted.recruiter_status is not None:
        asked.append(Participant.recruiter_status == wanted.recruiter_status)
    if wanted.id_begins:
        asked.append(Participant.public_id.startswith(wanted.id_begins, autoescape=True))
    return asked


def shown(show: Show) -> list[ColumnElement[bool]]:
    """People, simulated ones or previews: never mixed, as they are told apart nowhere else."""
    match show:
        case "people":
            return [is_real()]
        case "simulated":
            return [Participant.is_simulated.is_(True), Participant.is_preview.is_(False)]
    return [Participant.is_preview.is_(True)]


def show_of(person: Participant) -> Show:
    """Among which people somebody is shown."""
    if person.is_preview:
        return "previews"
    return "simulated" if person.is_simulated else "people"


def only_condition(only: str, table: Everybody) -> ColumnElement[bool]:
    """One of the questions that can be asked of everybody."""
    match only:
        case "flagged":
            flagged: ColumnElement[bool] = table.flags.c.n > 0
            return flagged
        case "excluded":
            excluded: ColumnElement[bool] = table.exclusions.c.n > 0
            return excluded
        case "payable":
            return is_payable()
    return is_at_odds()
