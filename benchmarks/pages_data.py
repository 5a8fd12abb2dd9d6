"""A study of the size that the pages are measured at, written straight into a database.

Everything comes from one seed: the plan of a run is drawn as the game draws it, the targets go
round so that every image gets as many people, and people remember some images better than others.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

from sqlalchemy import Table, insert

from experiment.database import Database
from experiment.design.chance import from_seed
from experiment.design.paradigms import Paradigm
from experiment.design.presets import LAMEM2015
from experiment.design.sequence import draw_sequence
from experiment.models import (
    Consent,
    ConsentDocument,
    Exclusion,
    Image,
    ImageSet,
    Interruption,
    Participant,
    Prediction,
    Response,
    RuleEvent,
    Run,
    Study,
    Trial,
)
from experiment.studies.file import parse_study

SLUG = "large"
STUDY = f"""
title = "Two thousand people"
slug = "{SLUG}"
image_set = "{SLUG}"
[paradigm]
preset = "lamem2015"
"""
N_PLANS = 40  # sequences that are drawn; people share them, with images of their own
AT_ONCE = 20  # runs that are written together
CATEGORIES = ("animal", "face", "food", "indoor", "landscape", "object", "street", "vehicle")
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
# Shares of the people.
UNFINISHED, INTERRUPTED, WITH_GAPS, LEFT_OUT = 0.08, 0.10, 0.10, 0.04


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of what."""

    people: int = 2_000
    targets: int = 150  # of a run, shown twice
    fillers: int = 60
    vigilance: int = 20  # of a run, shown twice
    images: int = 10_000

    @property
    def trials(self) -> int:
        """Of a run."""
        return 2 * self.targets + self.fillers + 2 * self.vigilance

    @property
    def paradigm(self) -> Paradigm:
        """A game of that length."""
        return Paradigm.from_dict(
            LAMEM2015.to_dict()
            | {"n_targets": self.targets, "n_fillers": self.fillers, "n_vigilance": self.vigilance}
        )


def fill(database: Database, size: Size, seed: int = 1) -> None:
    """Write the study into a database that has all tables and no rows."""
    rng = Random(seed)
    paradigm = size.paradigm
    with database.write() as session:
        study = add_study(session, size, paradigm)
        add_people(session, study, size, rng)
    plans = [draw_sequence(paradigm, from_seed(f"{seed} {n}")) for n in range(N_PLANS)]
    memorable = [rng.betavariate(6, 2.5) for _ in range(size.images)]
    order = rng.sample(range(size.images), size.images)
    people = list(range(1, size.people + 1))
    for start in range(0, size.people, AT_ONCE):
        with database.write() as session:
            trials, responses = [], []
            for person in people[start : start + AT_ONCE]:
                shown, given = played(person, plans[person % N_PLANS], size, order, memorable, rng)
                trials += shown
                responses += given
                add_oddities(session, person, len(given), rng)
            for model, rows in ((Trial, trials), (Response, responses)):
                table = cast(Table, model.__table__)  # not by way of objects, which takes longer
                session.connection().execute(insert(table), rows)


def add_study(session: Any, size: Size, paradigm: Paradigm) -> Study:
    """The study, open, and its images."""
    image_set = ImageSet(name=SLUG, created_at=START)
    study = Study(
        slug=SLUG, title="Two thousand people", state="open", paradigm=paradigm.to_dict(),
        definition=parse_study(STUDY, "large.toml").to_dict(),
        image_set=image_set,
        consent_document=ConsentDocument(sha256="0" * 64, text="Yes?", created_at=START),
        created_at=START, opened_at=START,
    )  # fmt: skip
    session.add(study)
    session.flush()
    session.execute(
        insert(Image),
        [
            {"id": number, "image_set_id": image_set.id, "image_id": f"set/picture_{number:05}",
             "sha256": f"{number:064x}", "width_px": 640, "height_px": 480,
             "category": CATEGORIES[number % len(CATEGORIES)], "licence": None, "attributes": {}}
            for number in range(1, size.images + 1)
        ],
    )  # fmt: skip
    session.execute(
        insert(Prediction),
        [
            {"study_id": study.id, "model": "resmem", "sha256": f"{number:064x}",
             "value": 0.4 + 0.5 * number / size.images, "fingerprint": None, "error": None,
             "stored_at": START}
            for number in range(1, size.images + 1)
        ],
    )  # fmt: skip
    return study


