"""What a recruiter's list of statuses would change, and changing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError
from experiment.models import Identity, Participant, Run, Study
from experiment.people.standing import GIVEN_BACK, is_real
from experiment.people.status_files import StatusFile, StatusLine
from experiment.people.words import RECRUITER_STATUSES, STANDINGS
from experiment.places import queue_up
from experiment.recruitment.arrivals import recruitment_of
from experiment.recruitment.endings import text_of

SUBMISSION_PARAMETERS = {"prolific": "SESSION_ID", "mturk": "assignmentId"}
# Of several submissions of one person, the one that is best for them counts.
BEST_FIRST = ("approved", "awaiting", "active", "rejected", "timed_out", "returned")


@dataclass(frozen=True, slots=True)
class Change:
    """A participant whose status at the recruiter is told anew."""

    key: int  # Participant.id
    public_id: str
    before: str | None
    after: str
    frees: bool  # a place or images that are still promised to them


@dataclass(frozen=True, slots=True)
class Hint:
    """Where the recruiter's list and this study are at odds."""

    public_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Import:
    """What a list would do, or has done."""

    changes: tuple[Change, ...]
    n_same: int  # participants of whom it says what is known
    unknown: tuple[StatusLine, ...]  # ids that nobody here has
    absent: tuple[str, ...]  # public ids of who ended here and is not on the list
    hints: tuple[Hint, ...]
    not_understood: tuple[str, ...]


def compare_statuses(session: Session, study: Study, file: StatusFile) -> Import:
    """What a list would change; changes nothing.

    Raises
    ------
    ConflictError
        If the study gets its people from no recruiter.
    """
    recruitment = recruitment_of(study)
    if recruitment["kind"] == "none":
        raise ConflictError(f"{study.slug} gets its people from no recruiter; nobody has an id")
    people = known_people(session, study, recruitment["kind"])
    by_id = chosen_lines(file.lines, people, recruitment["kind"])
    now = datetime.now(UTC)
    promised = promised_runs(session, study, now)
    changes, hints, n_same = [], [], 0
    for external_id, line in by_id.items():
        person = people.get(external_id)
        if person is None:
            continue
        if words := odds_of(person, line, recruitment["codes"]):
            hints.append(Hint(person.public_id, words))
        holds = person.outcome is None and person.reserved_until > now
        frees = line.status in GIVEN_BACK and (holds or person.key in promised)
        if person.recruiter_status == line.status and not frees:
            n_same += 1
            continue
        changes.append(
            Change(person.key, person.public_id, person.recruiter_status, line.status, frees)
        )
    absent = [
        person.public_id
        for external_id, person in people.items()
        if external_id not in by_id and person.outcome == "completed"
    ]
    return Import(
        changes=tuple(changes),
        n_same=n_same,
        unknown=tuple(line for external_id, line in by_id.items() if external_id not in people),
        absent=tuple(sorted(absent)),
        hints=tuple(hints),
        not_understood=file.not_understood,
    )


def apply_statuses(session: Session, study: Study, file: StatusFile, by: Actor) -> Import:
    """Keep what a recruiter's list says.

    Who returned or timed out there gives back their place and what was promised to their runs; what
    they did stays, unless a researcher leaves it out.
    """
    queue_up(session, study.id)
    found = compare_statuses(session, study, file)
    now = datetime.now(UTC)
    for status in sorted({change.after for change in found.changes}):
        keys = sorted(change.key for change in found.changes if change.after == status)
        for some in in_parts(keys):
            session.execute(
                update(Participant)
                .where(Participant.id.in_(some))
                .values(recruiter_status=status, recruiter_status_at=now)
            )
            if status in GIVEN_BACK:
                give_back(session, some, now)
    counts: dict[str, int] = {}
    for change in found.changes:
        counts[change.after] = counts.get(change.after, 0) + 1
    record(session, "statuses.imported", by, study, **counts, unknown=len(found.unknown))
    return found


