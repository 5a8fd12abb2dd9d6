"""Curves of several series on one pair of axes: people, models, and what chance leaves."""

import textwrap
from dataclasses import dataclass

import altair as alt
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, scale_around, styled, ticks

# Models have one colour, so that it means a model everywhere; stroke and shape tell them apart.
DASHES = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2])
SHAPES = ("diamond", "square", "triangle-up", "cross", "triangle-down", "triangle-right")
LEGEND_PX = 18
LONGEST_NAME = 36  # of a series, in letters


@dataclass(frozen=True, slots=True)
class Series:
    """One series and how it is drawn."""

    name: str
    colour: str
    dash: list[int]
    shape: str


def lines(
    rows: pd.DataFrame, *, x_title: str, y_title: str, palette: Palette = LIGHT
) -> alt.LayerChart:
    """One curve for each series, its name above the axes; the y axis begins at 0.

    Parameters
    ----------
    rows
        ``series`` (its name), ``kind`` (``people``, ``model``, or ``noise`` for what chance
        leaves), ``x``, ``y``; rows without one of the two are left out.
    """
    known = rows.dropna(subset=["x", "y"])
    series = series_of(known, palette)
    x = alt.X("x:Q", title=textwrap.wrap(x_title, 32), scale=scale_around(known["x"]), axis=ticks())
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=True))
    base = alt.Chart(inline(known[["series", "x", "y"]].to_dict("records")))
    colour, dash, shape = looks(series)
    layers: list[alt.Chart] = [
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, strokeDash=dash),
        base.mark_point(filled=True, size=46, opacity=1).encode(
            x=x, y=y, color=colour, shape=shape, tooltip=["series:N", "x:Q", "y:Q"]
        ),
        *legend(series, with_lines=True),
    ]
    return styled(layers, 260, f"{y_title} against {x_title}", palette)


def series_of(rows: pd.DataFrame, palette: Palette) -> list[Series]:
    """The series in their order; each model has a stroke and a shape of its own."""
    found: list[Series] = []
    n_models = 0
    for name, kind in dict.fromkeys(zip(rows["series"], rows["kind"], strict=True)):
        if kind == "model":
            dash, shape = DASHES[n_models % len(DASHES)], SHAPES[n_models % len(SHAPES)]
            found.append(Series(name, palette.model, dash, shape))
            n_models += 1
        elif kind == "noise":
            found.append(Series(name, palette.ink, [3, 3], "circle"))
        else:
            found.append(Series(name, palette.people, [1, 0], "circle"))
    return found


def looks(series: list[Series]) -> tuple[alt.Color, alt.StrokeDash, alt.Shape]:
    """Colour, stroke and shape of each series by its name."""
    names = [one.name for one in series]
    return (
        alt.Color(
            "series:N",
            scale=alt.Scale(domain=names, range=[one.colour for one in series]),
            legend=None,
        ),
        alt.StrokeDash(
            "series:N",
            scale=alt.Scale(domain=names, range=[one.dash for one in series]),
            legend=None,
        ),
        alt.Shape(
            "series:N",
            scale=alt.Scale(domain=names, range=[one.shape for one in series]),
            legend=None,
        ),
    )


def legend(series: list[Series], *, with_lines: bool) -> list[alt.Chart]:
    """The names above the axes, one below the other, each with its shape, and its stroke."""
    rows = [
        {
            "series": one.name,
            "text": one.name
            if len(one.name) <= LONGEST_NAME
            else f"{one.name[: LONGEST_NAME - 1]}…",
            "px": -10 - LEGEND_PX * (len(series) - 1 - place),
        }
        for place, one in enumerate(series)
    ]
    base = alt.Chart(inline(rows))
    colour, dash, shape = looks(series)
    y = alt.Y("px:Q", scale=None)
    middle, start = (15, 38) if with_lines else (6, 18)
    parts: list[alt.Chart] = []
    if with_lines:
        parts.append(
            base.mark_rule(strokeWidth=2.5).encode(
                x=alt.value(0), x2=alt.value(30), y=y, color=colour, strokeDash=dash
            )
        )
    return [
        *parts,
        base.mark_point(filled=True, size=56, opacity=1).encode(
            x=alt.value(middle), y=y, color=colour, shape=shape
        ),
        base.mark_text(align="left", baseline="middle", fontSize=12, fontWeight=600).encode(
            x=alt.value(start), y=y, color=colour, text="text:N"
        ),
    ]
