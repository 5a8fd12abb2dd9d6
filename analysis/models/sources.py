"""What is to be scored: folders, files, globs, image sets and datasets, as one list of pictures."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.errors import ModelError
from stimuli.image_set import MANIFEST, ORIGINALS, Image, find_image_set, read_image_set
from stimuli.pixels import FORMATS

SUFFIXES = frozenset({*FORMATS.values(), ".jpeg", ".jpe", ".jfif", ".tif"})


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to score."""

    image_id: str
    path: Path | None  # None where the original is not to be had
    sha256: str | None = None  # where it is known before the file is read
    error: str | None = None  # why it cannot be scored, where that is known before


def find_pictures(sources: Iterable[str], instance: Path = Path("instance")) -> list[Picture]:
    """All pictures that the sources name, in order; a file that is named twice comes once.

    Parameters
    ----------
    sources
        Each a folder with pictures at any depth, a file, a glob, the folder of an image set or of
        a dataset with originals, or the name of an image set in the instance.
    instance
        Folder with ``image_sets/NAME``.

    Returns
    -------
    Pictures whose ``image_id`` is the manifest's, or else the path within its source without the
    extension. Where two files claim one id, the second gets an id of its own and an error.

    Raises
    ------
    ModelError
        If a source is none of these or has no picture.
    """
    pictures: dict[str, Picture] = {}
    seen: set[tuple[str, Path | None]] = set()
    for source in sources:
        found = list(pictures_of(source, instance))
        if not found:
            raise ModelError(f"{source}: no pictures there ({', '.join(sorted(SUFFIXES))})")
        for picture in found:
            if (picture.image_id, picture.path) not in seen:
                seen.add((picture.image_id, picture.path))
                keep(picture, pictures)
    return list(pictures.values())


def keep(picture: Picture, pictures: dict[str, Picture]) -> None:
    """Add a picture; one whose id is taken becomes a row that says so."""
    if picture.image_id not in pictures:
        pictures[picture.image_id] = picture
        return
    error = f"another file has the image_id '{picture.image_id}'; rename one, or score them apart"
    image_id = picture.image_id + (picture.path.suffix if picture.path else "")
    while image_id in pictures:
        image_id += " (again)"
    pictures[image_id] = Picture(image_id, picture.path, picture.sha256, error)


def pictures_of(source: str, instance: Path) -> Iterator[Picture]:
    """The pictures of one source."""
    path = Path(source).expanduser()
    if path.is_dir():
        if (path / MANIFEST).is_file() and (path / ORIGINALS).is_dir():
            return map(picture_of_image, read_image_set(path).images)
        if (path / "dataset.json").is_file() or images_table(path) is not None:
            return pictures_of_dataset(path)
        return pictures_of_files(files_below(path), path)
    if path.is_file():
        return pictures_of_files([path], path.parent)
    if glob.has_magic(source):
        root = fixed_part(path)
        found = sorted(root.glob(path.relative_to(root).as_posix()))
        return pictures_of_files(filter(is_picture, found), root)
    if (instance / "image_sets" / source / MANIFEST).is_file():
        return map(picture_of_image, find_image_set(instance / "image_sets", source).images)
    raise ModelError(
        f"{source}: no such folder or file, and no image set of that name in "
        f"{instance / 'image_sets'}"
    )


def picture_of_image(image: Image) -> Picture:
    """An image of an image set."""
    return Picture(image.image_id, image.path, image.sha256)


def pictures_of_files(files: Iterable[Path], root: Path) -> Iterator[Picture]:
    """Files by their path within ``root`` without the extension."""
    for file in files:
        yield Picture(file.relative_to(root).with_suffix("").as_posix(), file.resolve())


def is_picture(path: Path) -> bool:
    """Whether the extension is one of a picture's; hidden files are not."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def files_below(folder: Path) -> Iterator[Path]:
    """Picture files at any depth, folders and files each in the order of their names."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (path for name in sorted(files) if is_picture(path := Path(place, name)))


def fixed_part(pattern: Path) -> Path:
    """The folders of a glob before its first wildcard."""
    parts = []
    for part in pattern.parent.parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return Path(*parts)


def images_table(dataset: Path) -> Path | None:
    """Where a dataset's table of images is, if the folder has one."""
    places = (dataset / f"images{suffix}" for suffix in (".csv", ".parquet"))
    return next((place for place in places if place.is_file()), None)


def pictures_of_dataset(dataset: Path) -> Iterator[Picture]:
    """The images of a dataset by its own originals; thumbnails are too small to be scored.

    An original is ``originals/SHA256.EXT`` or ``originals/IMAGE_ID.EXT``.
    """
    table = images_table(dataset)
    if table is None or not (dataset / ORIGINALS).is_dir():
        raise ModelError(
            f"{dataset}: this dataset comes without original images, and thumbnails are not "
            "scored; export it with --with-images, or name the image set itself"
        )
    if table.suffix == ".csv":
        images = pd.read_csv(table, dtype=str, keep_default_na=False)
    else:
        images = pd.read_parquet(table).astype(str)
    if "image_id" not in images:
        raise ModelError(f"{table}: the column image_id is missing")
    originals = {p.image_id: p.path for p in pictures_of(str(dataset / ORIGINALS), dataset)}
    hashes = images["sha256"] if "sha256" in images else pd.Series("", index=images.index)
    for image_id, sha256 in zip(images["image_id"], hashes, strict=True):
        path = originals.get(image_id, originals.get(sha256))
        error = None if path else f"no original of it in {dataset / ORIGINALS}"
        known = sha256 if len(sha256) == 64 else None
        yield Picture(image_id, path, known, error)
