"""What a comparison means, and where a reader would go wrong, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.models.registry import MODELS
from analysis.readable import between, count, decimal, limits, percent
from analysis.scores.names import SCORE_NAMES

if TYPE_CHECKING:
    from analysis.comparison.two_scales import Comparison
    from analysis.intervals.limits import Interval

METHOD_NAMES = {"spearman": "Spearman", "pearson": "Pearson", "kendall": "Kendall τ-b"}
FEW = 8  # images or people below which a correlation says nearly nothing
BIASED = 0.5  # correlation of hit and false-alarm rates above which hit rates measure bias, too


def comparison_sentences(result: Comparison) -> tuple[str, ...]:
    """The comparison in sentences: scale A, scale B, and responses that predict as well."""
    score, method = SCORE_NAMES[result.score], METHOD_NAMES[result.method]
    if not result.scores_differ:
        return (f"The {score} is the same for all of these images: there is nothing to predict.",)
    if not math.isfinite(result.rho):
        return (
            f"In no split could the {_halves(result)} be correlated: in each, one of them has the "
            f"same {score} for all images that both have, or they have too few in common. So it is "
            "not known whether there is anything to predict.",
        )
    if not math.isfinite(result.corr_half):
        return (
            f"{called(result.model)} predicts the same for every image, so it ranks none of them.",
        )
    if not is_telling(result):
        opening = f"Two random {_halves(result)} do not agree"
        if result.rho > 0:
            opening = f"These data cannot tell whether two random {_halves(result)} agree"
        return (
            f"{opening} on which images are memorable ({method} ρ = {decimal(result.rho)}"
            f"{_interval(result, 'rho')}, {score}), so nothing can be said about how well "
            f"{called(result.model)} predicts them.",
        )
    a_half = f"a half of the {_of(result)}"
    relation = {
        -1: f"predicts {a_half} less well than another half of them does: its",
        0: f"predicts {a_half} about as well as another half of them does, as far as these data "
        "can tell: its",
        1: f"predicts {a_half} better than another half of them does: its",
        None: f"and another half were both set against {a_half}, but without an interval nothing "
        "is known of how certain their difference is: the model's",
    }[_side(result)]
    first = (
        f"{called(result.model)} {relation} {method} correlation with a half is "
        f"{decimal(result.corr_half)}, and two random {_halves(result)} correlate "
        f"{decimal(result.rho)}{_difference(result)} ({score}, {result.n_images} images, "
        f"{decimal(result.responses_per_half, 1)} responses per image in each half)."
    )
    return first, _explained(result), _equivalent(result)


def is_telling(result: Comparison) -> bool:
    """Whether people agree enough for a model to be told good or bad by these data.

    They do where ρ is above 0 with its whole interval, and d has one. Without any intervals, the
    estimate of ρ decides.
    """
    if not result.rho > 0 or not math.isfinite(result.corr_half):
        return False
    if not result.intervals or result.rho > 1 - 1e-9:  # perfect agreement has no interval
        return True
    rho = result.intervals.get("rho")
    return rho is not None and rho.low > 0 and "disattenuated" in result.intervals


def _halves(result: Comparison) -> str:
    return f"halves of the {_of(result)}"


def _of(result: Comparison) -> str:
    """What the halves are of: where only counts are known, no people are."""
    return "responses" if result.counts_only else "people"


def _side(result: Comparison) -> int | None:
    """Whether the model is certainly worse (−1) or better (1) than another half, or neither (0).

    None where there is no interval to tell by.
    """
    found = result.intervals.get("advantage")
    if found is None:
        return None
    if found.low <= 0 <= found.high:
        return 0
    return -1 if result.advantage < 0 else 1


def _interval(result: Comparison, name: str) -> str:
    found = result.intervals.get(name)
    if found is None:
        return ""
    return f", {_level(result, found)} {limits(found.low, found.high)}"


def _level(result: Comparison, found: Interval) -> str:
    """An interval's level, and what it is over where it is not over people and images both."""
    over = " over images, for these responses only," if result.counts_only else ""
    return f"{found.level:.0%} interval{over}"


def _difference(result: Comparison) -> str:
    told = _interval(result, "advantage").removeprefix(", ")
    return f", a difference of {decimal(result.advantage)} ({told})" if told else ""


