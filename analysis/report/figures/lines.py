"""Curves of several series on one pair of axes: people, models, and what chance leaves."""

import textwrap

import altair as alt
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, scale_around, styled, ticks

# Models have one colour, so that it means a model everywhere; stroke and shape tell them apart.
DASHES = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2])
SHAPES = ("diamond", "square", "triangle-up", "cross", "triangle-down", "triangle-right")
LEGEND_PX = 18
LONGEST_NAME = 40  # of a series, in letters


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
    x = alt.X("x:Q", title=textwrap.wrap(x_title, 40), scale=scale_around(known["x"]), axis=ticks())
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=True))
    series = list(dict.fromkeys(zip(known["series"], known["kind"], strict=True)))
    layers: list[alt.Chart] = []
    n_models = 0
    for place, (name, kind) in enumerate(series):
        colour, dash, shape = palette.people, [1, 0], "circle"
        if kind == "noise":
            colour, dash, shape = palette.ink, [3, 3], "stroke"
        elif kind == "model":
            colour = palette.model
            dash, shape = DASHES[n_models % len(DASHES)], SHAPES[n_models % len(SHAPES)]
            n_models += 1
        own = known[(known["series"] == name) & (known["kind"] == kind)]
        data = alt.Chart(inline(own[["series", "x", "y"]].to_dict("records")))
        layers += [
            data.mark_line(color=colour, strokeWidth=2, strokeDash=dash).encode(x=x, y=y),
            data.mark_point(
                color=colour, shape=shape, size=46, filled=shape != "stroke", opacity=1
            ).encode(x=x, y=y, tooltip=["series:N", "x:Q", "y:Q"]),
            *named(name, colour, dash, shape, -10 - LEGEND_PX * (len(series) - 1 - place)),
        ]
    description = f"{y_title} against {x_title}"
    return styled(layers, 260, description, palette)


def named(name: str, colour: str, dash: list[int], shape: str, y_px: int) -> list[alt.Chart]:
    """A stroke with its shape and its name, so many pixels below the top of the axes."""
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    place = alt.Chart(inline([{"name": short}]))
    y = alt.value(y_px)
    return [
        place.mark_rule(color=colour, strokeWidth=2.5, strokeDash=dash).encode(
            x=alt.value(0), x2=alt.value(30), y=y
        ),
        place.mark_point(
            color=colour, shape=shape, size=56, filled=shape != "stroke", opacity=1
        ).encode(x=alt.value(15), y=y),
        place.mark_text(
            align="left", baseline="middle", color=colour, fontSize=12, fontWeight=600
        ).encode(x=alt.value(38), y=y, text="name:N"),
    ]
