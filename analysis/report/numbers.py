"""Every number of the report, unrounded, in one value."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.comparison.two_scales import Comparison, compare
from analysis.comparison.verdict import called
from analysis.consistency.split_half import SplitHalf, split_half
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.importers.predictions import Matched
from analysis.report.elsewhere import (
    Elsewhere,
    find_overlaps,
    has_scores_alone,
    known_models,
)
from analysis.report.left_out import LeftOut, left_out
from analysis.report.model_numbers import ModelNumbers, gather_models
from analysis.report.people_numbers import PeopleNumbers, gather_people
from analysis.report.progress import Progress, silent, told
from analysis.scores.names import SCORE_NAMES, SCORES
from analysis.scores.scoring import image_scores, participant_scores, rate_correlation

SUMMARISED = (*SCORES, "a_prime", "memcat_score")


@dataclass(frozen=True, slots=True)
class Summary:
    """One score over all images."""

    score: str
    n_images: int
    mean: float
    sd: float  # between images, n − 1
    least: float
    most: float
    responses_per_image: float | None  # behind the score, mean; None where unknown


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the report states, and what its files hold."""

    dataset: Dataset
    score: str
    images: pd.DataFrame  # index image_id: category, scores, one column prediction_MODEL each
    participants: pd.DataFrame | None  # index participant_id
    predictions: pd.DataFrame | None  # the codebook's table
    summaries: tuple[Summary, ...]
    left_out: tuple[LeftOut, ...]
    familiarity: float  # Spearman of hit rate with false-alarm rate over images; may be missing
    consistency: tuple[SplitHalf, ...]
    comparisons: tuple[Comparison, ...]
    people: PeopleNumbers
    of_models: ModelNumbers
    problems: tuple[str, ...]  # what could not be computed, and why
    n_splits: int
    seed: int

    @property
    def score_label(self) -> str:
        """The report's score in words."""
        return SCORE_NAMES.get(self.score, self.score)

    @property
    def n_participants(self) -> int | None:
        """People behind the scores; None where only counts are known."""
        return None if self.participants is None else len(self.participants)

    @property
    def main_consistency(self) -> SplitHalf | None:
        """Of the report's score."""
        return next((c for c in self.consistency if c.score == self.score), None)

    def models(self) -> list[str]:
        """Names in the order of the predictions."""
        return [] if self.predictions is None else list(dict.fromkeys(self.predictions["model"]))


def gather(
    dataset: Dataset,
    matched: Matched | None,
    *,
    score: str = "hit_rate",
    elsewhere: Elsewhere | None = None,
    n_splits: int = 1000,
    seed: int = 1,
    progress: Progress = silent,
) -> Numbers:
    """Compute everything; the same seed gives the same numbers.

    ``elsewhere`` holds lists of training images, and other data sets to test the models on.

    Raises
    ------
    AnalysisError
        If the score is unknown, or the dataset has nothing to score images by.
    """
    progress("scores")
    # A generator of its own for each part: leaving one out does not change the others.
    scores = image_scores(dataset, rng=np.random.default_rng([seed, 0]))
    if score not in scores or scores[score].notna().sum() == 0:
        known = [name for name in names_of_scores(dataset) if scores[name].notna().any()]
        raise AnalysisError(
            f"{dataset.path}: no image has a {score}; the scores there are: "
            f"{', '.join(known) or 'none'}"
        )
    participants = participant_scores(dataset) if dataset.trials is not None else None
    problems: list[str] = []
    predictions = None if matched is None else matched.table
    if matched is not None and len(matched.other_picture):
        n = len(matched.other_picture)
        problems.append(
            f"{n} prediction{' was' if n == 1 else 's were'} set aside: the sha256 says that "
            "another picture was scored than the one that people saw under the same image_id."
        )
    consistency = []
    unsplit: dict[str, list[str]] = {}
    for name in SCORES:
        progress(f"split halves: {SCORE_NAMES[name]}")
        try:
            rng = np.random.default_rng([seed, 1])
            consistency.append(split_half(dataset, name, n_splits=n_splits, rng=rng))
        except AnalysisError as error:
            unsplit.setdefault(told(error, dataset), []).append(SCORE_NAMES[name])
    for reason, names in unsplit.items():
        problems.append(f"The consistency of people's {', '.join(names)} is not known: {reason}.")
    unsplit_images = sum(
        int(scores[score].notna().sum()) - c.n_images for c in consistency if c.score == score
    )
    reason = "too few responses to be split in halves; they have a score, but enter no correlation"
    single = [LeftOut("images", unsplit_images, reason)] if unsplit_images else []
    images = dataset.images.set_index("image_id")[["category"]].join(scores)
    by_model = known_models(predictions)
    people = gather_people(
        dataset,
        score,
        predictions=by_model,
        split=next((c for c in consistency if c.score == score), None),
        n_splits=n_splits,
        seed=seed,
        progress=progress,
    )
    overlaps = find_overlaps(dataset, list(by_model), elsewhere.training) if elsewhere else {}
    comparisons = []
    for model, values in by_model.items():
        images[f"prediction_{model}"] = values.reindex(images.index)
        if has_scores_alone(dataset):
            continue
        progress(f"comparison with {model}")
        try:
            rng = np.random.default_rng([seed, 1])
            comparisons.append(
                compare(
                    dataset,
                    values,
                    model,
                    score=score,
                    n_splits=n_splits,
                    overlap=overlaps.get(model),
                    rng=rng,
                )
            )
        except AnalysisError as error:
            problems.append(f"{called(model)} cannot be compared: {told(error, dataset)}.")
    of_models = gather_models(
        dataset,
        by_model,
        score,
        comparisons=comparisons,
        overlaps=overlaps,
        elsewhere=elsewhere,
        n_splits=n_splits,
        seed=seed,
        progress=progress,
    )
    return Numbers(
        dataset=dataset,
        score=score,
        images=images,
        participants=participants,
        predictions=predictions,
        summaries=tuple(
            summarise(scores, name)
            for name in dict.fromkeys((*SUMMARISED, score))
            if scores[name].notna().any()
        ),
        left_out=(
            *left_out(dataset, scores[score], SCORE_NAMES.get(score, score), matched),
            *single,
        ),
        familiarity=rate_correlation(scores),
        consistency=tuple(consistency),
        comparisons=tuple(comparisons),
        people=people,
        of_models=of_models,
        problems=(*problems, *people.problems, *of_models.problems),
        n_splits=n_splits,
        seed=seed,
    )


def names_of_scores(dataset: Dataset) -> list[str]:
    """The scores that every dataset may have, and those that this one's scores alone have."""
    given = dataset.image_scores if has_scores_alone(dataset) else None
    return list(dict.fromkeys((*SCORES, *([] if given is None else given["score"]))))


def default_score(dataset: Dataset) -> str:
    """The hit rate, or the first score of a dataset that has scores alone, none a hit rate."""
    given = dataset.image_scores if has_scores_alone(dataset) else None
    if given is None or not len(given) or (given["score"] == "hit_rate").any():
        return "hit_rate"
    return str(given["score"].iloc[0])


def summarise(scores: pd.DataFrame, score: str) -> Summary:
    """Mean and spread over images of one score."""
    values = scores[score].dropna().astype(float)
    behind = "firsts" if score == "false_alarm_rate" else "repeats"
    n = scores.loc[values.index, behind].dropna().astype(float)
    return Summary(
        score=score,
        n_images=len(values),
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if len(values) > 1 else math.nan,
        least=float(values.min()),
        most=float(values.max()),
        responses_per_image=float(n.mean()) if len(n) else None,
    )
