"""One curve, two axes: R and ρ at the same heights, each named at every tick.

ρ is the correlation of two halves of the people, R the reliability of everybody's scores. They are
the same finding in two numbers, R = 2ρ/(1 + ρ), and easily taken for one another.
"""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from analysis.report.figures.style import Palette, inline

TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
BELOW = (-0.8, -0.6, -0.4, -0.2)  # of the left axis, where its numbers go so far
ROOM = 0.045  # of the height between a target's tick and the next one
TITLES = {
    "R": "R, reliability of everybody's scores",
    "ρ": "ρ, correlation of two halves of the people",
}


def to_rho(reliability: float) -> float:
    """ρ of two halves that goes with R."""
    return reliability / (2 - reliability)


def to_reliability(rho: float) -> float:
    """R of everybody that goes with ρ of two halves."""
    return 2 * rho / (1 + rho)


def both_axes(
    x: alt.X,
    height: alt.Scale,
    left: Literal["R", "ρ"],
    targets: Sequence[float],
    palette: Palette,
    *,
    lowest: float = 0.0,
) -> list[alt.Chart]:
    """R or ρ on the left with the grid, the other on the right; both have ticks at the targets.

    The chart's vertical axes must be resolved as independent.

    Parameters
    ----------
    x, height
        The chart's horizontal channel, and the scale of what stands on the left.
    left
        The number whose scale is even.
    targets
        Reliabilities R.
    lowest
        Where the left axis begins; the right one never goes below 0.
    """
    on_left = [
        *(tick for tick in BELOW if tick >= lowest),
        *TICKS,
    ]
    if left == "R":
        heights, across = list(targets), [to_reliability(rho) for rho in TICKS]
        right, value = "ρ", "datum.value / (2 - datum.value)"
    else:
        heights, across = [to_rho(one) for one in targets], [to_rho(one) for one in TICKS]
        right, value = "R", "2 * datum.value / (1 + datum.value)"

    def axis(symbol: str, values: Sequence[float], value: str, **options: Any) -> alt.Axis:
        apart = [v for v in values if all(abs(v - target) > ROOM for target in heights)]
        return alt.Axis(
            values=sorted(apart + heights),
            labelExpr=f"'{symbol} ' + format({value}, indexof({heights}, datum.value) < 0 "
            "? '.1f' : '.2f')",
            labelColor={
                "condition": {
                    "test": f"indexof({heights}, datum.value) >= 0",
                    "value": palette.ink,
                },
                "value": palette.faint,
            },
            labelOverlap=False,
            title=TITLES[symbol],
            **options,
        )

    base = alt.Chart(inline([{"x": 0, "height": 0}])).mark_point(opacity=0)
    # Nothing of it is seen but its axes, so it stands at 0 whatever the field is called.
    place = x.copy()
    place.shorthand = "x:Q"
    axes = (
        axis(left, on_left, "datum.value"),
        axis(right, across, value, orient="right", grid=False),
    )
    return [base.encode(x=place, y=alt.Y("height:Q", scale=height, axis=one)) for one in axes]
