"""The image sets of an instance: what is in them, which studies use them, who may change them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError, ForbiddenError, NotFoundError, NotSignedInError
from experiment.models import Image, ImageSet, Membership, Researcher, Study, Upload
from experiment.settings import Settings
from stimuli.errors import ImportRunningError, StimuliError
from stimuli.image_set import MANIFEST, ORIGINALS, image_set_names, read_image_set
from stimuli.image_set import ImageSet as ImageSetFiles
from stimuli.importers import locked

N_SAMPLES = 4  # thumbnails that stand for a set


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What is known about a set without looking at its pictures."""

    name: str
    n_images: int
    n_bytes: int  # of the originals
    categories: Mapping[
        str, int
    ]  # name and images, the largest first; without those that have none
    licences: Mapping[str, int]
    formats: Mapping[str, int]
    attributes: tuple[str, ...]  # names of the researcher's own columns
    widths_px: tuple[int, int, int]  # smallest, median, largest
    heights_px: tuple[int, int, int]
    samples: tuple[str, ...]  # sha256 of a few images, far apart
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Users:
    """The studies that use a set, as one researcher may know them."""

    studies: tuple[tuple[str, str], ...]  # slug and title of those that they may see
    n_others: int
    n_opened: int  # of all of them: what was shown must stay what it was

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.studies) + self.n_others


def all_facts(settings: Settings) -> list[SetFacts]:
    """Every finished set, by name."""
    return [facts_of(settings, name) for name in image_set_names(settings.image_sets)]


def facts_of(settings: Settings, name: str) -> SetFacts:
    """What is known about one set, or NotFoundError."""
    return counted(*version_of(settings, name))


def images_in(settings: Settings, name: str) -> ImageSetFiles:
    """One set with its images, or NotFoundError."""
    return read(*version_of(settings, name))


def version_of(settings: Settings, name: str) -> tuple[Path, int, int]:
    """The folder of a set, and what changes when its manifest does."""
    folder = settings.image_sets / name
    try:
        stat = (folder / MANIFEST).stat()
    except FileNotFoundError:
        raise NotFoundError(f"there is no image set {name!r}") from None
    return folder, stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=8)
def read(folder: Path, mtime_ns: int, size: int) -> ImageSetFiles:  # noqa: ARG001 (they key the cache)
    """A set of this version."""
    try:
        return read_image_set(folder)
    except StimuliError as error:
        raise ConflictError(str(error)) from error


