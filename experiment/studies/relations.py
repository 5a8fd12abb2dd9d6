"""Studies that share people: nobody sees an image in two of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.errors import StudyError
from experiment.models import Study, StudyRelation
from experiment.studies.file import StudyDefinition
from experiment.studies.table import nearest


def related_studies(session: Session, definition: StudyDefinition) -> set[int]:
    """Database ids of the studies that this one names as related, and of those that name it.

    Raises
    ------
    StudyError
        If it names one that there is not.
    """
    known = {study.slug: study for study in session.scalars(select(Study))}
    for slug in definition.related:
        if slug not in known:
            advice = nearest(slug, list(known)) if known else "there is none yet"
            raise StudyError(
                f"{definition.source}: related: there is no study {slug!r}; {advice}; create that "
                "one first, or name this one in its file"
            )
    return {
        study.id
        for slug, study in known.items()
        if slug in definition.related
        or (definition.slug in study.definition.get("related", []) and slug != definition.slug)
    }


def relate(session: Session, one: int, other: int) -> None:
    """Declare that two studies share no image for one person; in both directions."""
    for study_id, related_id in ((one, other), (other, one)):
        session.add(StudyRelation(study_id=study_id, related_id=related_id))
    session.flush()
