"""The verbs of participants and runs."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from experiment import participation, runs
from experiment.coverage import coverage
from experiment.database import Database
from experiment.design.chance import from_seed
from experiment.design.paradigms import Paradigm
from experiment.design.sequence import draw_sequence
from experiment.ending import finish_run
from experiment.errors import AllocationError, ConflictError, NotFoundError, StudyUnavailableError
from experiment.models import Interruption, Participant, Run, Study, Trial
from experiment.recording import Batch, Receipt, record_batches
from experiment.studies.lifecycle import close_study, pause_study
from tests.experiment.visitor import N_IMAGES, N_TRIALS, Visitor, response

pytestmark = pytest.mark.usefixtures("app")


def begin(database: Database, mode: participation.Mode = None) -> str:
    """A participant who has agreed and whose run is made: the run's token."""
    with database.write() as session:
        study = runs.find_study(session, "pictures")
        participant = participation.start_participant(session, study, mode)
        participation.agree(session, study, participant)
        return runs.start_run(session, study, participant).token


def give_up(session: Session, token: str) -> None:
    """Finish a run without a single response."""
    runs.resume_run(session, token, device={}, origin_epoch_ms=None, last_shown=None)
    _, missing = finish_run(session, token, range(N_TRIALS))
    assert missing == []


def trials_of(database: Database, token: str) -> list[Trial]:
    with database.read() as session:
        run_id = session.scalars(select(Run.id).where(Run.token == token)).one()
        query = select(Trial).where(Trial.run_id == run_id).order_by(Trial.position)
        return list(session.scalars(query))


def test_the_whole_run_is_stored_before_the_first_image(database: Database) -> None:
    trials = trials_of(database, begin(database))
    assert [trial.position for trial in trials] == list(range(N_TRIALS))
    assert len({trial.image_id for trial in trials}) == N_IMAGES
    assert len({trial.address for trial in trials}) == N_TRIALS
    showings = Counter(trial.image_id for trial in trials)
    for trial in trials:
        assert showings[trial.image_id] == (1 if trial.role == "filler" else 2)


def test_the_stored_seed_gives_the_stored_sequence(database: Database) -> None:
    token = begin(database)
    with database.read() as session:
        run = runs.find_run(session, token)
        planned = draw_sequence(Paradigm.from_dict(run.study.paradigm), from_seed(run.seed))
    assert [(t.position, t.role, t.is_repeat, t.lag) for t in trials_of(database, token)] == [
        (t.position, t.role, t.is_repeat, t.lag) for t in planned
    ]


def test_a_second_start_goes_on_with_the_first_run(database: Database) -> None:
    with database.write() as session:
        study = runs.find_study(session, "pictures")
        participant = participation.start_participant(session, study)
        participation.agree(session, study, participant)
        participation.agree(session, study, participant)
        first = runs.start_run(session, study, participant).token
        assert runs.start_run(session, study, participant).token == first


def test_a_run_needs_consent(database: Database) -> None:
    with database.write() as session:
        study = runs.find_study(session, "pictures")
        participant = participation.start_participant(session, study)
        with pytest.raises(ConflictError, match="no consent yet"):
            runs.start_run(session, study, participant)


def test_the_least_covered_images_become_targets(database: Database) -> None:
    # 3 targets in each of 8 runs of 24 pictures: after 8 runs every picture has been a target once.
    for _ in range(8):
        begin(database)
    with database.read() as session:
        counts = coverage(session, runs.find_study(session, "pictures"))
    assert sorted(counts.values()) == [1] * 24


def test_people_who_start_at_once_are_given_different_images(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(lambda _: begin(database), range(8)))
    assert len(set(tokens)) == 8
    with database.read() as session:
        counts = coverage(session, runs.find_study(session, "pictures"))
    assert sorted(counts.values()) == [1] * 24


def test_one_participant_who_starts_twice_at_once_has_one_run(database: Database) -> None:
    with database.write() as session:
        study = runs.find_study(session, "pictures")
        participant = participation.start_participant(session, study)
        participation.agree(session, study, participant)

    def start(_: int) -> str:
        with database.write() as session:
            return runs.start_run(session, study, participant).token

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(start, range(4)))) == 1