def give_back(session: Session, keys: Sequence[int], now: datetime) -> None:
    """End what is promised to these participants: places, and images of runs not finished."""
    session.execute(
        update(Participant)
        .where(Participant.id.in_(keys), Participant.reserved_until > now)
        .values(reserved_until=now)
    )
    session.execute(
        update(Run)
        .where(Run.participant_id.in_(keys), Run.state != "finished", Run.reserved_until > now)
        .values(reserved_until=now)
    )


def known_people(session: Session, study: Study, recruiter: str) -> dict[str, Row[Any]]:
    """Everybody whom the recruiter sent, by the id it gave them."""
    rows = session.execute(
        select(
            Identity.external_id,
            Identity.parameters,
            Participant.id.label("key"),
            Participant.public_id,
            Participant.outcome,
            Participant.reserved_until,
            Participant.recruiter_status,
        )
        .join(Identity, Identity.participant_id == Participant.id)
        .where(Identity.study_id == study.id, Identity.recruiter == recruiter, is_real())
        .order_by(Participant.id)
    )
    return {row.external_id: row for row in rows}


def chosen_lines(
    lines: Iterable[StatusLine], people: Mapping[str, Row[Any]], recruiter: str
) -> dict[str, StatusLine]:
    """The line that counts for each id: of the submission that came here, else the best one."""
    chosen: dict[str, StatusLine] = {}
    parameter = SUBMISSION_PARAMETERS.get(recruiter, "")
    for line in lines:
        person, other = people.get(line.external_id), chosen.get(line.external_id)
        own = None if person is None else text_of(person.parameters, parameter) or None
        if other is None:
            chosen[line.external_id] = line
        elif own is not None and own in (line.submission, other.submission):
            chosen[line.external_id] = line if line.submission == own else other
        elif BEST_FIRST.index(line.status) < BEST_FIRST.index(other.status):
            chosen[line.external_id] = line
    return chosen


def odds_of(person: Row[Any], line: StatusLine, codes: Mapping[str, str]) -> str:
    """Where a line and what is known here are at odds, in words; "" where they are not."""
    found = []
    outcome = person.outcome
    here = "has not ended" if outcome is None else f"ended as {STANDINGS[outcome]!r}"
    if outcome == "completed" and line.status in GIVEN_BACK:
        found.append(
            f"completed the study here, but {RECRUITER_STATUSES[line.status]} at the recruiter: "
            "never listed to be paid; their data count unless you leave them out"
        )
    if outcome is None and line.status in ("awaiting", "approved"):
        found.append(
            f"handed in at the recruiter ({RECRUITER_STATUSES[line.status]}), but has not ended "
            "here: look at what they did before you pay"
        )
    if line.code is not None and line.status not in GIVEN_BACK and line.status != "active":
        named = {code.upper(): name for name, code in codes.items()}
        meant = named.get(line.code.upper())
        if not line.code or line.code.upper() == "NOCODE":
            if outcome is not None and outcome in codes:
                found.append(f"{here} here, but handed in no code")
        elif meant is None and codes:
            found.append(f"handed in a code that is none of this study's, and {here} here")
        elif meant is not None and meant != outcome:
            found.append(f"handed in the code of {STANDINGS[meant]!r}, but {here} here")
    return "; ".join(found)


def promised_runs(session: Session, study: Study, now: datetime) -> set[int]:
    """Participants (by Participant.id) with a run whose images are promised to it."""
    return set(
        session.scalars(
            select(Run.participant_id).where(
                Run.study_id == study.id, Run.state != "finished", Run.reserved_until > now
            )
        )
    )


def in_parts(keys: Sequence[int], most: int = 500) -> Iterable[Sequence[int]]:
    """Keys, so many at a time: a database takes only so many in one statement."""
    return (keys[start : start + most] for start in range(0, len(keys), most))
