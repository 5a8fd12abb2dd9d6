"""Sets of images."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from experiment.models.base import Base, one_of


class ImageSet(Base):
    """A set of images, registered when the first study uses it; its files lie in the instance."""

    __tablename__ = "image_set"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    images: Mapped[list["Image"]] = relationship(back_populates="image_set")


class Image(Base):
    """One image of a set."""

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("image_set_id", "image_id"),
        UniqueConstraint("image_set_id", "sha256"),
        CheckConstraint("length(sha256) = 64", name="sha256_whole"),
        CheckConstraint("width_px >= 1 AND height_px >= 1", name="size_positive"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    image_set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id"))
    image_id: Mapped[str]  # path within the set, without extension
    sha256: Mapped[str]  # of the original file
    width_px: Mapped[int]
    height_px: Mapped[int]
    category: Mapped[str | None]
    licence: Mapped[str | None]
    attributes: Mapped[dict[str, Any]]
    image_set: Mapped[ImageSet] = relationship(back_populates="images")


class Upload(Base):
    """Photographs on their way into an image set; until it is made they lie in the instance."""

    __tablename__ = "upload"
    __table_args__ = (one_of("state", "open", "importing", "done", "failed"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # of the image set to be made or added to
    researcher_id: Mapped[int | None] = mapped_column(
        ForeignKey("researcher.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
