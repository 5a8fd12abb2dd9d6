"""One moment of a study: who and what is exported, read a few people or runs at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.export.images import read_images
from experiment.export.options import Options
from experiment.export.rows import ExportedRun, load_runs, wanted
from experiment.models import Image, Participant, Run, Study

RUNS_AT_ONCE = 25  # a few thousand trials in memory at most
PEOPLE_AT_ONCE = 500

T = TypeVar("T")


class Person(NamedTuple):
    """A participant's key in the database and in the export."""

    key: int
    participant_id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A study as one transaction sees it. In memory are its images and a few bytes for each run,
    which give the order; everything else is read in parts."""

    session: Session
    study: Study
    options: Options
    image_set: Path  # the folder with the images' files
    images: Sequence[Image]  # by image_id
    people: Sequence[Person]  # by participant_id
    run_keys: Sequence[int]  # Run.id, by participant_id and number

    @property
    def title(self) -> str:
        """The study's title."""
        return self.study.title

    @property
    def chosen(self) -> dict[str, bool]:
        """Whom else the export takes in, as keywords."""
        return {
            "include_simulated": self.options.include_simulated,
            "include_preview": self.options.include_preview,
        }

    def runs(self) -> Iterator[list[ExportedRun]]:
        """The runs in their order, some at a time."""
        for keys in batches(self.run_keys, RUNS_AT_ONCE):
            yield load_runs(self.session, self.study, keys)

    def groups(self) -> Iterator[Sequence[Person]]:
        """The people in their order, some at a time."""
        return batches(self.people, PEOPLE_AT_ONCE)


def take_snapshot(session: Session, study: Study, instance: Path, options: Options) -> Snapshot:
    """Read what has to be known before the first row; sorted here, as each database has its own
    idea of the order of texts."""
    people = session.execute(
        select(Participant.id, Participant.public_id).where(
            *wanted(study, options.include_simulated, options.include_preview)
        )
    )
    ordered = sorted((Person(*row) for row in people), key=lambda person: person.participant_id)
    place = {person.key: n for n, person in enumerate(ordered)}
    runs = session.execute(
        select(Run.participant_id, Run.number, Run.id).where(Run.study_id == study.id)
    )
    found = sorted((place[who], number, key) for who, number, key in runs if who in place)
    return Snapshot(
        session=session,
        study=study,
        options=options,
        image_set=instance / "image_sets" / study.image_set.name,
        images=read_images(session, study),
        people=ordered,
        run_keys=[key for _, _, key in found],
    )


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in their order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