@lru_cache(maxsize=256)
def counted(folder: Path, mtime_ns: int, size: int) -> SetFacts:
    """The facts of a set of this version."""
    images = read(folder, mtime_ns, size).images
    step = max(1, len(images) // N_SAMPLES)
    return SetFacts(
        name=folder.name,
        n_images=len(images),
        n_bytes=sum(path.stat().st_size for path in (folder / ORIGINALS).iterdir()),
        categories=most_first(image.category for image in images),
        licences=most_first(image.licence for image in images),
        formats=most_first(image.path.suffix[1:].upper() for image in images),
        attributes=tuple(sorted({name for image in images for name in image.attributes})),
        widths_px=spread(image.width_px for image in images),
        heights_px=spread(image.height_px for image in images),
        samples=tuple(image.sha256 for image in images[::step][:N_SAMPLES]),
        changed_at=datetime.fromtimestamp(mtime_ns / 1e9, UTC),
    )


def most_first(values: Iterable[str | None]) -> dict[str, int]:
    """How often each value is there, the most frequent first; None is not counted."""
    return dict(Counter(value for value in values if value is not None).most_common())


def spread(values: Iterable[int]) -> tuple[int, int, int]:
    """The smallest, the median and the largest."""
    ordered = sorted(values)
    return ordered[0], ordered[len(ordered) // 2], ordered[-1]


def users_of(session: Session, me: Researcher, name: str) -> Users:
    """The studies that use a set; those of others are only counted."""
    mine = set(
        session.scalars(select(Membership.study_id).where(Membership.researcher_id == me.id))
    )
    studies = session.scalars(
        select(Study)
        .join(ImageSet, ImageSet.id == Study.image_set_id)
        .where(ImageSet.name == name)
        .order_by(Study.slug)
    ).all()
    known = [study for study in studies if me.is_admin or study.id in mine]
    return Users(
        studies=tuple((study.slug, study.title) for study in known),
        n_others=len(studies) - len(known),
        n_opened=sum(study.opened_at is not None for study in studies),
    )


def is_owner(session: Session, me: Researcher, name: str) -> bool:
    """Whether a researcher may delete a set: they brought photographs to it, or run the server."""
    brought = select(Upload.id).where(
        Upload.name == name, Upload.researcher_id == me.id, Upload.state == "done"
    )
    return me.is_admin or session.scalar(brought.limit(1)) is not None


def is_editor(session: Session, me: Researcher, name: str) -> bool:
    """Whether a researcher may add to a set: its owners, and editors of a study that uses it."""
    edited = (
        select(Study.id)
        .join(ImageSet, ImageSet.id == Study.image_set_id)
        .join(Membership, Membership.study_id == Study.id)
        .where(
            ImageSet.name == name,
            Membership.researcher_id == me.id,
            Membership.role.in_(("editor", "owner")),
        )
    )
    return is_owner(session, me, name) or session.scalar(edited.limit(1)) is not None


def check_may_add(session: Session, settings: Settings, me: Researcher, name: str) -> None:
    """Refuse photographs for a set that is another's, or that a study has shown.

    Raises
    ------
    ForbiddenError
        If the set is not theirs, nor of a study that they edit.
    ConflictError
        If a study that uses it has been opened: its people were to see these images and no others.
    """
    if not (settings.image_sets / name / MANIFEST).is_file():
        return
    if not is_editor(session, me, name):
        raise ForbiddenError(
            f"the image set {name!r} is somebody else's; choose another name, or ask an "
            "administrator to add to it"
        )
    check_not_shown(session, name)


def check_not_shown(session: Session, name: str) -> None:
    """ConflictError if a study that uses this set has been opened."""
    shown = (
        select(Study.id)
        .join(ImageSet, ImageSet.id == Study.image_set_id)
        .where(ImageSet.name == name, Study.opened_at.is_not(None))
    )
    if session.scalar(shown.limit(1)) is not None:
        raise ConflictError(
            f"a study that uses the image set {name!r} has been opened, and its images must stay "
            "what they were: make a set of another name"
        )


def delete_image_set(session: Session, settings: Settings, name: str, by: Actor) -> Path:
    """Delete a set that no study uses; returns where its files lie aside, to be deleted.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is none, or it is not theirs.
    ConflictError
        If a study uses it, or an import into it is at work.
    """
    me = researcher_of(by)
    facts = facts_of(settings, name)
    if not is_owner(session, me, name):
        raise ForbiddenError(f"the image set {name!r} is somebody else's; ask an administrator")
    users = users_of(session, me, name)
    if users.n:
        named = [slug for slug, _ in users.studies] + ["another's"] * bool(users.n_others)
        raise ConflictError(
            f"{users.n} {'study uses' if users.n == 1 else 'studies use'} the image set {name!r} "
            f"({', '.join(named)}): delete those first"
        )
    registered = session.scalar(select(ImageSet.id).where(ImageSet.name == name))
    if registered is not None:
        session.execute(delete(Image).where(Image.image_set_id == registered))
        session.execute(delete(ImageSet).where(ImageSet.id == registered))
    session.execute(delete(Upload).where(Upload.name == name, Upload.state == "done"))
    record(session, "image_set.deleted", by, image_set=name, images=facts.n_images)
    session.flush()
    return put_aside(settings, name)


def put_aside(settings: Settings, name: str) -> Path:
    """Move the files of a set out of sight, in one step.

    Raises
    ------
    ConflictError
        If an import into it is at work.
    """
    folder = settings.image_sets / name
    settings.uploads.mkdir(exist_ok=True)
    aside = settings.uploads / f"deleted-{token_hex(8)}"
    try:
        with locked(folder):
            folder.rename(aside)
    except ImportRunningError as error:
        raise ConflictError(f"photographs are being added to {name!r}: {error}") from error
    return aside


def researcher_of(by: Actor) -> Researcher:
    """The researcher who asks, or NotSignedInError."""
    if by.researcher is None:
        raise NotSignedInError("sign in first")
    return by.researcher
