"""How many images of each kind a run has, and how long its levels are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiment.design.paradigms import Paradigm


@dataclass(frozen=True, slots=True)
class Shape:
    """The counts of one run. Images are numbered in the order of the first six."""

    n_targets: int  # shown twice
    n_fillers: int  # shown once
    n_vigilance: int  # shown twice, soon
    n_lures: int  # new images of a test phase
    n_leaving: int  # targets shown once here, and again in the next run
    n_returning: int  # targets that an earlier run showed first
    level_trials: tuple[int, ...]  # length of each level
    level_targets: tuple[int, ...]  # targets that first appear in each level
    level_vigilance: tuple[int, ...]  # vigilance pairs within each level

    @property
    def n_trials(self) -> int:
        """Presentations in the run."""
        return sum(self.level_trials)

    @property
    def n_images(self) -> int:
        """Images that are new in this run."""
        return self.n_targets + self.n_fillers + self.n_vigilance + self.n_lures + self.n_leaving


def shape_of(paradigm: "Paradigm", run_number: int, n_runs: int, n_returning: int | None) -> Shape:
    """The counts of the run of this 1-based number among so many; see ``Paradigm.shape``."""
    if paradigm.phases == "study_test":
        return _study_test(paradigm)
    if paradigm.n_levels > 1:
        return _levels(paradigm)
    n_leaving = paradigm.n_returning if run_number < n_runs else 0
    if n_returning is None:
        n_returning = paradigm.n_returning if run_number > 1 else 0
    # A first image of a run is never one that returns.
    n_trials = (
        2 * (paradigm.n_targets + paradigm.n_vigilance)
        + paradigm.n_fillers
        + n_leaving
        + n_returning
    )
    return Shape(
        paradigm.n_targets,
        paradigm.n_fillers,
        paradigm.n_vigilance,
        0,
        n_leaving,
        n_returning,
        (n_trials,),
        (paradigm.n_targets,),
        (paradigm.n_vigilance,),
    )


def _study_test(paradigm: "Paradigm") -> Shape:
    study = paradigm.n_targets + paradigm.n_fillers + 2 * paradigm.n_vigilance
    return Shape(
        paradigm.n_targets,
        paradigm.n_fillers,
        paradigm.n_vigilance,
        paradigm.n_lures,
        0,
        0,
        (study, paradigm.n_targets + paradigm.n_lures),
        (paradigm.n_targets, 0),
        (paradigm.n_vigilance, 0),
    )


def _levels(paradigm: "Paradigm") -> Shape:
    """Every level as long as the others. Where targets return at most of a level's length, the last
    level has no new ones: their repeats would lie behind its end."""
    n_levels = paradigm.n_levels
    length = 2 * (paradigm.n_targets + paradigm.n_vigilance) + paradigm.n_fillers
    is_crossing = 2 * paradigm.lag_range("target")[1] > length
    first = paradigm.n_targets
    level_targets = (*[first] * (n_levels - 1), 0 if is_crossing else first)
    n_targets = sum(level_targets)
    n_vigilance = n_levels * paradigm.n_vigilance
    return Shape(
        n_targets,
        n_levels * length - 2 * (n_targets + n_vigilance),
        n_vigilance,
        0,
        0,
        0,
        (length,) * n_levels,
        level_targets,
        (paradigm.n_vigilance,) * n_levels,
    )
