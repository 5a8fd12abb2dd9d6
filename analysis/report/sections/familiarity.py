"""Whether people remember at all, and whether what they recognise only feels familiar, in words."""

import math

import numpy as np
from scipy import stats

from analysis.readable import count, decimal, limits
from analysis.report.blocks import Block, Figure, PointNames, Subheading, Text
from analysis.report.figures.scatter import MOST_POINTS, scatter
from analysis.report.figures.style import PAGE
from analysis.report.numbers import Numbers
from analysis.report.phrases import equals


def forgetting(numbers: Numbers) -> list[str]:
    """A warning where nothing shows that people remember: hits not clearly above false alarms.

    The mean difference of the two rates, over people or, where these are not known, over images,
    with the t interval of its mean.
    """
    of = numbers.images if numbers.participants is None else numbers.participants
    values = of["corrected_recognition"].dropna().to_numpy(dtype=np.float64)
    if not len(values):
        return []
    reach = math.inf
    if len(values) > 1:
        reach = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
    mean = float(values.mean())
    if mean - reach > 0:
        return []
    told = f" (95% interval {limits(mean - reach, mean + reach)})" if math.isfinite(reach) else ""
    return [
        "Nothing here shows that people remember: they press for a picture that came back hardly "
        "more often than for a new one. The difference of hit rate and false-alarm rate is "
        f"{decimal(mean)} on average{told}."
    ]


def familiarity(numbers: Numbers) -> list[str]:
    """What the correlation of hit rate and false-alarm rate says, and whether it says anything.

    Its interval is Fisher's z with the standard error of Bonett and Wright 2000 for ranks.
    """
    value = numbers.familiarity
    if math.isnan(value):
        return []
    n = int(numbers.images[["hit_rate", "false_alarm_rate"]].notna().all(axis=1).sum())
    low, high = -1.0, 1.0
    if n > 3 and abs(value) < 1:
        reach = 1.96 * math.sqrt((1 + value**2 / 2) / (n - 3))
        low, high = (math.tanh(math.atanh(value) + side * reach) for side in (-1, 1))
    if low <= 0 <= high:
        meaning = (
            "These data cannot tell whether being recognised and being falsely recognised go "
            "together."
        )
    elif value > 0:
        meaning = (
            "Images that are recognised more often are also more often taken for old when they "
            "are new: part of a high hit rate is a picture that feels familiar to people "
            "whether they saw it or not. Corrected recognition (hit rate minus false-alarm "
            "rate) takes that part out."
        )
    else:
        meaning = (
            "Images that are recognised more often are less often taken for old when they are new"
        )
        meaning += (
            "."
            if forgetting(numbers)
            else ": both rates tell of the same memory, and a high hit rate is not mere readiness "
            "to respond."
        )
    return [
        f"Over {count(n, 'image')}, hit rate and false-alarm rate correlate with "
        f"{equals('r', value)} (Spearman, 95% interval {limits(low, high)}). {meaning} (The noise "
        "of both rates makes such a correlation smaller than the true one.)"
    ]


def familiarity_blocks(numbers: Numbers) -> list[Block]:
    """What hit rates and false-alarm rates tell together; nothing where one is not known."""
    texts = familiarity(numbers)
    if not texts:
        return []
    images = numbers.images
    rates = ["hit_rate", "hit_rate_low", "hit_rate_high", "false_alarm_rate"]
    drawn = images[rates].astype(float).set_axis(["y", "low", "high", "x"], axis=1).reset_index()
    drawn = drawn[["image_id", "y", "low", "high", "x"]]
    many = int(images[numbers.score].notna().sum()) > MOST_POINTS
    figure = Figure(
        id="familiarity",
        chart=scatter(
            drawn,
            x_title="false-alarm rate",
            y_title="hit rate",
            colour=PAGE.people,
            palette=PAGE,
        ),
        label="Hit rates against false-alarm rates",
        caption="Every dot is an image. Upper left: remembered, and seldom taken "
        "for old when new. Upper right: pictures that people say they know in any case.",
        points=None if many else PointNames("False-alarm rate", "Hit rate"),
        wanted=[] if many else list(drawn.dropna(subset=["x", "y"])["image_id"]),
    )
    return [Subheading("Remembered, or only familiar?"), Text(texts), figure]
