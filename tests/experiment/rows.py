"""Rows for tests of the database: the smallest study, and runs of it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.models import (
    ConsentDocument,
    Image,
    ImageSet,
    Participant,
    Run,
    Study,
    Trial,
)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def add_study(session: Session) -> Study:
    """A study of one image set with 3 images."""
    images = [
        Image(
            image_id=f"image {number}",
            sha256=f"{number:064x}",
            width_px=640,
            height_px=480,
            attributes={},
        )
        for number in range(3)
    ]
    study = Study(
        slug="study",
        title="A study",
        state="open",
        image_set=ImageSet(name="photos", created_at=NOW, images=images),
        consent_document=ConsentDocument(sha256="a" * 64, text="Yes?", created_at=NOW),
        paradigm={},
        definition={},
        created_at=NOW,
    )
    session.add(study)
    session.flush()
    return study


def a_participant(study: Study, public_id: str = "person") -> Participant:
    """Somebody in a study, not yet in the session."""
    return Participant(
        public_id=public_id,
        study=study,
        person=f"{public_id} in all studies",
        withdrawal_sha256=f"{public_id}'s code",
        created_at=NOW,
        reserved_until=NOW,
        is_preview=False,
        is_simulated=False,
    )


def add_run(session: Session, n_trials: int) -> int:
    """A run in progress whose trials are fillers, in a study of its own; its id.

    A filler is shown once, so each trial has an image of its own.
    """
    study = add_study(session)
    for number in range(3, n_trials):
        study.image_set.images.append(
            Image(
                image_id=f"image {number}",
                sha256=f"{number:064x}",
                width_px=1,
                height_px=1,
                attributes={},
            )
        )
    run = Run(
        public_id="run",
        token="token",
        participant=a_participant(study),
        study=study,
        number=1,
        seed="1",
        state="in_progress",
        device={},
        lost_positions=[],
        reserved_until=NOW,
        created_at=NOW,
        started_at=NOW,
    )
    session.add(run)
    session.flush()
    image_ids = session.scalars(select(Image.id).order_by(Image.id)).all()
    for position in range(n_trials):
        session.add(
            Trial(
                run_id=run.id,
                position=position,
                level=1,
                phase="game",
                image_id=image_ids[position],
                role="filler",
                is_repeat=False,
                address=f"address {position}",
                stimulus_ms=600,
                gap_ms=800,
            )
        )
    session.flush()
    return run.id


def a_response(run_id: int, position: int) -> dict[str, Any]:
    """Columns of a response with a key."""
    return {
        "run_id": run_id,
        "position": position,
        "key": " ",
        "rt_ms": 412.5,
        "keys": [{"key": " ", "at_ms": 412.5}],
        "onset_ms": 1400.0 * position,
        "offset_ms": 1400.0 * position + 600,
        "frame_ms": 16.7,
        "dropped_frames": 0,
        "feedback_onset_ms": None,
        "had_focus": True,
        "received_at": NOW,
    }
