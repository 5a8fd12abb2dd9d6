"""Which charts the report has, and the words that belong to each."""

from typing import Any

import altair as alt
import pandas as pd

from analysis.readable import decimal, limits
from analysis.report import figures
from analysis.report.figure_style import PAGE
from analysis.report.numbers import Numbers
from analysis.verdict import called

SCALE_A = "A · Against one half of the people"
SCALE_B = "B · Against all of the people"


def charts(numbers: Numbers) -> dict[str, dict[str, Any]]:
    """Chart name → ``spec`` (Vega-Lite) and ``words`` (names of x and y in a picture's card)."""
    label = numbers.score_label
    points = named(numbers.images, numbers.score)
    found = {
        "ranked": chart(
            figures.ranked(points, y_title=label, palette=PAGE), "Rank", label, x_digits=0
        )
    }
    if numbers.familiarity == numbers.familiarity:
        pairs = named(numbers.images, "hit_rate").assign(
            x=numbers.images["false_alarm_rate"].values
        )
        drawn = figures.scatter(
            pairs, x_title="false-alarm rate", y_title="hit rate", colour=PAGE.people, palette=PAGE
        )
        found["familiarity"] = chart(drawn, "False-alarm rate", "hit rate")
    if numbers.comparisons:
        found["scales"] = chart(
            figures.scales(scale_rows(numbers), f"Spearman correlation ({label})", PAGE), "", ""
        )
    for i, model in enumerate(numbers.models()):
        predictions = numbers.images[f"prediction_{model}"]
        if not (predictions.notna() & numbers.images[numbers.score].notna()).any():
            continue
        title = called(model)
        drawn = figures.scatter(
            points.assign(x=predictions.to_numpy()),
            x_title=f"prediction of {title}",
            y_title=f"{label} of people",
            colour=PAGE.people,
            palette=PAGE,
        )
        found[f"scatter-{i}"] = chart(drawn, title, f"people's {label}")
        drawn = figures.distributions(
            numbers.images[numbers.score],
            predictions,
            model=title,
            x_title=f"{label}, prediction",
            palette=PAGE,
        )
        found[f"distributions-{i}"] = chart(drawn, "", "")
    return found


def named(images: pd.DataFrame, score: str) -> pd.DataFrame:
    """image_id, y, low and high of a score."""
    columns = {score: "y", f"{score}_low": "low", f"{score}_high": "high"}
    present = {old: new for old, new in columns.items() if old in images}
    return images[list(present)].rename(columns=present).astype(float).reset_index()


def chart(drawn: alt.LayerChart, x: str, y: str, x_digits: int = 3) -> dict[str, Any]:
    """A chart with the names of its numbers."""
    words = {"x": x[:1].upper() + x[1:], "y": y[:1].upper() + y[1:], "x_digits": x_digits}
    return {"spec": drawn.to_dict(), "words": words}


def scale_rows(numbers: Numbers) -> pd.DataFrame:
    """The rows of the figure of both scales; each names its number and tells it.

    Models that were compared on the same images share the people's row; others get one of their
    own, since ρ is of those images.
    """
    groups: dict[tuple[float, float], list[Any]] = {}
    for result in numbers.comparisons:
        groups.setdefault((result.rho, result.reliability), []).append(result)
    rows = []
    for scale, of in ((SCALE_A, "half"), (SCALE_B, "all")):
        for results in groups.values():
            which = "" if len(groups) == 1 else f", {results[0].n_images} images"
            if of == "half":
                rows.append(row(scale, "people", f"another half{which}, ρ", results[0], "rho"))
            rows += [row(scale, "model", short(called(r.model)), r, f"corr_{of}") for r in results]
            root = "√ρ" if of == "half" else "√R"
            best = f"estimated ceiling of any model{which}, {root}"
            rows.append(row(scale, "ceiling", best, results[0], f"ceiling_{of}"))
    return pd.DataFrame(rows)


def row(scale: str, kind: str, label: str, result: Any, name: str) -> dict[str, Any]:
    """One mark of the figure, from the field of a comparison."""
    interval = result.intervals.get(name)
    value = getattr(result, name)
    told = f"{label}: {decimal(value)}"
    if interval is not None:
        told += f" ({limits(interval.low, interval.high)})"
    return {
        "scale": scale,
        "kind": kind,
        "label": told,
        "value": value,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
    }


def short(name: str) -> str:
    """A name that fits on a phone; the tables have it whole."""
    return name if len(name) <= 20 else name[:19] + "…"
