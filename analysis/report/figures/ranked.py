"""Images from the highest to the lowest score."""

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, styled, ticks


def ranked(points: pd.DataFrame, *, y_title: str, palette: Palette = LIGHT) -> alt.LayerChart:
    """Images from the highest to the lowest score with the interval of each.

    Parameters
    ----------
    points
        ``image_id``, ``y``, and, if known, ``low`` and ``high``. Of more than 1,000 images as many
        are drawn, evenly chosen by rank.
    """
    known = points.dropna(subset=["y"]).sort_values("y", ascending=False, kind="stable")
    known = known.assign(x=np.arange(1, len(known) + 1))
    if len(known) > 1_000:
        known = known.iloc[np.unique(np.linspace(0, len(known) - 1, 1_000).round().astype(int))]
    fields = [c for c in ("image_id", "x", "y", "low", "high") if c in known]
    base = alt.Chart(inline(known[fields].to_dict("records")))
    x = alt.X(
        "x:Q",
        title="rank (1 is the highest)",
        axis=ticks(tickMinStep=1, format="d"),
        scale=alt.Scale(zero=False, padding=6, nice=False),
    )
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False))
    layers: list[alt.Chart] = [
        base.mark_circle(color=palette.people, size=22, opacity=0.9)
        .encode(x=x, y=y)
        .add_params(alt.param(name="chosen", value=None)),
        base.transform_filter("datum.image_id === chosen")
        .mark_point(color=palette.ink, fill=palette.people, size=120, strokeWidth=2.5, opacity=1)
        .encode(x=x, y=y),
    ]
    if {"low", "high"} <= set(fields):
        interval = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        rule = interval.mark_rule(color=palette.people, strokeWidth=1, opacity=0.35)
        layers.insert(0, rule.encode(x=x, y="low:Q", y2="high:Q"))
    return styled(layers, 260, f"{y_title} of {len(points)} images, sorted", palette)
