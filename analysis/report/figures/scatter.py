"""Images as points, or counted in a grid where they are many."""

import textwrap

import altair as alt
import pandas as pd

from analysis.report.figures.grid import example_ids, grid
from analysis.report.figures.style import LIGHT, Palette, inline, scale_around, styled, ticks

MOST_POINTS = 5_000  # more are binned: points would hide each other and swell the page
MOST_EXAMPLES = 300  # pictures of the cells of one grid; each is 3 to 6 kB


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
        return grid(known, x_title, y_title, colour, description, palette)
    x = alt.X("x:Q", title=textwrap.wrap(x_title, 32), scale=scale_around(known["x"]), axis=ticks())
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


def shown_points(points: pd.DataFrame) -> list[str]:
    """image_ids whose pictures such a chart shows, the important ones first."""
    known = points.dropna(subset=["x", "y"])
    if len(known) > MOST_POINTS:
        return example_ids(known, MOST_EXAMPLES)
    return list(known["image_id"])
