"""The verbs that change the state of studies: create, open, pause, close, link."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from experiment.coverage import pool_of
from experiment.design.feasibility import check_feasible
from experiment.errors import ConflictError, StudyError
from experiment.models import (
    Consent,
    ConsentDocument,
    Image,
    ImageSet,
    Membership,
    Participant,
    ResultsLink,
    Study,
    Withdrawal,
)
from experiment.participant.images import study_rendition
from experiment.settings import Settings
from experiment.studies.defaults import with_minutes
from experiment.studies.file import StudyDefinition
from experiment.studies.pools import check_pools
from experiment.studies.relations import relate, related_studies
from stimuli.errors import StimuliError
from stimuli.image_set import ImageSet as ImageSetFiles
from stimuli.image_set import find_image_set

LINK_LIVES = timedelta(hours=24)

Page = Literal["results", "report", "sequence"]
Item = TypeVar("Item")
Progress = Callable[[Iterable[Item]], Iterable[Item]]


def find_files(settings: Settings, name: str) -> ImageSetFiles:
    """The image set of this name in the instance.

    Raises
    ------
    StudyError
        If there is none, with the names of those that exist.
    """
    try:
        return find_image_set(settings.image_sets, name)
    except StimuliError as error:
        raise StudyError(
            f"image_set: {error}; `hitrate stimuli import FOLDER --name {name}` makes one"
        ) from None


def create_study(
    session: Session, settings: Settings, definition: StudyDefinition, *, replace: bool = False
) -> Study:
    """Put a checked study file into the database, as a draft; registers its image set.

    With `replace` it takes the place of a study of this slug that nobody has played in, whose
    members stay.

    Raises
    ------
    StudyError
        If the slug is taken (with `replace`: by an open study, or one that has been played), a
        related study is absent, the image set is absent or no longer what is registered of it, or
        the images do not suffice for one participant.
    SequenceError
        If the paradigm's lags do not fit into its run.
    """
    taken = session.scalar(select(Study).where(Study.slug == definition.slug))
    related = related_studies(session, definition)
    roles: dict[int, str] = {}
    if taken is not None:
        if not replace:
            raise StudyError(
                f"{definition.source}: slug: there is already a study {taken.slug!r} "
                f"({taken.state}); choose another slug, or replace it with --replace"
            )
        members = select(Membership).where(Membership.study_id == taken.id)
        roles = {member.researcher_id: member.role for member in session.scalars(members)}
        delete_unplayed(session, taken)
    check_feasible(definition.paradigm)
    image_set = register_image_set(session, find_files(settings, definition.image_set))
    consent = with_minutes(definition.texts["consent"], definition.paradigm)
    study = Study(
        slug=definition.slug,
        title=definition.title,
        state="draft",
        image_set_id=image_set.id,
        consent_document_id=consent_document(session, consent).id,
        paradigm=definition.paradigm.to_dict(),
        definition=definition.to_dict(),
        created_at=datetime.now(UTC),
    )
    session.add(study)
    session.flush()
    check_pools(definition, images_of(session, study))
    for researcher_id, role in roles.items():
        session.add(
            Membership(
                study_id=study.id,
                researcher_id=researcher_id,
                role=role,
                created_at=study.created_at,
            )
        )
    for other in related:
        relate(session, study.id, other)
    return study


def delete_unplayed(session: Session, study: Study) -> None:
    """Delete a study that nobody has taken part in, with its previews.

    Raises
    ------
    StudyError
        If it is open, or anybody but a preview has agreed to it or withdrawn from it.
    """
    if study.state == "open":
        raise StudyError(f"{study.slug} is open; close it first: hitrate study close {study.slug}")
    agreed = select(Participant.id).join(Consent).where(Consent.study_id == study.id)
    withdrawn = select(Withdrawal.id).where(Withdrawal.study_id == study.id)
    for people in (agreed.where(Participant.is_preview.is_(False)), withdrawn):
        if session.scalar(people.limit(1)) is not None:
            raise StudyError(f"people have taken part in {study.slug}; choose another slug")
    session.execute(delete(Participant).where(Participant.study_id == study.id))
    session.execute(delete(Study).where(Study.id == study.id))


def register_image_set(session: Session, files: ImageSetFiles) -> ImageSet:
    """The image set in the database, with the images that are new in its folder.

    Raises
    ------
    StudyError
        If a registered image_id now is another picture: answers already refer to the old one.
    """
    image_set = session.scalar(select(ImageSet).where(ImageSet.name == files.name))
    if image_set is None:
        image_set = ImageSet(name=files.name, created_at=datetime.now(UTC))
        session.add(image_set)
        session.flush()
    known: dict[str, str] = {
        row.image_id: row.sha256
        for row in session.execute(
            select(Image.image_id, Image.sha256).where(Image.image_set_id == image_set.id)
        )
    }
    rows = []
    for image in files.images:
        registered = known.get(image.image_id)
        if registered is None:
            rows.append(
                {
                    "image_set_id": image_set.id,
                    "image_id": image.image_id,
                    "sha256": image.sha256,
                    "width_px": image.width_px,
                    "height_px": image.height_px,
                    "category": image.category,
                    "licence": image.licence,
                    "attributes": dict(image.attributes),
                }
            )
        elif registered != image.sha256:
            raise StudyError(
                f"image set {files.name}: {image.image_id!r} is another picture than when the set "
                "was first used; import the changed pictures as a set of another name"
            )
    if rows:
        session.execute(insert(Image), rows)
    return image_set


def consent_document(session: Session, text: str) -> ConsentDocument:
    """The consent text as a document; the same text is one document."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    document = session.scalar(select(ConsentDocument).where(ConsentDocument.sha256 == sha256))
    if document is None:
        document = ConsentDocument(sha256=sha256, text=text, created_at=datetime.now(UTC))
        session.add(document)
        session.flush()
    return document


