"""People who answered exactly so, written into the database: for expected values known by hand."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from experiment.models import Consent, Image, Participant, Response, Run, Study, Trial
from tests.experiment.rows import NOW, a_participant, a_response


def answer(
    session: Session,
    study: Study,
    hits: Mapping[str, Sequence[int]],
    alarms: Mapping[str, Sequence[int]] | None = None,
    *,
    is_simulated: bool = False,
) -> None:
    """Let people play a run each: all images once, then all of them again.

    Parameters
    ----------
    hits, alarms
        By image_id: for each person in turn, whether they pressed at the second showing, and
        whether they did at the first (nobody, unless it is said).
    """
    names = sorted(hits)
    ids = dict(
        session.execute(
            select(Image.image_id, Image.id).where(Image.image_set_id == study.image_set_id)
        ).all()
    )
    for number in range(len(hits[names[0]])):
        person = a_participant(study, f"{secrets.token_hex(4)}-{number:03}")
        person.is_simulated, person.outcome, person.ended_at = is_simulated, "completed", NOW
        session.add(person)
        session.flush()
        run_id = add_played_run(session, study, person)
        session.add(
            Consent(
                participant_id=person.id,
                study_id=study.id,
                consent_document_id=study.consent_document_id,
                agreed_at=NOW,
            )
        )
        firsts = [
            (name, False, (alarms or {}).get(name, [0] * (number + 1))[number]) for name in names
        ]
        repeats = [(name, True, hits[name][number]) for name in names]
        trials, responses = [], []
        for position, (name, is_repeat, pressed) in enumerate([*firsts, *repeats]):
            trials.append(
                {
                    "run_id": run_id,
                    "position": position,
                    "level": 1,
                    "phase": "game",
                    "image_id": ids[name],
                    "role": "target",
                    "is_repeat": is_repeat,
                    "lag": len(names) if is_repeat else None,
                    "address": secrets.token_hex(8),
                    "stimulus_ms": 600,
                    "gap_ms": 800,
                }
            )
            keys: dict[str, Any] = {} if pressed else {"key": None, "rt_ms": None, "keys": []}
            responses.append(a_response(run_id, position) | keys)
        session.execute(insert(Trial), trials)
        session.execute(insert(Response), responses)


def add_played_run(session: Session, study: Study, person: Participant) -> int:
    """A run that is over; its id."""
    run = Run(
        public_id=secrets.token_hex(4),
        token=secrets.token_hex(8),
        participant_id=person.id,
        study_id=study.id,
        number=1,
        seed="1",
        state="finished",
        outcome="whole",
        device={},
        lost_positions=[],
        reserved_until=NOW,
        created_at=NOW,
        started_at=NOW,
        finished_at=NOW + timedelta(minutes=3),
    )
    session.add(run)
    session.flush()
    return run.id
