"""Models on both scales: the figure and the table."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis.comparison.two_scales import Comparison
from analysis.comparison.verdict import called, is_telling
from analysis.readable import decimal, limits, percent
from analysis.report.blocks import Figure, Table
from analysis.report.figures.style import PAGE
from analysis.report.figures.two_scales import two_scales
from analysis.report.numbers import Numbers
from analysis.report.phrases import limits_of, p_words, short, with_limits
from analysis.report.sections.scores_alone import P_ROWS

SCALE_A = "A · Against one half of the people"
SCALE_B = "B · Against all of the people"


def scales_figure(numbers: Numbers) -> Figure:
    """Every model on both scales, in one figure."""
    caption = (
        "Compare within a band, never across the two: what a model reaches against everybody must "
        "not be held against ρ. Circles are people, diamonds are models, upright strokes are the "
        "most that any model could reach given the noise in people's scores; a broken line carries "
        "its band's yardstick through the rows."
    )
    if any(c.intervals for c in numbers.comparisons):
        caption += " Thick lines are 95% confidence intervals."
    return Figure(
        id="scales",
        chart=two_scales(
            scale_rows(numbers), f"Spearman correlation ({numbers.score_label})", PAGE
        ),
        label="Correlations on their two scales",
        caption=caption,
    )


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


def comparison_table(numbers: Numbers) -> Table:
    """Every model on both scales: a row for each number, a column for each model."""

    def told(result: Comparison, name: str) -> str:
        return with_limits(getattr(result, name), limits_of(result, name))

    def of_truth(result: Comparison, name: str) -> str:
        if not is_telling(result):
            return "cannot be told"
        value, found = getattr(result, name), result.intervals.get(name)
        write: Callable[[float], str] = {
            "disattenuated": lambda number: decimal(number, 3),
            "explained": percent,
            "n_equivalent": lambda number: decimal(number, 0),
        }[name]
        text = write(value)
        if found is not None:
            text += f" ({write(found.low)} to {write(found.high)})"
        impossible = math.isinf(value) if name == "n_equivalent" else value > 1
        return f"{text}: more than is possible" if impossible else text

    def error(result: Comparison, name: str, digits: int) -> str:
        one = numbers.of_models.of(result.model)
        if one is not None and not one.in_one_unit:
            return "means nothing here"
        return decimal(getattr(result, name), digits)

    def chance(result: Comparison, scale: str) -> list[str]:
        one = numbers.of_models.of(result.model)
        test = None if one is None else getattr(one, scale)
        if test is None:
            return ["–", "–"]
        return [p_words(test.p_one_sided), p_words(test.p_two_sided)]

    columns = [
        [
            called(c.model),
            told(c, "corr_half"),
            *chance(c, "on_half"),
            told(c, "rho"),
            told(c, "advantage"),
            decimal(c.ceiling_half, 3),
            told(c, "corr_all"),
            *chance(c, "on_all"),
            decimal(c.ceiling_all, 3),
            of_truth(c, "disattenuated"),
            of_truth(c, "explained"),
            of_truth(c, "n_equivalent"),
            error(c, "mse", 4),
            error(c, "mae", 3),
            f"{c.n_images:,}",
        ]
        for c in numbers.comparisons
    ]
    names = [
        "",
        "A: the model against a half",
        *(f"A: {label}" for _, label in P_ROWS),
        "A: another half against it (ρ)",
        "A: the difference of the two",
        "A: estimated ceiling of any model (√ρ)",
        "B: the model against everybody",
        *(f"B: {label}" for _, label in P_ROWS),
        "B: estimated ceiling of any model (√R)",
        "Correlation with the true scores (d)",
        "Share of the explainable variance (d²)",
        "Responses per image that predict as well",
        "Mean squared error, against everybody",
        "Mean absolute error, against everybody",
        "Images compared",
    ]
    if not numbers.comparisons:
        return Table("Models on both scales", [], [])
    head, *rows = ([name, *values] for name, *values in zip(names, *columns, strict=True))
    return Table("Models on both scales", head, rows)
