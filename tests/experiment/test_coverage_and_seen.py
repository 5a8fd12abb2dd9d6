"""Which images count as covered, and which a person has used up."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment import participation, runs
from experiment.coverage import coverage, seen_by
from experiment.database import Database
from experiment.models import Exclusion, Image, ImageSet, Participant, Run, StudyRelation, Trial
from experiment.runs import find_study
from tests.experiment.recruiting import copy_study, play_well
from tests.experiment.visitor import N_IMAGES, Player, Visitor, response

pytestmark = pytest.mark.usefixtures("app")


def covered(database: Database) -> dict[int, int]:
    with database.read() as session:
        return coverage(session, find_study(session, "pictures"))


def repeats(session: Session, run: Run) -> list[Trial]:
    """Where the run's targets come back, in order."""
    query = select(Trial).where(Trial.run_id == run.id, Trial.role == "target", Trial.is_repeat)
    return list(session.scalars(query.order_by(Trial.position)))


def exclude(session: Session, run: Run, *, run_id: int | None, level: int | None) -> None:
    """Leave something of this run's participant out."""
    session.add(
        Exclusion(
            participant_id=run.participant_id,
            run_id=run_id,
            level=level,
            rule="false_alarms",
            number=0.6,
            decided_by="rule",
            created_at=datetime.now(UTC),
        )
    )
    session.flush()


def end_early(session: Session, player: Player, position: int) -> Run:
    """Let nothing from this position on be shown."""
    run = runs.find_run(session, player.token)
    run.end_position = position
    session.flush()
    return run


def test_a_promised_run_counts_whole_and_an_ended_one_to_its_end(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    assert sorted(covered(database).values()) == [1, 1, 1]
    with database.write() as session:
        first = repeats(session, runs.find_run(session, player.token))[0]
        end_early(session, player, first.position + 1)
    assert covered(database) == {first.image_id: 1}


def test_a_stopped_run_counts_as_far_as_it_was_answered(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    with database.write() as session:
        first = repeats(session, runs.find_run(session, player.token))[0]
    assert player.send(*map(response, range(first.position + 1))).status_code == 201
    with database.write() as session:
        run = end_early(session, player, first.position + 1)
        run.state, run.outcome, run.finished_at = "finished", "stopped", datetime.now(UTC)
    assert covered(database) == {first.image_id: 1}


@pytest.mark.parametrize("part", ["participant", "run", "level"])
def test_what_is_left_out_is_given_out_again(
    visitor: Visitor, database: Database, part: str
) -> None:
    player = visitor.begin_run()
    play_well(database, player)
    assert sum(covered(database).values()) == 3
    with database.write() as session:
        run = runs.find_run(session, player.token)
        # Another level and another participant's exclusion change nothing.
        exclude(session, run, run_id=run.id, level=2)
        assert sum(coverage(session, run.study).values()) == 3
        exclude(
            session,
            run,
            run_id=None if part == "participant" else run.id,
            level=1 if part == "level" else None,
        )
    assert covered(database) == {}


def test_of_a_run_that_ended_early_only_what_was_shown_is_used_up(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    with database.write() as session:
        run = runs.find_run(session, player.token)
        assert len(seen_by(session, run.participant)) == N_IMAGES
        end_early(session, player, 5)
        shown = select(Trial.image_id).where(Trial.run_id == run.id, Trial.position < 5)
        assert seen_by(session, run.participant) == set(session.scalars(shown))


def add_person(session: Session, slug: str, person: str | None = None) -> Participant:
    study = find_study(session, slug)
    found = participation.start_participant(session, study, person=person)
    participation.agree(session, study, found)
    return found


def test_related_studies_share_no_picture_for_one_person_across_sets(database: Database) -> None:
    with database.write() as session:
        first = add_person(session, "pictures")
        study = find_study(session, "pictures")
        run = runs.start_run(session, study, first)
        shown = session.execute(
            select(Image.image_id, Image.sha256)
            .join(Trial, Trial.image_id == Image.id)
            .where(Trial.run_id == run.id)
            .distinct()
        ).all()
        # The same pictures in another set under other names, and one that is new.
        other_set = ImageSet(name="others", created_at=datetime.now(UTC))
        known = [row.sha256 for row in shown]
        for sha256 in [*known, "f" * 64]:
            picture = Image(
                image_id=f"renamed {sha256}",
                sha256=sha256,
                width_px=1,
                height_px=1,
                attributes={},
            )
            other_set.images.append(picture)
        session.add(other_set)
        other = copy_study(session, "other")
        session.flush()
        other.image_set_id = other_set.id
        same = add_person(session, "other", first.person)
        stranger = add_person(session, "other")
        session.flush()
        assert seen_by(session, same) == set()  # nobody said that they are related
        session.add(StudyRelation(study_id=other.id, related_id=study.id))
        session.flush()
        seen = seen_by(session, same)
        assert {image.sha256 for image in other_set.images if image.id in seen} == set(known)
        assert len(seen) == N_IMAGES
        assert seen_by(session, stranger) == set()
        assert len(seen_by(session, first)) == N_IMAGES


def test_a_cluster_is_used_up_by_any_image_of_it(database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        pools = study.definition["images"] | {"cluster": "scene"}
        study.definition = study.definition | {"images": pools}
        images = list(session.scalars(select(Image).order_by(Image.id)))
        person = add_person(session, "pictures")
        run = runs.start_run(session, study, person)
        shown = set(session.scalars(select(Trial.image_id).where(Trial.run_id == run.id)))
        a_shown = next(image for image in images if image.id in shown)
        alone, sibling, *_ = (image for image in images if image.id not in shown)
        for image in (a_shown, sibling):
            image.attributes = {"scene": "kitchen 3"}
        alone.attributes = {"scene": ""}
        session.flush()
        assert seen_by(session, person) == shown | {sibling.id}
