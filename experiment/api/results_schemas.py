"""What the API tells of a study's results."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MOST = 1000  # images on a page


class FiredRule(BaseModel):
    """An attention rule that fired."""

    rule: str
    action: str
    n_events: int
    n_participants: int


class RaisedFlag(BaseModel):
    """A kind of oddity that was seen."""

    kind: str
    n_participants: int


class Reached(BaseModel):
    """How many runs got at least so far."""

    position: int = Field(description="Trials answered.")
    n_runs: int
    share: float = Field(description="Of the runs that are over.")


class LevelReached(BaseModel):
    """How many runs got to the end of a level."""

    level: int
    last_position: int
    n_reached_end: int
    share: float = Field(description="Of the runs that are over.")


class RunCourse(BaseModel):
    """How far the participants' first, second … runs got that are over."""

    number: int
    n_trials: int
    n_over: int
    n_playing: int
    endings: dict[Literal["whole", "attention", "stopped", "left"], int]
    completion: float | None = Field(description="Share that was played to the end.")
    levels: list[LevelReached]
    curve: list[Reached] = Field(description="Each position at which it falls.")


class Coverage(BaseModel):
    """How many responses that count the images have."""

    n_images: int
    fewest: int
    median: int
    most: int
    histogram: list[tuple[int, int]] = Field(description="Responses, and images that have so many.")
    share_of_goal: float
    participants_to_go: int


class Progress(BaseModel):
    """Who took part, how far they got, and how many responses images have."""

    study: str
    state: Literal["draft", "open", "paused", "closed"]
    includes_simulated: bool
    n_participants: int
    outcomes: dict[str, int] = Field(description="How participation ended; or it has not.")
    rules: list[FiredRule]
    flags: list[RaisedFlag]
    n_agreed: int
    runs: list[RunCourse]
    median_minutes: float | None
    n_responses: int = Field(description="Stored trials, with or without a key.")
    goal: int = Field(description="Responses per image.")
    as_of: datetime | None = Field(description="Of coverage and scores; null: not computed yet.")
    is_current: bool = Field(description="Nothing has changed since; else ask again soon.")
    coverage: Coverage | None


class Needed(BaseModel):
    """How many people a reliability takes; null: no number is enough."""

    reliability: float
    rho: float = Field(description="Between two halves, where R is reached.")
    n_participants: float | None
    n_more: float | None


class Point(BaseModel):
    """The consistency of some of the participants, mean over random parts of them."""

    n_participants: int
    responses_per_image: float
    rho: float | None
    spread: float | None


class Ahead(BaseModel):
    """What Spearman–Brown predicts."""

    n_participants: float
    rho: float | None


class Consistency(BaseModel):
    """How alike halves of the people rank the images by hit rate."""

    n_participants: int
    n_images: int
    responses_per_image: float
    rho: float | None
    reliability: float | None
    points: list[Point]
    ahead: list[Ahead]
    needed: list[Needed]


class Results(Progress):
    """Everything that the page of results shows."""

    is_hidden: bool = Field(description="The study is blinded: what follows is null.")
    n_counted: int | None = Field(description="Participants with a trial that counts.")
    hit_rate: float | None = Field(description="Mean over images.")
    false_alarm_rate: float | None
    rate_correlation: float | None = Field(description="Spearman, hits with false alarms.")
    consistency: Consistency | None
    consistency_problem: str | None = Field(description="Why there is none yet.")


class ImageRow(BaseModel):
    """One target image; a score without a valid trial is null."""

    image_id: str
    sha256: str
    category: str | None
    hits: int
    repeats: int
    false_alarms: int
    firsts: int
    hit_rate: float | None
    false_alarm_rate: float | None
    corrected_recognition: float | None
    d_prime: float | None
    rt_ms_median: float | None


class ImagePage(BaseModel):
    """Some of the images, in the wanted order; those without the score last."""

    as_of: datetime | None
    is_current: bool
    n_images: int
    images: list[ImageRow]
    next: int | None = Field(description="`after` of the page that follows; null on the last.")


class ResultsQuery(BaseModel):
    """Who counts."""

    model_config = ConfigDict(extra="forbid")
    simulated: bool | None = Field(
        None, description="Count simulated people; by default only where there are no others."
    )


class ImagesQuery(ResultsQuery):
    """Which images in what order."""

    sort: Literal[
        "hit_rate",
        "false_alarm_rate",
        "corrected_recognition",
        "d_prime",
        "repeats",
        "rt_ms_median",
        "image_id",
    ] = "hit_rate"
    order: Literal["asc", "desc"] = "desc"
    category: str | None = Field(None, max_length=2000, pattern=r"^[^\x00]*$")


class ImagePageQuery(ImagesQuery):
    """Where to go on."""

    after: int = Field(0, ge=0, lt=2**31, description="`next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="How many at most.")
