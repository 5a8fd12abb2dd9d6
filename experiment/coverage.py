"""Which images have been shown to whom, counted by the database."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from experiment.models import (
    Exclusion,
    Image,
    Participant,
    Response,
    Run,
    Study,
    StudyRelation,
    Trial,
)

# A start keeps its place, and a run its images, for so long; then others get what is left of it.
PROMISE = timedelta(hours=2)


def pool_of(images: list[Image], wanted: Mapping[str, list[str]] | str) -> list[int]:
    """Database ids of the images of a pool, in the given order: those that `belong` to it."""
    return [image.id for image in images if belongs(image, wanted)]


def belongs(image: Any, wanted: Mapping[str, list[str]] | str) -> bool:
    """Whether an image (of the database or of a set) is in a pool: "all", or for each attribute (or
    `category`) the allowed values."""
    if isinstance(wanted, str):
        return True
    return all(str(attribute_of(image, name)) in allowed for name, allowed in wanted.items())


def attribute_of(image: Any, name: str) -> Any:
    """The category or another attribute of an image (of the database or of a set); "" if absent."""
    value = image.category if name == "category" else image.attributes.get(name)
    return "" if value is None else value


def coverage(session: Session, study: Study) -> dict[int, int]:
    """How many target pairs each image has or is promised; images without one are absent.

    A run that is still promised counts as far as it is to be played; a finished or expired one as
    far as it was answered. What an attention rule or a researcher left out does not count, so that
    its images are given out again. Real people and simulated ones alike, never a preview.
    """
    promised = and_(
        Run.state != "finished",
        Run.reserved_until > datetime.now(UTC),
        or_(Run.end_position.is_(None), Trial.position < Run.end_position),
    )
    answered = exists().where(Response.run_id == Run.id, Response.position == Trial.position)
    left_out = exists().where(
        Exclusion.participant_id == Run.participant_id,
        or_(Exclusion.run_id.is_(None), Exclusion.run_id == Run.id),
        or_(Exclusion.level.is_(None), Exclusion.level == Trial.level),
    )
    rows = session.execute(
        select(Trial.image_id, func.count().label("n"))
        .join(Run, Run.id == Trial.run_id)
        .join(Participant, Participant.id == Run.participant_id)
        .where(
            Run.study_id == study.id,
            Participant.is_preview.is_(False),
            Trial.role == "target",
            Trial.is_repeat,
            or_(promised, answered),
            ~left_out,
        )
        .group_by(Trial.image_id)
    )
    return {row.image_id: row.n for row in rows}


def seen_by(session: Session, participant: Participant) -> set[int]:
    """Images of the study's set that this person must not see (again).

    Those planned into any run of theirs, in this study and the related ones: each showing uses an
    image up. Of a run that ended early only what came before its end. The same picture is the same
    in every set, and so is a cluster where the study names the column that tells clusters.
    """
    study = session.get_one(Study, participant.study_id)
    shown = (
        select(Trial.image_id)
        .join(Run, Run.id == Trial.run_id)
        .join(Participant, Participant.id == Run.participant_id)
        .where(
            Participant.person == participant.person,
            or_(Participant.study_id == study.id, Participant.study_id.in_(related(study))),
            or_(Run.end_position.is_(None), Trial.position < Run.end_position),
        )
    )
    pictures = select(Image.sha256).where(Image.id.in_(shown))
    in_set = Image.image_set_id == study.image_set_id
    seen = set(session.scalars(select(Image.id).where(in_set, Image.sha256.in_(pictures))))
    cluster = study.definition["images"].get("cluster")
    return seen if cluster is None else seen | of_clusters(session, study, shown, cluster)


def related(study: Study) -> Select[int]:
    """The studies that share no image with this one for one person."""
    return select(StudyRelation.related_id).where(StudyRelation.study_id == study.id)


def of_clusters(session: Session, study: Study, shown: Select[int], cluster: str) -> set[int]:
    """Images of the study's set whose cluster has been shown; an image without one is alone."""
    columns = select(Image.id, Image.category, Image.attributes)
    known = {
        attribute_of(row, cluster) for row in session.execute(columns.where(Image.id.in_(shown)))
    } - {""}
    in_set = session.execute(columns.where(Image.image_set_id == study.image_set_id))
    return {row.id for row in in_set if attribute_of(row, cluster) in known}