def images_of(session: Session, study: Study) -> list[Image]:
    """The images of the study's set, by image_id."""
    return list(
        session.scalars(
            select(Image).where(Image.image_set_id == study.image_set_id).order_by(Image.image_id)
        )
    )


def study_images(session: Session, study: Study) -> list[Image]:
    """The images that the study may show."""
    images = images_of(session, study)
    pools = study.definition["images"]
    wanted = {*pool_of(images, pools["targets"]), *pool_of(images, pools["fillers"])}
    return [image for image in images if image.id in wanted]


def make_renditions(
    settings: Settings, set_name: str, paradigm: dict[str, Any], images: Iterable[Image]
) -> int:
    """Make the files that people are shown where they are absent; returns how many there are."""
    return sum(study_rendition(image, settings, set_name, paradigm).is_file() for image in images)


def open_study(session: Session, study: Study) -> None:
    """Take participants from now on."""
    now = datetime.now(UTC)
    study.state = "open"
    study.opened_at = study.opened_at or now
    session.flush()


def pause_study(session: Session, study: Study) -> None:
    """Take no new participants for a while; runs in progress go on.

    Raises
    ------
    ConflictError
        If the study is not open.
    """
    if study.state != "open":
        raise ConflictError(f"{study.slug} is {study.state}; only an open study can be paused")
    study.state = "paused"
    session.flush()


def close_study(session: Session, study: Study) -> None:
    """Take no more participants; runs in progress go on. It can be opened again."""
    study.state = "closed"
    study.closed_at = datetime.now(UTC)
    session.flush()


def make_results_link(session: Session, study: Study, page: Page) -> str:
    """The token of a link that opens a study's pages once, within 24 hours; its hash is kept."""
    token = secrets.token_urlsafe(24)
    now = datetime.now(UTC)
    session.add(
        ResultsLink(
            study_id=study.id,
            token_sha256=token_sha256(token),
            page=page,
            created_at=now,
            expires_at=now + LINK_LIVES,
        )
    )
    session.flush()
    return token


def token_sha256(token: str) -> str:
    """What is kept of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def use_results_link(session: Session, token: str) -> tuple[str, str] | None:
    """Use a link up: (slug, page); None if there is none, or it is used or expired."""
    now = datetime.now(UTC)
    row = session.execute(
        update(ResultsLink)
        .where(
            ResultsLink.token_sha256 == token_sha256(token),
            ResultsLink.used_at.is_(None),
            ResultsLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(ResultsLink.study_id, ResultsLink.page)
    ).one_or_none()
    if row is None:
        return None
    slug = session.scalars(select(Study.slug).where(Study.id == row.study_id)).one()
    return slug, row.page
