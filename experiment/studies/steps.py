"""What to do next with a study, from draft to closed, as a short list."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.models import Consent, Participant, Study
from experiment.recruitment.arrivals import recruitment_of
from experiment.studies.facts import StudyFacts
from experiment.studies.file import unwritten
from experiment.studies.opening import texts_of


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, or done."""

    what: str
    is_done: bool
    where: str  # a part of the page, or a page: "edit", "preview", "open", "links", "export"
    more: str = ""


def steps_of(session: Session, study: Study, facts: StudyFacts) -> list[Step]:
    """The steps of a study; the first that is not done is what to do next."""
    waiting = unwritten(texts_of(study))
    recruitment = recruitment_of(study)
    is_needed = recruitment["kind"] in ("prolific", "redirect", "sona")
    was_open = study.opened_at is not None
    steps = [
        Step(
            "Write what people read: who you are, what they agree to",
            not waiting,
            "edit",
            "; ".join(waiting),
        ),
        Step(
            "Say where people come from"
            + ("" if is_needed else ", if they are not only given the address"),
            recruitment["kind"] != "none" or was_open,
            "edit",
        ),
        Step("Play it yourself", was_open or was_looked_at(session, study), "preview"),
        Step("Open it", was_open, "open"),
        Step(
            "Give the link away",
            bool(facts.people),
            "links",
            "Nobody has begun yet." if was_open and not facts.people else "",
        ),
    ]
    if facts.needed is not None:
        steps.append(
            Step(
                f"Wait for {facts.needed:,} people who play to the end",
                facts.completed >= facts.needed,
                "results",
                f"{facts.completed:,} have.",
            )
        )
    steps.append(Step("Close it", study.state == "closed", "open"))
    steps.append(Step("Pay people, and take the data out", False, "export"))
    return steps


def was_looked_at(session: Session, study: Study) -> bool:
    """Whether somebody has agreed to it in a preview."""
    query = (
        select(Consent.id)
        .join(Participant, Participant.id == Consent.participant_id)
        .where(Consent.study_id == study.id, Participant.is_preview)
        .limit(1)
    )
    return session.scalar(query) is not None
