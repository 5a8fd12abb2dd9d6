"""What is asked of people: studies, their texts, and the links to their pages."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from experiment.models.base import Base, one_of
from experiment.models.images import ImageSet


class ConsentDocument(Base):
    """A version of a consent text; what a person agreed to can be shown for ever."""

    __tablename__ = "consent_document"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)  # of the text in UTF-8
    text: Mapped[str]  # Markdown
    created_at: Mapped[datetime]


class Study(Base):
    """A question put to people: images, a paradigm, the texts; and whether it is open."""

    __tablename__ = "study"
    __table_args__ = (one_of("state", "draft", "open", "paused", "closed"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    state: Mapped[str]
    image_set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id"))
    consent_document_id: Mapped[int] = mapped_column(ForeignKey("consent_document.id"))
    paradigm: Mapped[dict[str, Any]]  # Paradigm.to_dict(), validated when it is written
    definition: Mapped[dict[str, Any]]  # the rest of the study file: texts, goal, pools, display
    revision: Mapped[int] = mapped_column(default=1)  # grows with every edit
    is_blinded: Mapped[bool] = mapped_column(default=False)  # scores are hidden until it closes
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]  # first time
    closed_at: Mapped[datetime | None]  # last time
    image_set: Mapped[ImageSet] = relationship()
    consent_document: Mapped[ConsentDocument] = relationship()


class StudyRelation(Base):
    """Two studies that share no image for one person; stored in both directions."""

    __tablename__ = "study_relation"
    __table_args__ = (CheckConstraint("study_id <> related_id", name="not_itself"),)
    study_id: Mapped[int] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    related_id: Mapped[int] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )


class ResultsLink(Base):
    """A link to a study's read-only pages that opens once."""

    __tablename__ = "results_link"
    __table_args__ = (one_of("page", "results", "report", "sequence"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    token_sha256: Mapped[str] = mapped_column(unique=True)
    page: Mapped[str]  # where it leads
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
