"""Questions before and after the game: which are due, and keeping the answers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.inserts import insert_ignoring
from experiment.models import Answer, Participant, Study
from experiment.questions.question import Question


def questions_of(study: Study, when: str) -> list[Question]:
    """All questions of a study "before" or "after" the game, by page."""
    found = [Question.from_dict(values) for values in study.definition.get("questions") or ()]
    return [question for question in found if question.when == when]


def page_due(session: Session, study: Study, participant: Participant, when: str) -> list[Question]:
    """The questions of the first page with something to answer; [] if all is answered."""
    questions = questions_of(study, when)
    answered: set[str] = set()
    if questions:
        of_person = select(Answer.question).where(Answer.participant_id == participant.id)
        answered = set(session.scalars(of_person))
    pages = [q.page for q in questions if q.asks and q.id not in answered]
    return [question for question in questions if pages and question.page == min(pages)]


def due(session: Session, study: Study, participant: Participant, when: str) -> bool:
    """Whether questions are still open at this point: "before" or "after" the game."""
    return bool(page_due(session, study, participant, when))


def keep_answers(
    session: Session, participant: Participant, values: Mapping[str, list[Any]]
) -> None:
    """Store the answers of a page by the questions' ids; what was answered before stays."""
    now = datetime.now(UTC)
    rows = [
        {"participant_id": participant.id, "question": question, "value": value, "answered_at": now}
        for question, value in values.items()
    ]
    insert_ignoring(session, Answer, ("participant_id", "question"), rows)
