"""Long work that a page or program started, and predictions that such work brings."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from experiment.models.base import Base, one_of


class Job(Base):
    """Work in a process of its own: what, how far, and what came of it."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", "waiting", "running", "done", "failed", "stopped"),
        CheckConstraint("done >= 0 AND (total IS NULL OR total >= 0)", name="progress_counted"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # a name in experiment/jobs/kinds.py
    study_id: Mapped[int | None] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), index=True
    )
    researcher_id: Mapped[int | None] = mapped_column(
        ForeignKey("researcher.id", ondelete="SET NULL"), index=True
    )
    parameters: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(index=True)
    done: Mapped[int]
    total: Mapped[int | None]  # NULL: not known yet
    unit: Mapped[str]  # of both, such as "images"
    message: Mapped[str]  # what it is at, or why it failed: what, where, what to do
    result: Mapped[dict[str, Any]]
    pid: Mapped[int | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]  # a running job without one for a while has died
    ended_at: Mapped[datetime | None]


class Prediction(Base):
    """What a model says of one picture of a study."""

    __tablename__ = "prediction"
    __table_args__ = (
        CheckConstraint("(value IS NULL) = (error IS NOT NULL)", name="value_or_error"),
        CheckConstraint("length(sha256) = 64", name="sha256_whole"),
    )
    study_id: Mapped[int] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)  # of the picture's original
    value: Mapped[float | None]
    fingerprint: Mapped[str | None]  # of the model as it was used; NULL: the table had none
    error: Mapped[str | None]  # why there is no value
    stored_at: Mapped[datetime]


class Computed(Base):
    """Statistics of a study, kept until its data change."""

    __tablename__ = "computed"
    study_id: Mapped[int] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]  # of the data that it was computed from
    value: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]
    seconds: Mapped[float]  # that it took
