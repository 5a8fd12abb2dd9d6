"""Consistency against the number of participants: seen, predicted, and needed."""

import math

import altair as alt
import numpy as np

from analysis.consistency.curve import ConsistencyCurve, CurvePoint, Needed
from analysis.readable import decimal
from analysis.report.figures.both_axes import both_axes, to_rho
from analysis.report.figures.style import LIGHT, Palette, inline, styled, ticks

FARTHEST = 12  # times the participants that there are: no line goes farther
HEIGHT = 340
STEPS = 120  # of the line
BEYOND = [4, 4]  # its strokes where nobody has been seen yet
KEY = ("seen in random parts, ± SD", "Spearman–Brown")


def consistency_figure(curve: ConsistencyCurve, palette: Palette = LIGHT) -> alt.LayerChart:
    """Draw ρ against the number of participants, with the R that goes with it on the right.

    The points are means over random subsamples, with their standard deviation. The line is
    Spearman–Brown's through all participants, dashed beyond them; where it meets a target stands
    how many that takes. Without agreement there is no line.
    """
    shown = drawn_needs(curve)
    end = max([1.25 * curve.n_participants, *(1.1 * one.n_participants for one in shown)])
    people = alt.Scale(domain=[0, end], nice=False)
    x = alt.X("n:Q", title=x_title(curve), scale=people, axis=ticks(format=",d"))
    points = [one for one in curve.points if math.isfinite(one.rho)]
    lowest = min([0.0, *(one.rho - deviation(one.spread) for one in points)])
    height = alt.Scale(domain=[math.floor(lowest * 10) / 10, 1], nice=False)
    y = alt.Y("rho:Q", scale=height, axis=None)
    targets = [one.reliability for one in curve.needed]
    layers = both_axes(x, height, "ρ", targets, palette, lowest=lowest)
    across = inline([{"rho": to_rho(target)} for target in targets])
    rule = alt.Chart(across).mark_rule(color=palette.ink, strokeWidth=1, strokeDash=[2, 2])
    layers.append(rule.encode(y=y))
    if curve.rho > 0:
        parts = ((2.0, float(curve.n_participants), [1, 0]), (curve.n_participants, end, BEYOND))
        for first, last, dash in parts:
            n = np.linspace(first, last, STEPS)
            line = [{"n": a, "rho": b} for a, b in zip(n, curve.predicted(n)[0], strict=True)]
            mark = alt.Chart(inline(line)).mark_line(
                color=palette.people, strokeWidth=2.5, strokeDash=dash
            )
            layers.append(mark.encode(x=x, y=y))
    layers += seen(points, x, y, height, palette)
    layers += needs(shown, x, y, palette)
    layers += key(palette)
    words = f"Consistency of people against their number, up to {curve.n_participants:,} seen"
    chart = styled(layers, HEIGHT, words, palette)
    chart.resolve = alt.Resolve(axis=alt.AxisResolveMap(y="independent"))
    return chart


def drawn_needs(curve: ConsistencyCurve) -> list[Needed]:
    """The targets that are reached within the figure."""
    most = FARTHEST * curve.n_participants
    return [one for one in curve.needed if 0 < one.n_participants <= most]


def x_title(curve: ConsistencyCurve) -> list[str]:
    """Of the axis of participants; from counts alone, of responses."""
    if curve.counts_only:
        return ["responses to each image"]
    each = decimal(curve.responses_per_image, 1)
    return ["participants", f"({curve.n_participants:,} gave {each} responses to each image)"]


def deviation(spread: float) -> float:
    """0 where it is not known."""
    return spread if math.isfinite(spread) else 0.0


def seen(
    points: list[CurvePoint], x: alt.X, y: alt.Y, height: alt.Scale, palette: Palette
) -> list[alt.Chart]:
    """Points with a standard deviation to each side."""
    rows = [
        {
            "n": one.n_participants,
            "rho": one.rho,
            "low": one.rho - deviation(one.spread),
            "high": one.rho + deviation(one.spread),
        }
        for one in points
    ]
    base = alt.Chart(inline(rows))
    low = alt.Y("low:Q", scale=height, axis=None)
    return [
        base.mark_rule(color=palette.people, strokeWidth=1.5).encode(x=x, y=low, y2="high:Q"),
        base.mark_point(filled=True, opacity=1, size=45, color=palette.people).encode(x=x, y=y),
    ]


def needs(shown: list[Needed], x: alt.X, y: alt.Y, palette: Palette) -> list[alt.Chart]:
    """Where the line meets a target: a point, and how many that is."""
    rows = [
        {
            "n": one.n_participants,
            "rho": one.rho,
            "label": f"{math.ceil(one.n_participants - 1e-9):,}",
        }
        for one in shown
    ]
    base = alt.Chart(inline(rows))
    return [
        base.mark_point(opacity=1, size=70, strokeWidth=2, color=palette.ink).encode(x=x, y=y),
        base.mark_text(align="right", dx=-7, dy=-10, fontSize=12, color=palette.ink).encode(
            x=x, y=y, text="label:N"
        ),
    ]


def key(palette: Palette) -> list[alt.Chart]:
    """What point and line are, above the chart."""
    layers = []
    for text, up in zip(KEY, (-31, -14), strict=True):
        base = alt.Chart(inline([{"text": text}]))
        if up == -31:
            mark = base.mark_point(filled=True, opacity=1, size=45, color=palette.people)
            layers.append(mark.encode(x=alt.value(13), y=alt.value(up)))
        else:
            stroke = base.mark_rule(color=palette.people, strokeWidth=2.5)
            layers.append(stroke.encode(x=alt.value(0), x2=alt.value(26), y=alt.value(up)))
        words = base.mark_text(align="left", color=palette.people, fontSize=12.5)
        layers.append(words.encode(x=alt.value(32), y=alt.value(up), text="text:N"))
    return layers
