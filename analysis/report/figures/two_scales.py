"""The figure of both scales."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, styled

ROW_PX = 38


def two_scales(rows: pd.DataFrame, axis_title: str, palette: Palette = LIGHT) -> alt.LayerChart:
    """Correlations on their two scales, each scale in a band of its own.

    A model's agreement with a half of the people stands beside that of another half, and its
    agreement with all of them beside the best that is possible; neither band holds the other's
    numbers, and every mark carries its name and value. What the models of a band are held against
    goes through all of its rows as a broken line, where it is one number for all of them.

    Parameters
    ----------
    rows
        In drawing order: ``scale`` (text, one band for each), ``kind`` (``people``, ``model`` or
        ``ceiling``), ``label`` (text above the mark), ``value``, ``low``, ``high`` (correlations;
        missing where unknown).
    axis_title
        What the axis measures.
    """
    placed, bands, headers, yardsticks, y = [], [], [], [], 0.0
    for scale, group in rows.groupby("scale", sort=False):
        headers.append({"y": y + 0.45, "text": str(scale)})
        top, y = y, y + 1.0
        for row in group.to_dict("records"):
            placed.append({**row, "y": y + 0.62})
            y += 1.0
        bands.append({"y": top, "y2": y + 0.1})
        yardsticks += [
            {"kind": kind, "value": own.iloc[0], "y": top + 0.8, "y2": y}
            for kind, own in group.groupby("kind")["value"]
            if kind != "model" and len(own) == 1
        ]
        y += 0.35
    low = float(np.nanmin([0.0, *rows[["value", "low"]].astype(float).to_numpy().ravel()]))
    x = alt.Scale(domain=[np.floor(low * 10) / 10, 1.0], nice=False)
    vertical = alt.Y("y:Q", scale=alt.Scale(domain=[y - 0.2, 0], nice=False), axis=None)
    across = alt.X(
        "value:Q",
        scale=x,
        title=axis_title,
        axis=alt.Axis(values=[i / 5 for i in range(-5, 6)], format=".1f"),
    )
    start = alt.value(8)
    data = inline(placed)
    parts: list[alt.Chart] = [
        alt.Chart(inline(bands))
        .mark_rect(color=palette.band, cornerRadius=4)
        .encode(y=vertical, y2="y2:Q"),
        alt.Chart(inline(headers))
        .mark_text(align="left", fontSize=12.5, fontWeight=600, color=palette.ink)
        .encode(x=start, y=vertical, text="text:N"),
        alt.Chart(data).mark_rule(color=palette.grid, strokeWidth=1).encode(y=vertical),
    ]
    marks = {
        "people": ("circle", palette.people, 120),
        "model": ("diamond", palette.model, 150),
        "ceiling": ("stroke", palette.ink, 500),
    }
    for kind, (_, colour, _) in marks.items():
        parts.append(
            alt.Chart(inline([line for line in yardsticks if line["kind"] == kind]))
            .transform_filter("isValid(datum.value)")
            .mark_rule(color=colour, strokeWidth=1.2, strokeDash=[4, 3])
            .encode(x=across, y=vertical, y2="y2:Q")
        )
    for kind, (shape, colour, size) in marks.items():
        chosen = alt.Chart(data).transform_filter(f"datum.kind === '{kind}'")
        parts += [
            chosen.transform_filter("isValid(datum.low) && isValid(datum.high)")
            .mark_rule(color=colour, strokeWidth=2.5, opacity=0.55)
            .encode(x=alt.X("low:Q", scale=x), x2="high:Q", y=vertical),
            chosen.transform_filter("isValid(datum.value)")
            .mark_point(
                shape=shape,
                angle=90 if shape == "stroke" else 0,
                color=colour,
                filled=shape != "stroke",
                strokeWidth=3,
                size=size,
                opacity=1,
            )
            .encode(x=across, y=vertical),
        ]
    name: dict[str, Any] = {"align": "left", "dy": -14, "fontSize": 12, "color": palette.ink}
    halos: list[dict[str, Any]] = [{"stroke": palette.band, "strokeWidth": 4}, {}]
    for halo in halos:  # no line goes through a name
        text = alt.Chart(data).mark_text(**name, **halo)
        parts.append(text.encode(x=start, y=vertical, text="label:N"))
    description = "Correlations of people and models on two scales"
    return styled(parts, int(y * ROW_PX), description, palette)
