"""Which images a participant gets next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from experiment.design.chance import shuffled
from experiment.design.paradigms import Paradigm
from experiment.errors import AllocationError

ImageKey = TypeVar("ImageKey", int, str)


@dataclass(frozen=True, slots=True)
class Choice(Generic[ImageKey]):
    """The images of one run; no image is in two roles."""

    targets: tuple[ImageKey, ...]
    fillers: tuple[ImageKey, ...]
    vigilance: tuple[ImageKey, ...]

    @property
    def images(self) -> tuple[ImageKey, ...]:
        """All of them, as ``PlannedTrial.image`` counts: targets, fillers, vigilance."""
        return self.targets + self.fillers + self.vigilance


def choose_images(
    pool_targets: Sequence[ImageKey],
    pool_fillers: Sequence[ImageKey],
    coverage: Mapping[ImageKey, int],
    seen: Collection[ImageKey],
    paradigm: Paradigm,
    rng: Random,
) -> Choice[ImageKey]:
    """Choose the images of a run: least covered targets first, ties by chance; the rest by chance.

    Parameters
    ----------
    pool_targets, pool_fillers
        What may be a target, and what may be a filler or vigilance image; the two may share images
        or be the same. Their order matters to what a seed gives, so it must be a fixed one.
    coverage
        How many target pairs each image has, promises included; an image not in it has none.
    seen
        Images this participant must not see (again).
    rng
        The only source of chance.

    Raises
    ------
    AllocationError
        If too few images are left, with the counts.
    """
    hidden = set(seen)
    fillers_left = [key for key in dict.fromkeys(pool_fillers) if key not in hidden]
    targets_left = [key for key in dict.fromkeys(pool_targets) if key not in hidden]
    n_once = paradigm.n_fillers + paradigm.n_vigilance
    # Images in both pools may become targets only as long as enough fillers remain.
    both = set(fillers_left).intersection(targets_left)
    spare = len(fillers_left) - n_once
    n_possible = len(targets_left) - len(both) + min(len(both), max(spare, 0))
    if spare < 0 or n_possible < paradigm.n_targets:
        raise AllocationError(
            f"a run of {paradigm.name} needs {paradigm.n_targets} targets and {n_once} fillers and "
            f"vigilance images; this participant has {len(targets_left)} of {len(pool_targets)} "
            f"images for targets left and {len(fillers_left)} of {len(pool_fillers)} for the "
            f"others, {len(both)} of them for either: "
            "add images to the set or let people play fewer runs"
        )
    targets: list[ImageKey] = []
    # Python's sort is stable, so images of the same coverage stay shuffled.
    for key in sorted(shuffled(rng, targets_left), key=lambda key: coverage.get(key, 0)):
        if len(targets) == paradigm.n_targets:
            break
        if key in both:
            if spare == 0:
                continue
            spare -= 1
        targets.append(key)
    taken = set(targets)
    others = shuffled(rng, [key for key in fillers_left if key not in taken])[:n_once]
    return Choice(
        targets=tuple(shuffled(rng, targets)),
        fillers=tuple(others[: paradigm.n_fillers]),
        vigilance=tuple(others[paradigm.n_fillers :]),
    )
