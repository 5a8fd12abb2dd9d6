"""A model against scores that came alone: no people, no counts, and so no halves.

What cannot be said then: how much people agree (ρ), how reliable the scores are (R), and so what
any model could reach. Scores of a half of the people, such as each of LaMem's split files has, put
a model on scale A (the model against a half), without the ρ that belongs beside it. All other
scores put it on scale B (the model against everybody), without √R.

Sources of the intervals: Fisher 1921 (Pearson), Bonett & Wright 2000, Psychometrika 65:23
(Spearman and Kendall).
"""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.comparison.calibration import Calibration, calibrate
from analysis.comparison.permutation import PermutationTest, permutation_test_all
from analysis.comparison.raw_errors import raw_error_statement
from analysis.comparison.scored_images import ScoredImages, match_scores
from analysis.comparison.verdict import FEW, called
from analysis.consistency.reliability import ceiling, r_binom
from analysis.dataset import Dataset
from analysis.intervals.limits import Interval
from analysis.readable import count, decimal, limits
from analysis.scores.names import SCORE_NAMES
from analysis.splits.pairs import correlation
from analysis.training_images.known import training_warning
from analysis.training_images.overlap import Overlap

HOW = "Fisher's z over images, for these responses only"


@dataclass(frozen=True, slots=True)
class ScoreComparison:
    """One model against one score of a dataset that has scores alone."""

    dataset: str
    model: str
    score: str
    n_images: int
    n_without_prediction: int  # images with a score that the model has no prediction of
    scores_of_halves: bool  # of half of the people: scale A without ρ; else scale B without √R
    spearman: float
    pearson: float
    kendall: float  # τ-b
    r_binom: float  # reliability if chance alone parted the responses; missing without their n
    calibration: Calibration
    permutation: PermutationTest  # of Spearman's correlation
    n_trained_on: int | None = None  # of these images, by a list; None where there is no list
    is_trained_on: bool = False  # on images like these: by a list, or the data's name and title
    intervals: dict[str, Interval] = field(default_factory=dict)  # of the three correlations
    warnings: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()  # what it means and what cannot be said, in sentences

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, nested as it is here."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row for each number: name, value, low, high, level, interval (how it was made)."""
        nested = {"calibration", "permutation", "intervals", "warnings", "verdict"}
        numbers = {name: value for name, value in self.to_dict().items() if name not in nested}
        numbers |= self.calibration.to_dict()
        numbers["p_one_sided"] = self.permutation.p_one_sided
        numbers["p_two_sided"] = self.permutation.p_two_sided
        rows = []
        for name, value in numbers.items():
            found = self.intervals.get(name)
            row: dict[str, Any] = {"name": name, "value": value}
            row |= {"low": None, "high": None, "level": None, "interval": None}
            if found is not None:
                row |= asdict(found)
                row["interval"] = row.pop("method")
            rows.append(row)
        return pd.DataFrame(rows)


