"""Where first presentations and repeats fall in a run."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random

from experiment.design.chance import shuffled
from experiment.design.feasibility import arrange, check_feasible
from experiment.design.paradigms import Paradigm
from experiment.design.placement import Pair
from experiment.design.shape import Shape
from experiment.design.verification import verify

__all__ = ["PlannedTrial", "check_feasible", "draw_sequence", "verify"]


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """One presentation of a run that has no pictures yet."""

    position: int  # 0-based place in the run
    image: int  # which of the run's images, counted targets, fillers, vigilance, lures, leaving
    role: str
    is_repeat: bool
    lag: int | None  # in trials; None for a first presentation, and for one of an earlier run
    level: int  # 1-based
    phase: str

    @property
    def is_returning(self) -> bool:
        """Whether it was shown first in an earlier run; `image` counts these after all others."""
        return self.is_repeat and self.lag is None


def draw_sequence(
    paradigm: Paradigm, rng: Random, shape: Shape | None = None
) -> tuple[PlannedTrial, ...]:
    """Draw a run: each target and vigilance image twice at a lag of its range, each filler once.

    The same state of ``rng`` gives the same sequence on every machine. Where in the run a pair
    falls is left to chance as far as the lags allow, and so is which image of a role falls where.

    Parameters
    ----------
    paradigm, rng
        What to draw; the only source of chance.
    shape
        The counts of this run, where it is not the first of one.

    Raises
    ------
    SequenceError
        If the paradigm does not fit into its run (see ``check_feasible``).
    """
    shape = shape or paradigm.shape()
    targets, vigilance = arrange(paradigm, rng, shape)
    used = {position for pair in targets + vigilance for position in pair}
    starts = [0, *accumulate(shape.level_trials)]
    if paradigm.phases == "study_test":
        targets, fillers, lures = _study_and_test(shape, used, rng)
        leaving: list[int] = []
        returning: list[int] = []
    else:
        singles = [position for position in range(shape.n_trials) if position not in used]
        lures = []
        n_moving = shape.n_leaving + shape.n_returning
        if n_moving:
            singles = _returning_last(shuffled(rng, singles), shape.n_returning)
        fillers = sorted(singles[: shape.n_fillers])
        leaving = singles[shape.n_fillers : shape.n_fillers + shape.n_leaving]
        returning = singles[shape.n_fillers + shape.n_leaving :]
    trials: list[PlannedTrial] = []
    first_image = 0
    placed: list[tuple[str, list[Pair] | list[int]]] = [
        ("target", targets),
        ("filler", fillers),
        ("vigilance", vigilance),
        ("lure", lures),
        ("leaving", leaving),
        ("returning", returning),
    ]
    for role, places in placed:
        for image, place in enumerate(shuffled(rng, places), start=first_image):
            positions = place if isinstance(place, tuple) else (place,)
            for position in positions:
                is_again = position > positions[0]
                level = sum(position >= start for start in starts[:-1])
                trials.append(
                    PlannedTrial(
                        position=position,
                        image=image,
                        role="target" if role in ("leaving", "returning") else role,
                        is_repeat=is_again or role == "returning",
                        lag=position - positions[0] if is_again else None,
                        level=level,
                        phase=phase_of(paradigm, level),
                    )
                )
        first_image += len(places)
    return tuple(sorted(trials, key=lambda trial: trial.position))


def phase_of(paradigm: Paradigm, level: int) -> str:
    """The phase of a level."""
    if paradigm.phases == "study_test":
        return "study" if level == 1 else "test"
    return "game"


def _study_and_test(
    shape: Shape, used: set[int], rng: Random
) -> tuple[list[Pair], list[int], list[int]]:
    """Pairs of targets, and positions of fillers and lures, around the vigilance pairs."""
    n_study = shape.level_trials[0]
    study = shuffled(rng, [position for position in range(n_study) if position not in used])
    test = shuffled(rng, range(n_study, shape.n_trials))
    pairs = zip(study[: shape.n_targets], test[: shape.n_targets], strict=True)
    return sorted(pairs), sorted(study[shape.n_targets :]), sorted(test[shape.n_targets :])


def _returning_last(singles: list[int], n_returning: int) -> list[int]:
    """The positions with those of returning images at the end; the first trial is never one."""
    start = len(singles) - n_returning
    if n_returning and start and 0 in singles[start:]:
        # There is another single position to take, at no cost to chance elsewhere.
        at = singles.index(0)
        singles[at], singles[0] = singles[0], singles[at]
    return singles
