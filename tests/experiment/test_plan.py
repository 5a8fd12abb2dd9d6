"""What a new run shows, of the images in the database and of what somebody has seen already."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.design.presets import PRESETS
from experiment.errors import AllocationError
from experiment.models import Image, Participant, Response, Run, Trial
from experiment.plan import plan_trials
from tests.experiment.rows import NOW, a_participant, a_response, add_study

N_SCENES = 40
EACH = 3  # images of a scene
# 3 targets, 4 fillers and 2 vigilance images, and 2 targets that come back in the next run
GAME = replace(
    PRESETS["lamem2015"], name="game", n_targets=3, n_fillers=4, n_vigilance=2, n_returning=2,
    target_lags=(3, 9), vigilance_lags=(1, 3),
)  # fmt: skip


class Person:
    """Somebody who plays three runs of a study of 40 scenes, one image of a scene at most."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.study = add_study(session)
        for number in range(3, N_SCENES * EACH):
            self.study.image_set.images.append(
                Image(
                    image_id=f"image {number}",
                    sha256=f"{number:064x}",
                    width_px=1,
                    height_px=1,
                    attributes={},
                )
            )
        self.study.paradigm = GAME.to_dict()
        self.study.definition = {
            "runs_per_participant": 3,
            "images": {"targets": "all", "fillers": "all", "cluster": "scene"},
        }
        session.flush()
        self.scene_of = {}
        for number, image in enumerate(self.study.image_set.images):
            image.attributes = {"scene": number // EACH}
            self.scene_of[image.id] = number // EACH
        self.participant: Participant = a_participant(self.study)
        session.add(self.participant)
        session.flush()

    def plan(self, number: int) -> list[Trial]:
        """The trials of a run that is stored."""
        seed = f"seed {number}"
        planned = plan_trials(self.session, self.study, self.participant, seed, number)
        run = Run(
            public_id=f"run {number}",
            token=f"token {number}",
            participant=self.participant,
            study=self.study,
            number=number,
            seed=seed,
            state="finished",
            outcome="whole",
            device={},
            lost_positions=[],
            reserved_until=NOW,
            created_at=NOW,
            started_at=NOW,
            finished_at=NOW,
        )
        self.session.add(run)
        self.session.flush()
        trials = [Trial(run_id=run.id, **trial) for trial in planned]
        self.session.add_all(trials)
        self.session.flush()
        return trials

    def answer(self, trials: list[Trial]) -> None:
        """Be shown these trials."""
        shown = [a_response(trial.run_id, trial.position) for trial in trials]
        self.session.execute(insert(Response), shown)


@pytest.fixture
def person(database: Database) -> Iterator[Person]:
    with database.write() as session:
        yield Person(session)


def leaving(trials: list[Trial]) -> set[int]:
    """Targets that a run shows once, as new."""
    showings = Counter(trial.image_id for trial in trials)
    return {
        t.image_id
        for t in trials
        if t.role == "target" and not t.is_repeat and showings[t.image_id] == 1
    }


def returning(trials: list[Trial]) -> dict[int, int | None]:
    """Images that a run takes from an earlier one, and which that is."""
    return {t.image_id: t.first_run_id for t in trials if t.is_repeat and t.lag is None}


def test_what_one_run_shows_once_comes_back_in_the_next_and_not_later(person: Person) -> None:
    runs = []
    for number in (1, 2, 3):
        trials = person.plan(number)
        person.answer(trials)
        runs.append(trials)
    first, second, third = runs
    # 2 × 3 + 4 + 2 × 2 = 14 trials, 2 that leave or 2 that return more, or both
    assert [len(trials) for trials in runs] == [16, 18, 16]
    assert [len(leaving(trials)) for trials in runs] == [2, 2, 0]
    assert returning(first) == {}
    assert returning(second) == dict.fromkeys(leaving(first), first[0].run_id)
    assert returning(third) == dict.fromkeys(leaving(second), second[0].run_id)
    assert all(t.first_run_id is None for t in second if t.image_id not in returning(second))


def test_an_image_that_was_not_shown_does_not_come_back(person: Person) -> None:
    first = person.plan(1)
    last = max(t.position for t in first if t.image_id in leaving(first))
    person.answer([t for t in first if t.position < last])
    second = person.plan(2)
    shown = leaving(first) - {first[last].image_id}
    assert set(returning(second)) == shown
    assert (len(shown), len(second)) == (1, 17)


def test_over_all_runs_a_person_sees_one_image_of_a_scene(person: Person) -> None:
    images: set[int] = set()
    for number in (1, 2, 3):
        trials = person.plan(number)
        person.answer(trials)
        new = {t.image_id for t in trials} - set(returning(trials))
        assert not images & new
        images |= new
    # 9 images of the game in each run, and 2 that return in each but the last
    assert len(images) == 31
    assert len({person.scene_of[image] for image in images}) == 31


def test_without_a_column_of_clusters_each_image_stands_for_itself(person: Person) -> None:
    for image in person.study.image_set.images:
        image.attributes = {"scene": "the same for all"}
    person.session.flush()
    with pytest.raises(AllocationError, match="1 of 1 clusters of images for targets left"):
        person.plan(1)
    person.study.definition = person.study.definition | {
        "images": {"targets": "all", "fillers": "all"}
    }
    assert len({t.image_id for t in person.plan(1)}) == 11


def test_an_image_without_a_value_in_the_column_is_in_no_cluster(person: Person) -> None:
    for image in person.study.image_set.images:
        image.attributes = {"scene": ""}
    person.session.flush()
    assert len({t.image_id for t in person.plan(1)}) == 11
