"""The list of studies, with how people ended in them."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.models import Consent, Participant, Study
from experiment.models.people import OUTCOMES

IN_PROGRESS = "in progress"


def study_lines(session: Session) -> Iterator[str]:
    """One line for each study: slug, state, how many participants ended how, title."""
    counts = outcome_counts(session)
    studies = session.execute(
        select(Study.id, Study.slug, Study.state, Study.title).order_by(Study.created_at)
    ).all()
    if not studies:
        yield "There is no study yet; hitrate study init FILE begins one."
        return
    width = max(len(study.slug) for study in studies)
    for study in studies:
        people = counts.get(study.id, Counter())
        said = [f"{people['completed']:5} completed"]
        said += [
            f"{people[outcome]} {outcome.replace('_', ' ')}"
            for outcome in (*OUTCOMES[1:], IN_PROGRESS)
            if people[outcome]
        ]
        yield f"{study.slug:{width}}  {study.state:6}  {', '.join(said)}  {study.title}"


def outcome_counts(session: Session) -> dict[int, Counter[str]]:
    """How many participants ended how, by the study's database id; previews count nowhere.

    Who has agreed and has not ended is in progress; who has not even agreed is not counted.
    """
    agreed = (
        select(Consent.id)
        .where(Consent.participant_id == Participant.id, Consent.study_id == Participant.study_id)
        .exists()
    )
    rows = session.execute(
        select(Participant.study_id, Participant.outcome, func.count().label("n"))
        .where(Participant.is_preview.is_(False), Participant.outcome.is_not(None) | agreed)
        .group_by(Participant.study_id, Participant.outcome)
    )
    counts: dict[int, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.study_id, Counter())[row.outcome or IN_PROGRESS] = row.n
    return counts
