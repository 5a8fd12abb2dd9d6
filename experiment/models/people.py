"""Who takes part, what they agreed to and said, and what is left out of what they gave."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from experiment.models.base import Base, one_of
from experiment.models.studies import Study

# How a participation may end; each has its own completion code and page.
OUTCOMES = (
    "completed",
    "attention",  # a rule ended it
    "stopped",  # at a rest, by the participant
    "screened_out",  # by an answer before the game
    "no_consent",
    "full",  # the study needs nobody more
)

# What a recruiter says of somebody's submission, in our words.
RECRUITER_STATUSES = ("active", "awaiting", "approved", "rejected", "returned", "timed_out")


class Participant(Base):
    """Somebody in one study, known only by a random public id."""

    __tablename__ = "participant"
    __table_args__ = (
        one_of("outcome", *OUTCOMES),
        one_of("recruiter_status", *RECRUITER_STATUSES),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="outcome_at_end"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    person: Mapped[str] = mapped_column(index=True)  # random; the same in related studies
    withdrawal_sha256: Mapped[str] = mapped_column(unique=True)  # of the code that deletes all this
    created_at: Mapped[datetime]
    reserved_until: Mapped[datetime]  # a place in the study is kept for so long
    outcome: Mapped[str | None]  # how the participation ended; NULL: it has not
    ended_at: Mapped[datetime | None]
    recruiter_status: Mapped[str | None]  # as the recruiter's list says; NULL: not on one yet
    recruiter_status_at: Mapped[datetime | None]  # when that list was read
    is_preview: Mapped[bool]  # a researcher looking: counts nowhere
    is_simulated: Mapped[bool]  # for ever
    study: Mapped[Study] = relationship()


class Identity(Base):
    """What a recruiter called this person; kept apart so that it can be erased alone."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("study_id", "recruiter", "external_id"),)
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True
    )
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    recruiter: Mapped[str]
    external_id: Mapped[str]
    parameters: Mapped[dict[str, Any]]  # everything that the link carried, under its own names
    created_at: Mapped[datetime]


class Consent(Base):
    """This person agreed to this text, for this study, at this time."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("participant_id", "study_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id", ondelete="CASCADE"))
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    consent_document_id: Mapped[int] = mapped_column(ForeignKey("consent_document.id"))
    agreed_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Answer(Base):
    """What a participant answered to one question before or after the game."""

    __tablename__ = "answer"
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(primary_key=True)  # its id in the study file
    value: Mapped[list[Any]]  # one item; several where several may be ticked; none: left open
    answered_at: Mapped[datetime]


class Flag(Base):
    """Something odd that a researcher should look at; nothing follows by itself."""

    __tablename__ = "flag"
    __table_args__ = (CheckConstraint("run_number >= 0", name="run_number_from_zero"),)
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True
    )
    run_number: Mapped[int] = mapped_column(primary_key=True)  # 0: the pages around the game
    kind: Mapped[str] = mapped_column(primary_key=True)
    detail: Mapped[dict[str, Any]]  # the numbers behind it
    raised_at: Mapped[datetime]


class Exclusion(Base):
    """Data that are left out of the scores: a level, a run, or all of a participant."""

    __tablename__ = "exclusion"
    __table_args__ = (
        CheckConstraint("level IS NULL OR run_id IS NOT NULL", name="level_of_a_run"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id", ondelete="CASCADE"), index=True
    )
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    level: Mapped[int | None]
    rule: Mapped[str]
    number: Mapped[float | None]  # the measure that the rule judged
    decided_by: Mapped[str]  # "rule" or "researcher"
    reason: Mapped[str | None]  # in a researcher's words
    created_at: Mapped[datetime]


class LiftedExclusion(Base):
    """An exclusion that a researcher took back: what it was, and why it holds no longer."""

    __tablename__ = "lifted_exclusion"
    __table_args__ = (
        CheckConstraint("level IS NULL OR run_id IS NOT NULL", name="level_of_a_run"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id", ondelete="CASCADE"), index=True
    )
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    level: Mapped[int | None]
    rule: Mapped[str]
    number: Mapped[float | None]
    decided_by: Mapped[str]  # as it was decided: "rule" or "researcher"
    reason: Mapped[str | None]  # of the exclusion
    created_at: Mapped[datetime]  # when it was excluded
    lifted_reason: Mapped[str | None]  # in a researcher's words; NULL: their own decision, undone
    lifted_at: Mapped[datetime]


class Withdrawal(Base):
    """That somebody had their data deleted; nothing of who they were."""

    __tablename__ = "withdrawal"
    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    n_runs: Mapped[int]
    n_responses: Mapped[int]
    withdrawn_at: Mapped[datetime]
