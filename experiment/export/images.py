"""The images of a dataset: their table and their files."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.errors import ExperimentError
from experiment.export.columns import IMAGES
from experiment.export.tables import Kind, Value
from experiment.models import Image, Study


def read_images(session: Session, study: Study) -> list[Image]:
    """Every image of the study's set, shown or not, by image_id."""
    images = session.scalars(select(Image).where(Image.image_set_id == study.image_set_id))
    return sorted(images, key=lambda image: image.image_id)


def attribute_columns(images: Sequence[Image]) -> dict[str, str]:
    """Column of each of the researcher's own attributes, in the order of their first appearance.

    An attribute that is named like one of the codebook's columns gets the prefix ``attribute_``.
    """
    names = {name: None for image in images for name in image.attributes}
    return {name: f"attribute_{name}" if name in IMAGES else name for name in names}


def image_columns(images: Sequence[Image]) -> dict[str, Kind]:
    """Columns of the images table: the codebook's, then the researcher's own attributes."""
    return IMAGES | dict.fromkeys(attribute_columns(images).values(), "typed")


def image_rows(images: Sequence[Image]) -> Iterator[list[Value]]:
    """One row for each image."""
    attributes = tuple(attribute_columns(images))
    for image in images:
        own = (image.attributes.get(name) for name in attributes)
        yield [
            image.image_id,
            image.sha256,
            image.width_px,
            image.height_px,
            image.category,
            image.licence,
            f"thumbnails/{image.sha256}.webp",
            *(None if value in (None, "") else str(value) for value in own),
        ]


def copy_pictures(images: list[Image], image_set: Path, folder: Path, with_images: bool) -> None:
    """Copy each image's thumbnail, and the originals where they are asked for."""
    kinds = ("thumbnails", "originals") if with_images else ("thumbnails",)
    for kind in kinds:
        (folder / kind).mkdir()
        files = {file.stem: file for file in (image_set / kind).glob("*")}
        for image in images:
            if image.sha256 not in files:
                raise ExperimentError(
                    f"{image_set / kind} has no file for image '{image.image_id}' "
                    f"({image.sha256}); import the image set again with 'hitrate stimuli import'."
                )
            file = files[image.sha256]
            shutil.copyfile(file, folder / kind / file.name)