def _explained(result: Comparison) -> str:
    """Scale B: how much of what can be explained, as a range where there is an interval."""
    text = (
        f"With everybody's scores of the same {count(result.n_images, 'image')} it correlates "
        f"{decimal(result.corr_all)}; the most that any model could reach there is estimated at "
        f"√R = {decimal(result.ceiling_all)}"
    )
    if not math.isfinite(result.explained):
        return f"{text}."
    found = result.intervals.get("explained")
    if found is None:
        share = "all" if result.explained >= 1 else f"about {percent(result.explained)}"
        return (
            f"{text}, so it is estimated to explain {share} of the variance that can be explained."
        )
    if found.low <= 0 and found.high >= 1:
        return f"{text}. How much of the variance it explains these data cannot tell."
    if found.low >= 1:
        share = "all"
    else:
        low = percent(found.low) if found.low > 0 else None
        share = between(low, percent(found.high) if found.high < 1 else None)
    certain = f" ({_level(result, found).rstrip(',')})"
    return f"{text}, so it explains {share} of the variance that can be explained{certain}."


def _equivalent(result: Comparison) -> str:
    """What the model is worth in people's responses, as a range where there is an interval."""
    name = called(result.model)
    half, found = result.intervals.get("corr_half"), result.intervals.get("n_equivalent")
    if (half.high if half else result.corr_half) < 0:
        return (
            f"{name} ranks the images the wrong way round: the higher its prediction, the lower "
            f"people's {SCORE_NAMES[result.score]}."
        )
    if result.n_equivalent == 0 or (half is not None and half.low <= 0):
        return f"As far as these data can tell, {name} predicts no better than chance does."
    if found is None:
        if math.isinf(result.n_equivalent):
            return (
                f"{name} is estimated to predict a half of the {_of(result)} as well as the "
                "images' true scores could: no number of responses would predict it better."
            )
        n = decimal(result.n_equivalent, 0)
        return f"{name} is estimated to be worth about {n} people's responses to each image."
    if found.low < 1 and math.isinf(found.high):
        return f"How many people's responses {name} is worth these data cannot tell."
    low = decimal(found.low, 0) if found.low >= 1 else None
    high = max(1.0, found.high)
    responses = between(low, decimal(high, 0) if math.isfinite(high) else None)
    return (
        f"{name} is worth {responses} people's responses to each image "
        f"({_level(result, found).rstrip(',')})."
    )


def comparison_warnings(result: Comparison, training: str | None) -> tuple[str, ...]:
    """Where a reader would fall into a trap.

    Parameters
    ----------
    result
        The comparison, all but its words.
    training
        What to know of images that the model was trained on, if it was on any of these.
    """
    warnings = []
    if result.corr_all > result.rho > 0:
        beats = {
            -1: "it does not beat another half",
            0: "it does not certainly beat another half",
            1: "it does beat another half",
            None: "without an interval it is not known whether it beats another half",
        }[_side(result)]
        warnings.append(
            f"Do not set {decimal(result.corr_all)} (model against everybody) beside "
            f"{decimal(result.rho)} (half against half): everybody's scores are less noisy than a "
            "half's, so a model can exceed ρ by arithmetic alone. Like for like, on a half, the "
            f"model has {decimal(result.corr_half)}; {beats} of the {_of(result)}. "
            "And ρ is no ceiling for a model: that is √ρ against a half, √R against everybody."
        )
    if max(result.disattenuated, result.disattenuated_all) > 1:
        warnings.append(
            "The correlation with the true scores is estimated above 1. No true correlation is: "
            "where it is a little above, chance in either correlation is enough for that; where "
            "it is far above, the split-half consistency is estimated too low here."
        )
    if result.method == "kendall":
        warnings.append(
            "Spearman–Brown and the root of ρ do not hold for Kendall's τ-b, so R, √ρ, √R, d, d² "
            "and n equivalent are rough here; take those of Spearman or Pearson."
        )
    if result.counts_only:
        warnings.append(
            "Only counts are known, so the halves are drawn as if every response came from "
            "another person. Differences between people are ignored: ρ may be too high or too "
            "low."
        )
    if training:
        warnings.append(training)
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


def called(model: str) -> str:
    """The name that a model goes by."""
    return MODELS[model].title if model in MODELS else model
