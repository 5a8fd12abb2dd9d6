"""What browsers report of a run."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from experiment.models.base import Base


class Response(Base):
    """What happened on one shown trial, with or without a key. Written once, never changed."""

    __tablename__ = "response"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "position"], ["trial.run_id", "trial.position"], ondelete="CASCADE"
        ),
        CheckConstraint("(key IS NULL) = (rt_ms IS NULL)", name="key_with_time"),
        CheckConstraint("rt_ms IS NULL OR rt_ms >= 0", name="rt_after_onset"),
        CheckConstraint("offset_ms >= onset_ms", name="offset_after_onset"),
        CheckConstraint("frame_ms > 0 AND dropped_frames >= 0", name="frames_counted"),
    )
    run_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None]  # the first key that counts; NULL: none
    rt_ms: Mapped[float | None]  # its event's timestamp minus the onset frame's
    keys: Mapped[list[Any]]  # every key of the trial: {"key": …, "at_ms": …} after onset
    onset_ms: Mapped[float]  # since the first image of the run
    offset_ms: Mapped[float]
    frame_ms: Mapped[float]  # interval between frames: mean of the steps near their median
    dropped_frames: Mapped[int]
    feedback_onset_ms: Mapped[float | None]  # since the first image; NULL: none was shown
    had_focus: Mapped[bool | None]  # the window was in front from onset to the next onset
    received_at: Mapped[datetime]


class ResponseConflict(Base):
    """A second, different account of a trial already stored: kept aside, never dropped."""

    __tablename__ = "response_conflict"
    __table_args__ = (UniqueConstraint("run_id", "position", "sha256"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    position: Mapped[int]
    sha256: Mapped[str]  # of the payload, so that a repeated post is kept once
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class FeedbackRequest(Base):
    """A key press that the server was asked to judge: what was told cannot be taken back."""

    __tablename__ = "feedback_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "position"], ["trial.run_id", "trial.position"], ondelete="CASCADE"
        ),
    )
    run_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    rt_ms: Mapped[float]
    is_correct: Mapped[bool]
    asked_at: Mapped[datetime]


class BrowserEvent(Base):
    """blur, focus, fullscreenenter, fullscreenexit, resize, visibility: what disturbed the game."""

    __tablename__ = "browser_event"
    __table_args__ = (UniqueConstraint("run_id", "event_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    event_id: Mapped[str]  # given by the browser, so that a repeated post is stored once
    event: Mapped[str]
    position: Mapped[int | None]  # the trial on screen; NULL: before or after the game
    at_ms: Mapped[float]  # since the first image of the run; negative before it
    detail: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
