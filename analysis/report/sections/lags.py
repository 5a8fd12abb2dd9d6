"""Forgetting: how hits fall with the number of images between two showings."""

import math

import pandas as pd

from analysis.readable import count, decimal, limits
from analysis.report.blocks import Block, Figure, File, Subheading, Text
from analysis.report.figures.decay import decay_figure
from analysis.report.figures.style import PAGE
from analysis.report.numbers import Numbers
from analysis.report.phrases import equals
from analysis.scores.lag_correction import LagCorrection

ESTIMATOR_WORDS = {
    "khosla": "the printed estimator (Khosla et al. 2015)",
    "least_squares": "least squares over all repeats",
}


def lag_blocks(numbers: Numbers) -> list[Block]:
    """The curve and its slope; nothing where lags are unknown or all the same."""
    decay = numbers.people.decay
    if decay is None:
        return []
    caption = (
        f"Each point is the hit rate of {typical(decay)}, at the mean number of images in between; "
        "the thin line across is the range of lags behind it, the upright line the 95% interval "
        f"({decay['interval'].iloc[0]}). Not every point rests on the same images."
    )
    return [
        Subheading("Forgetting"),
        Text(lag_texts(numbers.people.lag_corrections)),
        Figure(
            id="decay",
            chart=decay_figure(decay, PAGE),
            label="Hit rate by the number of images between two showings",
            caption=caption,
            file="forgetting",
        ),
    ]


def typical(decay: pd.DataFrame) -> str:
    """“about 1,200 repeats”, or the range where the bins are uneven."""
    least, most = int(decay["repeats"].min()), int(decay["repeats"].max())
    if most <= 1.2 * least:
        return f"about {count(round((least + most) / 2), 'repeat')}"
    return f"{least:,} to {count(most, 'repeat')}"


def lag_texts(corrections: tuple[LagCorrection, ...]) -> list[str]:
    """The slope by each estimator, at its lag."""
    if not corrections:
        return [
            "No image came back at two different lags, so nothing is said of how fast one and the "
            "same image is forgotten."
        ]
    told = [
        f"{equals('α', 0 if abs(one.alpha) < 5e-4 else one.alpha, 3)}"
        f"{interval(one)} by {ESTIMATOR_WORDS[one.estimator]}"
        for one in corrections
    ]
    first = corrections[0]
    texts = [
        "Within one and the same image the hit rate changes by α each time the natural logarithm "
        f"of the number of images in between grows by 1: {', and '.join(told)}. "
        "That is a change of "
        f"{decimal(first.alpha * math.log(2), 3)} with each doubling of the images in between. "
        "Each image's hit rate as it "
        f"would be at T\u00a0=\u00a0{first.t_reference:g} images in between (the median) is in "
        "lag_corrected_hit_rates.csv."
    ]
    if first.n_immediate or first.n_unknown or first.n_across_runs:
        parts = [
            (first.n_immediate, "with nothing in between"),
            (first.n_unknown, "of unknown lag"),
            (first.n_across_runs, "of images that an earlier run showed"),
        ]
        which = " and ".join(f"{count(n, 'repeat')} {what}" for n, what in parts if n)
        texts.append(f"{which} did not enter this.")
    return texts


def interval(one: LagCorrection) -> str:
    """“ (95% interval −0.10 to −0.06)”."""
    told = limits(one.alpha_low, one.alpha_high, 3)
    return f" (95% interval {told})" if told else ""


def lag_files(numbers: Numbers) -> list[File]:
    """The curve, the slopes, and corrected hit rates by image."""
    people = numbers.people
    if people.decay is None:
        return []
    found = [File("hit_rate_by_lag.csv", people.decay, "hit rate by lag")]
    if people.lag_corrections:
        slopes = pd.DataFrame([one.to_dict() for one in people.lag_corrections])
        found.append(File("lag_corrections.csv", slopes, "the slope of forgetting, two estimators"))
        what = "every image's hit rate, corrected for its lags in three ways"
        found.append(File("lag_corrected_hit_rates.csv", corrected(numbers), what))
    return found


def corrected(numbers: Numbers) -> pd.DataFrame:
    """By image: hits, repeats, hit rate, and a column for each correction."""
    people = numbers.people
    table = people.lag_corrections[0].scores[["hits", "repeats", "hit_rate"]].copy()
    for one in people.lag_corrections:
        table[f"lag_corrected_{one.estimator}"] = one.scores["lag_corrected_hit_rate"]
    if people.memento is not None:
        table["memento_hit_rate"] = people.memento.scores["memento_hit_rate"]
    return table.reset_index()
