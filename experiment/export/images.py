"""The images of a dataset: their table and their files."""

import filecmp
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.errors import ExperimentError
from experiment.export.columns import IMAGES
from experiment.export.tables import Kind, Value
from experiment.export.workplace import Workplace
from experiment.models import Image, Prediction, Study
from experiment.results.blinding import is_hidden


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


def image_rows(images: Sequence[Image], folder: str = "thumbnails") -> Iterator[list[Value]]:
    """One row for each image; `folder` is where the export has the thumbnails."""
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
            f"{folder}/{image.sha256}.webp",
            *(None if value in (None, "") else str(value) for value in own),
        ]


def prediction_rows(
    session: Session, study: Study, images: Sequence[Image]
) -> Iterator[list[Value]]:
    """What models say of the images, by model and image_id; nothing while that is hidden."""
    if is_hidden(study):
        return
    models = session.scalars(
        select(Prediction.model).where(Prediction.study_id == study.id).distinct()
    )
    for model in sorted(models):
        of_model = (Prediction.study_id == study.id) & (Prediction.model == model)
        found = {row.sha256: row for row in session.scalars(select(Prediction).where(of_model))}
        for image in images:
            if row := found.get(image.sha256):
                said = [row.value, row.fingerprint, row.error]
                yield [image.image_id, image.sha256, model, *said]


def picture_files(images: Sequence[Image], folder: Path) -> Mapping[str, Path]:
    """The file of each image in a folder of the instance, by sha256 of the original.

    Raises
    ------
    ExperimentError
        If one is missing.
    """
    files = {file.stem: file for file in folder.glob("*")}
    for image in images:
        if image.sha256 not in files:
            raise ExperimentError(
                f"{folder} has no file for image '{image.image_id}' "
                f"({image.sha256}); import the image set again with 'hitrate stimuli import'."
            )
    return files


def copy_pictures(
    work: Workplace, images: Sequence[Image], image_set: Path, parent: str, *, with_images: bool
) -> None:
    """Copy each image's thumbnail, and the originals where they are asked for, to folders of a
    folder of the export."""
    for kind in ("thumbnails", "originals") if with_images else ("thumbnails",):
        files = picture_files(images, image_set / kind)
        for image in images:
            file = files[image.sha256]
            copy_picture(file, work.file(f"{parent}{kind}/{file.name}"))


def stimulus_names(images: Sequence[Image], folder: Path) -> dict[str, str]:
    """The file of each image under `stimuli/`, by image_id: its id, ending as its file in a folder
    of the instance does."""
    files = picture_files(images, folder)
    return {image.image_id: image.image_id + files[image.sha256].suffix for image in images}


def copy_stimuli(work: Workplace, images: Sequence[Image], folder: Path) -> None:
    """Copy the images' files from a folder of the instance to `stimuli/`, under their ids."""
    files = picture_files(images, folder)
    for image in images:
        file = files[image.sha256]
        copy_picture(file, work.file(f"stimuli/{image.image_id}{file.suffix}"))


def copy_picture(file: Path, target: Path) -> None:
    """Copy a file, unless an earlier attempt has done it."""
    if not (target.is_file() and filecmp.cmp(file, target, shallow=False)):
        shutil.copyfile(file, target)
