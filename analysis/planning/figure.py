"""The figure of a plan: what R and ρ to expect of how many people.

There is one curve and two axes: R on the left, and on the right, at the same heights, the ρ that
goes with it.
"""

import math
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from analysis.errors import AnalysisError
from analysis.planning.design import ceiling_of
from analysis.planning.plan import Plan, pilot_people
from analysis.readable import decimal
from analysis.report.figures.both_axes import both_axes
from analysis.report.figures.style import LIGHT, Palette, inline, styled, ticks

DASHES = ([1, 0], [7, 4], [2, 3], [9, 3, 2, 3])  # one for each case, from the second on repeated
BEYOND = [4, 4]  # of a pilot's curve where nobody has been seen yet
HEIGHT = 340
LINE_PX = 17  # of the key
WIDTH = 620  # of a file
FORMATS = (".svg", ".pdf", ".png", ".html")


def plan_figure(plan: Plan, palette: Palette = LIGHT) -> alt.LayerChart:
    """Draw what R and ρ to expect of so many people who start, in every case of a plan.

    The targets are lines across, from their R to their ρ; where a curve meets one stands how many
    people that takes. A band holds what follows from the limits of r1. With a pilot, the points
    are what parts of its people gave, and the curve is dashed beyond them all.
    """
    curve = plan.curve()
    before = pilot_people(plan.pilot, plan.design)
    people = alt.Scale(domain=[0, float(curve["n_participants"].max())], nice=False)
    x = alt.X("n_participants:Q", title=_title(plan, before), scale=people, axis=ticks(format=",d"))
    height = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("reliability:Q", scale=height, axis=None)
    targets = sorted({need.reliability for need in plan.needs})
    layers = both_axes(x, height, "R", targets, palette)
    layers.append(
        alt.Chart(inline([{"reliability": target} for target in targets]))
        .mark_rule(color=palette.ink, strokeWidth=1, strokeDash=[2, 2])
        .encode(y=y)
    )
    for number, case in enumerate(plan.cases):
        colour = palette.faint if number % 2 else palette.people
        rows = curve[curve["case"] == case.name].to_dict("records")
        if case.limits():
            low = alt.Y("reliability_low:Q", scale=height, axis=None)
            band = alt.Chart(inline(rows)).mark_area(color=colour, opacity=0.16)
            layers.append(band.encode(x=x, y=low, y2="reliability_high:Q"))
        n_seen = sum(row["n_participants"] <= before for row in rows) if before else 0
        dash = BEYOND if before else DASHES[number % len(DASHES)]
        for part, stroke in ((rows[max(0, n_seen - 1) :], dash), (rows[:n_seen], [1, 0])):
            line = alt.Chart(inline(part)).mark_line(
                color=colour, strokeWidth=2.5, strokeDash=stroke
            )
            if part:
                layers.append(line.encode(x=x, y=y))
        layers += _key(plan, number, colour)
    if plan.pilot is not None:
        layers += _seen(plan.pilot.observed(before), x, y, palette)
    layers += _needs(plan, before, x, y, palette)
    words = f"Expected reliability and split-half consistency of {plan.n_images} images"
    chart = styled(layers, HEIGHT, words, palette)
    chart.resolve = alt.Resolve(axis=alt.AxisResolveMap(y="independent"))
    return chart


def _title(plan: Plan, before: float) -> list[str]:
    """Of the axis of people, with what they are in responses."""
    each = 100 * plan.design.pairs_of_starter / plan.n_images
    return [
        "people who start" + (", the pilot's included" if before else ""),
        f"(100 people give {decimal(each, 1)} responses to each image)",
    ]


def _seen(observed: pd.DataFrame, x: alt.X, y: alt.Y, palette: Palette) -> list[alt.Chart]:
    """What parts of the pilot's people gave, and its place in the key."""
    rows = observed[observed["reliability"] >= 0].to_dict("records")
    look: dict[str, Any] = {"color": palette.people, "size": 50, "strokeWidth": 2, "opacity": 1}
    base = alt.Chart(inline([{"text": "seen in parts of the pilot; band: interval"}]))
    text = base.mark_text(align="left", color=palette.people, fontSize=12.5)
    return [
        alt.Chart(inline(rows)).mark_point(**look).encode(x=x, y=y),
        base.mark_point(**look).encode(x=alt.value(13), y=alt.value(-14)),
        text.encode(x=alt.value(32), y=alt.value(-14), text="text:N"),
    ]


def _needs(plan: Plan, before: float, x: alt.X, y: alt.Y, palette: Palette) -> list[alt.Chart]:
    """Where a curve meets a target: a point, and how many people that is."""
    rows: list[dict[str, Any]] = [
        {
            "n_participants": before + need.n_participants,
            "reliability": need.reliability,
            "label": f"{ceiling_of(before + need.n_participants):,.0f}",
        }
        for need in plan.needs
        if need.n_participants > 0 and math.isfinite(need.n_participants)
    ]
    base = alt.Chart(inline(rows))
    return [
        base.mark_point(filled=True, opacity=1, size=60, color=palette.ink).encode(x=x, y=y),
        base.mark_text(align="left", dx=4, dy=13, fontSize=12, color=palette.ink).encode(
            x=x, y=y, text="label:N"
        ),
    ]


def _key(plan: Plan, number: int, colour: str) -> list[alt.Chart]:
    """What a curve is, above the chart."""
    case = plan.cases[number]
    below = len(plan.cases) - 1 - number + (plan.pilot is not None)
    up = -14 - below * LINE_PX
    base = alt.Chart(inline([{"text": f"{case.name}, r1 = {decimal(case.r1, 3)}"}]))
    stroke = base.mark_rule(
        color=colour, strokeWidth=2.5, strokeDash=DASHES[number % len(DASHES)]
    ).encode(x=alt.value(0), x2=alt.value(26), y=alt.value(up))
    text = base.mark_text(align="left", color=colour, fontSize=12.5, fontWeight=600)
    return [stroke, text.encode(x=alt.value(32), y=alt.value(up), text="text:N")]


def check_figure(file: Path) -> None:
    """Refuse a name that no figure can have.

    Raises
    ------
    AnalysisError
        If it ends in none of the formats.
    """
    if file.suffix.lower() not in FORMATS:
        raise AnalysisError(f"{file}: a figure is one of {', '.join(FORMATS)}; end its name so")


def write_figure(chart: alt.LayerChart, file: Path) -> None:
    """Write a chart as a file of the format that its name ends in, on white."""
    import vl_convert

    check_figure(file)
    spec = chart.properties(width=WIDTH, background="white").to_json()
    version = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    match file.suffix.lower():
        case ".svg":
            file.write_text(vl_convert.vegalite_to_svg(spec, vl_version=version), encoding="utf-8")
        case ".pdf":
            file.write_bytes(vl_convert.vegalite_to_pdf(spec, vl_version=version))
        case ".png":
            file.write_bytes(vl_convert.vegalite_to_png(spec, vl_version=version, scale=3, ppi=72))
        case _:
            page = vl_convert.vegalite_to_html(spec, vl_version=version, bundle=True)
            file.write_text(page, encoding="utf-8")
