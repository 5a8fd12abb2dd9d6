"""How many images and participants a study needs, counted on a sequence as it is drawn."""

import math
from dataclasses import dataclass

from experiment.design.chance import from_seed
from experiment.design.paradigms import Paradigm
from experiment.design.sequence import draw_sequence


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
    sequence = draw_sequence(paradigm, from_seed("needs"))
    firsts = [trial.role == "target" for trial in sequence if not trial.is_repeat]
    n_returns = sum(trial.role == "target" and trial.is_repeat for trial in sequence)
    return Needs(
        n_targets=runs * sum(firsts),
        n_others=runs * (len(firsts) - sum(firsts)),
        n_answers=runs * n_returns + (runs - 1) * paradigm.n_returning,
    )


def participants_needed(responses_per_image: int, n_pool: int, needs: Needs) -> int | None:
    """Participants until every image of the target pool has its responses; None: never."""
    if needs.n_answers == 0:
        return None
    return math.ceil(responses_per_image * n_pool / needs.n_answers)
