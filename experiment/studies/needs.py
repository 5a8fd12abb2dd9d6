"""How many images and participants a study needs, counted over all runs of a participant."""

import math
from dataclasses import dataclass

from experiment.design.paradigms import Paradigm
from experiment.design.sequence import check_feasible


@dataclass(frozen=True, slots=True)
class Needs:
    """What one participant takes over all their runs."""

    n_targets: int  # different images
    n_others: int  # different images in any other role
    n_answers: int  # returns of targets: each is one answer to an image that is measured

    @property
    def n_images(self) -> int:
        """Different images."""
        return self.n_targets + self.n_others


def needs_of(paradigm: Paradigm, runs: int) -> Needs:
    """What one participant takes who plays so many runs to their end.

    Raises
    ------
    SequenceError
        If the paradigm does not fit into its run.
    """
    check_feasible(paradigm)
    return counted_needs(paradigm, runs)


def counted_needs(paradigm: Paradigm, runs: int) -> Needs:
    """The same of a paradigm that is known to fit into its run."""
    shapes = [paradigm.shape(number, runs) for number in range(1, runs + 1)]
    return Needs(
        n_targets=sum(shape.n_targets + shape.n_leaving for shape in shapes),
        n_others=sum(shape.n_fillers + shape.n_vigilance + shape.n_lures for shape in shapes),
        n_answers=sum(shape.n_targets + shape.n_returning for shape in shapes),
    )


def participants_needed(responses_per_image: int, n_pool: int, needs: Needs) -> int | None:
    """Participants until every image of the target pool has its responses; None: never."""
    if needs.n_answers == 0:
        return None
    return math.ceil(responses_per_image * n_pool / needs.n_answers)
