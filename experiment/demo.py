"""The whole way once, with simulated participants: pictures, scores, study, game, dataset, report.

Everything lies in the instance folder, and every step goes on where an earlier demo stopped.
"""

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from experiment.access import COMMAND
from experiment.accounts.links import first_link
from experiment.database import Database, upgrade
from experiment.errors import ConflictError, ExperimentError
from experiment.export.dataset import export_study
from experiment.links import study_link
from experiment.models import Consent, Image, Participant, Run, Study
from experiment.runs import find_study
from experiment.serve_apart import serving
from experiment.settings import Settings
from experiment.simulation.memorability import follow_partly
from experiment.simulation.play import simulate_study
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import create_study, make_renditions, open_study, study_images

if TYPE_CHECKING:
    import pandas as pd

SLUG = "demo"
SEED = 1
MODEL = "resmem"
# Correlation of the simulated people's memory with ResMem's scores: so that the report shows both
# scales apart, and where a careless reader would go wrong.
FOLLOWING = 0.6
STUDY = '''
title = "A demonstration of hitrate"
slug = "demo"
image_set = "demo"
notice = """This is a demonstration. The memory of its simulated participants was generated from \
ResMem's scores of the pictures and chance: the correlation between people and model is built in."""
[paradigm]
preset = "lamem2015"
[images]
# With 60 participants about 25 responses for each of them, as many as small studies have.
targets = { category = ["animals_nature", "food_drink"] }
fillers = { category = ["activities", "objects", "travel_places"] }
[texts]
consent = """
## A demonstration

This is a demonstration of a memory game on your own computer. Which pictures you see and which
keys you press is stored in the instance folder on this computer only.
"""
'''

Say = Callable[[str], object]
Bar = Callable[[str], Callable[[int, int], object]]  # name of a step → progress (done, in all)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to look."""

    play: str
    results: str  # opens once
    report: str  # opens once
    pages: str  # of researchers: makes the first account (opens once), or the form to sign in