def test_previews_and_old_promises_do_not_count(database: Database) -> None:
    begin(database, "preview")
    forgotten = begin(database)
    with database.write() as session:
        long_ago = datetime.now(UTC) - timedelta(hours=3)
        session.execute(update(Run).where(Run.token == forgotten).values(reserved_until=long_ago))
    begin(database, "simulated")
    with database.read() as session:
        counts = coverage(session, runs.find_study(session, "pictures"))
    assert sum(counts.values()) == 3  # the simulated one's targets alone


def test_an_expired_run_counts_as_far_as_it_was_answered(
    database: Database, visitor: Visitor
) -> None:
    player = visitor.begin_run()
    repeats = [t for t in trials_of(database, player.token) if t.role == "target" and t.is_repeat]
    answered = repeats[0]
    assert player.send(*map(response, range(answered.position + 1))).status_code == 201
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    with database.write() as session:
        session.execute(update(Run).values(reserved_until=long_ago))
    with database.read() as session:
        counts = coverage(session, runs.find_study(session, "pictures"))
    assert counts == {answered.image_id: 1}


def test_a_run_finished_without_answers_covers_nothing(
    database: Database, visitor: Visitor
) -> None:
    player = visitor.begin_run()
    lost = list(range(N_TRIALS))
    done = visitor.client.post(f"{player.run_url}/finish", json={"lost": lost})
    assert done.get_json()["state"] == "finished"
    with database.read() as session:
        assert coverage(session, runs.find_study(session, "pictures")) == {}


# SQLite has one writer at a time.
@pytest.mark.postgresql
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_rows_that_point_at_a_run_need_not_wait_for_its_lock(database: Database) -> None:
    token = begin(database)
    moved: dict[str, Any] = {
        "event_id": "1",
        "event": "blur",
        "position": None,
        "at_ms": 0.0,
        "detail": {},
    }
    with database.write() as session, database.write() as other:
        runs.find_run(session, token, for_update=True)
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert isinstance(record_batches(other, [Batch(token, [], [moved])])[0], Receipt)


def test_nobody_sees_an_image_in_two_runs_and_then_too_few_are_left(database: Database) -> None:
    with database.write() as session:
        study = runs.find_study(session, "pictures")
        study.definition = study.definition | {"runs_per_participant": 5}
        participant = participation.start_participant(session, study)
        participation.agree(session, study, participant)
        images: list[int] = []
        for _ in range(2):
            run = runs.start_run(session, study, participant)
            images += session.scalars(
                select(Trial.image_id).where(Trial.run_id == run.id).distinct()
            )
            give_up(session, run.token)
        assert len(images) == len(set(images)) == 18
        with pytest.raises(AllocationError, match="6 of 24"):
            runs.start_run(session, study, participant)


def test_more_runs_than_the_study_allows_are_refused(database: Database) -> None:
    token = begin(database)
    with database.write() as session:
        run = runs.find_run(session, token)
        give_up(session, token)
        with pytest.raises(ConflictError, match="every run"):
            runs.start_run(session, run.study, run.participant)


@pytest.mark.parametrize("change", [pause_study, close_study])
def test_a_study_that_is_not_open_takes_nobody_but_previews(
    database: Database, change: Any
) -> None:
    with database.write() as session:
        change(session, runs.find_study(session, "pictures"))
    with pytest.raises(StudyUnavailableError):
        begin(database)
    with pytest.raises(StudyUnavailableError):
        begin(database, "simulated")
    assert begin(database, "preview")


def test_unknown_studies_and_runs_are_not_found(database: Database) -> None:
    with database.read() as session:
        with pytest.raises(NotFoundError, match="hitrate study list"):
            runs.find_study(session, "nothing")
        with pytest.raises(NotFoundError):
            runs.run_config(session, "nothing")


