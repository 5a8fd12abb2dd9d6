"""Links of a study that are given away, with the record of who made them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.links import label_link, labels_in, require_labels, study_link
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.lifecycle import Page


def share_results(session: Session, settings: Settings, slug: str, page: Page, by: Actor) -> str:
    """A link that opens a study's results once, within 24 hours, without an account."""
    record(session, "study.shared", by, find_study(session, slug), page=page)
    return study_link(session, settings, slug, page)


def make_labels(
    session: Session, settings: Settings, slug: str, labels: Sequence[str], by: Actor
) -> list[tuple[str, str]]:
    """Each label with the link of its person.

    Raises
    ------
    StudyError
        If the study does not take people by label, there is none, or one is there twice.
    """
    study = find_study(session, slug)
    require_labels(study)
    found = labels_in(labels, "labels")
    made = [(label, label_link(session, settings, slug, label)) for label in found]
    record(session, "study.labels", by, study, n=len(made))
    return made