class Demo:
    """The steps; each says what it does and how long it took."""

    def __init__(self, settings: Settings, database: Database, say: Say, bar: Bar) -> None:
        self.settings = settings
        self.database = database
        self.say = say
        self.bar = bar
        self.folder = settings.instance / "demo"

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say what is done now, and how long it took."""
        self.say(f"{what} …")
        start = time.monotonic()
        yield
        self.say(f"    done in {time.monotonic() - start:.1f} s")

    def prepare(self) -> "pd.DataFrame":
        """Database, pictures, ResMem's scores of them, an open study; returns the predictions."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.step("Bringing the database up to date"):
            upgrade(self.settings.database_url)
        with self.step("Importing the demo pictures"):
            from stimuli.demo import import_demo_set

            import_demo_set(self.settings.image_sets, progress=self.bar("pictures"))
        with self.step("Scoring them with ResMem (the first time about a minute)"):
            predictions = self.score()
        with self.step("Opening the demo study"):
            self.open_study()
            self.keep_predictions()
        return predictions

    def score(self) -> "pd.DataFrame":
        """ResMem's predictions for every picture, kept in demo/predictions.csv.

        Raises
        ------
        ExperimentError
            If a picture cannot be scored.
        """
        from analysis.models.scoring import score_images
        from stimuli.image_set import find_image_set

        images = find_image_set(self.settings.image_sets, "demo").images
        predictions = score_images(images, MODEL, progress=True)
        failed = predictions[predictions["prediction"].isna()]
        if len(failed):
            first = failed.iloc[0]
            raise ExperimentError(f"{first['image_id']} cannot be scored: {first['error']}")
        predictions.to_csv(self.folder / "predictions.csv", index=False, lineterminator="\n")
        return predictions

    def open_study(self) -> None:
        """Create the study if there is none, make what it shows, and open it."""
        with self.database.write() as session:
            if session.scalar(select(Study.id).where(Study.slug == SLUG)) is None:
                create_study(session, self.settings, parse_study(STUDY, "the demo's study file"))
        with self.database.read() as session:
            study = find_study(session, SLUG)
            images, image_set = study_images(session, study), study.image_set.name
        progress = self.bar("pictures")
        counted = counting(images, progress)
        make_renditions(self.settings, image_set, study.paradigm, counted)
        if study.state != "open":
            with self.database.write() as session:
                open_study(session, find_study(session, SLUG))

    def keep_predictions(self) -> None:
        """Put the scores beside the people of the study, for its page of models."""
        from experiment.predictions.importing import import_predictions
        from experiment.predictions.storing import stored_models

        with self.database.write() as session:
            study = find_study(session, SLUG)
            if not stored_models(session, study):
                import_predictions(session, study, self.folder / "predictions.csv", COMMAND)

    def simulate(self, server: str, n_participants: int, predictions: "pd.DataFrame") -> None:
        """Let people play until n simulated ones have finished, whoever played before.

        Raises
        ------
        ExperimentError
            If none of them got to the end.
        """
        n_begun, n_finished = self.count_simulated()
        n_missing = max(n_participants - n_finished, 0)
        if n_missing == 0:
            self.say(f"{n_finished} simulated participants have played before.")
            return
        scores = dict(zip(predictions["image_id"], predictions["prediction"], strict=True))

        def memory_of(image_ids: Sequence[str]) -> Mapping[str, float]:
            known = {image_id: scores[image_id] for image_id in image_ids}
            return follow_partly(known, FOLLOWING, SEED)

        with self.step(f"{n_missing} simulated participants play over HTTP (about a second each)"):
            summary = simulate_study(
                self.settings,
                self.database,
                SLUG,
                server,
                memory_of,
                range(n_begun + 1, n_begun + 1 + n_missing),
                seed=SEED,
                progress=self.bar("participants"),
            )
        for failure in summary.failures:
            self.say(f"    participant {failure.player} did not finish: {failure.reason}")
        if summary.n_finished == 0 and n_finished == 0:
            raise ExperimentError(
                f"no simulated participant could play; {self.folder / 'server.log'} may say why"
            )

    def count_simulated(self) -> tuple[int, int]:
        """How many simulated participants have begun and finished."""
        with self.database.read() as session:
            study = find_study(session, SLUG)
            begun = select(func.count()).select_from(Consent).join(Participant)
            begun = begun.where(Consent.study_id == study.id, Participant.is_simulated)
            finished = select(func.count()).select_from(Run).join(Participant)
            finished = finished.where(
                Run.study_id == study.id, Participant.is_simulated, Run.state == "finished"
            )
            return session.scalars(begun).one(), session.scalars(finished).one()

    def report(self, predictions: "pd.DataFrame") -> Path:
        """Export everything and write the report; returns its file."""
        from analysis.dataset import read_dataset
        from analysis.report import write_report

        dataset = self.folder / "dataset"
        with self.step(f"Exporting the dataset to {dataset}"):
            export_study(
                self.database,
                self.settings.instance,
                SLUG,
                dataset,
                include_simulated=True,
                progress=self.bar("runs"),
            )
        with self.step("Writing the report (about ten seconds)"):
            return write_report(read_dataset(dataset), predictions, self.settings.reports / SLUG)

    def addresses(self, server: str) -> Addresses:
        """New links; all but the first open once."""
        with self.database.write() as session:
            token = first_link(session)
            play, results, report = (
                study_link(session, self.settings, SLUG, kind, server)
                for kind in (None, "results", "report")
            )
        pages = f"{server}/sign-in" if token is None else f"{server}/open-account/{token}"
        return Addresses(play, results, report, pages)


def counting(images: Sequence[Image], progress: Callable[[int, int], object]) -> Iterator[Image]:
    """The images, with progress told as each is done."""
    for number, image in enumerate(images, start=1):
        yield image
        progress(number, len(images))


def require_free_port(port: int) -> None:
    """Refuse a port that somebody listens on.

    Raises
    ------
    ConflictError
        Saying which option names another one.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConflictError(
                f"port {port} cannot be used ({error.strerror}): perhaps an earlier demo still "
                f"runs there; stop it, or choose another one: hitrate demo --port {port + 1}"
            ) from None


def run_demo(
    settings: Settings,
    *,
    port: int,
    n_participants: int,
    say: Say,
    bar: Bar,
    stay: Callable[[Addresses, Path], object],
) -> None:
    """Go the whole way.

    Parameters
    ----------
    settings
        The instance; the server is started on it as a process of its own.
    port, n_participants
        Of the server, on this machine only; how many simulated participants there shall be.
    say, bar
        Told what is done; makes a progress for a step.
    stay
        Called with the addresses and the report's file while the server runs; it stops after that.

    Raises
    ------
    ConflictError
        If the port is in use.
    ExperimentError, AnalysisError, StimuliError
        If a step cannot be done.
    """
    require_free_port(port)
    database = Database(settings.database_url)
    try:
        demo = Demo(settings, database, say, bar)
        predictions = demo.prepare()
        with serving(settings, port, demo.folder / "server.log") as server:
            demo.simulate(server, n_participants, predictions)
            report = demo.report(predictions)
            stay(demo.addresses(server), report)
    finally:
        database.close()
