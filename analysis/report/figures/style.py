"""The common look of the charts: palettes, axes, and rows as chart data.

Colours come from a ``Palette``. ``LIGHT`` and ``DARK`` are plain colours for notebooks and files;
``PAGE`` names the style variables of the report's page, so that one chart follows the reader's
light or dark theme, and the printer, without being drawn again.
Blue is people and vermilion or orange is a model, everywhere (Okabe and Ito 2008: told apart by
colour-blind readers too); shapes differ as well.
"""

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """CSS colours of a chart's parts."""

    ink: str
    faint: str  # secondary text and axes
    grid: str
    band: str  # background that holds together what may be compared
    people: str
    model: str


LIGHT = Palette("#1c1f24", "#5a616b", "#e3e5e8", "#f2f4f6", "#0072b2", "#c24e00")
DARK = Palette("#e8e9eb", "#a3a9b2", "#33373d", "#20242a", "#56b4e9", "#f0a33c")
PAGE = Palette(
    "var(--ink)", "var(--faint)", "var(--grid)", "var(--band)", "var(--people)", "var(--model)"
)


def scale_around(values: "pd.Series[float]") -> alt.Scale:
    """A little room around the values, but none beyond 0 and 1 for values that stay within."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = 0.04 * (high - low) or 0.05
    floor = max(0.0, low - room) if low >= 0 else low - room
    ceiling = min(1.0, high + room) if high <= 1 else high + room
    return alt.Scale(domain=[floor, ceiling], nice=False, zero=False)


def ticks(**options: Any) -> alt.Axis:
    """A horizontal axis with as many ticks as its width has room for."""
    return alt.Axis(tickCount=alt.ExprRef("ceil(width / 80)"), **options)


def inline(records: list[dict[Any, Any]]) -> alt.InlineData:
    """Records as chart data; missing and infinite numbers become null."""
    return alt.InlineData(values=[{k: plain(v) for k, v in r.items()} for r in records])


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    return float(value) if pd.notna(value) and np.isfinite(value) else None


def styled(
    layers: list[alt.Chart], height: int, description: str, palette: Palette
) -> alt.LayerChart:
    """Layers in the common look: as wide as their place, quiet axes, no frame."""
    chart = alt.LayerChart(
        layer=layers,
        width="container",
        height=height,
        description=description,
        background="transparent",
        padding={"left": 4, "top": 5, "right": 14, "bottom": 5},  # a last tick's label fits
    )
    sizes = alt.AutoSizeParams(type="fit-x", contains="padding")
    axis = {
        "labelColor": palette.faint,
        "titleColor": palette.ink,
        "gridColor": palette.grid,
        "domainColor": palette.faint,
        "tickColor": palette.faint,
        "labelFontSize": 12,
        "titleFontSize": 12.5,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelOverlap": True,
    }
    view = {"stroke": None}
    chart.config = alt.Config(font=FONT, autosize=sizes, aria=False, axis=axis, view=view)
    return chart
