"""What the API says of studies, and what it takes."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from experiment.studies.preview import Preview

State = Literal["draft", "open", "paused", "closed"]
# On one line, with something to see.
LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
SLUG = r"^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$"
TABLES = (
    "The tables of a study file as JSON, like `hitrate study file` prints them in TOML: `title`, "
    "`slug`, `image_set`, `paradigm`, `goal` and so on."
)


class StudyRow(BaseModel):
    """A study in the list."""

    study: str = Field(description="Its slug.")
    title: str
    state: State
    role: Literal["viewer", "editor", "owner"] = Field(description="Yours.")
    image_set: str
    people: dict[str, int] = Field(description="By outcome, and in progress; without previews.")
    people_needed: int | None = Field(description="Who complete it, for its goal; null: never.")
    created_at: datetime
    opened_at: datetime | None = Field(description="The first time.")
    closed_at: datetime | None = Field(description="The last time.")


class Studies(BaseModel):
    """Studies by slug."""

    studies: list[StudyRow]
    next: str | None = Field(description="`after` of the next page, if there is one.")


class StudyState(StudyRow):
    """A study with everything that its file says."""

    revision: int = Field(description="Grows with every change; send it with yours.")
    may_change: Literal["everything", "words"] = Field(
        description="words: title, texts, goal, codes; what does not touch the data."
    )
    url: str = Field(description="Where participants begin.")
    definition: dict[str, Any] = Field(description=TABLES)


class StudyQuery(BaseModel):
    """Which studies, and how many of them."""

    model_config = ConfigDict(extra="forbid")
    after: str = Field("", max_length=60, description="The last slug of the page before.")
    limit: int = Field(100, ge=1, le=1000)
    state: State | None = Field(None, description="Only these.")


class Definition(BaseModel):
    """A study file, as JSON or as TOML: one of the two."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"oneOf": [{"required": ["definition"]}, {"required": ["toml"]}]},
    )
    definition: dict[str, Any] = Field(default_factory=dict, description=TABLES)
    toml: str = Field("", description="The file itself.")

    @model_validator(mode="after")
    def one_of_them(self) -> "Definition":
        """Either of the two."""
        if len(self.model_fields_set) != 1:
            raise ValueError("give either definition or toml")
        return self


class StudyChange(BaseModel):
    """A change of a study."""

    model_config = ConfigDict(extra="forbid")
    revision: int = Field(ge=0, le=2**31 - 1, description="Of the study that you have seen.")
    definition: dict[str, Any] = Field(
        description="What is to change (JSON merge patch, RFC 7396): tables are merged, a list "
        "replaces a list, null takes a key away, so that its default holds."
    )


class Previewed(BaseModel):
    """What a study will do, or the first thing that is wrong with it."""

    problem: str | None = Field(description="What, where, what to do.")
    key: str | None = Field(description="The key that the problem is with, where it is one.")
    preview: Preview | None


class Opening(BaseModel):
    """How a study is to be opened."""

    model_config = ConfigDict(extra="forbid")
    anyway: bool = Field(False, description="Although a text still has [PARTS LIKE THIS].")


class Opened(BaseModel):
    """A study after an act; `job` makes its pictures first, where there are many."""

    study: str
    state: State
    job: str | None


class Copy(BaseModel):
    """What a copy is called."""

    model_config = ConfigDict(extra="forbid")
    slug: str = Field(pattern=SLUG)
    title: str | None = Field(
        None, min_length=1, max_length=200, pattern=LINE, description="Default: as it is."
    )


class ResultsPage(BaseModel):
    """Which page a link opens."""

    model_config = ConfigDict(extra="forbid")
    page: Literal["results", "report", "sequence"] = "results"


class StudyAddress(BaseModel):
    """A link to give to somebody."""

    url: str


class Labels(BaseModel):
    """Labels of people of a lab or class."""

    model_config = ConfigDict(extra="forbid")
    labels: list[str] = Field(min_length=1, max_length=5000)


class LabelLink(BaseModel):
    """The link of one person."""

    participant_label: str
    link: str


class LabelLinks(BaseModel):
    """A link for each label."""

    links: list[LabelLink]


class Preset(BaseModel):
    """A published game."""

    preset: str
    source: str
    minutes: float = Field(description="Of a run.")
    n_trials: int
    images_needed: int = Field(description="For one run.")
    responses: int = Field(description="To images that are measured, of one run.")
    paradigm: dict[str, Any]


class Presets(BaseModel):
    """The published games."""

    presets: list[Preset]
