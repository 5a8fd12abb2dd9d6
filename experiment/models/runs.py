"""Sequences as participants play them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from experiment.models.base import Base, one_of
from experiment.models.images import Image
from experiment.models.people import Participant
from experiment.models.studies import Study


class Run(Base):
    """One sequence as one participant plays it."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("participant_id", "study_id", "number"),
        one_of("state", "created", "in_progress", "finished"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("(state = 'created') = (started_at IS NULL)", name="started_once_begun"),
        CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name="finished_at_end"),
        one_of("outcome", "whole", "attention", "stopped"),
        CheckConstraint("(state = 'finished') = (outcome IS NOT NULL)", name="outcome_at_end"),
        CheckConstraint("end_position >= 0", name="end_from_zero"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)  # run_id of the exports
    token: Mapped[str] = mapped_column(unique=True)  # secret between server and this browser
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id", ondelete="CASCADE"))
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    number: Mapped[int]  # 1-based among this person's runs of the study
    seed: Mapped[str]  # of the whole sequence; text, so that no database rounds it
    state: Mapped[str]
    outcome: Mapped[str | None]  # whole, ended by an attention rule, or stopped at a rest
    end_position: Mapped[int | None]  # nothing from here on is shown; NULL: the whole sequence is
    reserved_until: Mapped[datetime]  # its images are promised to it for so long
    tab: Mapped[str | None]  # the browser tab that plays it; another one has to stop
    device: Mapped[dict[str, Any]]  # what the browser says of itself when it starts
    lost_positions: Mapped[list[Any]]  # shown or skipped, and not to be had any more
    origin_epoch_ms: Mapped[float | None]  # browser's clock when the first image was planned for
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]  # first image
    finished_at: Mapped[datetime | None]  # every response that exists is stored
    participant: Mapped[Participant] = relationship()
    study: Mapped[Study] = relationship()


class Trial(Base):
    """One presentation of one image within a run, drawn before the run begins."""

    __tablename__ = "trial"
    __table_args__ = (
        UniqueConstraint("run_id", "image_id", "is_repeat"),
        one_of("role", "target", "filler", "vigilance", "lure"),
        one_of("phase", "game", "study", "test"),
        CheckConstraint("position >= 0", name="position_from_zero"),
        CheckConstraint(
            "is_repeat = (lag IS NOT NULL OR first_run_id IS NOT NULL)", name="lag_of_repeats"
        ),
        CheckConstraint("lag IS NULL OR first_run_id IS NULL", name="repeat_of_one_run"),
        CheckConstraint("lag IS NULL OR lag BETWEEN 1 AND position", name="lag_within_run"),
        CheckConstraint("role NOT IN ('filler', 'lure') OR NOT is_repeat", name="shown_once"),
        CheckConstraint("level >= 1", name="level_from_one"),
        CheckConstraint("stimulus_ms > 0 AND gap_ms >= 0", name="planned_times"),
    )
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # 0-based place in the run
    level: Mapped[int]  # 1-based
    phase: Mapped[str]
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    role: Mapped[str]
    is_repeat: Mapped[bool]
    lag: Mapped[int | None]  # in trials; NULL for a first presentation and across runs
    first_run_id: Mapped[int | None] = mapped_column(  # an earlier run that showed it first
        ForeignKey("run.id", ondelete="CASCADE")
    )
    address: Mapped[str] = mapped_column(unique=True)  # opaque; another for the repeat
    stimulus_ms: Mapped[int]  # planned
    gap_ms: Mapped[int]  # planned
    image: Mapped[Image] = relationship()


class Interruption(Base):
    """The game stopped (reload, crash, closed laptop) and went on here: pairs that span it are
    marked in the exports."""

    __tablename__ = "interruption"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        CheckConstraint("position >= 1", name="after_first_trial"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    position: Mapped[int]  # where the run went on: the first trial after the gap
    last_stored: Mapped[int | None]  # highest position the server had
    last_shown: Mapped[int | None]  # highest position the browser remembered
    resumed_at: Mapped[datetime]


class RuleEvent(Base):
    """An attention rule fired: which, on what numbers, where, and what followed."""

    __tablename__ = "rule_event"
    __table_args__ = (
        UniqueConstraint("run_id", "level", "rule"),
        CheckConstraint("level >= 1", name="level_from_one"),
        CheckConstraint("n >= 1", name="n_counted"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    level: Mapped[int]  # 1-based
    rule: Mapped[str]  # its name in the paradigm
    measure: Mapped[str]
    value: Mapped[float]  # a rate
    n: Mapped[int]  # trials behind it
    threshold: Mapped[float]
    action: Mapped[str]
    position: Mapped[int]  # highest stored position when it fired
    fired_at: Mapped[datetime]
