"""A model against people, on two scales that are each honest.

Scale A, "is the model as good as another half of the people?": corr(M, H) beside ρ, on the same
splits. Scale B, "how near is it to the best that any model could do?": corr(M, F) beside √R.
corr(M, F) beside ρ is a trap: it compares a model tested on everybody with people tested on a
half, and ρ is no ceiling for a model. H is a half of the people, F all of them, M the model.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.model_splits import split_with_models
from analysis.comparison.verdict import comparison_sentences, comparison_warnings
from analysis.consistency.reliability import (
    ceiling,
    disattenuate,
    explained,
    n_equivalent,
    spearman_brown,
)
from analysis.dataset import Dataset
from analysis.intervals.covariances import Model, to_model
from analysis.intervals.limits import Interval, bootstrap_intervals, intervals_of_d
from analysis.scores.scoring import image_scores, rate_correlation
from analysis.splits.halves import Bools, Splits
from analysis.splits.pairs import check_method, correlation, mean_of_splits, pair_up
from analysis.splits.places import Floats
from analysis.training_images.known import training_warning
from analysis.training_images.overlap import Overlap

RESAMPLED = (
    "rho",
    "corr_half",
    "advantage",
    "corr_all",
    "disattenuated",
    "disattenuated_all",
)


@dataclass(frozen=True, slots=True)
class Scales:
    """People against people and model against people, for one kind of correlation.

    The first four are means over the same splits and images, as corr_all is of the same images.
    """

    method: str  # spearman, pearson or kendall
    rho: float  # half against half: corr(H1, H2)
    corr_half: float  # model against a half: corr(M, H)
    advantage: float  # corr(M, H) − ρ: what the model has over another half of the people
    corr_all: float  # model against everybody: corr(M, F)
    reliability: float  # R of everybody's scores
    ceiling_half: float  # √ρ: the most that any model can reach against a half
    ceiling_all: float  # √R: the most that any model can reach against everybody
    disattenuated: (
        float  # d = corr(M, H) / √ρ, with the true scores; kept above 1; missing if ρ ≤ 0
    )
    disattenuated_all: float  # the same from everybody, corr(M, F) / √R
    explained: float  # d² = corr(M, F)² / R, of what can be explained; missing if corr(M, F) ≤ 0
    n_equivalent: float  # responses per image that predict a half as well as the model does
    spread_rho: float  # standard deviations over splits: Monte-Carlo spread, not intervals
    spread_half: float
    n_splits: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model against one score of one dataset. The correlations at the top are of ``method``."""

    dataset: str
    model: str
    score: str
    method: str
    n_images: int  # with a prediction and a score in at least one split
    n_without_prediction: int  # images with a score that the model has no prediction of
    n_participants: int | None  # None where only counts are known
    responses_per_half: float
    n_splits: int
    counts_only: bool
    rho: float
    corr_half: float
    advantage: float
    corr_all: float
    reliability: float
    ceiling_half: float
    ceiling_all: float
    disattenuated: float
    disattenuated_all: float
    explained: float
    n_equivalent: float
    spread_rho: float
    spread_half: float
    spearman: Scales
    pearson: Scales
    mse: float  # of the predictions against everybody's scores
    mae: float
    rate_correlation: float  # Spearman of hit rate and false-alarm rate over these images
    n_trained_on: int | None = None  # of these images, by a list; None where there is no list
    is_trained_on: bool = False  # on images like these: by a list, or the data's name and title
    scores_differ: bool = True  # everybody's, between these images; else nothing can be predicted
    intervals: dict[str, Interval] = field(default_factory=dict)  # by name of the number
    warnings: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()  # what it means, in sentences

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, nested as it is here."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row for each number: name, value, low, high, level, interval (how it was made)."""
        skipped = {"intervals", "warnings", "verdict", "spearman", "pearson"}
        rows: list[dict[str, Any]] = []
        for name, value in self.to_dict().items():
            if name not in skipped:
                rows.append({"name": name, "value": value, **_columns(self.intervals.get(name))})
        for scales in (self.spearman, self.pearson):
            rows += [
                {"name": f"{name}_{scales.method}", "value": value, **_columns(None)}
                for name, value in asdict(scales).items()
                if name != "method"
            ]
        return pd.DataFrame(rows)


def _columns(interval: Interval | None) -> dict[str, Any]:
    if interval is None:
        return {"low": None, "high": None, "level": None, "interval": None}
    return {
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "interval": interval.method,
    }


