"""How scores and predictions spread."""

import textwrap
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, styled, ticks


def distributions(
    people: Sequence[float] | pd.Series,
    predictions: Sequence[float] | pd.Series,
    *,
    model: str,
    x_title: str,
    palette: Palette = LIGHT,
) -> alt.LayerChart:
    """Share of images at each value, people's scores and a model's predictions on one axis.

    Both use the same bins, each curve's heights sum to 100 %; the vertical lines are the means.
    Missing values are left out.
    """
    series = {
        "People": (np.asarray(people, dtype=float), palette.people, [1, 0]),
        model: (np.asarray(predictions, dtype=float), palette.model, [5, 3]),
    }
    present = {k: (v[np.isfinite(v)], c, dash) for k, (v, c, dash) in series.items()}
    everything = np.concatenate([v for v, _, _ in present.values()])
    edges = np.histogram_bin_edges(everything, bins=min(20, max(8, int(len(everything) ** 0.5))))
    x = alt.X(
        "value:Q",
        title=textwrap.wrap(x_title, 32),
        scale=alt.Scale(zero=False, nice=False),
        axis=ticks(),
    )
    y = alt.Y("share:Q", title="share of images", axis=alt.Axis(format=".0%", tickCount=5))
    layers = []
    for name, (values, colour, dash) in present.items():
        if not len(values):
            continue
        share = np.histogram(values, edges)[0] / len(values)
        steps = [{"value": edges[0], "share": 0.0}]
        steps += [{"value": e, "share": s} for e, s in zip(edges[:-1], share, strict=True)]
        steps += [{"value": edges[-1], "share": 0.0}]
        curve = alt.Chart(inline(steps))
        layers += [
            curve.mark_area(interpolate="step-after", color=colour, opacity=0.16).encode(x=x, y=y),
            curve.mark_line(
                interpolate="step-after", color=colour, strokeWidth=2, strokeDash=dash
            ).encode(x=x, y=y),
            alt.Chart(inline([{"value": float(values.mean()), "name": name}]))
            .mark_rule(color=colour, strokeWidth=2, strokeDash=dash)
            .encode(x=x, tooltip=["name:N", "value:Q"]),
        ]
    for line, (name, (_, colour, dash)) in enumerate(series.items()):
        layers += legend(name, colour, dash, -10 - 18 * (len(series) - 1 - line))
    description = f"Distributions of people's scores and of the predictions of {model}"
    return styled(layers, 240, description, palette)


def legend(name: str, colour: str, dash: list[int], y_px: int) -> list[alt.Chart]:
    """A stroke and its name, so many pixels below the top of the axes."""
    place = alt.Chart(inline([{"name": name if len(name) <= 26 else f"{name[:25]}…"}]))
    stroke = place.mark_rule(color=colour, strokeWidth=2.5, strokeDash=dash)
    text = place.mark_text(
        align="left", baseline="middle", color=colour, fontSize=12.5, fontWeight=600
    )
    y = alt.value(y_px)
    return [
        stroke.encode(x=alt.value(0), x2=alt.value(24), y=y),
        text.encode(x=alt.value(30), y=y, text="name:N"),
    ]
