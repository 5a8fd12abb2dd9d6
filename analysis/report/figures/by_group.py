"""People and models within each group of images, on scale A."""

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figures.lines import legend, looks, series_of
from analysis.report.figures.style import LIGHT, Palette, inline, styled

ROW_PX = 38
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
        base.mark_text(align="left", dy=-14, fontSize=12, color=palette.ink).encode(
            x=alt.value(4), y=y, text="text:N"
        ),
    ]
    series = series_of(rows, palette)
    colour, _, shape = looks(series)
    known = rows.dropna(subset=["value"])
    marks = known.assign(y=known["group"].map(places))[["group", "series", "value", "y"]]
    layers += [
        alt.Chart(inline(marks.to_dict("records")))
        .mark_point(filled=True, size=90, opacity=0.85)
        .encode(x=x, y=y, color=colour, shape=shape, tooltip=["group:N", "series:N", "value:Q"]),
        *legend(series, with_lines=False),
    ]
    return styled(layers, len(groups) * ROW_PX, f"{axis_title} within groups", palette)
