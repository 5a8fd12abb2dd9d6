"""Import a folder, a CSV manifest or a zip file into an image set.

Memory stays constant whatever the number of images: a few files at a time are read, decoded and
written by threads (Pillow decodes without Python's lock); the rest is names and numbers.
"""

import contextlib
import fcntl
import os
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize

from stimuli.checks import same_format
from stimuli.errors import ImportRunningError, Refusal, RefusedImageError, StimuliError
from stimuli.image_set import (
    MANIFEST,
    ORIGINALS,
    THUMBNAILS,
    Image,
    check_name,
    read_image_set,
    thumbnail_path,
    write_manifest,
)
from stimuli.manifests import csv_source
from stimuli.sources import Entry, Source, folder_source
from stimuli.staging import INCOMING, Staged, stage_all
from stimuli.zips import zip_source

Progress = Callable[[int, int], object]  # files done, files in all


@dataclass(slots=True)
class ImportSummary:
    """What an import did; every file of the source is counted exactly once."""

    name: str
    folder: Path
    added: int = 0
    unchanged: int = 0  # in the set before, the same in every respect
    total: int = 0  # images in the set now
    refused: list[tuple[str, Refusal, str]] = field(default_factory=list)  # file, kind, reason
    skipped: Counter[str] = field(default_factory=Counter)  # passed over without a look
    notes: list[str] = field(default_factory=list)  # what was guessed or is worth knowing

    @property
    def refusals(self) -> Counter[Refusal]:
        """How many files were refused, by kind."""
        return Counter(kind for _, kind, _ in self.refused)


def import_images(
    source: Path,
    image_sets: Path,
    name: str,
    *,
    first_frame: bool = False,
    progress: Progress | None = None,
) -> ImportSummary:
    """Import images into ``image_sets/name``; a second import adds what is new.

    Importing the same source again changes nothing, and finishes an import that was interrupted.
    What is in the set is never changed: a file that says otherwise is refused as a conflict.

    Parameters
    ----------
    source
        A folder, a CSV manifest, or a zip file.
    image_sets, name
        Where image sets are kept, and this one's name.
    first_frame
        Take the first frame of an animation instead of refusing it.
    progress
        Called with the number of files done and the number of files.

    Raises
    ------
    StimuliError
        If nothing can be imported at all: no such source, a path that leaves it, a wrong name, or
        another import into the same set at the same time.
    """
    check_name(name)
    with open_source(source) as found:
        return import_found(found, image_sets, name, first_frame=first_frame, progress=progress)


def import_found(
    found: Source,
    image_sets: Path,
    name: str,
    *,
    first_frame: bool = False,
    progress: Progress | None = None,
) -> ImportSummary:
    """Import what was found in a source, as `import_images` does."""
    folder = image_sets.absolute() / check_name(name)
    summary = ImportSummary(name, folder, skipped=found.skipped, notes=list(found.notes))
    before = folder.exists()
    with locked(folder), quiet_pillow():
        images = read_images(folder)
        try:
            take(found.entries, images, summary, first_frame=first_frame, progress=progress)
            os.sync()  # the manifest must not outlive its images in a power failure
        except OSError as error:  # what cannot be read was refused, so this is about writing
            raise StimuliError(
                f"writing into {folder} failed: {error}; the same import goes on from there"
            ) from error
        finally:
            shutil.rmtree(folder / INCOMING, ignore_errors=True)
        summary.total = len(images)
        if images:
            write_manifest(folder, images.values())
        elif not before:
            shutil.rmtree(folder)
    return summary


@contextmanager
def open_source(source: Path) -> Iterator[Source]:
    """List a source's files; StimuliError if it is none."""
    suffix = source.suffix.lower()
    if source.is_dir():
        yield folder_source(source)
    elif not source.exists():
        raise StimuliError(f"{source} does not exist: give a folder, a CSV file or a zip file")
    elif suffix == ".zip":
        with zip_source(source) as found:
            yield found
    elif suffix in {".csv", ".tsv", ".txt"}:
        yield csv_source(source)
    else:
        raise StimuliError(
            f"{source} is neither a folder nor a .csv or .zip file; save a spreadsheet as CSV, "
            "and for one picture give its folder"
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the set's folder and keep other imports out of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StimuliError(f"{folder} cannot be made: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ImportRunningError(
            f"another import into {folder} is running: wait until it has ended"
        ) from error
    else:
        yield
    finally:
        os.close(handle)


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Keep Pillow's warnings about odd files to itself: what matters is refused with a reason."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def read_images(folder: Path) -> dict[str, Image]:
    """Images of the set so far by id, and an empty incoming folder."""
    for part in (ORIGINALS, THUMBNAILS):
        (folder / part).mkdir(exist_ok=True)
    shutil.rmtree(folder / INCOMING, ignore_errors=True)
    (folder / INCOMING).mkdir()
    if not (folder / MANIFEST).is_file():
        return {}
    return {image.image_id: image for image in read_image_set(folder).images}


