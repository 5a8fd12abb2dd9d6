"""Questions before and after the game."""

from sqlalchemy.orm import Session

from experiment.models import Participant, Study


def due(session: Session, study: Study, participant: Participant, when: str) -> bool:  # noqa: ARG001 (nothing is asked)
    """Whether questions are still open at this point: "before" or "after" the game."""
    return False
