"""What a comparison means, and where a reader would go wrong, in sentences."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from analysis.models.registry import MODELS
from analysis.readable import count, decimal, limits
from analysis.score_names import SCORE_NAMES

if TYPE_CHECKING:
    from analysis.comparison import Comparison

METHOD_NAMES = {"spearman": "Spearman", "pearson": "Pearson", "kendall": "Kendall τ-b"}
# model: names of data sets whose images it was trained on (memoir's images are MemCat's)
TRAINED_ON = {
    "resmem": ("lamem", "memcat", "memoir"),
    "memnet": ("lamem",),
}
FEW = 8  # images or people below which a correlation says nearly nothing
BIASED = 0.5  # correlation of hit and false-alarm rates above which hit rates measure bias, too


def comparison_sentences(result: Comparison) -> tuple[str, ...]:
    """The comparison in sentences: scale A, scale B, and responses that predict as well."""
    score, method = SCORE_NAMES[result.score], METHOD_NAMES[result.method]
    if not math.isfinite(result.rho):
        return (f"The {score} is the same for all of these images: there is nothing to predict.",)
    if not math.isfinite(result.corr_half):
        return (
            f"{called(result.model)} predicts the same for every image, so it ranks none of them.",
        )
    if result.rho <= 0:
        return (
            "Two random halves of the people do not agree on which images are memorable "
            f"({method} ρ = {decimal(result.rho)}, {score}), so nothing can be said about how well "
            f"{called(result.model)} predicts them.",
        )
    halves = "halves of the responses" if result.counts_only else "halves of the people"
    relation = {
        -1: "predicts a half of the people less well than another half of them does",
        0: "predicts a half of the people about as well as another half of them does, as far as "
        "these data can tell",
        1: "predicts a half of the people better than another half of them does",
    }[_side(result)]
    first = (
        f"{called(result.model)} {relation}: its {method} correlation with a half is "
        f"{decimal(result.corr_half)}, and two random {halves} correlate {decimal(result.rho)}"
        f"{_difference(result)} ({score}, {result.n_images} images, "
        f"{decimal(result.responses_per_half, 1)} responses per image in each half)."
    )
    second = (
        f"With everybody's scores it correlates {decimal(result.corr_all)}; the most that any "
        f"model could reach there is √R = {decimal(result.ceiling_all)}"
    )
    if result.explained > 1:
        second += ": it is at that ceiling, as nearly as these data can tell."
    elif math.isfinite(result.explained):
        second += f", so it explains {result.explained:.0%} of the variance that can be explained."
    else:
        second += "."
    return first, second, _equivalent(result)


def _side(result: Comparison) -> int:
    """Whether the model is worse (−1) or better (1) than another half, or this is not certain."""
    found = result.intervals.get("advantage")
    if found is not None and found.low <= 0 <= found.high:
        return 0
    return -1 if result.advantage < 0 else 1


def _difference(result: Comparison) -> str:
    found = result.intervals.get("advantage")
    if found is None:
        return ""
    told = limits(found.low, found.high)
    return f", a difference of {decimal(result.advantage)} ({found.level:.0%} interval {told})"


def _equivalent(result: Comparison) -> str:
    if result.n_equivalent == 0:
        return f"{called(result.model)} predicts these scores no better than chance does."
    if math.isinf(result.n_equivalent):
        return (
            f"{called(result.model)} predicts a half of the people as well as the images' true "
            "scores could: no number of responses would predict it better."
        )
    n = decimal(result.n_equivalent, 1)
    return f"{called(result.model)} is worth {n} people's responses to each image."


def comparison_warnings(result: Comparison, about: str) -> tuple[str, ...]:
    """Where a reader would fall into a trap.

    Parameters
    ----------
    result
        The comparison, all but its words.
    about
        Name and title of the dataset, searched for the images that the model was trained on.
    """
    warnings = []
    if result.corr_all > result.rho > 0:
        certainly = "does" if _side(result) == 1 else "does not certainly"
        beats = "does not" if result.advantage < 0 else certainly
        warnings.append(
            f"Do not set {decimal(result.corr_all)} (model against everybody) beside "
            f"{decimal(result.rho)} (half against half): everybody's scores are less noisy than a "
            "half's, so a model can exceed ρ by arithmetic alone. Like for like, on a half, the "
            f"model has {decimal(result.corr_half)}; it {beats} beat another half of the people. "
            "And ρ is no ceiling for a model: that is √ρ against a half, √R against everybody."
        )
    if max(result.disattenuated, result.disattenuated_all) > 1:
        warnings.append(
            "The correlation with the true scores is estimated above 1. No true correlation is: "
            "the split-half consistency is estimated too low here, or too few images are "
            "compared."
        )
    if result.counts_only:
        warnings.append(
            "Only counts are known, so the halves are drawn as if every response came from "
            "another person. Differences between people are ignored: ρ may be too high or too "
            "low."
        )
    trained = trained_on(result.model, about)
    if trained:
        warnings.append(
            f"{called(result.model)} was trained on images of {trained}: on images that it has "
            "seen, it predicts better than on new ones."
        )
    if result.n_images < FEW:
        n_images = count(result.n_images, "image is", "images are")
        warnings.append(f"{n_images} too few for a correlation to mean much.")
    if result.n_participants is not None and result.n_participants < FEW:
        n_people = count(result.n_participants, "participant is", "participants are")
        warnings.append(f"{n_people} too few to split in halves.")
    if result.score == "hit_rate" and result.rate_correlation > BIASED:
        warnings.append(
            "Hit rates and false-alarm rates of the images correlate "
            f"{decimal(result.rate_correlation)}: images that people say they know whether or not "
            "they saw them have high hit rates, too. Look at corrected recognition as well."
        )
    return tuple(warnings)


def trained_on(model: str, about: str) -> str | None:
    """The data set, by name, that a model was trained on and that these data seem to come from."""
    words = re.sub(r"[^a-z0-9]+", "", about.lower())
    for name in TRAINED_ON.get(model.lower(), ()):
        if name in words:
            return {"lamem": "LaMem", "memcat": "MemCat", "memoir": "MemCat (by memoir)"}[name]
    return None


def called(model: str) -> str:
    """The name that a model goes by."""
    return MODELS[model].title if model in MODELS else model
