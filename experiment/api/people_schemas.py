"""What programs send and get about the people of a study."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from experiment.people.everybody import Only, Show
from experiment.people.excluding import LONGEST_REASON

Standing = Literal[
    "completed",
    "attention",
    "stopped",
    "screened_out",
    "no_consent",
    "full",
    "in_progress",
    "lapsed",
]
Status = Literal["active", "awaiting", "approved", "rejected", "returned", "timed_out"]
TEXT = r"^[^\x00]*$"
OUTCOME_LIST = r"^[a-z_]+(,[a-z_]+)*$"
RUN_ID = r"^[0-9a-f]{16}$"


class Strict(BaseModel):
    """Takes no unknown fields."""

    model_config = ConfigDict(extra="forbid")


class PeopleQuery(Strict):
    """Which people, and where to go on."""

    show: Show = "people"
    outcome: Standing | None = None
    only: Only | None = None
    recruiter_status: Status | None = None
    after: int | None = Field(
        None, ge=1, lt=2**31, description="`next` of the page before: go on after it."
    )
    limit: int = Field(100, ge=1, le=500, description="How many at most.")


class PersonLine(BaseModel):
    """A participant in the list."""

    participant: str
    created_at: datetime
    standing: Standing
    ended_at: datetime | None
    runs: int
    runs_finished: int
    started_at: datetime | None
    minutes: float | None
    hit_rate: float | None = Field(description="Of targets; null: hidden, or none was shown.")
    false_alarm_rate: float | None
    flags: int
    exclusions: int
    is_excluded: bool = Field(description="All of their data are left out.")
    recruiter_status: Status | None
    has_identity: bool
    is_payable: bool
    is_at_odds: bool = Field(description="With what the recruiter's list says.")
    is_preview: bool
    is_simulated: bool


class People(BaseModel):
    """A page of people in the order of their coming."""

    people: list[PersonLine]
    next: int | None = Field(description="`after` of the page that follows; null on the last.")


class Agreed(BaseModel):
    """What somebody agreed to."""

    sha256: str
    agreed_at: datetime
    revoked_at: datetime | None


class Answered(BaseModel):
    """An answer in the words of the study."""

    question: str
    values: list[str]
    answered_at: datetime


class Noticed(BaseModel):
    """A flag or a rule that fired, in words."""

    name: str
    words: str
    run: int | None
    level: int | None
    at: datetime


class ExclusionState(BaseModel):
    """What is left out, who decided it, and why."""

    exclusion: int
    run: str | None
    level: int | None
    rule: str
    number: float | None
    decided_by: str
    reason: str | None
    created_at: datetime


class Lifted(ExclusionState):
    """An exclusion that was taken back."""

    lifted_reason: str | None
    lifted_at: datetime


class TimingState(BaseModel):
    """How exactly images were on the screen."""

    n_images: int
    frame_ms: float
    n_dropped: int
    share_with_dropped: float
    share_off: float = Field(description="By more than half a frame.")
    median_error_ms: float
    worst_error_ms: float
    n_intervals: int
    share_intervals_off: float | None


class ResponseState(BaseModel):
    """What became of one image."""

    position: int
    level: int
    image_id: str
    role: str
    is_repeat: bool
    lag: int | None
    outcome: Literal["hit", "miss", "false_alarm", "correct_rejection", "studied", "lost"]
    rt_ms: float | None
    is_early: bool


class RunState(BaseModel):
    """A run, and how it went."""

    run: str
    number: int
    state: str
    outcome: str | None
    started_at: datetime | None
    finished_at: datetime | None
    minutes: float | None
    n_planned: int
    n_shown: int
    n_lost: int
    n_conflicts: int
    interruptions: list[int]
    disturbances: dict[str, int]
    timing: TimingState | None
    responses: list[ResponseState] | None = Field(description="null: hidden until it closes.")


class PersonState(PersonLine):
    """One participant."""

    consent: Agreed | None
    answers: list[Answered]
    played: list[RunState]
    flagged: list[Noticed]
    rules: list[Noticed]
    excluded: list[ExclusionState]
    lifted: list[Lifted]


class NewExclusion(Strict):
    """What to leave out of the scores: everything, or a run, or a level of it."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, pattern=TEXT)
    run: str | None = Field(None, pattern=RUN_ID)
    level: int | None = Field(None, ge=1, le=1000)


class LiftQuery(Strict):
    """Why an exclusion holds no longer; what a rule decided needs a reason."""

    reason: str = Field("", max_length=LONGEST_REASON, pattern=TEXT)


class StatusQuery(Strict):
    """Whether to keep what the list says."""

    apply: Literal["no", "yes"] = Field("no", description="no: only say what would change.")


class StatusChange(BaseModel):
    """A participant whose status is told anew."""

    participant: str
    before: Status | None
    after: Status
    frees: bool = Field(description="A place or images that are still promised to them.")


class StatusHint(BaseModel):
    """Where the list and this study are at odds."""

    participant: str
    words: str


class UnknownId(BaseModel):
    """An id on the list that nobody here has."""

    line: int
    id: str
    status: Status


class StatusImport(BaseModel):
    """What a list would change, or has changed."""

    is_applied: bool
    changes: list[StatusChange]
    unchanged: int
    unknown: list[UnknownId]
    absent: list[str] = Field(description="Completed here, and not on the list.")
    hints: list[StatusHint]
    not_understood: list[str]


class PaymentQuery(Strict):
    """Which list."""

    list: Literal["approve", "bonus"] = "approve"
    outcomes: str = Field("completed", max_length=200, pattern=OUTCOME_LIST)
    rejected: str | None = Field(None, max_length=200, pattern=OUTCOME_LIST)
    feedback: str = Field("", max_length=1000, pattern=TEXT)
    amount: str = Field("", max_length=10, pattern=r"^[0-9.]*$")


class PersonLookup(Strict):
    """How somebody is found: by one of the two."""

    code: str | None = Field(None, max_length=200, pattern=TEXT)
    recruiter_id: str | None = Field(None, max_length=200, pattern=TEXT)


class WithdrawalCode(Strict):
    """The code of who wants their data deleted."""

    code: str = Field(max_length=200, pattern=TEXT)


class Found(BaseModel):
    """Who was found, and what is stored of them."""

    participant: str
    runs: int
    responses: int
    answers: int
    exports_since: int = Field(description="Made since they came: each may hold them.")


class DeletedPerson(BaseModel):
    """What was deleted."""

    runs: int
    responses: int
    answers: int


class DeletedPreviews(BaseModel):
    """How many previews were deleted."""

    previews: int


class IdentityState(BaseModel):
    """What a recruiter calls somebody."""

    recruiter: str
    external_id: str
    parameters: dict[str, str | list[str]]
    created_at: datetime


class HeldQuery(Strict):
    """Whether the report names the person."""

    identity: Literal["no", "yes"] = Field("no", description="yes: recorded as a look.")
