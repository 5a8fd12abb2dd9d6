"""Reading, checking and copying the files of an import, a few at a time in threads."""

import contextlib
import os
from collections import deque
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from stimuli.checks import examine
from stimuli.errors import Refusal, RefusedImageError
from stimuli.image_set import ORIGINALS, Image, thumbnail_path
from stimuli.sources import Entry, read_whole

INCOMING = ".incoming"


@dataclass(frozen=True, slots=True)
class Staged:
    """A sound file whose copy waits in the incoming folder, or was in place before."""

    sha256: str
    suffix: str
    width_px: int
    height_px: int


def stage_all(
    folder: Path, entries: list[Entry], known: Mapping[str, Image], *, first_frame: bool
) -> Generator[tuple[int, Staged | RefusedImageError]]:
    """Stage every entry in threads; outcomes come in the entries' order, few wait at a time."""
    workers = min(16, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers, thread_name_prefix="import") as pool:
        waiting: deque[tuple[int, Future[Staged | RefusedImageError]]] = deque()
        try:
            for number, entry in enumerate(entries):
                waiting.append(
                    (number, pool.submit(stage, folder, number, entry, known, first_frame))
                )
                if len(waiting) >= 4 * workers:
                    first, future = waiting.popleft()
                    yield first, future.result()
            for number, future in waiting:
                yield number, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def stage(
    folder: Path, number: int, entry: Entry, known: Mapping[str, Image], first_frame: bool
) -> Staged | RefusedImageError:
    """Read, check and copy one file into the incoming folder; runs in a thread."""
    try:
        if entry.refused is not None:
            return entry.refused
        content = read_whole(entry)
        digest = sha256(content).hexdigest()
        if entry.sha256 not in {None, digest}:
            return RefusedImageError(Refusal.CONFLICT, "its sha256 is not the one in the table")
        image = known.get(digest)
        if (
            image is not None
            and is_there(image.path, len(content))
            and thumbnail_path(folder, digest).is_file()
        ):
            return Staged(digest, image.path.suffix, image.width_px, image.height_px)
        examined = examine(content, first_frame=first_frame)
        incoming = folder / INCOMING / str(number)
        if not is_there(folder / ORIGINALS / f"{digest}{examined.suffix}", len(content)):
            incoming.write_bytes(content)
        if not thumbnail_path(folder, digest).is_file():
            incoming.with_suffix(".webp").write_bytes(examined.thumbnail)
    except RefusedImageError as refused:
        return RefusedImageError(refused.kind, str(refused))  # without frames that hold pixels
    return Staged(digest, examined.suffix, examined.width_px, examined.height_px)


def is_there(path: Path, size: int) -> bool:
    """Is a file in place and whole?"""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size == size
    return False
