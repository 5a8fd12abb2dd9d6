"""What a study has found so far, with the same functions that make the report."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.coverage import pool_of
from experiment.design.paradigms import Paradigm
from experiment.export.columns import EXCLUSIONS, TRIALS
from experiment.export.people import exclusion_rows
from experiment.export.rows import ExportedRun, read_runs
from experiment.export.tables import Value
from experiment.export.trials import trial_rows
from experiment.models import Exclusion, Image, Participant, Response, Run, Study
from experiment.results.participation import Participation, participation
from experiment.studies.lifecycle import images_of
from experiment.studies.needs import needs_of

if TYPE_CHECKING:
    import pandas as pd

N_SPLITS = 200  # fewer than the report's: the page says so
SCORED = {
    "participant_id": "str",
    "run_id": "str",
    "level": "int64",
    "image_id": "str",
    "phase": "str",
    "role": "str",
    "is_repeat": "bool",
    "responded": "bool",
    "rt_ms": "float64",
    "is_interrupted": "bool",
    "first_run_id": "object",
}
FEWEST_PARTICIPANTS = 4  # for a split into halves that says anything
SHOWN = 48  # images in the gallery at each end


@dataclass(frozen=True, slots=True)
class LiveImage:
    """One target image so far; a rate without a valid trial is None."""

    image_id: str
    sha256: str
    hits: int
    repeats: int
    false_alarms: int
    firsts: int
    hit_rate: float | None
    false_alarm_rate: float | None


@dataclass(frozen=True, slots=True)
class LiveResults:
    """A study so far."""

    people: Participation
    n_responses: int  # stored trials, with or without a key
    n_real: int  # participants who are not simulated, shown here or not
    n_simulated: int
    includes_simulated: bool
    goal: int  # responses per image
    share_of_goal: float  # 0 to 1
    participants_to_go: int
    images: tuple[LiveImage, ...]  # the pool of targets, by image_id
    hit_rate: float | None  # mean over images
    false_alarm_rate: float | None
    rate_correlation: float | None  # Spearman, hit rate with false-alarm rate over images
    split_half: float | None  # mean Spearman between halves of the participants
    reliability: float | None  # Spearman-Brown of it
    median_minutes: float | None  # from the first image to the end, finished runs

    @property
    def repeats(self) -> list[int]:
        """Valid repeats of each image, ascending."""
        return sorted(image.repeats for image in self.images)

    @property
    def seen(self) -> list[LiveImage]:
        """Images with a hit rate, the best remembered first."""
        rated = [image for image in self.images if image.hit_rate is not None]
        return sorted(rated, key=lambda image: (-(image.hit_rate or 0), image.image_id))

    @property
    def best(self) -> list[LiveImage]:
        """The first images of the gallery."""
        seen = self.seen
        return seen if len(seen) <= 2 * SHOWN else seen[:SHOWN]

    @property
    def worst(self) -> list[LiveImage]:
        """The last images of the gallery, where not all are shown."""
        seen = self.seen
        return [] if len(seen) <= 2 * SHOWN else seen[-SHOWN:]


def count_people(session: Session, study: Study) -> tuple[int, int]:
    """Participants: (real, simulated); previews are neither."""
    counted = session.execute(
        select(Participant.is_simulated, func.count())
        .where(Participant.study_id == study.id, Participant.is_preview.is_(False))
        .group_by(Participant.is_simulated)
    )
    counts = {bool(simulated): int(count) for simulated, count in counted}
    return counts.get(False, 0), counts.get(True, 0)


def data_version(session: Session, study: Study) -> tuple[Any, ...]:
    """Changes whenever the results may have changed."""
    runs = session.execute(
        select(
            func.count(),
            func.count(Run.started_at),
            func.count(Run.finished_at),
            func.max(Run.created_at),
        ).where(Run.study_id == study.id)
    ).one()
    n_responses = session.scalar(
        select(func.count())
        .select_from(Response)
        .join(Run, Run.id == Response.run_id)
        .where(Run.study_id == study.id)
    )
    n_exclusions = session.scalar(
        select(func.count())
        .select_from(Exclusion)
        .join(Participant, Participant.id == Exclusion.participant_id)
        .where(Participant.study_id == study.id)
    )
    people = participation(session, study, include_simulated=True)
    told = (tuple(people.outcomes.items()), people.rules, people.flags)
    return (*runs, *count_people(session, study), n_responses, n_exclusions, told, study.state)


def live_results(
    session: Session, study: Study, *, include_simulated: bool | None = None
) -> LiveResults:
    """Everything that the live page shows.

    Simulated participants by default only where there are no others; previews never.
    """
    n_real, n_simulated = count_people(session, study)
    if include_simulated is None:
        include_simulated = n_real == 0 and n_simulated > 0
    chosen = {"include_simulated": include_simulated, "include_preview": False}
    runs = read_runs(session, study, **chosen)
    images = images_of(session, study)
    pool = set(pool_of(images, study.definition["images"]["targets"]))
    targets = [image for image in images if image.id in pool]
    trials = trial_frame(session, runs)
    scored = score(trials, exclusion_frame(exclusion_rows(session, study, **chosen)), images)
    live = tuple(live_image(image, scored.by_image[image.image_id]) for image in targets)
    goal = int(study.definition["goal"]["responses_per_image"])
    needs = needs_of(Paradigm.from_dict(study.paradigm), study.definition["runs_per_participant"])
    to_go = sum(max(goal - image.repeats, 0) for image in live)
    return LiveResults(
        people=participation(session, study, include_simulated=include_simulated),
        n_responses=len(trials),
        n_real=n_real,
        n_simulated=n_simulated,
        includes_simulated=include_simulated,
        goal=goal,
        share_of_goal=1 - to_go / (goal * len(live)) if live else 0.0,
        participants_to_go=math.ceil(to_go / max(needs.n_answers, 1)),
        images=live,
        hit_rate=mean_of([image.hit_rate for image in live]),
        false_alarm_rate=mean_of([image.false_alarm_rate for image in live]),
        rate_correlation=scored.rate_correlation,
        split_half=scored.split_half,
        reliability=scored.reliability,
        median_minutes=median_minutes(runs),
    )


def live_image(image: Image, scores: Mapping[Any, Any]) -> LiveImage:
    """An image with its scores."""
    return LiveImage(
        image_id=image.image_id,
        sha256=image.sha256,
        hits=int(scores["hits"]),
        repeats=int(scores["repeats"]),
        false_alarms=int(scores["false_alarms"]),
        firsts=int(scores["firsts"]),
        hit_rate=known(scores["hit_rate"]),
        false_alarm_rate=known(scores["false_alarm_rate"]),
    )


@dataclass(frozen=True, slots=True)
class Scored:
    """What `analysis` says of the trials."""

    # image_id → columns of analysis.scores.scoring.image_scores
    by_image: Mapping[Any, Mapping[Any, Any]]
    rate_correlation: float | None
    split_half: float | None
    reliability: float | None


def trial_frame(session: Session, runs: list[ExportedRun]) -> "pd.DataFrame":
    """The trials of these runs as the dataset's table has them, in the columns that scores need."""
    import pandas as pd

    columns = dict(zip(TRIALS, zip(*trial_rows(session, runs), strict=True), strict=False))
    return pd.DataFrame(
        {name: pd.Series(columns.get(name, ()), dtype=kind) for name, kind in SCORED.items()}
    )


