"""What is sent and answered about models over the API."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from experiment.predictions.comparing import OnScore
from experiment.predictions.storing import LONGEST_NAME

MOST = 1000  # predictions in one answer


class ScorableModel(BaseModel):
    """A model that this server knows how to score with."""

    name: str
    title: str
    predicts: str
    licence: str
    reason: str | None = Field(description="Why it cannot score here; null: it can.")


class ModelState(BaseModel):
    """A model that the study has predictions of, beside its people."""

    name: str
    n_images: int = Field(description="Images of the study with a prediction.")
    n_errors: int = Field(description="Images of the study that could not be scored.")
    n_missing: int = Field(description="Images of the study of which nothing is known.")
    fingerprint: str | None = Field(description="Of the model as it was used; null: not known.")
    stored_at: datetime
    scores: list[OnScore] | None = Field(
        description="Beside the people, on both scales; null: hidden, or being computed."
    )
    computed_at: datetime | None
    is_current: bool = Field(description="Whether `scores` is of the data as they are now.")
    includes_simulated: bool | None


class ModelsQuery(BaseModel):
    """Which models."""

    model_config = ConfigDict(extra="forbid")
    after: str | None = Field(None, max_length=200, description="Names that come after this one.")
    limit: int = Field(20, ge=1, le=100)


class ModelList(BaseModel):
    """The models of a study, by name."""

    blinded: bool = Field(description="Whether the study hides scores now.")
    models: list[ModelState]
    next: str | None = Field(description="`after` of the page that follows; null on the last.")
    scorable: list[ScorableModel]


class ModelQuery(BaseModel):
    """Which model."""

    model_config = ConfigDict(extra="forbid")
    model: str = Field(min_length=1, max_length=LONGEST_NAME)


class PredictionsQuery(ModelQuery):
    """Which predictions of a model."""

    after: str | None = Field(None, max_length=1000, description="Image ids that come after this.")
    limit: int = Field(200, ge=1, le=MOST)


class PredictionRow(BaseModel):
    """What a model says of one image."""

    image_id: str
    sha256: str
    prediction: float | None
    fingerprint: str | None
    error: str | None


class PredictionList(BaseModel):
    """Predictions of a model, by image_id."""

    model: str
    predictions: list[PredictionRow]
    next: str | None = Field(description="`after` of the page that follows; null on the last.")


class ImportQuery(BaseModel):
    """How to take the file."""

    model_config = ConfigDict(extra="forbid")
    model: str | None = Field(
        None, min_length=1, max_length=LONGEST_NAME, description="What to call its one model."
    )
    replace: bool = Field(False, description="Whether to replace what the models have already.")


class ImportedModelState(BaseModel):
    """What a file brought of one model."""

    model: str
    n_images: int
    n_of: int = Field(description="Images that the study shows.")
    n_errors: int
    n_missing: int
    missing: list[str] = Field(description="Examples of images that the file does not have.")
    n_replaced: int


class ImportedState(BaseModel):
    """What was understood of a file, what matched and what did not."""

    models: list[ImportedModelState]
    understood: list[str]
    left_out: list[str]
    unmatched: list[str]


class DeletedPredictions(BaseModel):
    """How many predictions are gone."""

    deleted: int


class ScoreRequest(BaseModel):
    """Which model is to score."""

    model_config = ConfigDict(extra="forbid")
    model: str = Field(min_length=1, max_length=LONGEST_NAME)


class ReportRequest(BaseModel):
    """What the report is of."""

    model_config = ConfigDict(extra="forbid")
    include_simulated: bool | None = Field(
        None, description="Null: where there are no other participants."
    )


class Blinding(BaseModel):
    """Whether scores are hidden until the study closes."""

    model_config = ConfigDict(extra="forbid")
    blinded: bool
