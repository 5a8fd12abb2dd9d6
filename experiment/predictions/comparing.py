"""One model beside the people of a study, on both scales, in a form that is kept and sent.

What belongs together stands together: the model's agreement with a half of the people beside that
of another half (ρ), and its agreement with everybody beside the most that any model could reach
there (√R). No field holds a number of one scale beside one of the other.
"""

import math
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    import pandas as pd

    from analysis.comparison.two_scales import Comparison
    from analysis.dataset import Dataset

N_SPLITS = 200  # fewer than the report's: the page says so
SCORES: tuple[Literal["hit_rate", "false_alarm_rate"], ...] = ("hit_rate", "false_alarm_rate")


class Estimate(BaseModel):
    """A number with its 95 % interval; null where it is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None


class AgainstHalf(BaseModel):
    """Scale A: how the model ranks the images, and how another half of the people does."""

    model: Estimate = Field(description="Correlation of the model with a half of the people.")
    another_half: Estimate = Field(description="Correlation of two halves of the people, ρ.")
    advantage: Estimate = Field(description="What the model has over another half.")


class AgainstAll(BaseModel):
    """Scale B: how the model ranks the images, and the most that any model could."""

    model: Estimate = Field(description="Correlation of the model with everybody's scores.")
    ceiling: Estimate = Field(description="Estimated ceiling of any model there, √R.")
    explained: Estimate = Field(description="Share of the variance that can be explained.")


class OnScore(BaseModel):
    """A model beside the people on one score; without numbers where they cannot be compared."""

    score: Literal["hit_rate", "false_alarm_rate"]
    problem: str | None = Field(default=None, description="Why they cannot be compared yet.")
    n_images: int = 0
    n_without_prediction: int = 0
    n_participants: int | None = None
    responses_per_half: float | None = None
    against_half: AgainstHalf | None = None
    against_all: AgainstAll | None = None
    verdict: list[str] = []
    warnings: list[str] = []


class Points(BaseModel):
    """Images with a prediction and a rate, column by column."""

    image_id: list[str]
    sha256: list[str]
    prediction: list[float]
    hit_rate: list[float | None]
    repeats: list[int]
    false_alarm_rate: list[float | None]
    firsts: list[int]


class Beside(BaseModel):
    """One model beside the people."""

    model: str
    includes_simulated: bool
    scores: list[OnScore]
    points: Points


def compare_model(
    dataset: "Dataset", predictions: "pd.DataFrame", model: str, *, includes_simulated: bool
) -> Beside:
    """Compare a model with the people of a study; the same data give the same numbers.

    Parameters
    ----------
    dataset, predictions
        With trials; the codebook's table of this model's predictions.
    model, includes_simulated
        Its name; whether simulated participants are among the people, for whoever reads it.
    """
    values = predictions.dropna(subset=["prediction"]).set_index("image_id")["prediction"]
    return Beside(
        model=model,
        includes_simulated=includes_simulated,
        scores=[on_score(dataset, values, model, score) for score in SCORES],
        points=points_of(dataset, predictions),
    )


def on_score(
    dataset: "Dataset",
    values: "pd.Series[float]",
    model: str,
    score: Literal["hit_rate", "false_alarm_rate"],
) -> OnScore:
    """A model on both scales of one score, or why not."""
    import numpy as np

    from analysis.comparison.two_scales import compare
    from analysis.errors import AnalysisError
    from analysis.report.progress import told

    try:
        found = compare(
            dataset, values, model, score, n_splits=N_SPLITS, rng=np.random.default_rng(1)
        )
    except AnalysisError as error:
        return OnScore(score=score, problem=f"{told(error, dataset)}.")
    return OnScore(
        score=score,
        n_images=found.n_images,
        n_without_prediction=found.n_without_prediction,
        n_participants=found.n_participants,
        responses_per_half=known(found.responses_per_half),
        against_half=AgainstHalf(
            model=estimate(found, "corr_half"),
            another_half=estimate(found, "rho"),
            advantage=estimate(found, "advantage"),
        ),
        against_all=AgainstAll(
            model=estimate(found, "corr_all"),
            ceiling=estimate(found, "ceiling_all"),
            explained=estimate(found, "explained"),
        ),
        verdict=list(found.verdict),
        warnings=list(found.warnings),
    )


def estimate(found: "Comparison", name: str) -> Estimate:
    """One number of a comparison with its interval."""
    interval = found.intervals.get(name)
    return Estimate(
        value=known(getattr(found, name)),
        low=None if interval is None else known(interval.low),
        high=None if interval is None else known(interval.high),
    )


def points_of(dataset: "Dataset", predictions: "pd.DataFrame") -> Points:
    """The target images that have a prediction and any rate, by image_id."""
    from analysis.scores.scoring import image_scores

    scores = image_scores(dataset).astype(float)
    predicted = predictions.dropna(subset=["prediction"]).set_index("image_id")
    table = predicted[["sha256", "prediction"]].join(scores, how="inner").sort_index()
    rated = table[["hit_rate", "false_alarm_rate"]].notna().any(axis=1)
    table = table[rated]
    return Points(
        image_id=[str(name) for name in table.index],
        sha256=list(table["sha256"]),
        prediction=[float(value) for value in table["prediction"]],
        hit_rate=[known(value) for value in table["hit_rate"]],
        repeats=[int(value) for value in table["repeats"]],
        false_alarm_rate=[known(value) for value in table["false_alarm_rate"]],
        firsts=[int(value) for value in table["firsts"]],
    )


def known(number: float) -> float | None:
    """A number, or None where it is not one: JSON has no other way to say so."""
    return float(number) if math.isfinite(number) else None
