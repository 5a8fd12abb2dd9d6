"""From the opaque address of a trial to the file that is shown."""

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.errors import NotFoundError
from experiment.models import Image, ImageSet, Run, Study, Trial
from experiment.settings import Settings
from stimuli.errors import StimuliError
from stimuli.image_set import ORIGINALS
from stimuli.image_set import Image as ImageFile
from stimuli.renditions import rendition, rendition_path


def shown_image(session: Session, settings: Settings, token: str, address: str) -> Path:
    """The rendition of the image of one trial of this run; made if it is absent.

    Raises
    ------
    NotFoundError
        If the run has no trial of this address, or the image's file is gone.
    """
    row = session.execute(
        select(Image, ImageSet.name, Study.paradigm)
        .select_from(Trial)
        .join(Run, Run.id == Trial.run_id)
        .join(Study, Study.id == Run.study_id)
        .join(Image, Image.id == Trial.image_id)
        .join(ImageSet, ImageSet.id == Image.image_set_id)
        .where(Trial.address == address, Run.token == token)
    ).one_or_none()
    if row is None:
        raise NotFoundError("this run has no image of this address")
    image, set_name, paradigm = row
    return study_rendition(image, settings, set_name, paradigm)


def study_rendition(
    image: Image, settings: Settings, set_name: str, paradigm: dict[str, Any]
) -> Path:
    """The file of an image as a study shows it; made if it is absent."""
    size_px, crop = size_and_crop(paradigm)
    made = rendition_path(image.sha256, settings.renditions, size_px, crop)
    if made.is_file():
        return made
    folder = settings.image_sets / set_name / ORIGINALS
    original = next(folder.glob(f"{image.sha256}.*"), folder / image.sha256)
    file = ImageFile(
        image_id=image.image_id,
        path=original,
        sha256=image.sha256,
        width_px=image.width_px,
        height_px=image.height_px,
        category=image.category,
        licence=image.licence,
        attributes=image.attributes,
    )
    try:
        return rendition(file, settings.renditions, size_px, crop)
    except (StimuliError, OSError):
        raise NotFoundError(
            "the file of this image is gone or damaged; import its set again"
        ) from None


def has_rendition(image: Image, settings: Settings, paradigm: dict[str, Any]) -> bool:
    """Whether the file of an image as a study shows it is there."""
    size_px, crop = size_and_crop(paradigm)
    return rendition_path(image.sha256, settings.renditions, size_px, crop).is_file()


def size_and_crop(paradigm: dict[str, Any]) -> tuple[int, str | None]:
    """The longest side of the pictures of a game in pixels, and the part of them that is shown."""
    display = paradigm["display"]
    return display["size_px"], None if display["crop"] == "none" else display["crop"]
