"""Images as points, or counted in a grid where they are many."""

import textwrap

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, scale_around, styled, ticks

MOST_POINTS = 5_000  # more are binned: points would hide each other and swell the page


def scatter(
    points: pd.DataFrame, *, x_title: str, y_title: str, colour: str, palette: Palette = LIGHT
) -> alt.LayerChart:
    """One point per image; more than ``MOST_POINTS`` are counted in a grid instead.

    The parameter ``chosen`` of the chart holds the image_id whose point stands out, with its
    interval; the report sets it from pointer, touch and keyboard.

    Parameters
    ----------
    points
        ``image_id``, ``x``, ``y`` and, if known, the interval of y, ``low`` and ``high``.
        Images without x or y are left out.
    colour
        Of the points.
    """
    known = points.dropna(subset=["x", "y"])
    description = f"{y_title} against {x_title}, {len(known)} images"
    if len(known) > MOST_POINTS:
        return binned(known, x_title, y_title, colour, description, palette)
    x = alt.X("x:Q", title=textwrap.wrap(x_title, 40), scale=scale_around(known["x"]), axis=ticks())
    y = alt.Y("y:Q", title=y_title, scale=scale_around(known["y"]))
    fields = [c for c in ("image_id", "x", "y", "low", "high") if c in known]
    base = alt.Chart(inline(known[fields].to_dict("records")))
    chosen = base.transform_filter("datum.image_id === chosen")
    layers: list[alt.Chart] = [
        base.mark_circle(color=colour, size=46, opacity=0.5)
        .encode(
            x=x,
            y=y,
            tooltip=[alt.Tooltip(f"{f}:{'N' if f == 'image_id' else 'Q'}") for f in fields],
        )
        .add_params(alt.param(name="chosen", value=None)),
        chosen.mark_point(
            color=palette.ink, fill=colour, size=130, strokeWidth=2.5, opacity=1, filled=False
        ).encode(x=x, y=y),
    ]
    if {"low", "high"} <= set(fields):
        interval = chosen.transform_filter("isValid(datum.low) && isValid(datum.high)")
        layers.insert(
            1,
            interval.mark_rule(color=palette.ink, strokeWidth=1.5, clip=True).encode(
                x=x, y="low:Q", y2="high:Q"
            ),
        )
    return styled(layers, 380, description, palette)


def binned(
    known: pd.DataFrame, x_title: str, y_title: str, colour: str, description: str, palette: Palette
) -> alt.LayerChart:
    """Images counted in a grid of 60 × 40 cells; the fuller a cell the stronger its colour."""
    counts, x_edges, y_edges = np.histogram2d(known["x"], known["y"], bins=(60, 40))
    cells = [
        {
            "x": x_edges[i],
            "x2": x_edges[i + 1],
            "y": y_edges[j],
            "y2": y_edges[j + 1],
            "images": int(counts[i, j]),
        }
        for i, j in np.argwhere(counts)
    ]
    chart = (
        alt.Chart(inline(cells))
        .mark_rect(color=colour)
        .encode(
            x=alt.X(
                "x:Q",
                title=textwrap.wrap(x_title, 40),
                scale=scale_around(known["x"]),
                axis=ticks(),
            ),
            x2="x2:Q",
            y=alt.Y("y:Q", title=y_title, scale=scale_around(known["y"])),
            y2="y2:Q",
            opacity=alt.Opacity(
                "images:Q",
                title="images",
                scale=alt.Scale(type="sqrt", range=[0.12, 1]),
                legend=None,
            ),
            tooltip=["images:Q"],
        )
    )
    return styled([chart], 380, description, palette)
