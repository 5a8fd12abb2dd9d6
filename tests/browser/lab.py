"""A small study behind a real server, and what its database holds."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from experiment.database import Database
from experiment.models import (
    BrowserEvent,
    Image,
    Interruption,
    Response,
    ResponseConflict,
    Run,
    Trial,
)
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.study import create_study, make_renditions, open_study, study_images
from experiment.study_file import parse_study
from stimuli.demo import demo_images
from stimuli.importers import import_images
from tests.experiment.serving import LiveServer, serving

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts" / "browser"
N_PICTURES = 40
# 8 × 2 targets + 4 fillers + 2 × 2 vigilance = 24 trials of half a second.
SHORT: Mapping[str, Any] = {
    "n_targets": 8,
    "n_fillers": 4,
    "n_vigilance": 2,
    "target_lags": [4, 14],
    "vigilance_lags": [2, 4],
    "stimulus_ms": 300,
    "gap_ms": 400,
}


@dataclass
class Lab:
    """A study in a database, and the server in front of it."""

    settings: Settings
    database: Database
    server: LiveServer
    slug: str

    @property
    def url(self) -> str:
        return f"{self.server.url}/s/{self.slug}"

    def the_run(self) -> Run:
        """The only run there is."""
        with self.database.read() as session:
            return session.scalars(select(Run)).one()

    def plan(self) -> list[tuple[Trial, str]]:
        """The run's trials in order, each with its picture's id."""
        with self.database.read() as session:
            rows = session.execute(
                select(Trial, Image.image_id).join(Image).order_by(Trial.position)
            )
            return [(trial, image_id) for trial, image_id in rows]

    def responses(self) -> dict[int, Response]:
        """What is stored, by position."""
        with self.database.read() as session:
            return {response.position: response for response in session.scalars(select(Response))}

    def n_conflicts(self) -> int:
        """Second, different accounts of a trial."""
        with self.database.read() as session:
            return len(session.scalars(select(ResponseConflict)).all())

    def events(self) -> list[BrowserEvent]:
        """The browser's events in order of time."""
        with self.database.read() as session:
            return list(session.scalars(select(BrowserEvent).order_by(BrowserEvent.at_ms)))

    def interruptions(self) -> list[Interruption]:
        """The gaps in the run."""
        with self.database.read() as session:
            return list(session.scalars(select(Interruption).order_by(Interruption.position)))


def write_study(paradigm: Mapping[str, Any]) -> str:
    """A study file."""
    lines = ["title = 'Things you have seen'", "slug = 'things'", "image_set = 'things'"]
    lines += ["[paradigm]", "preset = 'lamem2015'"]
    lines += [f"{key} = {value!r}" for key, value in paradigm.items()]
    return "\n".join(lines)


@contextmanager
def open_lab(migrated: Path, folder: Path, paradigm: Mapping[str, Any] = SHORT) -> Iterator[Lab]:
    """An instance with a study that is open, and its server, within the block."""
    instance = folder / "instance"
    pictures = folder / "things"
    instance.mkdir()
    pictures.mkdir()
    shutil.copyfile(migrated, instance / "hitrate.db")
    settings = Settings(
        instance=instance,
        database_url=f"sqlite:///{instance / 'hitrate.db'}",
        secret_key="a key that is used in tests only, nowhere else",
    )
    for picture in sorted(demo_images().glob("*.webp"))[:N_PICTURES]:
        shutil.copy(picture, pictures)
    import_images(pictures, settings.image_sets, "things")
    database = Database(settings.database_url)
    with database.write() as session:
        study = create_study(session, settings, parse_study(write_study(paradigm), "things.toml"))
        open_study(session, study)
    with database.read() as session:
        study = find_study(session, "things")
        images = study_images(session, study)
        make_renditions(settings, study.image_set.name, study.definition, images)
    try:
        with serving(settings, folder / "server.log") as server:
            yield Lab(settings, database, server, "things")
    finally:
        database.close()