def exclusion_frame(rows: Iterable[Sequence[Value]]) -> "pd.DataFrame":
    """What is left out of the scores, as the dataset's table has it."""
    import pandas as pd

    kinds = dict.fromkeys(EXCLUSIONS, "object") | {"level": "Int64", "number": "float64"}
    return pd.DataFrame([*rows], columns=[*EXCLUSIONS]).astype(kinds)


def score(trials: "pd.DataFrame", exclusions: "pd.DataFrame", images: list[Image]) -> Scored:
    """Scores of every image, and how alike two halves of the participants rank them."""
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from analysis.consistency.split_half import split_half
    from analysis.dataset import Dataset
    from analysis.errors import AnalysisError
    from analysis.scores.scoring import image_scores, rate_correlation

    table = pd.DataFrame({"image_id": [image.image_id for image in images]})
    dataset = Dataset(path=Path("live"), images=table, trials=trials, exclusions=exclusions)
    scores = image_scores(dataset)
    halves = None
    if trials["participant_id"].nunique() >= FEWEST_PARTICIPANTS:
        try:
            halves = split_half(
                dataset, n_splits=N_SPLITS, n_bootstrap=0, rng=np.random.default_rng(1)
            )
        except AnalysisError:
            halves = None  # too few images with responses in both halves yet
    return Scored(
        by_image=scores.astype(float).to_dict("index"),
        rate_correlation=known(rate_correlation(scores)),
        split_half=known(halves.rho) if halves else None,
        reliability=known(halves.reliability) if halves else None,
    )


def import_analysis() -> None:
    """Import what `score` needs, so that the first computation takes no longer than the others."""
    import pandas as pd  # noqa: F401

    import analysis.consistency.split_half
    import analysis.scores.scoring  # noqa: F401


def known(number: float) -> float | None:
    """A number, or None where it is not one."""
    return float(number) if math.isfinite(number) else None


def mean_of(rates: list[float | None]) -> float | None:
    """Mean of the rates that are known."""
    values = [rate for rate in rates if rate is not None]
    return sum(values) / len(values) if values else None


def median_minutes(runs: list[ExportedRun]) -> float | None:
    """How long finished runs took, from their first image to their end."""
    seconds = [
        (run.finished_at - run.started_at).total_seconds()
        for run in runs
        if run.finished_at and run.started_at
    ]
    return median(seconds) / 60 if seconds else None
