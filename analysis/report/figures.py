"""The report's charts: pure functions from tables of numbers to Altair charts.

Their common look, and what their colours mean, is in ``figure_style``.
"""

import textwrap
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figure_style import LIGHT, Palette, inline, scale_around, styled, ticks

MOST_POINTS = 5_000  # more are binned: points would hide each other and swell the page
ROW_PX = 38


def scales(rows: pd.DataFrame, axis_title: str, palette: Palette = LIGHT) -> alt.LayerChart:
    """Correlations on their two scales, each scale in a band of its own.

    A model's agreement with a half of the people stands beside that of another half, and its
    agreement with all of them beside the best that is possible; neither band holds the other's
    numbers, and every mark carries its name and value.

    Parameters
    ----------
    rows
        In drawing order: ``scale`` (text, one band for each), ``kind`` (``people``, ``model`` or
        ``ceiling``), ``label`` (text above the mark), ``value``, ``low``, ``high`` (correlations;
        missing where unknown).
    axis_title
        What the axis measures.
    """
    placed, bands, headers, y = [], [], [], 0.0
    for scale, group in rows.groupby("scale", sort=False):
        headers.append({"y": y + 0.45, "text": str(scale)})
        top, y = y, y + 1.0
        for row in group.to_dict("records"):
            placed.append({**row, "y": y + 0.62})
            y += 1.0
        bands.append({"y": top, "y2": y + 0.1})
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
    name = alt.Chart(data).mark_text(align="left", dy=-14, fontSize=12, color=palette.ink)
    parts: list[alt.Chart] = [
        alt.Chart(inline(bands))
        .mark_rect(color=palette.band, cornerRadius=4)
        .encode(y=vertical, y2="y2:Q"),
        alt.Chart(inline(headers))
        .mark_text(align="left", fontSize=12.5, fontWeight=600, color=palette.ink)
        .encode(x=start, y=vertical, text="text:N"),
        name.encode(x=start, y=vertical, text="label:N"),
        alt.Chart(data).mark_rule(color=palette.grid, strokeWidth=1).encode(y=vertical),
    ]
    marks = {
        "people": ("circle", palette.people, 120),
        "model": ("diamond", palette.model, 150),
        "ceiling": ("stroke", palette.ink, 500),
    }
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
    description = "Correlations of people and models on two scales"
    return styled(parts, int(y * ROW_PX), description, palette)


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
        title=textwrap.wrap(x_title, 40),
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
    for name, colour, x_px in (
        ("━ people", palette.people, 0),
        (f"┅ {model}", palette.model, 90),
    ):
        legend = alt.Chart(inline([{"name": name}]))
        layers.append(
            legend.mark_text(align="left", color=colour, fontSize=13, fontWeight=600).encode(
                x=alt.value(x_px), y=alt.value(-12), text="name:N"
            )
        )
    description = f"Distributions of people's scores and of the predictions of {model}"
    return styled(layers, 240, description, palette)


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
