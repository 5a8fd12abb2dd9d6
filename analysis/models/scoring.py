"""Pictures in, rows of the codebook's ``predictions`` table out."""

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from analysis.models.cache import PredictionCache, cache_folder
from analysis.models.preprocessing import Pixels
from analysis.models.scorer import Scorer
from analysis.models.sources import Picture, picture_of_image
from stimuli.errors import StimuliError
from stimuli.image_set import Image
from stimuli.pixels import load_rgb

MAX_WAITING = 1000  # rows held back for a batch to fill


@dataclass(frozen=True, slots=True)
class Prediction:
    """One row of the codebook's ``predictions``: exactly one of prediction and error is there."""

    image_id: str
    sha256: str | None
    model: str
    prediction: float | None
    fingerprint: str | None
    error: str | None


COLUMNS = tuple(field.name for field in fields(Prediction))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture's row so far, and its pixels where it still is to be scored."""

    row: Prediction
    pixels: Pixels | None = None


def score_images(
    images: Iterable[Path | str | Image | Picture],
    model: str = "resmem",
    *,
    device: str | None = None,
    batch_size: int | None = None,
    cache: bool | Path = True,
    progress: bool = False,
) -> pd.DataFrame:
    """Score pictures with a model.

    Parameters
    ----------
    images
        Files, images of an image set, or what ``find_pictures`` gave. A file's ``image_id`` is its
        name without extension.
    model
        Name in the registry.
    device, batch_size
        See ``choose_device``; pictures at once. Neither they nor the order change a prediction by
        more than 1e-5 (a GPU: 1e-4).
    cache
        Whether to use predictions made before by the same fingerprint, and in which folder.
    progress
        Show a progress bar on stderr.

    Returns
    -------
    One row per picture, in order, with the columns of the codebook's ``predictions``. A picture
    that cannot be read has an ``error`` instead of a prediction.

    Raises
    ------
    ModelError
        If the model or the device is not to be had.
    """
    pictures = [as_picture(image) for image in images]
    with ExitStack() as stack:
        scorer = Scorer(model, device)
        folder = cache_folder() if cache is True else cache
        store = stack.enter_context(PredictionCache(folder, scorer.fingerprint)) if folder else None
        rows = predict(pictures, scorer, cache=store, batch_size=batch_size)
        shown = tqdm(rows, total=len(pictures), unit="image", disable=not progress)
        table = pd.DataFrame(list(shown), columns=list(COLUMNS))
    return table.astype({name: "float64" if name == "prediction" else "str" for name in COLUMNS})


def as_picture(image: Path | str | Image | Picture) -> Picture:
    """Anything that names a picture as a Picture."""
    match image:
        case Picture():
            return image
        case Image():
            return picture_of_image(image)
        case _:
            return Picture(Path(image).stem, Path(image))


def predict(
    pictures: Iterable[Picture],
    scorer: Scorer,
    *,
    cache: PredictionCache | None = None,
    batch_size: int | None = None,
    workers: int | None = None,
) -> Iterator[Prediction]:
    """Score pictures as they come, in order, in bounded memory.

    Threads read, hash and decode ahead of the network. A batch's predictions are in the cache
    before its rows are given out, so an interrupted job goes on where it was.
    """
    size = batch_size or scorer.batch_size
    waiting: list[Prepared] = []
    n_pixels = 0
    for prepared in prepare_ahead(pictures, scorer, cache, 3 * size, workers):
        waiting.append(prepared)
        n_pixels += prepared.pixels is not None
        if n_pixels == size or len(waiting) == MAX_WAITING:
            yield from score_batch(waiting, scorer, cache)
            waiting.clear()
            n_pixels = 0
    yield from score_batch(waiting, scorer, cache)


def score_batch(
    batch: Sequence[Prepared], scorer: Scorer, cache: PredictionCache | None
) -> list[Prediction]:
    """The finished rows of a batch, in order."""
    pixels = [prepared.pixels for prepared in batch if prepared.pixels is not None]
    if not pixels:
        return [prepared.row for prepared in batch]
    values = iter(scorer.predict(np.stack(pixels)).tolist())
    rows, made = [], {}
    for prepared in batch:
        row = prepared.row
        if prepared.pixels is not None:
            row = replace(row, prediction=next(values))
            made[str(row.sha256)] = float(row.prediction or 0)
        rows.append(row)
    if cache is not None:
        cache.store(made)
    return rows


def prepare_ahead(
    pictures: Iterable[Picture],
    scorer: Scorer,
    cache: PredictionCache | None,
    n_ahead: int,
    workers: int | None = None,
) -> Iterator[Prepared]:
    """Prepared pictures in order; at most ``n_ahead`` of them are in memory."""
    remaining = iter(pictures)
    threads = workers or min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
        ahead: deque[Future[Prepared]] = deque(
            pool.submit(prepare, picture, scorer, cache) for picture in islice(remaining, n_ahead)
        )
        try:
            while ahead:
                prepared = ahead.popleft().result()
                for picture in islice(remaining, 1):
                    ahead.append(pool.submit(prepare, picture, scorer, cache))
                yield prepared
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def prepare(picture: Picture, scorer: Scorer, cache: PredictionCache | None) -> Prepared:
    """Read a file once: hash it, look it up, and decode it if it has no prediction yet."""
    row = Prediction(
        image_id=picture.image_id,
        sha256=picture.sha256,
        model=scorer.card.name,
        prediction=None,
        fingerprint=scorer.fingerprint.digest,
        error=None,
    )
    try:
        if picture.path is None or picture.error is not None:
            raise StimuliError(picture.error or "there is no file of it")
        if picture.sha256 and cache and (known := cache.get(picture.sha256)) is not None:
            return Prepared(replace(row, prediction=known))
        content = picture.path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if picture.sha256 not in (None, sha256):
            raise StimuliError("the file is no longer the one that was imported; import it again")
        row = replace(row, sha256=sha256)
        if cache and (known := cache.get(sha256)) is not None:
            return Prepared(replace(row, prediction=known))
        return Prepared(row, scorer.card.preprocessing(load_rgb(BytesIO(content))))
    except StimuliError as error:
        reason = str(error)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"  # without the path, which may name a person
    return Prepared(replace(row, fingerprint=None, error=reason))
