"""Can a file be decoded, is it what its name says, is it one picture?"""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image as PillowImage

from stimuli.errors import Refusal, RefusedImageError
from stimuli.image_set import ORIGINALS, ImageSet, thumbnail_path
from stimuli.pixels import FORMATS, open_image, upright_rgb
from stimuli.renditions import thumbnail

SUFFIXES = {".jpe": ".jpg", ".jpeg": ".jpg", ".jfif": ".jpg", ".tif": ".tiff", ".dib": ".bmp"}


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out about one sound file."""

    sha256: str
    suffix: str  # of the format that it really is, e.g. ".jpg"
    width_px: int  # of the upright picture
    height_px: int
    thumbnail: bytes  # WebP


def examine(content: bytes, *, first_frame: bool = False) -> Examined:
    """Decode a file's whole content and describe it.

    Parameters
    ----------
    content, first_frame
        The encoded bytes; whether the first frame of an animation is good enough.

    Raises
    ------
    RefusedImageError
        With the kind and the reason, if it cannot be used.
    """
    with open_image(io.BytesIO(content)) as image:
        suffix = FORMATS[str(image.format)]
        if not first_frame and is_animated(image):
            raise RefusedImageError(
                Refusal.ANIMATION,
                "has more than one frame or page: '--first-frame' imports the first one",
            )
        picture = upright_rgb(image)
    return Examined(
        sha256=hashlib.sha256(content).hexdigest(),
        suffix=suffix,
        width_px=picture.width,
        height_px=picture.height,
        thumbnail=thumbnail(picture),
    )


def is_animated(image: PillowImage.Image) -> bool:
    """Has an opened picture more frames or pages than one?"""
    if image.format == "MPO":
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception as error:  # Pillow looks for the second frame, which may be damaged
        raise RefusedImageError(
            Refusal.TRUNCATED, f"its second frame is damaged: {error}"
        ) from error


def same_format(suffix: str, true_suffix: str) -> bool:
    """Does a file name's extension fit the format? A name without one does."""
    return not suffix or SUFFIXES.get(suffix, suffix) == true_suffix


def check_image_set(image_set: ImageSet) -> list[str]:
    """What is wrong with an image set's files, one sentence each; empty if nothing is."""
    problems = []
    for image in image_set.images:
        place = f"{image.image_id} ({image.path.name})"
        try:
            with image.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            problems.append(f"{place}: the original cannot be read: {error.strerror}")
            continue
        if digest != image.sha256:
            problems.append(f"{place}: the original was changed after the import")
        if not thumbnail_path(image_set.folder, image.sha256).is_file():
            problems.append(f"{place}: its thumbnail is missing")
    known = {image.path.name for image in image_set.images}
    folder = image_set.folder / ORIGINALS
    there = folder.iterdir() if folder.is_dir() else ()
    strays = sorted(path.name for path in there if path.name not in known)
    if strays:
        problems.append(
            f"originals/ holds {len(strays)} files of no image (first: {strays[0]}), perhaps from "
            "an interrupted import: run that import again, or delete them"
        )
    return problems
