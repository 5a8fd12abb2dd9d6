"""Which images a participant gets next."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from experiment.design.chance import below, shuffled
from experiment.design.paradigms import Paradigm
from experiment.design.shape import Shape
from experiment.errors import AllocationError

ImageKey = TypeVar("ImageKey", int, str)


@dataclass(frozen=True, slots=True)
class Choice(Generic[ImageKey]):
    """The images of one run; no image is in two roles."""

    targets: tuple[ImageKey, ...]
    fillers: tuple[ImageKey, ...]
    vigilance: tuple[ImageKey, ...]
    lures: tuple[ImageKey, ...] = ()
    leaving: tuple[ImageKey, ...] = ()
    returning: tuple[ImageKey, ...] = ()

    @property
    def images(self) -> tuple[ImageKey, ...]:
        """All of them, in the order in which ``PlannedTrial.image`` counts."""
        return (
            self.targets
            + self.fillers
            + self.vigilance
            + self.lures
            + self.leaving
            + self.returning
        )


def choose_images(
    pool_targets: Sequence[ImageKey],
    pool_fillers: Sequence[ImageKey],
    coverage: Mapping[ImageKey, int],
    seen: Collection[ImageKey],
    paradigm: Paradigm,
    rng: Random,
    *,
    shape: Shape | None = None,
    cluster_of: Mapping[ImageKey, Hashable] | None = None,
    returning: Sequence[ImageKey] = (),
) -> Choice[ImageKey]:
    """Choose the images of a run: least covered targets first, ties by chance; the rest by chance.

    Parameters
    ----------
    pool_targets, pool_fillers
        What may be a target, and what may be a filler, vigilance image or lure; the two may share
        images or be the same. Their order matters to what a seed gives, so it must be a fixed one.
    coverage
        How many target pairs each image has, promises included; an image not in it has none.
    seen
        Images this participant must not see (again).
    rng
        The only source of chance.
    shape
        The counts of this run, where it is not the first of one.
    cluster_of
        Of images that belong together: of each cluster one is shown to a person at most, seen ones
        counted. Images that are not in it stand for themselves.
    returning
        Images of an earlier run that this one shows again.

    Raises
    ------
    AllocationError
        If too few images are left, with the counts.
    """
    shape = shape or paradigm.shape()
    n_targets = shape.n_targets + shape.n_leaving
    n_once = shape.n_fillers + shape.n_vigilance + shape.n_lures
    unit: _Units[ImageKey] = _Units(cluster_of or {})
    hidden = {unit.of(key) for key in seen}
    fillers_left = unit.gather(pool_fillers, hidden)
    targets_left = unit.gather(pool_targets, hidden)
    # Images in both pools may become targets only as long as enough fillers remain.
    both = set(fillers_left).intersection(targets_left)
    spare = len(fillers_left) - n_once
    n_possible = len(targets_left) - len(both) + min(len(both), max(spare, 0))
    if spare < 0 or n_possible < n_targets:
        what = "clusters of images" if cluster_of else "images"
        raise AllocationError(
            f"a run of {paradigm.name} needs {n_targets} targets and {n_once} fillers and "
            f"vigilance images; this participant has {len(targets_left)} of "
            f"{len(unit.gather(pool_targets, ()))} {what} for targets left and {len(fillers_left)} "
            f"of {len(unit.gather(pool_fillers, ()))} for the others, {len(both)} of them for "
            "either: add images to the set or let people play fewer runs"
        )
    least = {u: min(coverage.get(key, 0) for key in keys) for u, keys in targets_left.items()}
    chosen: list[Hashable] = []
    # Python's sort is stable, so images of the same coverage stay shuffled.
    for one in sorted(shuffled(rng, targets_left), key=lambda u: least[u]):
        if len(chosen) == n_targets:
            break
        if one in both:
            if spare == 0:
                continue
            spare -= 1
        chosen.append(one)
    taken = set(chosen)
    others = shuffled(rng, [u for u in fillers_left if u not in taken])[:n_once]
    targets = [
        _any([key for key in targets_left[u] if coverage.get(key, 0) == least[u]], rng)
        for u in shuffled(rng, chosen)
    ]
    once = [_any(fillers_left[u], rng) for u in others]
    n_most = shape.n_fillers + shape.n_vigilance
    return Choice(
        targets=tuple(targets[: shape.n_targets]),
        fillers=tuple(once[: shape.n_fillers]),
        vigilance=tuple(once[shape.n_fillers : n_most]),
        lures=tuple(once[n_most:]),
        leaving=tuple(targets[shape.n_targets :]),
        returning=tuple(returning),
    )


class _Units(Generic[ImageKey]):
    """Images by what is shown once to a person: a cluster, or the image itself."""

    def __init__(self, cluster_of: Mapping[ImageKey, Hashable]) -> None:
        self.cluster_of: Mapping[ImageKey, Hashable] = cluster_of

    def of(self, key: ImageKey) -> Hashable:
        return ("cluster", self.cluster_of[key]) if key in self.cluster_of else key

    def gather(
        self, pool: Sequence[ImageKey], hidden: Collection[Hashable]
    ) -> dict[Hashable, list[ImageKey]]:
        """The images of a pool by unit, without those that must not be shown."""
        units: dict[Hashable, list[ImageKey]] = {}
        for key in dict.fromkeys(pool):
            if (unit := self.of(key)) not in hidden:
                units.setdefault(unit, []).append(key)
        return units


def _any(keys: Sequence[ImageKey], rng: Random) -> ImageKey:
    """One of them; no chance is used where there is no choice."""
    return keys[0] if len(keys) == 1 else keys[below(rng, len(keys))]
