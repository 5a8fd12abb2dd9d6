"""Studies that share people: nobody sees an image in two of them."""

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from experiment.access import Actor, role_in
from experiment.errors import StudyError
from experiment.models import Study, StudyRelation
from experiment.studies.file import StudyDefinition
from experiment.studies.table import nearest


def related_studies(session: Session, definition: StudyDefinition, by: Actor) -> set[int]:
    """Database ids of the studies that this one names as related, and of those that name it.

    Raises
    ------
    StudyError
        If it names one that there is not, or that is not theirs to change.
    """
    known = {study.slug: study for study in session.scalars(select(Study))}
    if not definition.related:
        return {s.id for s in known.values() if definition.slug in s.definition.get("related", [])}
    theirs = [slug for slug in known if by.researcher is None or is_editor(session, by, slug)]
    for slug in definition.related:
        if slug not in theirs:
            advice = nearest(slug, theirs) if theirs else "there is none yet"
            raise StudyError(
                f"{definition.source}: related: there is no study {slug!r}; {advice}; create that "
                "one first, or name this one in its file"
            )
    return {
        study.id
        for slug, study in known.items()
        if slug in definition.related or definition.slug in study.definition.get("related", [])
    }


def is_editor(session: Session, by: Actor, slug: str) -> bool:
    """Whether who asks may change this study: to be related is to share its people."""
    return by.researcher is not None and role_in(session, by.researcher, slug) in (
        "editor",
        "owner",
    )


def relate(session: Session, study_id: int, related: set[int]) -> None:
    """Declare that a study shares no image with these for one person; in both directions."""
    either = or_(StudyRelation.study_id == study_id, StudyRelation.related_id == study_id)
    session.execute(delete(StudyRelation).where(either))
    for other in sorted(related):
        for one, two in ((study_id, other), (other, study_id)):
            session.add(StudyRelation(study_id=one, related_id=two))
    session.flush()
