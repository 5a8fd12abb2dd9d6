"""The size and crop of an image that people are shown, and thumbnails; made once, as WebP."""

import io
from pathlib import Path

from PIL import Image as PillowImage
from PIL.Image import Resampling

from stimuli.atomic import write_file
from stimuli.errors import StimuliError
from stimuli.image_set import Image
from stimuli.pixels import load_rgb

CROPS = (None, "square")
THUMBNAIL_PX = 160
RENDITION_QUALITY = 90
THUMBNAIL_QUALITY = 80


def rendition(image: Image, folder: Path, size_px: int, crop: str | None = None) -> Path:
    """The WebP file of one image at one size; made if it is absent, in one step.

    Parameters
    ----------
    image, folder
        The image, and where renditions are kept; the folder is made if it is absent.
    size_px
        Longest side in pixels; a smaller picture is never enlarged.
    crop
        None for the whole picture, "square" for the square in its middle.

    Raises
    ------
    StimuliError
        If the size or crop is not known, or the original is absent or damaged.
    """
    if size_px < 1:
        raise StimuliError(f"a rendition of {size_px} pixels: give at least 1")
    if crop not in CROPS:
        raise StimuliError(f"crop {crop!r} is not known: use 'square' or none")
    path = rendition_path(image.sha256, folder, size_px, crop)
    if not path.is_file():
        content = webp(cropped(load_rgb(image.path), crop), size_px, RENDITION_QUALITY)
        folder.mkdir(parents=True, exist_ok=True)
        write_file(path, content)
    return path


def rendition_path(sha256: str, folder: Path, size_px: int, crop: str | None = None) -> Path:
    """Where the rendition of an image lies, or would."""
    return folder / f"{sha256}-{size_px}-{crop or 'whole'}.webp"


def thumbnail(picture: PillowImage.Image) -> bytes:
    """A WebP thumbnail of RGB pixels, longest side at most 160."""
    return webp(picture, THUMBNAIL_PX, THUMBNAIL_QUALITY)


def cropped(picture: PillowImage.Image, crop: str | None) -> PillowImage.Image:
    """The part of a picture that is shown."""
    if crop is None:
        return picture
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def webp(picture: PillowImage.Image, size_px: int, quality: int) -> bytes:
    """Encode RGB pixels, first made smaller if the longest side exceeds ``size_px``."""
    scale = size_px / max(picture.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Resampling.LANCZOS, reducing_gap=3.0)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()
