"""The tables. Typed; the database refuses what cannot happen; comments say what types cannot."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check that the column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Any] = {
        datetime: UtcDateTime,
        float: Double,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


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
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]  # first time
    closed_at: Mapped[datetime | None]  # last time
    image_set: Mapped[ImageSet] = relationship()
    consent_document: Mapped[ConsentDocument] = relationship()


class Participant(Base):
    """A person, known only by a random public id."""

    __tablename__ = "participant"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    is_preview: Mapped[bool]  # a researcher looking: counts nowhere
    is_simulated: Mapped[bool]  # for ever


class Consent(Base):
    """This person agreed to this text, for this study, at this time."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("participant_id", "study_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id", ondelete="CASCADE"))
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    consent_document_id: Mapped[int] = mapped_column(ForeignKey("consent_document.id"))
    agreed_at: Mapped[datetime]


class Run(Base):
    """One sequence as one participant plays it."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("participant_id", "study_id", "number"),
        one_of("state", "created", "in_progress", "finished"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("(state = 'created') = (started_at IS NULL)", name="started_once_begun"),
        CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name="finished_at_end"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)  # run_id of the exports
    token: Mapped[str] = mapped_column(unique=True)  # secret between server and this browser
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id", ondelete="CASCADE"))
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    number: Mapped[int]  # 1-based among this person's runs of the study
    seed: Mapped[str]  # of the whole sequence; text, so that no database rounds it
    state: Mapped[str]
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
        one_of("role", "target", "filler", "vigilance"),
        one_of("phase", "game", "study", "test"),
        CheckConstraint("position >= 0", name="position_from_zero"),
        CheckConstraint("(lag IS NOT NULL) = is_repeat", name="lag_of_repeats"),
        CheckConstraint("lag IS NULL OR lag BETWEEN 1 AND position", name="lag_within_run"),
        CheckConstraint("role <> 'filler' OR NOT is_repeat", name="fillers_once"),
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
    lag: Mapped[int | None]  # in trials; NULL for a first presentation
    address: Mapped[str] = mapped_column(unique=True)  # opaque; another for the repeat
    stimulus_ms: Mapped[int]  # planned
    gap_ms: Mapped[int]  # planned
    image: Mapped[Image] = relationship()


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
    feedback_onset_ms: Mapped[float | None]
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


class ResultsLink(Base):
    """A link to a study's read-only pages that opens once."""

    __tablename__ = "results_link"
    __table_args__ = (one_of("page", "results", "report"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    token_sha256: Mapped[str] = mapped_column(unique=True)
    page: Mapped[str]  # where it leads: results or report
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
