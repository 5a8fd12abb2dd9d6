"""Who took part, what they answered, and what a researcher should know of them: rows of the tables
participants, answers, exclusions and flags of docs/codebook.md. Identities are never read here."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.export.rows import wanted
from experiment.export.snapshot import Person, Snapshot
from experiment.export.tables import Value, iso
from experiment.models import Answer, Exclusion, Flag, Participant, Run, Study


def keys_of(people: Sequence[Person]) -> list[int]:
    return [person.key for person in people]


def participant_rows(snapshot: Snapshot) -> Iterator[list[Value]]:
    """Everybody who agreed to take part, by participant_id; the state is that of their runs."""
    for people in snapshot.groups():
        states: dict[int, set[str]] = {person.key: set() for person in people}
        for key, state in snapshot.session.execute(
            select(Run.participant_id, Run.state).where(
                Run.study_id == snapshot.study.id, Run.participant_id.in_(keys_of(people))
            )
        ):
            states[key].add(state)
        found = snapshot.session.execute(
            select(
                Participant.id,
                Participant.public_id,
                Participant.created_at,
                Participant.is_preview,
                Participant.is_simulated,
                Participant.outcome,
                Participant.ended_at,
            ).where(Participant.id.in_(keys_of(people)))
        )
        for person in sorted(found, key=lambda person: person.public_id):
            yield [
                person.public_id,
                participant_state(states[person.id]),
                iso(person.created_at),
                person.is_preview,
                person.is_simulated,
                person.outcome,
                iso(person.ended_at),
            ]


def participant_state(run_states: Collection[str]) -> str:
    """``in_progress`` while a run is, ``finished`` when one is and none is in progress."""
    for state in ("in_progress", "finished"):
        if state in run_states:
            return state
    return "consented"


def answer_rows(snapshot: Snapshot) -> Iterator[list[Value]]:
    """One row for each answer, and where several were ticked for each of them; by participant and
    the time of answering."""
    for people in snapshot.groups():
        found = snapshot.session.execute(
            select(Participant.public_id, Answer.question, Answer.value, Answer.answered_at)
            .join(Answer, Answer.participant_id == Participant.id)
            .where(Participant.id.in_(keys_of(people)))
        )
        for person, question, values, answered_at in sorted(
            found, key=lambda a: (a[0], a[3], a[1])
        ):
            for value in values or [None]:
                yield [person, question, as_text(value), iso(answered_at)]


def as_text(value: Any) -> str | None:
    """An answer as a table holds it: a ticked box is ``true``; what is empty was left open."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)


def exclusion_rows(
    session: Session, study: Study, *, include_simulated: bool, include_preview: bool
) -> Iterator[list[Value]]:
    """What is left out of the scores, by participant, run, level and rule."""
    found = session.execute(
        select(
            Participant.public_id,
            Run.public_id,
            Exclusion.level,
            Exclusion.rule,
            Exclusion.number,
            Exclusion.decided_by,
            Run.number,
        )
        .join(Exclusion, Exclusion.participant_id == Participant.id)
        .outerjoin(Run, Run.id == Exclusion.run_id)
        .where(*wanted(study, include_simulated, include_preview))
    )
    for *row, _ in sorted(found, key=lambda e: (e[0], e[6] or 0, e[2] or 0, e[3], e[5], e[4] or 0)):
        yield row


def flag_rows(snapshot: Snapshot) -> Iterator[list[Value]]:
    """What is odd, with the numbers behind it; by participant, run and kind."""
    for people in snapshot.groups():
        found = snapshot.session.execute(
            select(
                Participant.public_id,
                Run.public_id,
                Flag.kind,
                Flag.detail,
                Flag.raised_at,
                Flag.run_number,
            )
            .join(Flag, Flag.participant_id == Participant.id)
            .outerjoin(
                Run,
                (Run.participant_id == Participant.id)
                & (Run.study_id == snapshot.study.id)
                & (Run.number == Flag.run_number),
            )
            .where(Participant.id.in_(keys_of(people)))
        )
        for person, run_id, kind, detail, raised_at, _ in sorted(
            found, key=lambda flag: (flag[0], flag[5], flag[2])
        ):
            yield [person, run_id, kind, numbers_of(detail), iso(raised_at)]


def numbers_of(detail: dict[str, Any]) -> str | None:
    """The numbers of a flag as JSON; texts stay out, as anybody may have typed anything."""
    numbers = {
        key: value for key, value in sorted(detail.items()) if isinstance(value, (bool, int, float))
    }
    return json.dumps(numbers) if numbers else None