def compare_scores(
    dataset: Dataset,
    predictions: "pd.Series[float]",
    model: str,
    score: str = "hit_rate",
    *,
    level: float = 0.95,
    n_permutations: int = 9999,
    n_folds: int = 10,
    overlap: Overlap | None = None,
    rng: np.random.Generator,
) -> ScoreComparison:
    """Compare a model's predictions with scores that came without people and without counts.

    Parameters
    ----------
    dataset
        With the table image_scores. Its dataset.json says with ``scores_of_halves`` whether the
        scores are of half of the people: true, or the names of the scores that are.
    predictions, model, score
        By image_id; the model's name; the name of a score in the table.
    level, n_permutations, n_folds, rng
        Of the intervals; of the permutation test; of the recalibration; the only source of chance.
    overlap
        As in :func:`analysis.comparison.two_scales.compare`.

    Raises
    ------
    AnalysisError
        As :func:`analysis.comparison.scored_images.match_scores`.
    """
    images = match_scores(dataset, predictions, model, score)
    found = {
        method: correlation(images.predictions, images.scores, method)
        for method in ("spearman", "pearson", "kendall")
    }
    n = len(images.scores)
    made = {name: correlation_interval(r, n, name, level) for name, r in found.items()}
    intervals = {name: one for name, one in made.items() if one is not None}
    halves = of_halves(dataset, score)
    reliability = float("nan")
    if np.isfinite(images.noise).all():
        reliability = r_binom(images.scores, images.n_responses)
    paradigm = dataset.meta.get("paradigm")
    if overlap is None:
        training = training_warning(model, f"{dataset.name} {dataset.title}")
    else:
        training = overlap.warning(images.image_ids)
    warnings = [training] if training else []
    if n < FEW:
        n_images = count(n, "image is", "images are")
        warnings.append(f"{n_images} too few for a correlation to mean much.")
    known_game = paradigm if isinstance(paradigm, dict) else None
    warnings.append(raw_error_statement(model, score, known_game))
    return ScoreComparison(
        dataset=dataset.name,
        model=model,
        score=score,
        n_images=n,
        n_without_prediction=images.n_without_prediction,
        scores_of_halves=halves,
        **found,
        r_binom=reliability,
        calibration=calibrate(images, n_folds=n_folds, rng=rng),
        permutation=permutation_test_all(images, n_permutations=n_permutations, rng=rng),
        n_trained_on=overlap.n_seen(images.image_ids) if overlap else None,
        is_trained_on=training is not None,
        intervals=intervals,
        warnings=tuple(warnings),
        verdict=_sentences(images, found, intervals, halves, reliability),
    )


def of_halves(dataset: Dataset, score: str) -> bool:
    """Whether dataset.json says that a score is of half of the people."""
    named = dataset.meta.get("scores_of_halves", False)
    return score in named if isinstance(named, (list, tuple)) else named is True


def correlation_interval(r: float, n: int, method: str, level: float = 0.95) -> Interval | None:
    """Interval of a correlation over n images, on Fisher's z.

    The variance is 1/(n − 3) for pearson, (1 + r²/2)/(n − 3) for spearman and .437/(n − 4) for
    kendall. None where the correlation is missing or perfect, or there are too few images.
    """
    fewest = 5 if method == "kendall" else 4
    if not abs(r) < 1 or n < fewest:
        return None
    variance = {
        "pearson": 1 / (n - 3),
        "spearman": (1 + r**2 / 2) / (n - 3),
        "kendall": 0.437 / (n - 4) if n > 4 else float("nan"),
    }[method]
    reach = stats.norm.ppf((1 + level) / 2) * math.sqrt(variance)
    low, high = np.tanh([math.atanh(r) - reach, math.atanh(r) + reach])
    return Interval(float(low), float(high), level, HOW)


def _sentences(
    images: ScoredImages,
    found: dict[str, float],
    intervals: dict[str, Interval],
    halves: bool,
    reliability: float,
) -> tuple[str, ...]:
    name, score = called(images.model), SCORE_NAMES.get(images.score, images.score)
    if not math.isfinite(found["spearman"]):
        which = f"{name} predicts" if np.ptp(images.predictions) == 0 else f"The {score} is"
        return (f"{which} the same for every image: there is nothing to correlate.",)
    of = "half of the people's" if halves else "everybody's"
    held = intervals.get("spearman")
    told = f", {held.level:.0%} interval {limits(held.low, held.high)}" if held else ""
    first = (
        f"{name} correlates {decimal(found['spearman'])} with {of} {score} of "
        f"{count(len(images.scores), 'image')} (Spearman{told}; Pearson "
        f"{decimal(found['pearson'])}, Kendall τ-b {decimal(found['kendall'])})."
    )
    if halves:
        second = (
            "These are scores of half of the people, so this is scale A, the model against a half. "
            "ρ, what another half of the people reaches, cannot be known from them alone, so it "
            "cannot be said whether the model predicts people as well as people do."
        )
    else:
        second = (
            "Only scores are known, not people or counts, so there are no halves: neither ρ nor R "
            "can be known, and it cannot be said how near this is to the best that any model could "
            "do. Do not set it beside a ρ: that is half against half, this is the model against "
            "everybody."
        )
    if not reliability > 0:
        return first, second
    best = "√ρ" if halves else "√R"
    third = (
        "If chance alone parted the responses to an image, the most that any model could reach "
        f"would be {best} = {decimal(ceiling(reliability))}; differences between people are "
        "not in that."
    )
    return first, second, third
