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
SHOWN = 6  # images that a model gets most wrong, in each direction
SHOWN_COLUMNS = ("sha256", "prediction", "hits", "repeats", "hit_rate")
FEWEST_FOR_SURPRISES = 12
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


class Surprise(BaseModel):
    """An image that people and the model place differently."""

    image_id: str
    sha256: str
    prediction: float
    hits: int
    repeats: int
    hit_rate: float


class Beside(BaseModel):
    """One model beside the people."""

    model: str
    includes_simulated: bool
    scores: list[OnScore]
    better: list[Surprise]  # remembered better than the model expects, most of all first
    worse: list[Surprise]


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
    better, worse = surprises(rated_images(dataset, predictions))
    return Beside(
        model=model,
        includes_simulated=includes_simulated,
        scores=[on_score(dataset, values, model, score) for score in SCORES],
        better=better,
        worse=worse,
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


def rated_images(dataset: "Dataset", predictions: "pd.DataFrame") -> "pd.DataFrame":
    """The images that have a prediction and a hit rate, by image_id."""
    from analysis.scores.scoring import image_scores

    predicted = predictions.dropna(subset=["prediction"]).set_index("image_id")
    table = predicted[["sha256", "prediction"]].join(image_scores(dataset).astype(float))
    return table[table["hit_rate"].notna()].sort_index()


def surprises(images: "pd.DataFrame") -> tuple[list[Surprise], list[Surprise]]:
    """The images whose ranks by hit rate and by prediction differ most: better remembered than
    expected, and less well. None where there are too few images.

    Parameters
    ----------
    images
        Columns sha256, prediction, hits, repeats, hit_rate; by image_id.
    """
    if len(images) < FEWEST_FOR_SURPRISES:
        return [], []
    difference = images["hit_rate"].rank() - images["prediction"].rank()
    order = difference.sort_values(kind="stable").index
    worse = [name for name in order[:SHOWN] if difference[name] < 0]
    better = [name for name in reversed(order[-SHOWN:]) if difference[name] > 0]

    def told(names: list[str]) -> list[Surprise]:
        rows = images.loc[names, [*SHOWN_COLUMNS]].to_dict("index")
        return [Surprise.model_validate(rows[name] | {"image_id": name}) for name in names]

    return told(better), told(worse)


def known(number: float) -> float | None:
    """A number, or None where it is not one: JSON has no other way to say so."""
    return float(number) if math.isfinite(number) else None
