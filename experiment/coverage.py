"""Which images have been shown to whom, counted by the database."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from experiment.models import Image, Participant, Response, Run, Study, Trial

# An unfinished run holds its images for so long; what it left unanswered is then given to others.
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

    A run that is still promised counts whole, a finished or expired one as far as it was answered;
    those of real people and simulated ones, never a preview.
    """
    holds = and_(Run.state != "finished", Run.created_at > datetime.now(UTC) - PROMISE)
    answered = exists().where(Response.run_id == Run.id, Response.position == Trial.position)
    rows = session.execute(
        select(Trial.image_id, func.count().label("n"))
        .join(Run, Run.id == Trial.run_id)
        .join(Participant, Participant.id == Run.participant_id)
        .where(
            Run.study_id == study.id,
            Participant.is_preview.is_(False),
            Trial.role == "target",
            Trial.is_repeat,
            or_(holds, answered),
        )
        .group_by(Trial.image_id)
    )
    return {row.image_id: row.n for row in rows}


def seen_by(session: Session, participant: Participant) -> set[int]:
    """Images that were planned into any run of this participant: each showing uses an image up."""
    return set(
        session.scalars(
            select(Trial.image_id)
            .join(Run, Run.id == Trial.run_id)
            .where(Run.participant_id == participant.id)
            .distinct()
        )
    )
