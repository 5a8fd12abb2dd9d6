"""Small studies behind a real server, and what its database holds of them."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from experiment.database import Database
from experiment.models import (
    Base,
    BrowserEvent,
    Interruption,
    Response,
    ResponseConflict,
    Run,
    Study,
    Trial,
)
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import create_study, make_renditions, open_study, study_images
from stimuli.demo import demo_images
from stimuli.importers import import_images
from tests.experiment.serving import LiveServer, serving

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts" / "browser"
N_PICTURES = 40
N_TRIALS = 18
# 6 × 2 targets + 2 fillers + 2 × 2 vigilance = 18 trials of 0.7 s.
SHORT: Mapping[str, Any] = {
    "n_targets": 6,
    "n_fillers": 2,
    "n_vigilance": 2,
    "target_lags": [4, 12],
    "vigilance_lags": [2, 4],
    "stimulus_ms": 300,
    "gap_ms": 400,
    "attention": [],  # whatever is pressed, the run goes on
}
Row = TypeVar("Row", bound=Base)


@dataclass
class House:
    """A server and its instance, with pictures and no study yet."""

    settings: Settings
    database: Database
    server: LiveServer
    n_studies: int = 0

    def new_lab(self, paradigm: Mapping[str, Any] = SHORT, tables: str = "") -> "Lab":
        """A study that is open and that nobody has seen.

        Parameters
        ----------
        tables
            Further tables of its file.
        """
        self.n_studies += 1
        slug = f"things-{self.n_studies}"
        text = f"{write_study(slug, paradigm)}\n{tables}"
        with self.database.write() as session:
            open_study(
                session, create_study(session, self.settings, parse_study(text, "things.toml"))
            )
        with self.database.read() as session:
            study = find_study(session, slug)
            images = study_images(session, study)
            make_renditions(self.settings, study.image_set.name, study.paradigm, images)
        return Lab(self.settings, self.database, self.server, slug)


@dataclass
class Lab:
    """One study behind the server, and what the database has of its only run."""

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
            return session.scalars(select(Run).join(Study).where(Study.slug == self.slug)).one()

    def plan(self) -> list[Trial]:
        """The run's trials in order."""
        return self.of_run(Trial, Trial.position)

    def responses(self) -> dict[int, Response]:
        """What is stored, by position."""
        return {row.position: row for row in self.of_run(Response, Response.position)}

    def n_conflicts(self) -> int:
        """Second, different accounts of a trial."""
        return len(self.of_run(ResponseConflict, ResponseConflict.position))

    def events(self) -> list[BrowserEvent]:
        """The browser's events in order of time."""
        return self.of_run(BrowserEvent, BrowserEvent.at_ms)

    def interruptions(self) -> list[Interruption]:
        """The gaps in the run."""
        return self.of_run(Interruption, Interruption.position)

    def of_run(self, table: type[Row], order: Any) -> list[Row]:
        """Rows of the run."""
        belongs = table.run_id == self.the_run().id  # type: ignore[attr-defined]  # every table here
        with self.database.read() as session:
            return list(session.scalars(select(table).where(belongs).order_by(order)))


def write_study(slug: str, paradigm: Mapping[str, Any]) -> str:
    """A study file."""
    lines = ["title = 'Things you have seen'", f"slug = '{slug}'", "image_set = 'things'"]
    lines += ["[paradigm]", "preset = 'lamem2015'"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in paradigm.items()]
    return "\n".join(lines)


@contextmanager
def open_house(migrated: Path, folder: Path) -> Iterator[House]:
    """An instance with pictures, and its server, within the block."""
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
    try:
        with serving(settings, folder / "server.log") as server:
            yield House(settings, database, server)
    finally:
        database.close()