def take(
    entries: list[Entry],
    images: dict[str, Image],
    summary: ImportSummary,
    *,
    first_frame: bool,
    progress: Progress | None,
) -> None:
    """Check entries in parallel, decide about them in order, and add them to ``images``."""
    owners = {image.sha256: image.image_id for image in images.values()}
    labels: dict[str, str] = {}
    misnamed: list[str] = []
    known = {image.sha256: image for image in images.values()}
    staging = stage_all(summary.folder, entries, known, first_frame=first_frame)
    with contextlib.closing(staging) as outcomes:
        for done, (number, outcome) in enumerate(outcomes, start=1):
            entry = entries[number]
            incoming = summary.folder / INCOMING / str(number)
            try:
                if isinstance(outcome, RefusedImageError):
                    raise outcome
                image = image_of(summary.folder, entry, outcome)
                unchanged = refuse_conflict(image, images, owners, labels, entry.label)
            except RefusedImageError as refused:
                summary.refused.append((entry.label, refused.kind, str(refused)))
                for staged in (incoming, incoming.with_suffix(".webp")):
                    staged.unlink(missing_ok=True)
            else:
                settle(summary.folder, incoming, image)
                images.setdefault(image.image_id, image)
                owners.setdefault(image.sha256, image.image_id)
                labels.setdefault(image.image_id, entry.label)
                summary.unchanged += unchanged
                summary.added += not unchanged
                if not same_format(entry.suffix, image.path.suffix):
                    misnamed.append(f"{entry.label} is {image.path.suffix[1:].upper()}")
            if progress is not None:
                progress(done, len(entries))
    if misnamed:
        summary.notes.append(
            f"{len(misnamed)} with an extension of another format than the file's, imported all "
            f"the same (first: {misnamed[0]})"
        )


def image_of(folder: Path, entry: Entry, staged: Staged) -> Image:
    """The image that an entry becomes."""
    return Image(
        image_id=entry.image_id,
        path=folder / ORIGINALS / f"{staged.sha256}{staged.suffix}",
        sha256=staged.sha256,
        width_px=staged.width_px,
        height_px=staged.height_px,
        category=entry.category,
        licence=entry.licence,
        attributes=entry.attributes,
    )


def refuse_conflict(
    image: Image,
    images: dict[str, Image],
    owners: dict[str, str],
    labels: dict[str, str],
    label: str,
) -> bool:
    """True if the very image is in the set, False if it is new; else RefusedImageError."""
    known = images.get(image.image_id)
    owner = owners.get(image.sha256)
    here = image.image_id in labels  # met in this import, not only in the set before
    if known is None and owner is None:
        return False
    if known is None or known.sha256 != image.sha256:
        if owner is not None:
            place = labels.get(owner, "in the set before")
            reason = f"the same picture as {owner!r} ({place})"
            raise RefusedImageError(Refusal.DUPLICATE, reason)
        if here:
            other = labels[image.image_id]
            reason = f"image_id {image.image_id!r} is also that of {other}"
            if label != other and normalize("NFC", label) == normalize("NFC", other):
                reason += ", whose name looks the same but is spelled otherwise in Unicode"
            raise RefusedImageError(Refusal.SAME_ID, f"{reason}; give each image its own")
        reason = f"the set has another picture as {image.image_id!r}: rename it, or use another set"
        raise RefusedImageError(Refusal.CONFLICT, reason)
    if here:
        reason = f"the same picture as {image.image_id!r} ({labels[image.image_id]})"
        raise RefusedImageError(Refusal.DUPLICATE, reason)
    for what, new, old in differences(image, known):
        reason = f"its {what} is {new!r}, but {old!r} in the set, which keeps its own"
        raise RefusedImageError(Refusal.CONFLICT, f"{reason}: import into a new set to change it")
    return True


def differences(new: Image, old: Image) -> Iterator[tuple[str, str | None, str | None]]:
    """In what the description of one picture differs: (what, new, old)."""
    if new.category != old.category:
        yield "category", new.category, old.category
    if new.licence != old.licence:
        yield "licence", new.licence, old.licence
    for key in sorted({*new.attributes, *old.attributes}):
        if new.attributes.get(key) != old.attributes.get(key):
            yield key, new.attributes.get(key), old.attributes.get(key)


def settle(folder: Path, incoming: Path, image: Image) -> None:
    """Move a staged copy and its thumbnail into place."""
    for staged, place in (
        (incoming, image.path),
        (incoming.with_suffix(".webp"), thumbnail_path(folder, image.sha256)),
    ):
        with contextlib.suppress(FileNotFoundError):  # it is in place already
            staged.replace(place)
