"""How agreement grows with the number of participants, and how many more are needed."""

import math

from analysis.consistency.curve import ConsistencyCurve, Needed, needed
from analysis.readable import count, decimal
from analysis.report.blocks import Block, Figure, File, Subheading, Text
from analysis.report.figures.curve import consistency_figure, drawn_needs
from analysis.report.figures.style import PAGE
from analysis.report.numbers import Numbers
from analysis.report.phrases import equals


def curve_blocks(numbers: Numbers) -> list[Block]:
    """The figure, and what is needed; nothing where the halves are not known."""
    curve = numbers.people.curve
    if curve is None or math.isnan(curve.rho):
        return []
    return [
        Subheading("More people"),
        Text(need_texts(numbers, curve)),
        Figure(
            id="curve",
            chart=consistency_figure(curve, PAGE),
            label=f"Consistency of the {numbers.score_label} against the number of participants",
            caption=caption(curve, numbers.people.curve_samples),
            file="consistency-curve",
        ),
    ]


def curve_files(numbers: Numbers) -> list[File]:
    """Points and needs."""
    curve = numbers.people.curve
    what = "consistency against the number of participants, and how many are needed"
    return [] if curve is None else [File("consistency_curve.csv", curve.to_frame(), what)]


def caption(curve: ConsistencyCurve, n_samples: int) -> str:
    """What point, line and axes are, and what does not fit in."""
    who = "responses" if curve.counts_only else "participants"
    text = (
        "The same heights are ρ on the left and R on the right. Points: the mean ρ of two halves "
        f"of {n_samples} random parts of the {who}, with the standard deviation over these parts "
        "(the luck of the draw, not a confidence interval; the last point is everybody, over "
        "splits)."
    )
    if curve.rho > 0:
        text += (
            " The line is what the formula of Spearman and Brown predicts from everybody; it is "
            "dashed where nobody has been seen yet, and holds for more people like these."
        )
        shown = [decimal(one.reliability) for one in drawn_needs(curve)]
        if shown:
            text += f" Circles: where R reaches {' and '.join(shown)}, with the number it takes."
    return text


def need_texts(numbers: Numbers, curve: ConsistencyCurve) -> list[str]:
    """How many more each target takes, with what the interval of R makes of it."""
    if not curve.rho > 0:
        return [
            f"These people do not agree on the {numbers.score_label} ({equals('ρ', curve.rho)}), "
            "so no number of people like them can be named that would."
        ]
    each = decimal(curve.responses_per_image, 1)
    n = curve.n_participants
    seen = (
        f"With {each} responses to each image"
        if curve.counts_only
        else f"With {count(n, 'participant')} ({each} responses to each image)"
    )
    text = f"{seen} the reliability of the scores is {equals('R', curve.reliability)}."
    told = [need_words(numbers, curve, one) for one in curve.needed]
    return [f"{text} {' '.join(told)} This is for people like these, who see as many images each."]


def need_words(numbers: Numbers, curve: ConsistencyCurve, one: Needed) -> str:
    """“85 more participants would bring it to R = 0.80 (ρ = 0.67) …”."""
    goal = f"{equals('R', one.reliability)} ({equals('ρ', one.rho)})"
    few = one.n_more <= 1
    if curve.counts_only:
        noun = f"response{'' if few else 's'} to each image"
    else:
        noun = f"participant{'' if few else 's'}"
    if one.n_more == 0:
        return f"{goal} is reached with {whole(one.n_participants)} of them."
    text = f"{whole(one.n_more)} more {noun} would bring it to {goal}"
    if not curve.counts_only:
        text += f": {whole(one.n_participants)} in all, {decimal(one.responses_per_image, 1)} "
        text += "responses to each image"
    return f"{text}{uncertainty(numbers, curve, one.reliability)}."


def uncertainty(numbers: Numbers, curve: ConsistencyCurve, target: float) -> str:
    """What the limits of R make of the number; nothing without limits."""
    split = numbers.main_consistency
    if split is None or split.reliability_low is None or split.reliability_high is None:
        return ""
    few, many = (
        needed(target, limit, curve.n_participants, curve.responses_per_image).n_more
        for limit in (split.reliability_high, split.reliability_low)
    )
    if math.isnan(few) or math.isnan(many):
        return ""
    if math.isinf(many):
        return f" (by the 95% interval of R at least {whole(few)} more, without an upper limit)"
    return f" (by the 95% interval of R between {whole(few)} and {whole(many)} more)"


def whole(number: float) -> str:
    """Rounded up; a number that is whole but for its last bits stays."""
    return "∞" if math.isinf(number) else f"{math.ceil(number - 1e-9):,}"