def add_people(session: Any, study: Study, size: Size, rng: Random) -> None:
    """Everybody, with consent and a run; some never come to its end."""
    people, consents, runs = [], [], []
    for number in range(1, size.people + 1):
        begun = START + timedelta(minutes=7 * number)
        is_finished = rng.random() > UNFINISHED
        ended = begun + timedelta(minutes=rng.gauss(11, 1)) if is_finished else None
        people.append(
            {"id": number, "public_id": f"{number:016x}", "study_id": study.id,
             "person": f"person {number}", "withdrawal_sha256": f"code {number}",
             "created_at": begun, "reserved_until": begun + timedelta(hours=2),
             "outcome": "completed" if is_finished else None, "ended_at": ended,
             "is_preview": False, "is_simulated": False}
        )  # fmt: skip
        consents.append(
            {"participant_id": number, "study_id": study.id,
             "consent_document_id": study.consent_document_id, "agreed_at": begun}
        )  # fmt: skip
        runs.append(
            {"id": number, "public_id": f"r{number:05}", "token": f"token {number}",
             "participant_id": number, "study_id": study.id, "number": 1, "seed": "0",
             "state": "finished" if is_finished else "in_progress",
             "outcome": "whole" if is_finished else None, "device": {}, "lost_positions": [],
             "created_at": begun, "reserved_until": begun + timedelta(hours=2),
             "started_at": begun, "finished_at": ended}
        )  # fmt: skip
    for table, rows in ((Participant, people), (Consent, consents), (Run, runs)):
        session.execute(insert(table), rows)


def played(
    person: int, plan: Any, size: Size, order: list[int], memorable: list[float], rng: Random
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The trials of somebody's run, and what they did; the run has the person's number."""
    first = person * size.targets
    images = [order[(first + slot) % size.images] for slot in range(size.targets)]
    others = size.fillers + size.vigilance
    images += [order[(first + size.images // 2 + slot) % size.images] for slot in range(others)]
    attention, readiness = rng.gauss(0, 0.1), min(max(rng.gauss(0.12, 0.06), 0.01), 0.6)
    last = size.trials if person % 100 >= 100 * UNFINISHED else rng.randrange(size.trials)
    gaps = rng.sample(range(size.trials), 3) if rng.random() < WITH_GAPS else []
    trials: list[dict[str, Any]] = []
    responses: list[dict[str, Any]] = []
    for trial in plan:
        image = images[trial.image]
        trials.append(
            {"run_id": person, "position": trial.position, "level": trial.level,
             "phase": trial.phase, "image_id": image + 1, "role": trial.role,
             "is_repeat": trial.is_repeat, "lag": trial.lag, "first_run_id": None,
             "address": f"{person}-{trial.position}", "stimulus_ms": 600, "gap_ms": 800}
        )  # fmt: skip
        if trial.position < last and trial.position not in gaps:
            chance = memorable[image] + attention if trial.is_repeat else readiness
            rt_ms = rng.gauss(560, 90) if rng.random() < chance else None
            responses.append(
                {"run_id": person, "position": trial.position, "key": rt_ms and " ",
                 "rt_ms": rt_ms and max(rt_ms, 1.0), "keys": [],
                 "onset_ms": 1400.0 * trial.position, "offset_ms": 1400.0 * trial.position + 600,
                 "frame_ms": 16.7, "dropped_frames": 0, "feedback_onset_ms": None,
                 "had_focus": True, "received_at": START}
            )  # fmt: skip
    return trials, responses


def add_oddities(session: Any, run: int, n_stored: int, rng: Random) -> None:
    """Of some runs, that they were interrupted, or that a rule left their person out."""
    if n_stored > 1 and rng.random() < INTERRUPTED:
        session.add(
            Interruption(
                run_id=run, position=rng.randrange(1, n_stored), last_stored=None, last_shown=None,
                resumed_at=START,
            )
        )  # fmt: skip
    if rng.random() < LEFT_OUT:
        session.add(
            RuleEvent(
                run_id=run, level=1, rule="vigilance", measure="vigilance_miss_rate", value=0.4,
                n=20, threshold=0.25, action="end_participation", position=0, fired_at=START,
            )
        )  # fmt: skip
        session.add(
            Exclusion(
                participant_id=run, run_id=run, level=None, rule="vigilance", number=0.4,
                decided_by="rule", created_at=START,
            )
        )  # fmt: skip
