"""What the browser sends and gets: the one source of checks and of the OpenAPI document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

# No control characters: PostgreSQL refuses NUL, and no key or event has one in its name.
PLAIN = r"^[^\x00-\x1f\x7f]*$"
LARGEST = 2_147_483_647


def whole(value: Any) -> Any:
    """JSON has one kind of number: 3.0 is the whole number 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Key = Annotated[str, Field(min_length=1, max_length=32, pattern=PLAIN)]
Milliseconds = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Position = Annotated[int, Field(ge=0, le=100_000), BeforeValidator(whole)]
Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Count = Annotated[int, Field(ge=0, le=LARGEST), BeforeValidator(whole)]
DetailName = Annotated[str, Field(max_length=40)]
Detail = (
    Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
    | bool
    | Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
    | None
)
Small = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)] | bool | Words | None


class Strict(BaseModel):
    """Refuses unknown fields and values of another type."""

    model_config = ConfigDict(strict=True, extra="forbid")


class KeyPress(Strict):
    """One key of a trial."""

    key: Key = Field(description="KeyboardEvent.key, or `touch` or `pointer`.")
    at_ms: Milliseconds = Field(description="After the image's onset frame.")


def key_with_time(schema: dict[str, Any]) -> None:
    """Say in the schema what `TrialResponse.has_both` checks."""
    schema["anyOf"] = [
        {"properties": {"key": {"type": "null"}, "rt_ms": {"type": "null"}}},
        {"properties": {"key": {"type": "string"}, "rt_ms": {"type": "number"}}},
    ]


class TrialResponse(Strict):
    """What happened on one shown trial, with or without a key."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra=key_with_time)

    position: Position
    key: Key | None = Field(description="The first key that counts; null: none.")
    rt_ms: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = Field(
        description="The key event's timestamp minus the onset frame's."
    )
    keys: list[KeyPress] = Field(max_length=100, description="Every key of the trial, in order.")
    onset_ms: Milliseconds = Field(description="First frame with the image, since the first image.")
    offset_ms: Milliseconds = Field(description="First frame without it.")
    frame_ms: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = Field(
        description="Interval between frames: mean of the steps near their median."
    )
    dropped_frames: Count
    feedback_onset_ms: Milliseconds | None = None

    @model_validator(mode="after")
    def has_both(self) -> "TrialResponse":
        if (self.key is None) != (self.rt_ms is None):
            raise ValueError("key and rt_ms come together: give both, or null for both")
        return self


class BrowserEvent(Strict):
    """What disturbed the game."""

    event_id: Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)] = Field(
        description="Given by the browser, so that an event sent twice is stored once."
    )
    event: Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z_]*$")] = Field(
        description="blur, focus, fullscreenenter, fullscreenexit, resize, visibilitychange, …"
    )
    position: Position | None = Field(description="Trial on screen; null: before or after.")
    at_ms: Milliseconds = Field(description="Since the first image; negative before it.")
    detail: dict[DetailName, Detail] = Field(default_factory=dict, max_length=10)


class Batch(Strict):
    """Responses and events, at most 200 and 500; either may be empty."""

    responses: list[TrialResponse] = Field(default_factory=list)
    events: list[BrowserEvent] = Field(default_factory=list)


class Receipt(BaseModel):
    """What became of a batch. Stored, known and conflicting positions are all acknowledged."""

    stored: list[int] = Field(description="Stored now.")
    known: list[int] = Field(description="Stored before, with the same content.")
    conflicting: list[int] = Field(description="Stored before otherwise; this one is kept aside.")
    missing: list[int] = Field(description="Below the highest stored, neither stored nor lost.")


class Device(BaseModel):
    """What the browser says of itself; further plain values are kept."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, Small] = Field(init=False)

    device_class: Literal["desktop", "phone", "tablet"]
    viewport_width_px: Count
    viewport_height_px: Count
    device_pixel_ratio: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
    frame_ms: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
    touch: bool
    user_agent: Words | None = None


class Start(Strict):
    """The first image is about to be shown, or the game goes on after a reload."""

    device: Device
    origin_epoch_ms: Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)] | None = Field(
        default=None, description="Wall clock of the first image, as planned when the game begins."
    )
    last_shown: Position | None = Field(
        default=None, description="Highest position that this browser remembers showing."
    )


class Started(BaseModel):
    """Where to go on."""

    position: int
    interrupted: bool = Field(description="Something had been shown before: there is a gap.")


class Finish(Strict):
    """The browser has nothing left to send."""

    lost: list[Position] = Field(
        default_factory=list, max_length=10_000, description="Not to be had any more."
    )


class Finished(BaseModel):
    """Every response that exists is stored."""

    state: Literal["finished"]
    next_url: str


class Problem(BaseModel):
    """What went wrong."""

    error: str
    message: str


class Health(BaseModel):
    """How the server is."""

    status: Literal["alive", "ready"]


class MissingResponses(Problem):
    """The run cannot be finished yet."""

    error: Literal["responses_missing"]
    missing: list[int]


class Conflict(RootModel[Receipt | Problem]):
    """Some responses conflict with stored ones, or the run has not begun."""


class Unfinished(RootModel[MissingResponses | Problem]):
    """Responses are missing, or the run has not begun."""


class PlannedTrial(BaseModel):
    """One trial as the browser may know it: never role, lag or file name."""

    position: int
    level: int
    image_url: str
    stimulus_ms: int
    gap_ms: int


class Display(BaseModel):
    """How images are shown."""

    size_px: int = Field(description="Longest side, CSS pixels.")
    background: str


class RunConfig(BaseModel):
    """A whole run."""

    state: Literal["created", "in_progress", "finished"]
    n_trials: int
    next_position: int = Field(description="The highest stored position + 1.")
    origin_epoch_ms: float | None
    is_preview: bool
    is_simulated: bool
    keys: list[str]
    early_key_ms: int
    display: Display
    stored: list[int]
    lost: list[int]
    trials: list[PlannedTrial]