def test_the_first_start_begins_at_zero_and_can_be_repeated(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    assert player.start().get_json() == {
        "position": 0,
        "interrupted": False,
        "origin_epoch_ms": 1e12,
    }
    config = player.config()
    assert (config["state"], config["origin_epoch_ms"]) == ("in_progress", 1e12)
    with database.read() as session:
        run = session.scalars(select(Run)).one()
    assert run.started_at is not None
    assert run.device["viewport_width_px"] == 1280
    assert run.origin_epoch_ms == 1e12
    assert "origin_epoch_ms" not in run.device


def test_a_reload_goes_on_after_what_either_side_remembers(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    player.send(response(0), response(1), response(3))
    # The server has 3; the browser remembers showing 5, whose responses it lost.
    assert player.start(last_shown=5, origin=2e12).get_json() == {
        "position": 6,
        "interrupted": True,
        "origin_epoch_ms": 1e12,
    }
    config = player.config()
    assert (config["stored"], config["lost"], config["next_position"]) == ([0, 1, 3], [2, 4, 5], 4)
    assert config["origin_epoch_ms"] == 1e12  # the run's first image, not the reload's
    # The browser remembers less than the server has.
    player.send(response(7))
    assert player.start(last_shown=2).get_json()["position"] == 8
    with database.read() as session:
        gaps = session.scalars(select(Interruption).order_by(Interruption.position)).all()
    assert [(gap.position, gap.last_stored, gap.last_shown) for gap in gaps] == [
        (6, 3, 5),
        (8, 7, 2),
    ]


def test_a_reload_after_the_last_image_is_no_gap(visitor: Visitor, database: Database) -> None:
    player = visitor.begin_run()
    assert player.start(last_shown=N_TRIALS - 1).get_json()["position"] == N_TRIALS
    with database.read() as session:
        assert session.scalars(select(Interruption)).all() == []


def test_a_run_cannot_go_on_from_where_it_does_not_reach(visitor: Visitor) -> None:
    player = visitor.begin_run()
    assert player.start(last_shown=N_TRIALS).status_code == 422


def test_a_run_is_not_finished_while_responses_are_missing(visitor: Visitor) -> None:
    player = visitor.begin_run()
    player.send(*(response(p) for p in range(N_TRIALS) if p not in (2, 9)))
    answer = player.finish()
    assert answer.status_code == 409
    assert answer.get_json()["error"] == "responses_missing"
    assert answer.get_json()["missing"] == [2, 9]
    assert player.finish(2).get_json()["missing"] == [9]
    player.send(response(9))
    # 2 was given up in a request that did not finish the run, and stays so.
    assert player.finish().get_json() == {"state": "finished", "next_url": "/s/pictures/thanks"}
    assert player.finish().status_code == 200
    assert player.config()["state"] == "finished"
    assert player.config()["lost"] == [2]
    assert player.start().status_code == 409


def test_what_is_stored_cannot_be_lost(visitor: Visitor) -> None:
    player = visitor.begin_run()
    player.send(*(response(p) for p in range(N_TRIALS)))
    assert player.finish(0, 1).status_code == 200
    assert player.config()["lost"] == []


def test_a_run_that_has_not_begun_cannot_be_finished(visitor: Visitor) -> None:
    game = visitor.take_part()
    answer = visitor.client.post(f"{game['run_url']}/finish", json={"lost": []})
    assert (answer.status_code, answer.get_json()["error"]) == (409, "run_not_started")


def test_a_position_beyond_the_run_cannot_be_lost(visitor: Visitor) -> None:
    assert visitor.begin_run().finish(N_TRIALS).status_code == 422


def test_modes_mark_the_participant(database: Database) -> None:
    for mode in (None, "preview", "simulated"):
        begin(database, mode)
    with database.read() as session:
        people = session.scalars(select(Participant).order_by(Participant.id)).all()
        assert session.scalar(select(Study.state)) == "open"
    assert [(p.is_preview, p.is_simulated) for p in people] == [
        (False, False),
        (True, False),
        (False, True),
    ]
