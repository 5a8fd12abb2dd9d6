"""People written by hand into the study `pictures`, for lists whose numbers are known."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from experiment.models import (
    AuditEntry,
    Consent,
    Exclusion,
    Flag,
    Identity,
    Image,
    Participant,
    Response,
    Run,
    Study,
    Trial,
)

T0 = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def write_person(
    session: Session, study: Study, number: int, recruiter: str | None = None, **fields: Any
) -> Participant:
    """A participant whose id ends in this number, who agreed, and completed the study unless
    `fields` say otherwise; named by a recruiter `ID<number>` if there is one."""
    given = {
        "public_id": f"{number:016x}",
        "study_id": study.id,
        "person": f"person {number}",
        "withdrawal_sha256": f"code {number}",
        "created_at": T0 + timedelta(minutes=number),
        "reserved_until": T0,
        "outcome": "completed",
        "ended_at": T0 + timedelta(minutes=number + 30),
        "is_preview": False,
        "is_simulated": False,
    } | fields
    if given["outcome"] is None:
        given["ended_at"] = None
    person = Participant(**given)
    session.add(person)
    session.flush()
    session.add(
        Consent(
            participant_id=person.id,
            study_id=study.id,
            consent_document_id=study.consent_document_id,
            agreed_at=person.created_at,
        )
    )
    if recruiter is not None:
        session.add(
            Identity(
                participant_id=person.id,
                study_id=study.id,
                recruiter=recruiter,
                external_id=f"ID{number}",
                parameters={"SESSION_ID": f"S{number}", "assignmentId": f"A{number}"},
                created_at=person.created_at,
            )
        )
    session.flush()
    return person


def write_run(
    session: Session,
    person: Participant,
    number: int = 1,
    minutes: float | None = 10,
    **fields: Any,
) -> Run:
    """A run that took so many minutes; None: one that is in progress."""
    began = person.created_at
    given = {
        "public_id": f"{person.public_id[-14:]}{number:02x}",
        "token": f"token {person.id} {number}",
        "participant_id": person.id,
        "study_id": person.study_id,
        "number": number,
        "seed": "1",
        "state": "in_progress" if minutes is None else "finished",
        "outcome": None if minutes is None else "whole",
        "device": {"device_class": "desktop"},
        "lost_positions": [],
        "reserved_until": T0,
        "created_at": began,
        "started_at": began,
        "finished_at": None if minutes is None else began + timedelta(minutes=minutes),
    } | fields
    run = Run(**given)
    session.add(run)
    session.flush()
    return run


def write_trials(session: Session, run: Run, marks: str, levels: str | None = None) -> None:
    """Trials and responses of a run, one for each letter.

    H hit, M miss (repeats of targets); F false alarm, C correct rejection (first showings of
    targets); . a trial that was planned and has no response. `levels` has a digit for each.
    """
    images = session.scalars(
        select(Image.id).where(Image.image_set_id == run.study.image_set_id).order_by(Image.id)
    ).all()
    trials: list[dict[str, Any]] = []
    responses: list[dict[str, Any]] = []
    n_first = n_again = 0
    for position, mark in enumerate(marks):
        is_repeat = mark in "HM"
        image = n_again if is_repeat else n_first
        n_again, n_first = n_again + is_repeat, n_first + (not is_repeat)
        trials.append(
            {
                "run_id": run.id,
                "position": position,
                "level": 1 if levels is None else int(levels[position]),
                "phase": "game",
                "image_id": images[image],
                "role": "target",
                "is_repeat": is_repeat,
                "lag": max(position, 1) if is_repeat else None,
                "address": f"address {run.id} {position}",
                "stimulus_ms": 600,
                "gap_ms": 800,
            }
        )
        if mark != ".":
            pressed = mark in "HF"
            responses.append(
                {
                    "run_id": run.id,
                    "position": position,
                    "key": " " if pressed else None,
                    "rt_ms": 412.0 if pressed else None,
                    "keys": [],
                    "onset_ms": 1400.0 * position,
                    "offset_ms": 1400.0 * position + 600.0,
                    "frame_ms": 16.0,
                    "dropped_frames": 0,
                    "received_at": run.created_at,
                }
            )
    session.execute(insert(Trial), trials)
    if responses:
        session.execute(insert(Response), responses)


def write_flag(session: Session, person: Participant, kind: str, run_number: int = 1) -> None:
    """A flag without numbers."""
    session.add(
        Flag(participant_id=person.id, run_number=run_number, kind=kind, detail={}, raised_at=T0)
    )
    session.flush()


def write_exclusion(
    session: Session, person: Participant, run: Run | None = None, level: int | None = None
) -> Exclusion:
    """An exclusion that a rule decided."""
    excluded = Exclusion(
        participant_id=person.id,
        run_id=None if run is None else run.id,
        level=level,
        rule="vigilance",
        number=0.25,
        decided_by="rule",
        created_at=T0,
    )
    session.add(excluded)
    session.flush()
    return excluded


def entries(session: Session, *families: str) -> list[AuditEntry]:
    """The record of what was done to people, in order: actions of these families (`exclusion`)."""
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [entry for entry in found if entry.action.partition(".")[0] in families]
