"""Very many images counted in a grid, with examples of each cell."""

import textwrap
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from analysis.report.figures.style import Palette, inline, scale_around, styled, ticks

Floats = np.ndarray[Any, np.dtype[np.float64]]

COLUMNS, ROWS = 48, 32  # at most
EXAMPLES = 3  # images named by a cell


def cells(known: pd.DataFrame) -> pd.DataFrame:
    """The cells that hold an image, the most telling first: the fullest and the outermost in turn.

    Parameters
    ----------
    known
        ``image_id``, ``x`` and ``y``, without missing values.

    Returns
    -------
    ``cell`` (number), the cell's sides ``left``, ``right``, ``lower``, ``upper``, its middle ``x``
    and ``y``, ``images`` (how many) and ``examples`` (image_ids, those nearest to the middle).
    """
    x_edges, y_edges = edges(known["x"], COLUMNS), edges(known["y"], ROWS)
    n_columns, n_rows = len(x_edges) - 1, len(y_edges) - 1
    column = np.clip(np.searchsorted(x_edges, known["x"], "right") - 1, 0, n_columns - 1)
    row = np.clip(np.searchsorted(y_edges, known["y"], "right") - 1, 0, n_rows - 1)
    placed = pd.DataFrame(
        {"image_id": known["image_id"].to_numpy(), "cell": column * n_rows + row}
    ).assign(
        off=np.hypot(
            (known["x"].to_numpy() - x_edges[column]) / np.diff(x_edges)[column] - 0.5,
            (known["y"].to_numpy() - y_edges[row]) / np.diff(y_edges)[row] - 0.5,
        )
    )
    grouped = placed.sort_values("off", kind="stable").groupby("cell")["image_id"]
    counts = grouped.size()
    at = counts.index.to_numpy()
    found = pd.DataFrame(
        {
            "cell": at,
            "left": x_edges[at // n_rows],
            "right": x_edges[at // n_rows + 1],
            "lower": y_edges[at % n_rows],
            "upper": y_edges[at % n_rows + 1],
            "images": counts.to_numpy(),
            "examples": [list(ids[:EXAMPLES]) for _, ids in grouped],
        }
    )
    found["x"] = (found["left"] + found["right"]) / 2
    found["y"] = (found["lower"] + found["upper"]) / 2
    return found.iloc[telling_order(found, known)].reset_index(drop=True)


def edges(values: "pd.Series[float]", most: int) -> Floats:
    """Edges of at most so many cells of one width, from below the least to above the greatest.

    Rates of equally many responses come in steps. Then every cell holds as many steps as the
    others: stripes of fuller cells would be none of the data's.
    """
    known = np.unique(values.to_numpy(dtype=np.float64))
    low, high = known[0], known[-1]
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    step = float(np.diff(known).min())
    n_steps = (known - low) / step
    if n_steps[-1] <= 10 * most and np.allclose(n_steps, n_steps.round(), atol=0.01):
        width = step * np.ceil((n_steps[-1].round() + 1) / most)
        n = int(np.ceil((high - low + step / 2) / width))
        steps: Floats = low - step / 2 + width * np.arange(n + 1)
        return steps
    return np.linspace(low, high, most + 1)


def telling_order(found: pd.DataFrame, known: pd.DataFrame) -> list[int]:
    """Row numbers: the fullest, the outermost, the second fullest, … each once."""
    spread = known[["x", "y"]].std(ddof=0).replace(0, 1)
    off = ((found[["x", "y"]] - known[["x", "y"]].mean()) / spread).pow(2).sum(axis=1)
    fullest = np.argsort(-found["images"].to_numpy(), kind="stable")
    outermost = np.argsort(-off.to_numpy(), kind="stable")
    return list(dict.fromkeys(np.column_stack([fullest, outermost]).ravel().tolist()))


def example_ids(known: pd.DataFrame, most: int) -> list[str]:
    """image_ids to show of the cells, at most so many.

    All examples of the most telling cells, then one of each further cell.
    """
    examples = list(cells(known)["examples"])
    whole = most // (EXAMPLES + 1)
    ids = [one for few in examples[:whole] for one in few]
    return [*ids, *(few[0] for few in examples[whole:])][:most]


def grid(
    known: pd.DataFrame, x_title: str, y_title: str, colour: str, description: str, palette: Palette
) -> alt.LayerChart:
    """The fuller a cell the stronger its colour.

    The parameter ``chosen`` of the chart holds the number of the cell that stands out.
    """
    sides = {
        "x": alt.X(
            "left:Q",
            title=textwrap.wrap(x_title, 32),
            scale=scale_around(known["x"]),
            axis=ticks(),
        ),
        "x2": "right:Q",
        "y": alt.Y("lower:Q", title=y_title, scale=scale_around(known["y"])),
        "y2": "upper:Q",
    }
    base = alt.Chart(inline(cells(known).to_dict("records")))
    full = alt.FillOpacity("images:Q", scale=alt.Scale(type="sqrt", range=[0.12, 1]), legend=None)
    layers = [
        base.mark_rect(color=colour, clip=True)
        .encode(**sides, fillOpacity=full)
        .add_params(alt.param(name="chosen", value=None)),
        base.transform_filter("datum.cell === chosen")
        .mark_rect(filled=False, stroke=palette.ink, strokeWidth=2.5)
        .encode(**sides),
    ]
    return styled(layers, 380, description, palette)
