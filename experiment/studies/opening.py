"""Opening a study: the pictures in the size that people see are made first, by a job if many."""

from typing import Any

from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.errors import ConflictError
from experiment.jobs.lifecycle import add_job
from experiment.jobs.work import Work
from experiment.models import Image, Job, Researcher, Study
from experiment.participant.images import has_rendition, study_rendition
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.file import unwritten
from experiment.studies.lifecycle import make_renditions, open_study, study_images

KIND = "open_study"
AT_ONCE = 40  # pictures that are made while the page waits


class UnwrittenError(ConflictError):
    """A text still waits for its words, and nobody has said to open the study all the same."""

    code = "texts_unwritten"


def begin_opening(
    session: Session, settings: Settings, study: Study, by: Actor, *, anyway: bool = False
) -> Job | None:
    """Open a study; where many pictures are to be made first, a job does, which is returned for
    `launch` after the commit.

    Raises
    ------
    ConflictError
        If it is open, or is being opened.
    UnwrittenError
        If a text still has [PARTS LIKE THIS], unless it is to be opened `anyway`.
    NotFoundError
        If the file of a picture is gone.
    """
    if study.state == "open":
        raise ConflictError(f"{study.slug} is open already")
    waiting = unwritten(texts_of(study))
    if waiting and not anyway:
        raise UnwrittenError(
            f"{'; '.join(waiting)}: write it first, or say that it is to be opened all the same"
        )
    to_make = missing(session, settings, study)
    if len(to_make) > AT_ONCE:
        return add_job(
            session,
            KIND,
            by,
            study=study,
            unit="pictures",
            revision=study.revision,
            researcher=None if by.researcher is None else by.researcher.id,
        )
    make_renditions(settings, study.image_set.name, study.paradigm, to_make)
    open_study(session, study, by)
    return None


def texts_of(study: Study) -> dict[str, str]:
    """Everything that people will read."""
    return {**study.definition["texts"], "consent": study.consent_document.text}


def missing(session: Session, settings: Settings, study: Study) -> list[Image]:
    """The pictures of a study that are not there yet in the size that people see."""
    return [
        image
        for image in study_images(session, study)
        if not has_rendition(image, settings, study.paradigm)
    ]


def open_in_job(work: Work) -> dict[str, Any]:
    """Make the pictures that are missing, then open the study.

    Raises
    ------
    ConflictError
        If the study has been changed meanwhile: what was made may not be what it shows now.
    """
    slug = str(work.study)
    with work.database.read() as session:
        study = find_study(session, slug)
        images, set_name = missing(session, work.settings, study), study.image_set.name
        paradigm = study.paradigm
    for n, image in enumerate(images, start=1):
        study_rendition(image, work.settings, set_name, paradigm)
        work.progress(n, len(images))
    with work.database.write() as session:
        study = find_study(session, slug)
        if study.revision != work.parameters["revision"]:
            raise ConflictError(f"{slug} was changed while its pictures were made; open it again")
        researcher_id = work.parameters["researcher"]
        researcher = None if researcher_id is None else session.get(Researcher, researcher_id)
        if study.state != "open":
            open_study(session, study, Actor("server", researcher))
    return {"pictures": len(images)}
