"""Thumbnails as ``data:`` addresses, so that the report's one file holds them."""

import base64
import io
import logging
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import pandas as pd
from PIL import Image, UnidentifiedImageError

from analysis.report.blocks import Section

logger = logging.getLogger(__name__)

SIDE_PX = 160
MOST_BYTES = 40_000  # a larger file is made into a thumbnail first
MOST_PICTURES = 2_000  # beyond the galleries; each is 3 to 6 kB
TYPES = {"WEBP": "image/webp", "JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif"}


def wanted_pictures(sections: Sequence[Section]) -> list[str]:
    """image_ids whose thumbnails the page needs, at most ``MOST_PICTURES`` beyond the galleries."""
    ids = dict.fromkeys(tile.image_id for section in sections for tile in section.tiles())
    more = [figure.wanted for section in sections for figure in section.figures()]
    for section in sections:
        tables = [table for table in section.long_tables() if table.with_pictures]
        more += [[row[0] for row in table.rows] for table in tables]
    for image_id in chain(*more):
        if len(ids) >= MOST_PICTURES:
            break
        ids[image_id] = None
    return list(ids)


def data_addresses(folder: Path, images: pd.DataFrame, wanted: Iterable[str]) -> dict[str, str]:
    """The thumbnails of some images.

    Parameters
    ----------
    folder
        Of the dataset. A thumbnail outside of it is not read.
    images
        The dataset's table: ``image_id``, ``thumbnail`` (path within the folder, or missing).
    wanted
        image_ids in order of importance.

    Returns
    -------
    image_id → ``data:image/…;base64,…``; an image without a thumbnail that can be read is no key.
    """
    if "thumbnail" not in images:
        return {}
    paths = images.dropna(subset=["thumbnail"]).set_index("image_id")["thumbnail"].to_dict()
    found = {}
    for image_id in wanted:
        if image_id in paths:
            address = data_address(folder, str(paths[image_id]))
            if address is not None:
                found[image_id] = address
    return found


def data_address(folder: Path, thumbnail: str) -> str | None:
    """One thumbnail's bytes as they are, or smaller where they are many; None if there is none."""
    path = (folder / thumbnail).resolve()
    if not path.is_relative_to(folder.resolve()):
        logger.warning("thumbnail %r lies outside the dataset and is not shown", thumbnail)
        return None
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            kind = picture.format or ""
            if kind not in TYPES or len(content) > MOST_BYTES or max(picture.size) > 4 * SIDE_PX:
                content, kind = smaller(picture), "WEBP"
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        logger.warning("thumbnail %r cannot be shown: %s", thumbnail, error)
        return None
    return f"data:{TYPES[kind]};base64,{base64.b64encode(content).decode('ascii')}"


def smaller(picture: Image.Image) -> bytes:
    """A WebP of at most ``SIDE_PX`` on its longest side."""
    copy = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    copy.thumbnail((SIDE_PX, SIDE_PX))
    out = io.BytesIO()
    copy.save(out, "WEBP", quality=80)
    return out.getvalue()
