"""Named rows with a value and its interval each."""

import altair as alt
import pandas as pd

from analysis.report.figures.style import LIGHT, Palette, inline, styled, ticks

ROW_PX = 24


def dots(rows: pd.DataFrame, x_title: str, palette: Palette = LIGHT) -> alt.LayerChart:
    """Draw one dot below the other, in the order of the rows.

    Parameters
    ----------
    rows
        Columns name, value, low and high; the limits may be missing.
    """
    names = [str(name) for name in rows["name"]]
    ends = rows[["value", "low", "high"]].to_numpy(dtype=float).ravel()
    ends = ends[pd.notna(ends)]
    room = 0.06 * float(ends.max() - ends.min()) or 0.05
    scale = alt.Scale(
        domain=[float(ends.min()) - room, float(ends.max()) + room], nice=False, zero=False
    )
    y = alt.Y(
        "name:N",
        sort=names,
        title=None,
        axis=alt.Axis(labelLimit=130, ticks=False, domain=False, labelOverlap=False, grid=True),
    )
    x = alt.X("value:Q", title=x_title, scale=scale, axis=ticks())
    base = alt.Chart(inline(rows.to_dict("records")))
    low = alt.X("low:Q", title=x_title, scale=scale, axis=ticks())
    layers = [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(color=palette.people, strokeWidth=2)
        .encode(x=low, x2="high:Q", y=y),
        base.mark_point(filled=True, opacity=1, size=60, color=palette.people).encode(x=x, y=y),
    ]
    return styled(layers, ROW_PX * len(names), f"{x_title} by {len(names)} groups", palette)
