"""What the database itself refuses, whatever the code above it does."""

from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from experiment.database import Database
from experiment.models import (
    Image,
    ImageSet,
    Interruption,
    Participant,
    Response,
    ResultsLink,
    Run,
    Study,
    Trial,
)
from tests.experiment.rows import NOW, a_response, add_run

REPEAT = {"role": "target", "is_repeat": True}


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Study, {"state": "ajar"}),
        (Study, {"image_set_id": 99}),
        (Image, {"width_px": 0}),
        (Image, {"height_px": 0}),
        (Image, {"sha256": "abc"}),
        (Run, {"state": "lost"}),
        (Run, {"number": 0}),
        (Run, {"state": "created"}),  # though it has begun
        (Run, {"started_at": None}),  # though it is in progress
        (Run, {"state": "finished"}),  # without a time
        (Run, {"finished_at": NOW}),  # though it is in progress
        (Trial, {"role": "distractor"}),
        (Trial, {"phase": "practice"}),
        (Trial, {"level": 0}),
        (Trial, {"position": -1}),
        (Trial, {"stimulus_ms": 0}),
        (Trial, {"gap_ms": -1}),
        (Trial, {"is_repeat": True, "lag": 2}),  # a filler
        (Trial, {**REPEAT, "lag": None}),
        (Trial, {**REPEAT, "lag": 0}),
        (Trial, {**REPEAT, "lag": 3}),  # before the run began
        (Trial, {"role": "target", "lag": 2}),  # a first presentation
        (Trial, {"image_id": 1}),  # shown for the first time at position 0 already
        (Trial, {"address": "address 0"}),
        (Response, {"key": None}),  # with a time
        (Response, {"rt_ms": None}),  # with a key
        (Response, {"rt_ms": -0.1}),
        (Response, {"offset_ms": 2799.0}),  # before its onset
        (Response, {"frame_ms": 0}),
        (Response, {"dropped_frames": -1}),
        (Response, {"position": 77}),  # no such trial
    ],
    ids=str,
)
def test_a_row_that_cannot_be_is_refused(
    database: Database, model: Any, changes: dict[str, Any]
) -> None:
    with database.write() as session:
        run_id = add_run(session, n_trials=3)
        if model is Response:
            session.execute(insert(Response), [a_response(run_id, 2)])
    columns = model.__table__.c
    wanted = columns.position == 2 if "position" in columns else columns.id == 1
    with (
        pytest.raises(IntegrityError, match=r"(?i)constraint"),
        database.write() as session,
    ):
        changed = session.execute(update(model.__table__).where(wanted).values(**changes))
        assert changed.rowcount == 1  # type: ignore[attr-defined] # an UPDATE has it


def test_a_target_may_return_once(database: Database) -> None:
    with database.write() as session:
        run_id = add_run(session, n_trials=3)
        trials = update(Trial).where(Trial.run_id == run_id)
        image_id = session.scalar(select(Trial.image_id).where(Trial.position == 0))
        session.execute(trials.values(role="target"))
        session.execute(
            trials.where(Trial.position == 1).values(image_id=image_id, is_repeat=True, lag=1)
        )
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(
            trials.where(Trial.position == 2).values(image_id=image_id, is_repeat=True, lag=2)
        )


def test_an_interruption_lies_between_two_trials_and_a_link_leads_somewhere(
    database: Database,
) -> None:
    with database.write() as session:
        run_id = add_run(session, n_trials=3)
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Interruption(run_id=run_id, position=0, resumed_at=NOW))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(
            ResultsLink(study_id=1, token_sha256="d", page="admin", created_at=NOW, expires_at=NOW)
        )


def test_a_set_holds_a_picture_once(database: Database) -> None:
    with database.write() as session:
        add_run(session, n_trials=3)
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(
            Image(
                image_set_id=1,
                image_id="again",
                sha256=f"{1:064x}",
                width_px=1,
                height_px=1,
                attributes={},
            )
        )


def test_who_is_deleted_takes_runs_trials_and_responses_along(database: Database) -> None:
    with database.write() as session:
        run_id = add_run(session, n_trials=3)
        session.execute(insert(Response), [a_response(run_id, 0)])
    with database.write() as session:
        session.execute(delete(Participant))
    with database.read() as session:
        for model in (Run, Trial, Response):
            assert session.scalar(select(func.count()).select_from(model)) == 0
        assert session.scalar(select(func.count()).select_from(ImageSet)) == 1


def test_an_image_that_was_shown_cannot_be_deleted(database: Database) -> None:
    with database.write() as session:
        add_run(session, n_trials=3)
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(delete(Image))