def compare(
    dataset: Dataset,
    predictions: "pd.Series[float]",
    model: str,
    score: str = "hit_rate",
    *,
    method: str = "spearman",
    n_splits: int = 1000,
    role: str = "target",
    level: float = 0.95,
    n_bootstrap: int = 200,
    overlap: Overlap | None = None,
    rng: np.random.Generator,
) -> Comparison:
    """Compare a model's predictions with people's scores on both scales.

    Parameters
    ----------
    dataset
        With trials, or with image_counts (then the result is ``counts_only``).
    predictions
        The model's prediction by image_id; missing ones are left out and counted.
    model
        Its name, for the sentences and for what is known of its training images.
    score, method, n_splits, role, level, n_bootstrap, rng
        As in :func:`analysis.consistency.split_half.split_half`. Spearman and Pearson are always
        both there; ``method`` says which of them, or kendall, is at the top of the result.
    overlap
        The images that the model was trained on, where a list of them is at hand; without, only
        the dataset's name tells. Either way a warning says so. The comparison of new images alone
        is that of ``overlap.without(predictions)``.

    Raises
    ------
    AnalysisError
        If fewer than three images have a prediction and can be split, or an image has two.
    """
    check_method(method)
    common = split_with_models(dataset, {model: predictions}, score, role=role)
    splits, mine = common.splits, common.predictions[0]
    ranked = to_model(mine)
    scales, entered, responses_per_half = _all_scales(splits, ranked, method, n_splits, rng)
    main = asdict(scales[method])
    intervals = {}
    if n_bootstrap and method != "kendall":
        intervals = bootstrap_intervals(
            {name: float(main[name]) for name in RESAMPLED},
            splits,
            ranked,
            method=method,
            level=level,
            n_bootstrap=n_bootstrap,
            rng=rng,
        )
        mapped = intervals_of_d(intervals, main["rho"], splits.lengths.half)
        intervals |= {name: one for name, one in mapped.items() if not np.isnan(main[name])}
    error = (mine - splits.scores)[entered]
    if overlap is None:
        training = training_warning(model, f"{dataset.name} {dataset.title}")
    else:
        training = overlap.warning(splits.image_ids[entered])
    result = Comparison(
        dataset=dataset.name,
        model=model,
        score=score,
        n_images=int(entered.sum()),
        n_without_prediction=common.n_without_prediction,
        n_participants=splits.n_participants,
        responses_per_half=responses_per_half,
        counts_only=splits.n_participants is None,
        spearman=scales["spearman"],
        pearson=scales["pearson"],
        mse=float((error**2).mean()),
        mae=float(np.abs(error).mean()),
        rate_correlation=rate_correlation(
            image_scores(dataset, role=role).loc[splits.image_ids[entered]]
        ),
        n_trained_on=overlap.n_seen(splits.image_ids[entered]) if overlap else None,
        is_trained_on=training is not None,
        scores_differ=bool(np.ptp(splits.scores) > 0),
        intervals=intervals,
        **main,
    )
    return replace(
        result,
        warnings=comparison_warnings(result, training),
        verdict=comparison_sentences(result),
    )


def _all_scales(
    splits: Splits, model: Model, method: str, n_splits: int, rng: np.random.Generator
) -> tuple[dict[str, Scales], Bools, float]:
    """Both scales by every method on the same splits; images that entered; responses per half."""
    methods = list(dict.fromkeys(("spearman", "pearson", method)))
    between: dict[str, list[Floats]] = {name: [] for name in methods}
    against: dict[str, list[Floats]] = {name: [] for name in methods}
    entered = np.zeros(len(splits.image_ids), dtype=bool)
    behind = total = 0.0
    for block in splits.blocks(n_splits, rng):
        pairs = pair_up(block)
        entered |= pairs.valid.any(axis=0)
        behind += float((pairs.valid @ splits.n_responses).sum())
        total += float(pairs.valid.sum())
        for name in methods:
            rho, half = pairs.with_model(model.places, model.values, name)
            between[name].append(rho)
            against[name].append(half)
    predicted: Floats = model.values[model.places]
    half_size = behind / total / 2 if total else float("nan")
    result = {}
    for name in methods:
        mean_rho, spread_rho, n_defined = mean_of_splits(np.concatenate(between[name]))
        corr_half, spread_half, _ = mean_of_splits(np.concatenate(against[name]))
        corr_all = correlation(predicted[entered], splits.scores[entered], name)
        reliability = spearman_brown(mean_rho, splits.lengths.folds)
        d = disattenuate(corr_half, mean_rho)
        result[name] = Scales(
            method=name,
            rho=mean_rho,
            corr_half=corr_half,
            advantage=corr_half - mean_rho,
            corr_all=corr_all,
            reliability=reliability,
            ceiling_half=ceiling(mean_rho),
            ceiling_all=ceiling(reliability),
            disattenuated=d,
            disattenuated_all=disattenuate(corr_all, reliability),
            explained=explained(corr_all, reliability),
            n_equivalent=n_equivalent(corr_half, mean_rho, splits.lengths.half),
            spread_rho=spread_rho,
            spread_half=spread_half,
            n_splits=n_defined,
        )
    return result, entered, half_size
