"""People and models within each group of images, on scale A."""

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figures.lines import LEGEND_PX, SHAPES, named
from analysis.report.figures.style import LIGHT, Palette, inline, styled

ROW_PX = 34
LONGEST_LABEL = 44  # of a group, in letters


def by_group(rows: pd.DataFrame, *, axis_title: str, palette: Palette = LIGHT) -> alt.LayerChart:
    """One row for each group: people as a circle, each model as a shape of its own.

    Parameters
    ----------
    rows
        In drawing order: ``group`` (text above the row), ``series`` (its name), ``kind``
        (``people`` or ``model``), ``value`` (a correlation; missing where unknown).
    axis_title
        What the axis measures.
    """
    groups = list(dict.fromkeys(rows["group"]))
    places = {name: i + 0.7 for i, name in enumerate(groups)}
    low = float(np.nanmin([0.0, *rows["value"].astype(float)]))
    x = alt.X(
        "value:Q",
        title=axis_title,
        scale=alt.Scale(domain=[np.floor(low * 5) / 5, 1.0], nice=False),
        axis=alt.Axis(values=[i / 5 for i in range(-5, 6)], format=".1f"),
    )
    y = alt.Y("y:Q", scale=alt.Scale(domain=[len(groups) + 0.1, 0], nice=False), axis=None)
    labels = [
        {"y": place, "text": g if len(g) <= LONGEST_LABEL else f"{g[: LONGEST_LABEL - 1]}…"}
        for g, place in places.items()
    ]
    base = alt.Chart(inline(labels))
    layers: list[alt.Chart] = [
        base.mark_rule(color=palette.grid, strokeWidth=1).encode(y=y),
        base.mark_text(align="left", dy=-12, fontSize=12, color=palette.ink).encode(
            x=alt.value(4), y=y, text="text:N"
        ),
    ]
    series = list(dict.fromkeys(zip(rows["series"], rows["kind"], strict=True)))
    models = [name for name, kind in series if kind == "model"]
    for line, (name, kind) in enumerate(series):
        is_model = kind == "model"
        colour = palette.model if is_model else palette.people
        shape = SHAPES[models.index(name) % len(SHAPES)] if is_model else "circle"
        own = rows[(rows["series"] == name) & (rows["kind"] == kind)].dropna(subset=["value"])
        marks = own.assign(y=own["group"].map(places))[["group", "series", "value", "y"]]
        layers += [
            alt.Chart(inline(marks.to_dict("records")))
            .mark_point(color=colour, shape=shape, filled=True, size=90, opacity=0.85)
            .encode(x=x, y=y, tooltip=["group:N", "series:N", "value:Q"]),
            *named(name, colour, [1, 0], shape, -10 - LEGEND_PX * (len(series) - 1 - line)),
        ]
    return styled(layers, len(groups) * ROW_PX, f"{axis_title} within groups", palette)
