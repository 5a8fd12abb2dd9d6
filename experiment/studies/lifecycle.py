"""The verbs that change the state of studies: create, open, pause, close, link."""

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from experiment.access import COMMAND, Actor
from experiment.accounts.audit import record
from experiment.accounts.memberships import let_in
from experiment.coverage import pool_of
from experiment.design.feasibility import check_feasible
from experiment.errors import ConflictError, StudyConflictError, StudyError
from experiment.models import (
    Consent,
    Image,
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
from experiment.studies.registering import consent_document, register_image_set
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
    session: Session,
    settings: Settings,
    definition: StudyDefinition,
    *,
    replace: bool = False,
    by: Actor = COMMAND,
) -> Study:
    """Put a checked study into the database, as a draft of which its maker is the owner; registers
    its image set.

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
    study = session.scalar(select(Study).where(Study.slug == definition.slug))
    if study is not None and not replace:
        raise StudyConflictError(
            f"{definition.source}: slug: there is already a study {study.slug!r} "
            f"({study.state}); choose another slug, or replace it with --replace"
        )
    action = "study.created" if study is None else "study.replaced"
    if study is None:
        study = Study(slug=definition.slug, created_at=datetime.now(UTC), revision=0)
    else:
        require_unplayed(session, study)
        forget_previews(session, study)
    study.state, study.opened_at, study.closed_at = "draft", None, None
    study.revision += 1
    write_definition(session, settings, study, definition, by)
    record(session, action, by, study, image_set=definition.image_set)
    if by.researcher is not None and session.get(Membership, (study.id, by.researcher.id)) is None:
        let_in(session, by, study, by.researcher, "owner")
    return study


def write_definition(
    session: Session, settings: Settings, study: Study, definition: StudyDefinition, by: Actor
) -> None:
    """Make a study of the database, which may be new, into what its file says.

    Raises
    ------
    StudyError, SequenceError
        As `create_study`; then nothing of this transaction may be kept.
    """
    related = related_studies(session, definition, by)
    check_feasible(definition.paradigm)
    image_set = register_image_set(session, find_files(settings, definition.image_set))
    consent = with_minutes(definition.texts["consent"], definition.paradigm)
    study.title = definition.title
    study.image_set_id = image_set.id
    study.consent_document_id = consent_document(session, consent).id
    study.paradigm = definition.paradigm.to_dict()
    study.definition = definition.to_dict()
    session.add(study)
    session.flush()
    check_pools(definition, images_of(session, study))
    relate(session, study.id, related)


def require_unplayed(session: Session, study: Study) -> None:
    """Refuse what would take data away.

    Raises
    ------
    StudyError
        If the study is open, or anybody but a preview has agreed to it or withdrawn from it.
    """
    if study.state == "open":
        raise StudyConflictError(
            f"{study.slug} is open; close it first: hitrate study close {study.slug}"
        )
    if has_people(session, study):
        raise StudyConflictError(f"people have taken part in {study.slug}; choose another slug")


def has_people(session: Session, study: Study) -> bool:
    """Whether anybody but a preview has agreed to the study, or withdrawn from it."""
    agreed = select(Participant.id).join(Consent).where(Consent.study_id == study.id)
    withdrawn = select(Withdrawal.id).where(Withdrawal.study_id == study.id)
    return any(
        session.scalar(people.limit(1)) is not None
        for people in (agreed.where(Participant.is_preview.is_(False)), withdrawn)
    )


def forget_previews(session: Session, study: Study) -> None:
    """Delete previews of a study that nobody has taken part in, and who only looked in."""
    session.execute(delete(Participant).where(Participant.study_id == study.id))


def delete_unplayed(session: Session, settings: Settings, study: Study, by: Actor) -> None:
    """Delete a study that nobody has taken part in, with its previews and what was written of it.

    Raises
    ------
    StudyError
        If it is open, or anybody but a preview has agreed to it or withdrawn from it.
    """
    require_unplayed(session, study)
    record(session, "study.deleted", by, study, title=study.title)
    forget_previews(session, study)
    session.execute(delete(Study).where(Study.id == study.id))
    for folder in (settings.reports, settings.exports):
        shutil.rmtree(folder / study.slug, ignore_errors=True)


def lock(session: Session, study: Study) -> Study:
    """The study as it is now, which nobody else changes before this transaction has ended."""
    return session.scalars(
        select(Study)
        .where(Study.id == study.id)
        .with_for_update(of=Study)
        .execution_options(populate_existing=True)
    ).one()


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


def open_study(session: Session, study: Study, by: Actor = COMMAND) -> None:
    """Take participants from now on."""
    study = lock(session, study)
    was, study.state = study.state, "open"
    study.opened_at = study.opened_at or datetime.now(UTC)
    record(session, "study.opened", by, study, before=was)


def pause_study(session: Session, study: Study, by: Actor = COMMAND) -> None:
    """Take no new participants for a while; runs in progress go on.

    Raises
    ------
    ConflictError
        If the study is not open.
    """
    study = lock(session, study)
    if study.state != "open":
        raise ConflictError(f"{study.slug} is {study.state}; only an open study can be paused")
    study.state = "paused"
    record(session, "study.paused", by, study)


def close_study(session: Session, study: Study, by: Actor = COMMAND) -> None:
    """Take no more participants; runs in progress go on. It can be opened again."""
    study = lock(session, study)
    study.state, study.closed_at = "closed", datetime.now(UTC)
    record(session, "study.closed", by, study)


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
