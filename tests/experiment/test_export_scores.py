"""From the database over the dataset to the scores: random studies, counted by plain loops."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.dataset import read_dataset
from analysis.scores.lags import lag_pairs
from analysis.scores.scoring import image_scores
from experiment.database import Database
from experiment.export.dataset import export_study
from experiment.models import (
    Consent,
    ConsentDocument,
    Exclusion,
    ImageSet,
    Interruption,
    Participant,
    Response,
    Run,
    Study,
    Trial,
)
from tests.experiment.export_lab import T0, Lab, letter, make_lab, make_study

N_IMAGES = 36
RUNS = 2
COUNTS = ["hits", "repeats", "false_alarms", "firsts"]


@dataclass(frozen=True)
class Showing:
    """One planned trial and what became of it."""

    person: str
    run: int
    level: int
    position: int
    image: str
    phase: str
    role: str
    first: tuple[int, int] | None  # run and position of the first showing; None: this is one
    is_stored: bool
    responded: bool


@dataclass(frozen=True)
class Out:
    """What is left out: a level, a run, or all of a person."""

    person: str
    run: int | None
    level: int | None

    def covers(self, one: Showing) -> bool:
        return (
            self.person == one.person
            and self.run in (None, one.run)
            and self.level in (None, one.level)
        )


@dataclass(frozen=True)
class Drawn:
    """A random study."""

    showings: list[Showing]
    out: list[Out]
    resumed: dict[tuple[str, int], int]  # (person, run) → position at which it went on


def draw(rng: Random) -> Drawn:
    """Six people with two runs of two levels; the second level of the second run is a test."""
    showings: list[Showing] = []
    resumed: dict[tuple[str, int], int] = {}
    for person in "pqrstu":
        names = [f"i{number:02d}" for number in range(N_IMAGES)]
        rng.shuffle(names)
        back = [names.pop() for _ in range(3)]  # shown first in run 1, again in run 2
        firsts: dict[str, tuple[int, int]] = {}
        for run in range(1, RUNS + 1):
            targets = [names.pop() for _ in range(5)]
            plan = [(name, "target") for name in [*targets, *back]]
            plan += [(name, "target") for name in targets]
            plan += [(names.pop(), "filler") for _ in range(3)]
            rng.shuffle(plan)
            if run == 2:
                plan += [(names.pop(), "lure") for _ in range(3)]
            half = len(plan) // 2
            for position, (name, role) in enumerate(plan):
                in_second = position >= half
                phase = ("study", "test")[in_second] if run == 2 else "game"
                showings.append(
                    Showing(
                        person, run, 1 + in_second, position, name, phase, role, firsts.get(name),
                        is_stored=rng.random() > 0.06, responded=rng.random() < 0.5,
                    )
                )  # fmt: skip
                firsts.setdefault(name, (run, position))
            if rng.random() < 0.4:
                resumed[person, run] = rng.randrange(1, len(plan))
    out = [Out("p", 2, 2), Out("q", 1, 1), Out("r", 2, None), Out("s", None, None)]
    return Drawn(showings, rng.sample(out, 3), resumed)


def fill(database: Database, drawn: Drawn, folder: Path) -> Lab:
    """A database with the random study beside the known one."""
    lab = make_lab(database, folder)
    with database.write() as session:
        pictures = lab.instance / "image_sets" / "many"
        images = [letter(f"i{number:02d}", pictures) for number in range(N_IMAGES)]
        image_set = ImageSet(name="many", created_at=T0, images=images)
        agreement = session.scalars(select(ConsentDocument)).one()
        study = make_study("random", image_set, agreement)
        session.add(study)
        session.flush()
        keys = {image.image_id: image.id for image in images}
        for person in sorted({one.person for one in drawn.showings}):
            add_person(session, study, person, keys, drawn)
    return lab


def add_person(
    session: Session, study: Study, name: str, images: dict[str, int], drawn: Drawn
) -> None:
    """Somebody with consent, runs, responses, interruptions and exclusions."""
    person = Participant(
        public_id=name, study=study, person=f"human {name}", withdrawal_sha256=f"code of {name}",
        created_at=T0, reserved_until=T0, is_preview=False, is_simulated=False,
    )  # fmt: skip
    session.add(person)
    session.flush()
    session.add(
        Consent(
            participant_id=person.id, study_id=study.id,
            consent_document_id=study.consent_document_id, agreed_at=T0,
        )
    )  # fmt: skip
    runs: dict[int, int] = {}
    for number in range(1, RUNS + 1):
        run = Run(
            public_id=f"{name}{number}", token=f"secret {name}{number}", participant_id=person.id,
            study_id=study.id, number=number, seed="s", state="finished", outcome="whole",
            device={}, lost_positions=[], created_at=T0, reserved_until=T0,
            started_at=T0 + number * timedelta(days=1),
            finished_at=T0 + number * timedelta(days=1, minutes=5),
        )  # fmt: skip
        session.add(run)
        session.flush()
        runs[number] = run.id
        shown = [o for o in drawn.showings if (o.person, o.run) == (name, number)]
        run.lost_positions = [one.position for one in shown if not one.is_stored]
        session.add_all(trial(one, runs, images) for one in shown)
        session.flush()
        session.add_all(response(one, run.id) for one in shown if one.is_stored)
        if position := drawn.resumed.get((name, number)):
            session.add(
                Interruption(
                    run_id=run.id, position=position, last_stored=None, last_shown=None,
                    resumed_at=T0 + number * timedelta(days=1),
                )
            )  # fmt: skip
    session.add_all(
        Exclusion(
            participant_id=person.id, run_id=runs[out.run] if out.run else None, level=out.level,
            rule="vigilance", number=0.3, decided_by="rule", created_at=T0,
        )
        for out in drawn.out
        if out.person == name
    )  # fmt: skip


def trial(one: Showing, runs: dict[int, int], images: dict[str, int]) -> Trial:
    is_within = one.first is not None and one.first[0] == one.run
    return Trial(
        run_id=runs[one.run], position=one.position, level=one.level, phase=one.phase,
        image_id=images[one.image], role=one.role, is_repeat=one.first is not None,
        lag=one.position - one.first[1] if one.first and is_within else None,
        first_run_id=runs[one.first[0]] if one.first and not is_within else None,
        address=f"{one.person}{one.run}-{one.position}", stimulus_ms=600, gap_ms=800,
    )  # fmt: skip


def response(one: Showing, run_id: int) -> Response:
    onset_ms = 1400.0 * one.position
    return Response(
        run_id=run_id, position=one.position, key=" " if one.responded else None,
        rt_ms=500.0 if one.responded else None, keys=[], onset_ms=onset_ms,
        offset_ms=onset_ms + 600, frame_ms=16.7, dropped_frames=0, feedback_onset_ms=None,
        had_focus=True, received_at=T0,
    )  # fmt: skip


def is_interrupted(one: Showing, drawn: Drawn) -> bool:
    """Whether something went missing between the two showings, the first one included."""
    if one.first is None:
        return False
    run, first = one.first
    unseen = {
        (other.run, other.position)
        for other in drawn.showings
        if other.person == one.person and not other.is_stored
    }
    if run != one.run:
        return one.first in unseen
    went_on = drawn.resumed.get((one.person, one.run), 0)
    return first < went_on <= one.position or any(
        (run, position) in unseen for position in range(first, one.position)
    )


def expected(drawn: Drawn) -> tuple[dict[str, list[int]], int, int]:
    """Counts of each image, and repeats that count within a run and across runs."""
    stored = [one for one in drawn.showings if one.is_stored]
    counts = {f"i{number:02d}": [0, 0, 0, 0] for number in range(N_IMAGES)}
    n_within = n_across = 0
    for one in stored:
        if one.role == "filler" or (one.phase == "study" and one.first is None):
            continue
        pair = [o for o in stored if (o.person, o.image) == (one.person, one.image)]
        if any(out.covers(showing) for out in drawn.out for showing in pair):
            continue
        if is_interrupted(one, drawn):
            continue
        shown, pressed = (3, 2) if one.first is None else (1, 0)
        counts[one.image][shown] += 1
        counts[one.image][pressed] += int(one.responded)
        n_within += one.first is not None and one.first[0] == one.run
        n_across += one.first is not None and one.first[0] != one.run
    return counts, n_within, n_across


@pytest.mark.parametrize(
    ("seed", "table_format"), [(0, "csv"), (1, "csv"), (2, "csv"), (3, "parquet")]
)
def test_scores_of_an_export_are_the_counts_of_plain_loops_over_what_happened(
    database: Database, tmp_path: Path, seed: int, table_format: str
) -> None:
    drawn = draw(Random(seed))
    lab = fill(database, drawn, tmp_path)
    out = tmp_path / "out"
    export_study(lab.database, lab.instance, "random", out, table_format=table_format)
    dataset = read_dataset(out)
    assert dataset.trials is not None
    assert len(dataset.trials) == sum(one.is_stored for one in drawn.showings)
    counts, n_within, n_across = expected(drawn)
    assert counts_of(image_scores(dataset)) == counts
    pairs = lag_pairs(dataset)
    assert (len(pairs.table), pairs.n_across_runs, pairs.n_unknown) == (n_within, n_across, 0)
    assert n_within > 5  # the study is not empty, and images did come back
    assert n_across > 2
    kept, _, _ = expected(replace(drawn, out=[]))
    assert counts_of(image_scores(dataset, include_excluded=True)) == kept


def counts_of(scores: pd.DataFrame) -> dict[str, list[int]]:
    """Hits, repeats, false alarms and firsts of each image."""
    rows = scores[COUNTS].astype(int).to_numpy().tolist()
    return dict(zip(scores.index, rows, strict=True))
