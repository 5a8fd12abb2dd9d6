"""Which images of its set a study may show, and whether they suffice."""

from collections.abc import Iterable
from typing import Any

from experiment.coverage import attribute_of, belongs
from experiment.errors import StudyError
from experiment.studies.file import StudyDefinition
from experiment.studies.needs import needs_of
from experiment.studies.table import Pool, nearest


def check_pools(definition: StudyDefinition, images: list[Any]) -> tuple[set[int], set[int]]:
    """Positions in `images` of the study's targets and fillers.

    Raises
    ------
    StudyError
        If a pool or the clusters name a column or a value that no image has, or the images do not
        suffice for all runs of one participant.
    SequenceError
        If the paradigm does not fit into its run.
    """
    for key, pool in (("targets", definition.targets), ("fillers", definition.fillers)):
        check_names(f"{definition.source}: images.{key}", pool, images, definition.image_set)
    column: Pool = None if definition.cluster is None else {definition.cluster: []}
    check_names(f"{definition.source}: images.cluster", column, images, definition.image_set)
    numbered = list(range(len(images)))
    targets = {i for i in numbered if belongs(images[i], definition.targets or "all")}
    fillers = {i for i in numbered if belongs(images[i], definition.fillers or "all")}
    runs = definition.runs_per_participant
    needs = needs_of(definition.paradigm, runs)
    for key, needed, those in (
        ("images.targets", needs.n_targets, targets),
        ("images.fillers", needs.n_others, fillers),
        ("images", needs.n_images, targets | fillers),
    ):
        available = n_for_one(definition, images, those)
        if available < needed:
            clusters = f" from different clusters of {definition.cluster!r}"
            raise StudyError(
                f"{definition.source}: {key}: {runs_of_one(runs)} {needed} different images"
                f"{clusters if definition.cluster else ''}, but "
                f"{definition.image_set!r} has {available}; widen the pool, import more images or "
                "lower n_targets, n_fillers, n_vigilance or runs_per_participant"
            )
    return targets, fillers


def n_for_one(definition: StudyDefinition, images: list[Any], pool: Iterable[int]) -> int:
    """How many images of a pool one person may see: one of each cluster, where there are any.

    An image without a value in the clusters' column is a cluster by itself.
    """
    if definition.cluster is None:
        return len(set(pool))
    return len({str(attribute_of(images[i], definition.cluster)) or i for i in pool})


def check_names(where: str, pool: Pool, images: Iterable[Any], image_set: str) -> None:
    """Refuse a column that the image set has not, and a value that no image has there."""
    columns = sorted({name for image in images for name in image.attributes})
    if any(image.category for image in images):
        columns.insert(0, "category")
    for name, allowed in (pool or {}).items():
        if name not in columns:
            known = nearest(name, columns) if columns else "its images have none"
            raise StudyError(f"{where}: {image_set!r} has no column {name!r}; {known}")
        there = sorted({str(attribute_of(image, name)) for image in images} - {""})
        for value in allowed:
            if value not in there:
                raise StudyError(
                    f"{where}.{name}: no image of {image_set!r} has {value!r}; "
                    f"{nearest(value, there)}"
                )


def runs_of_one(runs: int) -> str:
    """The runs of one participant, as a subject with its verb."""
    return "a participant's run needs" if runs == 1 else f"a participant's {runs} runs need"
