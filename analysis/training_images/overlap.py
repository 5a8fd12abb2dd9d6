"""Which images of a dataset a model was trained on, from a list of its training images.

A list is a CSV file of the researcher's with one training image a row and at least one of the
columns sha256 (of the file), dhash (16 hexadecimal digits; see
:mod:`analysis.training_images.picture_hashes`) and name (of the file). Without a list, only the
dataset's name tells; see :mod:`analysis.training_images.known`.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from analysis.comparison.verdict import called
from analysis.dataset import Dataset
from analysis.errors import AnalysisError, DatasetError
from analysis.readable import count
from analysis.tables.reading import Problems, read_source
from analysis.training_images.picture_hashes import hash_thumbnails, is_plain, nearest, to_codes

MAX_DISTANCE = 4  # bits of the difference hash, of 64, by which copies may differ
LARGEST_DISTANCE = 8
EXTENSION = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?)$", re.IGNORECASE)
FACTS = {
    "sha256": (re.compile("[0-9a-f]{64}"), "is not a sha256; it has 64 characters of 0-9 and a-f"),
    "dhash": (re.compile("[0-9a-f]{16}"), "is not a dhash; it has 16 characters of 0-9 and a-f"),
    "name": (re.compile(r".*\S.*"), "is not a name"),
}


@dataclass(frozen=True, slots=True)
class TrainingImages:
    """Images that a model was trained on, as far as a list tells."""

    source: str  # the list's name
    table: pd.DataFrame  # columns sha256, dhash, name; missing where the list has none


@dataclass(frozen=True, slots=True)
class Seen:
    """An image of the dataset that is on the list."""

    image_id: str
    how: str  # sha256, dhash or name: the first that fits
    distance: int | None  # bits between the difference hashes; None but for dhash
    training_image: str  # its name on the list, or else its hash there


@dataclass(frozen=True, slots=True)
class Overlap:
    """The images of a dataset that a model was trained on."""

    model: str
    dataset: str
    source: str  # the list's name
    n_images: int  # of the dataset
    n_unchecked: int  # images with none of the facts that the list has
    checked_by: tuple[str, ...]  # of sha256, dhash, name: what both the list and the images have
    seen: tuple[Seen, ...]

    @property
    def image_ids(self) -> pd.Index:
        """The images that the model was trained on."""
        return pd.Index([one.image_id for one in self.seen], dtype=object)

    def to_frame(self) -> pd.DataFrame:
        """One row for each image that the model was trained on: image_id, how, distance, …"""
        columns = list(Seen.__dataclass_fields__)
        rows = [asdict(one) for one in self.seen]
        return pd.DataFrame(rows, columns=columns).astype({"distance": "Int64"})

    def without(self, predictions: "pd.Series[float]") -> "pd.Series[float]":
        """The predictions of images that are not on the list, to compare again with."""
        return predictions[~predictions.index.isin(self.image_ids)]

    def n_seen(self, image_ids: pd.Index) -> int:
        """How many of these images are on the list."""
        return int(image_ids.isin(self.image_ids).sum())

    def warning(self, image_ids: pd.Index) -> str | None:
        """What to know of a comparison of these images; None where none of them is on the list."""
        n = self.n_seen(image_ids)
        if n == 0:
            return None
        name = called(self.model)
        return (
            f"{name} was trained on {n:,} of these {count(len(image_ids), 'image')} (by "
            f"{' and '.join(self.checked_by)}, list {self.source}): on images that it has seen, it "
            "predicts better than on new ones. Compare again without them."
        )


def read_training_images(path: Path | str) -> TrainingImages:
    """Read a list of training images (CSV or Parquet).

    Raises
    ------
    DatasetError
        If it has none of the columns sha256, dhash and name, or a field is none of its kind.
    """
    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{path}: is not a file")
    problems = Problems()
    source = read_source(path, problems)
    if source is None:
        raise problems.error(path)
    raw = source.rows()
    there = [name for name in FACTS if name in raw]
    if not there:
        raise DatasetError(
            f"{path}: has the columns {', '.join(map(str, raw.columns))}; a list of training "
            "images has at least one of sha256, dhash and name"
        )
    table = pd.DataFrame(index=raw.index)
    for name, (pattern, fault) in FACTS.items():
        if name not in raw:
            table[name] = pd.Series(None, index=raw.index, dtype=object)
            continue
        text = raw[name].astype(object).mask(raw[name].isna() | (raw[name] == ""))
        text = text.where(text.isna(), text.astype(str).str.strip())
        if name != "name":
            text = text.where(text.isna(), text.astype(str).str.lower())
        wrong = text.notna() & ~text.astype(str).str.fullmatch(pattern)
        for row in raw.index[wrong.to_numpy(dtype=bool)]:
            problems.add(source.problem(int(row), name, f"'{raw.loc[row, name]}' {fault}"))
        table[name] = text
    if problems.total:
        raise problems.error(path)
    return TrainingImages(path.name, table.reset_index(drop=True))


def find_overlap(
    dataset: Dataset,
    model: str,
    training: TrainingImages,
    *,
    dhashes: "pd.Series[str] | None" = None,
    max_distance: int = MAX_DISTANCE,
) -> Overlap:
    """Find the images of a dataset that are on a list of training images.

    Parameters
    ----------
    dataset, model, training
        The images; the model's name; see :func:`read_training_images`.
    dhashes
        Difference hashes by image_id, such as
        :func:`analysis.training_images.picture_hashes.hash_files` of the originals; by default of
        the dataset's thumbnails. Hashes of plain pictures, which all look alike, match nothing.
    max_distance
        Bits by which the hashes of two copies may differ, 0 to 8 of 64.

    Raises
    ------
    AnalysisError
        If ``max_distance`` is none of these.
    """
    if not 0 <= max_distance <= LARGEST_DISTANCE:
        raise AnalysisError(f"max_distance is {max_distance}; it is 0 to {LARGEST_DISTANCE} bits")
    ids = pd.Index(dataset.images["image_id"].astype(str))
    facts = _facts(dataset, ids, training, dhashes)
    seen: dict[str, Seen] = {}
    for how, mine in facts.items():
        find = _near(max_distance) if how == "dhash" else _same
        theirs = training.table[how].dropna()
        for image_id, place, distance in find(mine, theirs):
            row = training.table.loc[place]
            name = row["name"] if pd.notna(row["name"]) else row[how]
            seen.setdefault(image_id, Seen(image_id, how, distance, str(name)))
    known = pd.concat([mine.notna() for mine in facts.values()], axis=1) if facts else None
    return Overlap(
        model=model,
        dataset=dataset.name,
        source=training.source,
        n_images=len(ids),
        n_unchecked=len(ids) if known is None else int((~known.any(axis=1)).sum()),
        checked_by=tuple(facts),
        seen=tuple(seen[image_id] for image_id in sorted(seen)),
    )


Matches = list[tuple[str, int, int | None]]  # image_id, place on the list, bits
Finder = Callable[["pd.Series[str]", "pd.Series[str]"], Matches]


def _facts(
    dataset: Dataset,
    ids: pd.Index,
    training: TrainingImages,
    dhashes: "pd.Series[str] | None",
) -> dict[str, "pd.Series[str]"]:
    """What is known of the images, of that which the list knows of its own, by image_id."""
    facts = {}
    for how in FACTS:
        if training.table[how].isna().all():
            continue
        if how == "sha256":
            if "sha256" not in dataset.images:
                continue
            mine = pd.Series(dataset.images["sha256"].to_numpy(), index=ids, dtype=object)
        elif how == "dhash":
            mine = (hash_thumbnails(dataset) if dhashes is None else dhashes).reindex(ids)
        else:
            mine = pd.Series(ids.to_numpy(), index=ids, dtype=object)
        if mine.notna().any():
            facts[how] = mine
    return facts


def _same(mine: "pd.Series[str]", theirs: "pd.Series[str]") -> Matches:
    """The same text; of names, without folder and extension."""
    theirs = theirs.map(_bare).drop_duplicates()
    place = pd.Series(theirs.index, index=theirs.to_numpy())
    found = mine.dropna().map(_bare).map(place).dropna()
    return [(str(image_id), int(where), None) for image_id, where in found.items()]


def _bare(name: str) -> str:
    return EXTENSION.sub("", PurePosixPath(name).name)


def _near(max_distance: int) -> Finder:
    """Difference hashes within a distance, plain pictures aside."""

    def find(mine: "pd.Series[str]", theirs: "pd.Series[str]") -> Matches:
        sides = []
        for hashes in (mine.dropna(), theirs):
            codes = to_codes(hashes)
            kept = ~is_plain(codes)
            sides.append((codes[kept], np.asarray(hashes.index)[kept]))
        (codes, ids), (others, places) = sides
        near = nearest(codes, others, max_distance)
        rows = zip(near.index, near["other"], near["distance"], strict=True)
        return [(str(ids[one]), int(places[other]), int(bits)) for one, other, bits in rows]

    return find
