"""A short hash of what a picture looks like, which survives resizing and another encoding.

The difference hash: the picture in grey, squeezed to 9 × 8, one bit for each pair of neighbours in
a row, set where the right one is brighter. The 64 bits are written as 16 hexadecimal digits, row by
row, as the package ``imagehash`` writes its ``dhash``. Of 181 photographs, copies of half the size,
at JPEG quality 50, or as thumbnails were at most 5 bits away, and different photographs at least
12; a copy without 5 % of its edges was 0 to 11 away, and a square crop is not found.
"""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from analysis.dataset import Dataset
from stimuli.errors import RefusedImageError
from stimuli.pixels import load_rgb

N_BITS = 64
SIDE = 8
Codes = np.ndarray[Any, np.dtype[np.uint64]]


def picture_hash(picture: Image.Image) -> str:
    """The difference hash of a picture, 16 hexadecimal digits."""
    grey = picture.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.LANCZOS)
    pixels = np.asarray(grey)
    brighter = pixels[:, 1:] > pixels[:, :-1]
    return np.packbits(brighter).tobytes().hex()


def hash_files(files: Mapping[str, Path]) -> "pd.Series[str]":
    """Hashes of picture files by image_id; missing where a file is no picture that can be read."""
    hashes: dict[str, str | None] = {}
    for image_id, file in files.items():
        try:
            hashes[image_id] = picture_hash(load_rgb(file))
        except RefusedImageError:
            hashes[image_id] = None
    return pd.Series(hashes, dtype=object)


def hash_thumbnails(dataset: Dataset) -> "pd.Series[str]":
    """Hashes of a dataset's thumbnails by image_id; missing where there is none."""
    images = dataset.images
    if "thumbnail" not in images:
        return pd.Series(None, index=pd.Index(images["image_id"]), dtype=object)
    known = images[images["thumbnail"].notna()]
    names = zip(known["image_id"], known["thumbnail"], strict=True)
    hashes = hash_files({str(image_id): dataset.path / str(file) for image_id, file in names})
    return hashes.reindex(pd.Index(images["image_id"]))


def to_codes(hashes: "pd.Series[str]") -> Codes:
    """Hashes as whole numbers."""
    return np.array([int(text, 16) for text in hashes], dtype=np.uint64)


def is_plain(codes: Codes) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Of pictures without a difference in any row, or only of one sign: they all look alike."""
    return np.asarray((codes == 0) | (codes == np.uint64(2**N_BITS - 1)))


def nearest(codes: Codes, others: Codes, max_distance: int) -> pd.DataFrame:
    """For each code the nearest of the others within a distance.

    Two codes that differ in at most d bits have at least one of d + 1 pieces in common, so that
    only pairs with a common piece are compared.

    Returns
    -------
    Indexed by place in ``codes``, only those with one near: other (its place), distance in bits.
    """
    n_pieces = max_distance + 1
    edges = np.linspace(0, N_BITS, n_pieces + 1).astype(np.uint64)
    found = []
    for low, high in pairwise(edges):
        mask = np.uint64(2 ** int(high - low) - 1)
        left, right = ((all_of >> low) & mask for all_of in (codes, others))
        mine = pd.DataFrame({"piece": left, "one": np.arange(len(codes))})
        theirs = pd.DataFrame({"piece": right, "other": np.arange(len(others))})
        pairs = mine.merge(theirs, on="piece")
        differing = codes[pairs["one"]] ^ others[pairs["other"]]
        bits = np.unpackbits(differing.view(np.uint8).reshape(-1, 8), axis=1)
        pairs["distance"] = bits.sum(axis=1, dtype=np.int64)
        found.append(pairs[pairs["distance"] <= max_distance])
    near = pd.concat(found).sort_values(["one", "distance", "other"])
    return near.drop_duplicates("one").set_index("one")[["other", "distance"]]
