"""A set of images as it lies in the instance: ``image_sets/NAME/manifest.csv`` and its files."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stimuli.atomic import write_if_changed
from stimuli.errors import StimuliError

MANIFEST = "manifest.csv"
ORIGINALS = "originals"
THUMBNAILS = "thumbnails"
NOTICE = "NOTICE.txt"
COLUMNS = ("image_id", "file", "sha256", "width_px", "height_px", "category", "licence")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Image:
    """One image; width and height are those of the upright picture."""

    image_id: str  # unique within its set
    path: Path  # of the original file, absolute
    sha256: str  # of the original file, 64 hexadecimal digits
    width_px: int
    height_px: int
    category: str | None
    licence: str | None
    attributes: Mapping[str, str]  # the researcher's own columns; empty cells are left out


@dataclass(frozen=True, slots=True)
class ImageSet:
    """A named set of images, sorted by ``image_id``."""

    name: str
    folder: Path
    images: tuple[Image, ...]

    @property
    def notice(self) -> str | None:
        """The licence notice that came with the images, if one did."""
        notice = self.folder / NOTICE
        return notice.read_text(encoding="utf-8") if notice.is_file() else None


def check_name(name: str) -> str:
    """Return the name of an image set if it can be a folder's name.

    Raises
    ------
    StimuliError
        If it has other characters than ASCII letters, digits, ``-`` and ``_``, or is too long.
    """
    if NAME.fullmatch(name) is None:
        raise StimuliError(
            f"{name!r} cannot name an image set: use up to 64 letters a-z, digits, '-' and '_', "
            "beginning with a letter or digit"
        )
    return name


def thumbnail_path(folder: Path, sha256: str) -> Path:
    """Where an image set in ``folder`` keeps an image's thumbnail."""
    return folder / THUMBNAILS / f"{sha256}.webp"


def image_set_names(image_sets: Path) -> list[str]:
    """Names of the finished image sets in a folder, sorted."""
    if not image_sets.is_dir():
        return []
    return sorted(folder.name for folder in image_sets.iterdir() if (folder / MANIFEST).is_file())


def find_image_set(image_sets: Path, name: str) -> ImageSet:
    """Read one set by name; a wrong name is told with those that exist."""
    check_name(name)
    if not (image_sets / name / MANIFEST).is_file():
        names = image_set_names(image_sets)
        known = f"there are: {', '.join(names)}" if names else "there is none yet"
        raise StimuliError(f"no image set {name!r} in {image_sets} ({known})")
    return read_image_set(image_sets / name)


def read_image_set(folder: Path) -> ImageSet:
    """Read the image set in ``folder`` (``INSTANCE/image_sets/NAME``).

    Raises
    ------
    StimuliError
        If there is no manifest or it is not one that ``stimuli import`` wrote.
    """
    folder = folder.resolve()
    manifest = folder / MANIFEST
    try:
        text = manifest.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise StimuliError(
            f"{folder} is no image set: it has no {MANIFEST}; 'hitrate stimuli import' makes one "
            "(and finishes one that was interrupted)"
        ) from error
    except UnicodeDecodeError as error:
        raise StimuliError(f"{manifest} is not UTF-8: import the images again") from error
    images: dict[str, Image] = {}
    rows = csv.DictReader(io.StringIO(text, newline=""))
    absent = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if absent:
        raise StimuliError(f"{manifest} has no column {absent[0]!r}: import the images again")
    try:
        for row in rows:
            image = image_of_row(folder, row)
            if image.image_id in images:
                raise ValueError(f"image_id {image.image_id!r} is there twice")
            images[image.image_id] = image
    except (ValueError, csv.Error) as error:
        raise StimuliError(
            f"{manifest} line {rows.line_num}: {error}; import the images again"
        ) from error
    return ImageSet(folder.name, folder, tuple(images.values()))


def image_of_row(folder: Path, row: Mapping[str | None, str | None]) -> Image:
    """One line of a manifest; ValueError says what is wrong with it."""
    cells = {key: value for key, value in row.items() if key is not None and value is not None}
    if len(cells) != len(row):
        raise ValueError("another number of cells than columns")
    if SHA256.fullmatch(cells["sha256"]) is None:
        raise ValueError("sha256 is not 64 hexadecimal digits")
    file = Path(cells["file"])
    if file.parent != Path(ORIGINALS) or file.stem != cells["sha256"]:
        raise ValueError(f"file {cells['file']!r} is not {ORIGINALS}/SHA256")
    return Image(
        image_id=cells["image_id"],
        path=folder / file,
        sha256=cells["sha256"],
        width_px=int(cells["width_px"]),
        height_px=int(cells["height_px"]),
        category=cells["category"] or None,
        licence=cells["licence"] or None,
        attributes={k: v for k, v in cells.items() if k not in COLUMNS and v},
    )


def write_manifest(folder: Path, images: Iterable[Image]) -> bool:
    """Write a set's manifest, sorted by ``image_id``; True if that changed it.

    The same images give the same bytes: attribute columns are sorted by name.
    """
    ordered = sorted(images, key=lambda image: image.image_id)
    names = sorted({name for image in ordered for name in image.attributes})
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *names])
    for image in ordered:
        writer.writerow(
            [
                image.image_id,
                f"{ORIGINALS}/{image.path.name}",
                image.sha256,
                image.width_px,
                image.height_px,
                image.category or "",
                image.licence or "",
                *(image.attributes.get(name, "") for name in names),
            ]
        )
    return write_if_changed(folder / MANIFEST, text.getvalue().encode("utf-8"))
