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
Tab = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
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
    feedback_onset_ms: Milliseconds | None = Field(
        default=None, description="When feedback came up, since the first image; null: none did."
    )
    had_focus: bool | None = Field(
        default=None, description="The window was in front from this onset to the next."
    )

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

    tab: Tab | None = Field(default=None, description="Which tab sends this, as in Start.")
    responses: list[TrialResponse] = Field(default_factory=list)
    events: list[BrowserEvent] = Field(default_factory=list)


class Verdict(BaseModel):
    """What the server asks of the game, beside the receipt."""

    action: Literal["go_on", "warn", "end", "elsewhere"] = Field(
        description="warn: remind kindly to pay attention, once for each `warning`; "
        "end: stop after the present image and finish; "
        "elsewhere: another tab plays this run now: stop, sending what is left."
    )
    warning: int | None = Field(default=None, description="Which warning, so that each shows once.")


class Receipt(BaseModel):
    """What became of a batch. Stored, known and conflicting positions are all acknowledged."""

    stored: list[int] = Field(description="Stored now.")
    known: list[int] = Field(description="Stored before, with the same content.")
    conflicting: list[int] = Field(description="Stored before otherwise; this one is kept aside.")
    missing: list[int] = Field(description="Below the highest stored, neither stored nor lost.")
    verdict: Verdict


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
    tab: Tab | None = Field(
        default=None, description="A random name; the tab that started last is the one that plays."
    )


class Started(BaseModel):
    """Where to go on."""

    position: int
    interrupted: bool = Field(description="Something had been shown before: there is a gap.")
    origin_epoch_ms: float | None = Field(
        description="Wall clock of the first image, for a browser that does not know it."
    )


class Question(Strict):
    """The first key of a trial, on which the paradigm gives feedback."""

    position: Position
    key: Key
    rt_ms: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Feedback(BaseModel):
    """Whether that key was right. It counts from now on, whatever is sent later."""

    is_correct: bool


class Rest(Strict):
    """A level is over."""

    level: Annotated[int, Field(ge=1, le=1000), BeforeValidator(whole)]


class Score(BaseModel):
    """How a level went."""

    hits: int
    repeats: int
    false_alarms: int
    firsts: int


class AfterLevel(BaseModel):
    """What comes after a level."""

    score: Score | None = Field(description="Where the paradigm shows it.")
    may_stop: bool
    verdict: Verdict


class Finish(Strict):
    """The browser has nothing left to send."""

    lost: list[Position] = Field(
        default_factory=list, max_length=10_000, description="Not to be had any more."
    )
    stop: bool = Field(
        default=False, description="At a rest where the paradigm offers it: no further level."
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
    phase: Literal["game", "study", "test"]
    image_url: str
    stimulus_ms: int
    gap_ms: int


class Display(BaseModel):
    """How images are shown."""

    size_px: int = Field(description="Longest side, CSS pixels.")
    size_deg: float | None = Field(description="Longest side in degrees; the screen is calibrated.")
    distance_cm: float = Field(description="From eye to screen, for size_deg.")
    crop: Literal["none", "square"]
    background: str
    fixation: bool = Field(description="A small cross in the gap.")


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
    rests: Literal["none", "offered", "required"] = Field(description="After each level.")
    shows_score: bool = Field(description="At a rest.")
    feedback: Literal["off", "symbol", "border"]
    feedback_ms: int
    end_position: int | None = Field(description="Nothing from here on is shown.")
    display: Display
    stored: list[int]
    lost: list[int]
    trials: list[PlannedTrial]
