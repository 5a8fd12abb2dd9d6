"""What `analysis` says of a study's trials; imported only where it is computed, as it is large."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.coverage import pool_of
from experiment.database import Database
from experiment.models import Participant, Study
from experiment.results.selection import valid_trials
from experiment.results.statistics import Statistic
from experiment.results.version import data_version
from experiment.studies.lifecycle import images_of

if TYPE_CHECKING:
    import pandas as pd

N_SPLITS = 200  # fewer than the report's: the page says so
N_SAMPLES = 25  # of each size of the curve, a half of the report's
FEWEST_PARTICIPANTS = 4  # for a split into halves that says anything
TARGETS = (0.8, 0.9)  # reliabilities to aim at
N_AHEAD = 60  # points of the curve that Spearman–Brown predicts
ROWS_AT_ONCE = 50_000
COUNTS = ("hits", "repeats", "false_alarms", "firsts")
SCORES = ("hit_rate", "false_alarm_rate", "corrected_recognition", "d_prime", "rt_ms_median")


@dataclass(frozen=True, slots=True)
class Read:
    """The trials of a study that count, and its images.

    Instead of names, the trials have the places of participants and images among all, sorted by
    name: what follows from a seed is then the same as from an export, and a million trials need
    little memory.
    """

    trials: "pd.DataFrame"  # participant_id, image_id, is_repeat, responded, rt_ms
    images: list[int]  # Image.id, by name
    pool: list[int]  # places of the targets among these


def read_study(session: Session, study: Study, *, include_simulated: bool) -> Read:
    """Read what the scores are made of, in chunks."""
    import numpy as np
    import pandas as pd

    people = sorted(
        (row.public_id, row.id)
        for row in session.execute(
            select(Participant.public_id, Participant.id).where(Participant.study_id == study.id)
        )
    )
    # Sorted here, as each database has its own order of texts.
    images = sorted(images_of(session, study), key=lambda image: image.image_id)
    pool = set(pool_of(images, study.definition["images"]["targets"]))
    person_place = {key: place for place, (_, key) in enumerate(people)}
    image_place = {image.id: place for place, image in enumerate(images)}
    found = session.connection().execute(valid_trials(study, include_simulated=include_simulated))
    parts = [
        np.array(
            [
                (person_place[person], image_place[image], repeat, responded, rt_ms)
                for person, image, repeat, responded, rt_ms in rows
            ],
            dtype=np.float64,
        )
        for rows in found.partitions(ROWS_AT_ONCE)
    ]
    table = np.concatenate(parts) if parts else np.empty((0, 5))
    trials = pd.DataFrame(
        {
            "participant_id": table[:, 0].astype(np.int64),
            "image_id": table[:, 1].astype(np.int64),
            "is_repeat": table[:, 2].astype(bool),
            "responded": table[:, 3].astype(bool),
            "rt_ms": table[:, 4],
        }
    )
    in_pool = [place for place, image in enumerate(images) if image.id in pool]
    return Read(trials, [image.id for image in images], in_pool)


def kind_of(*, include_simulated: bool) -> str:
    """What the scores and the consistency are called among a study's statistics."""
    return "results with simulated people" if include_simulated else "results"


def statistics(session: Session, study: Study, include_simulated: bool) -> list[Statistic]:  # noqa: ARG001 (what SOURCES are given)
    """The scores of images and the consistency of people, which are made of the same trials."""

    def compute(database: Database, study: Study) -> dict[str, Any]:
        with database.read() as session:
            read = read_study(session, study, include_simulated=include_simulated)
        return {"images": score_images(read), "consistency": consistency(read)}

    return [Statistic(kind_of(include_simulated=include_simulated), data_version, compute)]


def score_images(read: Read) -> dict[str, Any]:
    """Counts and scores of every image of the pool of targets, in columns, and what they say
    together; missing scores are None."""
    import pandas as pd

    from analysis.scores.scoring import rate_correlation, score_trials

    places = pd.Index(range(len(read.images)), name="image_id")
    scores = score_trials(read.trials, "image_id", "participant_id", places).iloc[read.pool]
    columns: dict[str, list[Any]] = {"id": [read.images[place] for place in read.pool]}
    columns |= {name: [int(n) for n in scores[name]] for name in COUNTS}
    columns |= {name: [known(value) for value in scores[name]] for name in SCORES}
    return {
        "columns": columns,
        "n_participants": int(read.trials["participant_id"].nunique()),
        "hit_rate": known(scores["hit_rate"].mean()),
        "false_alarm_rate": known(scores["false_alarm_rate"].mean()),
        "rate_correlation": known(rate_correlation(scores)),
    }


def consistency(read: Read) -> dict[str, Any]:
    """How alike halves of the people rank the images, of some and of all of them, and how many are
    needed; `problem` says why it cannot be known yet."""
    import numpy as np

    from analysis.consistency.curve import consistency_curve
    from analysis.errors import AnalysisError
    from analysis.scores.responses import to_responses

    n_participants = int(read.trials["participant_id"].nunique())
    if n_participants < FEWEST_PARTICIPANTS:
        return {"problem": f"it takes at least {FEWEST_PARTICIPANTS} participants"}
    try:
        curve = consistency_curve(
            to_responses(read.trials),
            "hit_rate",
            targets=TARGETS,
            n_splits=N_SPLITS,
            n_samples=N_SAMPLES,
            rng=np.random.default_rng(1),
        )
    except AnalysisError as error:
        return {"problem": str(error)}
    wanted = [one.n_participants for one in curve.needed if math.isfinite(one.n_participants)]
    most = 1.1 * max([curve.n_participants, *wanted[:1]])
    ahead = np.linspace(most / N_AHEAD, most, N_AHEAD)
    rho, _ = curve.predicted(ahead)
    return {
        "problem": None,
        "n_participants": curve.n_participants,
        "n_images": curve.n_images,
        "responses_per_image": curve.responses_per_image,
        "rho": known(curve.rho),
        "reliability": known(curve.reliability),
        "points": [
            {
                "n_participants": point.n_participants,
                "responses_per_image": point.responses_per_image,
                "rho": known(point.rho),
                "spread": known(point.spread),
            }
            for point in curve.points
        ],
        "ahead": [
            {"n_participants": float(n), "rho": known(value)}
            for n, value in zip(ahead, rho, strict=True)
        ],
        "needed": [
            {
                "reliability": one.reliability,
                "rho": one.rho,
                "n_participants": known(one.n_participants),
                "n_more": known(one.n_more),
            }
            for one in curve.needed
        ],
    }


def known(number: float) -> float | None:
    """A number, or None where it is not one."""
    return float(number) if math.isfinite(number) else None
