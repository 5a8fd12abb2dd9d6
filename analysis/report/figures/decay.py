"""Forgetting: hit rate against the number of images in between."""

from typing import Any

import altair as alt
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, styled, ticks


def decay_figure(decay: pd.DataFrame, palette: Palette = LIGHT) -> alt.LayerChart:
    """Draw each bin of lags as a point at its mean, with its interval and its width.

    Parameters
    ----------
    decay
        As :func:`analysis.scores.lags.decay_curve` gives it.
    """
    known = decay[decay["repeats"] > 0]
    low = float(known["hit_rate_low"].min())
    floor = max(0.0, low - 0.1)
    end = 1.04 * float(known["t_high"].max())
    sideways: dict[str, Any] = {
        "title": "images between the two showings",
        "scale": alt.Scale(domain=[0, end], nice=False),
        "axis": ticks(format=",d"),
    }
    x = alt.X("t_mean:Q", **sideways)
    leftmost = alt.X("t_low:Q", **sideways)
    scale = alt.Scale(domain=[round(floor, 1), 1], nice=False, zero=False)
    y = alt.Y("hit_rate:Q", title="hit rate", scale=scale)
    base = alt.Chart(inline(known.to_dict("records")))
    side: dict[str, Any] = {"color": palette.people, "opacity": 0.4, "strokeWidth": 1.5}
    lowest = alt.Y("hit_rate_low:Q", title="hit rate", scale=scale)
    layers = [
        base.mark_line(color=palette.people, strokeWidth=1.5, opacity=0.5).encode(x=x, y=y),
        base.mark_rule(**side).encode(x=leftmost, x2="t_high:Q", y=y),
        base.mark_rule(color=palette.people, strokeWidth=2).encode(
            x=x, y=lowest, y2="hit_rate_high:Q"
        ),
        base.mark_point(filled=True, opacity=1, size=55, color=palette.people).encode(x=x, y=y),
    ]
    return styled(layers, 240, "Hit rate by the number of images between two showings", palette)
