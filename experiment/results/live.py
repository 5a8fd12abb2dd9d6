"""What a study has found so far, as its page shows it: counts as they are now, and the statistics
that were computed last."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.design.paradigms import Paradigm
from experiment.models import Participant, Study
from experiment.results.course import Course, course
from experiment.results.kept import Kept, find_kept
from experiment.results.participation import Participation, participation
from experiment.results.scores import kind_of
from experiment.results.version import data_version
from experiment.studies.needs import needs_of


@dataclass(frozen=True)
class ImageScores:
    """Counts and scores of the images of the pool of targets, in columns, by image_id."""

    columns: Mapping[str, Sequence[Any]]  # "id" (Image.id), COUNTS and SCORES of scores.py
    n_participants: int  # with a trial that counts
    hit_rate: float | None  # mean over images
    false_alarm_rate: float | None
    rate_correlation: float | None  # Spearman, hit rate with false-alarm rate over images

    @cached_property
    def repeats(self) -> list[int]:
        """Valid repeats of each image, ascending."""
        return sorted(self.columns["repeats"])

    @property
    def n_seen(self) -> int:
        """Images with a hit rate."""
        return sum(n > 0 for n in self.repeats)

    @property
    def histogram(self) -> list[tuple[int, int]]:
        """How many images have how many valid repeats: (repeats, images)."""
        return sorted(Counter(self.repeats).items())


@dataclass(frozen=True, slots=True)
class Needed:
    """How many people a reliability takes; None: no number is enough."""

    reliability: float
    rho: float
    n_participants: float | None
    n_more: float | None

    @property
    def people(self) -> int | None:
        """More whole people; None: no number is enough."""
        return None if self.n_more is None else math.ceil(self.n_more - 1e-9)


@dataclass(frozen=True, slots=True)
class Consistency:
    """How alike halves of the people rank the images by hit rate."""

    n_participants: int
    n_images: int
    responses_per_image: float
    rho: float | None  # half against half, mean over splits
    reliability: float | None  # Spearman–Brown of it
    points: list[dict[str, Any]]  # of parts of the people: n_participants, rho, spread …
    ahead: list[dict[str, Any]]  # Spearman–Brown: n_participants, rho
    needed: tuple[Needed, ...]


@dataclass(frozen=True, slots=True)
class LiveResults:
    """A study so far."""

    people: Participation
    course: Course
    n_real: int  # participants who are not simulated, shown here or not
    n_simulated: int
    includes_simulated: bool
    goal: int  # responses per image
    answers_each: int  # responses to targets that a participant gives
    kept: Kept | None  # what follows was computed from; None: nothing yet
    images: ImageScores | None
    consistency: Consistency | None
    problem: str | None  # why there is no consistency yet

    @property
    def to_go(self) -> int:
        """Responses that are missing to the goal, over images."""
        repeats = self.images.repeats if self.images else []
        return sum(max(self.goal - n, 0) for n in repeats)

    @property
    def share_of_goal(self) -> float:
        """0 to 1."""
        n_images = len(self.images.repeats) if self.images else 0
        return 1 - self.to_go / (self.goal * n_images) if n_images else 0.0

    @property
    def participants_to_go(self) -> int:
        """Who give the responses that are missing."""
        return math.ceil(self.to_go / max(self.answers_each, 1))


def count_people(session: Session, study: Study) -> tuple[int, int]:
    """Participants: (real, simulated); previews are neither."""
    counted = session.execute(
        select(Participant.is_simulated, func.count())
        .where(Participant.study_id == study.id, Participant.is_preview.is_(False))
        .group_by(Participant.is_simulated)
    )
    counts = {bool(simulated): int(count) for simulated, count in counted}
    return counts.get(False, 0), counts.get(True, 0)


def are_simulated_shown(n_real: int, n_simulated: int, wanted: bool | None) -> bool:
    """Whether simulated participants count: as wanted, else only where there are no others."""
    return n_real == 0 and n_simulated > 0 if wanted is None else wanted


def find_scores(session: Session, study: Study, *, include_simulated: bool) -> Kept | None:
    """The scores and the consistency as they were computed last."""
    kind = kind_of(include_simulated=include_simulated)
    return find_kept(session, study, kind, data_version(session, study))


def live_results(
    session: Session, study: Study, *, include_simulated: bool | None = None
) -> LiveResults:
    """Everything that the live page shows; nothing is computed here that takes long."""
    n_real, n_simulated = count_people(session, study)
    shown = are_simulated_shown(n_real, n_simulated, include_simulated)
    kept = find_scores(session, study, include_simulated=shown)
    needs = needs_of(Paradigm.from_dict(study.paradigm), study.definition["runs_per_participant"])
    halves = kept.value["consistency"] if kept else None
    return LiveResults(
        people=participation(session, study, include_simulated=shown),
        course=course(session, study, include_simulated=shown),
        n_real=n_real,
        n_simulated=n_simulated,
        includes_simulated=shown,
        goal=int(study.definition["goal"]["responses_per_image"]),
        answers_each=needs.n_answers,
        kept=kept,
        images=ImageScores(**kept.value["images"]) if kept else None,
        consistency=None if halves is None or halves["problem"] else known_consistency(halves),
        problem=halves["problem"] if halves else None,
    )


def image_scores(
    session: Session, study: Study, *, include_simulated: bool | None = None
) -> tuple[ImageScores | None, Kept | None, bool]:
    """The scores of images alone, what they were computed from, and whether simulated people
    count."""
    shown = are_simulated_shown(*count_people(session, study), include_simulated)
    kept = find_scores(session, study, include_simulated=shown)
    return ImageScores(**kept.value["images"]) if kept else None, kept, shown


def known_consistency(value: dict[str, Any]) -> Consistency:
    """As it was kept."""
    rest = {name: value[name] for name in value if name not in ("problem", "needed")}
    return Consistency(needed=tuple(Needed(**one) for one in value["needed"]), **rest)
