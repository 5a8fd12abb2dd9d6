"""The report's tables: the files to download, and what the page shows of them."""

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pandas as pd

from analysis.comparison import Comparison
from analysis.readable import decimal, limits, percent
from analysis.report.numbers import Numbers, jsonable
from analysis.report.words import counted, limits_of, with_limits
from analysis.score_names import SCORE_NAMES, SCORE_TITLES
from analysis.verdict import called, is_telling

MOST_ROWS = 5_000  # of a table in the page; the file has them all
COUNTS = {
    "hit_rate": ("hits", "repeats"),
    "false_alarm_rate": ("false_alarms", "firsts"),
    "corrected_recognition": (),
}


def files(numbers: Numbers) -> dict[str, tuple[pd.DataFrame, str]]:
    """File name → table and what it is, in words; a table without rows is left out."""
    found = {
        "image_scores.csv": (
            numbers.images.reset_index(),
            "every image: counts, scores, intervals",
        ),
        "summary.csv": (frame(numbers.summaries), "every score over all images"),
        "consistency.csv": (frame(numbers.consistency), "split-half consistency of every score"),
        "left_out.csv": (frame(numbers.left_out), "who and what was left out, and why"),
    }
    if numbers.participants is not None:
        people = numbers.participants.reset_index()
        found["participants.csv"] = (people, "every participant: counts and scores")
    if numbers.comparisons:
        parts = [c.to_frame().assign(model=c.model) for c in numbers.comparisons]
        table = pd.concat([part.astype(object) for part in parts], ignore_index=True)
        first = ["model", "name", "value"]
        table = table[first + [name for name in table if name not in first]]
        found["comparison.csv"] = (table, "every model: both scales, with what they rest on")
    if numbers.predictions is not None:
        found["predictions.csv"] = (numbers.predictions, "the predictions that were compared")
    return {name: (table, what) for name, (table, what) in found.items() if len(table)}


def frame(rows: tuple[Any, ...]) -> pd.DataFrame:
    """Dataclasses as a table, a column for each field."""
    return pd.DataFrame([asdict(row) for row in rows])


def images_table(numbers: Numbers) -> dict[str, Any]:
    """The page's table of images, the highest score first."""
    table = numbers.images.sort_values(
        numbers.score, ascending=False, na_position="last", kind="stable"
    )
    known = [name for name in SCORE_NAMES if table[name].notna().any()]
    if numbers.score not in known:
        known.insert(0, numbers.score)
    models = numbers.models()
    columns = [{"label": "Image", "kind": "text"}]
    columns += [{"label": SCORE_TITLES.get(n, n.capitalize()), "kind": "rate"} for n in known]
    columns += [{"label": f"{called(m)} predicts", "kind": "number"} for m in models]
    has_categories = table["category"].notna().any()
    if has_categories:
        columns.append({"label": "Category", "kind": "text"})
    rows = []
    for image_id, row in table.head(MOST_ROWS).iterrows():
        cells: list[Any] = [image_id, *(rate(row, name) for name in known)]
        cells += [row.get(f"prediction_{model}") for model in models]
        rows.append(jsonable([*cells, row["category"]] if has_categories else cells))
    return {
        "label": "Images",
        "file": "image_scores.csv",
        "columns": columns,
        "rows": rows,
        "with_pictures": True,
    }


def participants_table(numbers: Numbers) -> dict[str, Any] | None:
    """The page's table of participants, sorted by their ids; None where only counts are known."""
    if numbers.participants is None:
        return None
    columns = [{"label": "Participant", "kind": "text"}]
    columns += [{"label": label, "kind": "rate"} for label in SCORE_TITLES.values()]
    columns += [
        {"label": "Criterion c", "kind": "number"},
        {"label": "Median time of hits (ms)", "kind": "count"},
    ]
    rows = []
    for participant_id, row in numbers.participants.head(MOST_ROWS).iterrows():
        cells: list[Any] = [participant_id, *(rate(row, name) for name in SCORE_NAMES)]
        time = row["rt_ms_median"]
        cells += [row["criterion"], None if pd.isna(time) else round(float(time))]
        rows.append(jsonable(cells))
    return {
        "label": "Participants",
        "file": "participants.csv",
        "columns": columns,
        "rows": rows,
        "with_pictures": False,
    }


def rate(row: "pd.Series[Any]", score: str) -> list[Any]:
    """A score, its interval, and its counts in words."""
    counts = COUNTS.get(score, ())
    told = ""
    if counts and not pd.isna(row[counts[1]]):
        told = f"{row[counts[0]]} of {row[counts[1]]}"
    return [row[score], row.get(f"{score}_low"), row.get(f"{score}_high"), told]


def summary_table(numbers: Numbers) -> dict[str, Any]:
    """Each score over all images, rounded for reading."""
    rows = [
        [
            SCORE_TITLES[s.score],
            f"{s.n_images:,}",
            decimal(s.mean, 3),
            decimal(s.sd, 3),
            decimal(s.least, 3),
            decimal(s.most, 3),
            decimal(s.responses_per_image, 1),
        ]
        for s in numbers.summaries
    ]
    columns = [
        "Score",
        "Images",
        "Mean",
        "SD of images",
        "Lowest",
        "Highest",
        "Responses per image",
    ]
    return {"label": "Scores over all images", "columns": columns, "rows": rows, "text": [0]}


def left_out_table(numbers: Numbers) -> dict[str, Any]:
    """Reasons and counts."""
    rows = [[counted(part), part.reason] for part in numbers.left_out]
    return {"label": "What was left out", "columns": ["What", "Why"], "rows": rows, "text": [0, 1]}


def consistency_table(numbers: Numbers) -> dict[str, Any]:
    """Split-half consistency of every score."""
    rows = [
        [
            SCORE_TITLES[c.score],
            with_limits(c.rho, limits(c.rho_low, c.rho_high)),
            decimal(c.spread, 3),
            with_limits(c.reliability, limits(c.reliability_low, c.reliability_high)),
            f"{c.n_images:,}",
            "not known" if c.n_participants is None else f"{c.n_participants:,}",
            decimal(c.responses_per_half, 1),
        ]
        for c in numbers.consistency
    ]
    columns = [
        "Score",
        "ρ, half against half",
        "Monte-Carlo spread of ρ",
        "R of everybody (Spearman–Brown)",
        "Images",
        "Participants",
        "Responses per image and half",
    ]
    return {"label": "Split-half consistency", "columns": columns, "rows": rows, "text": [0]}


def comparison_table(numbers: Numbers) -> dict[str, Any]:
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

    columns = [
        [
            called(c.model),
            told(c, "corr_half"),
            told(c, "rho"),
            told(c, "advantage"),
            decimal(c.ceiling_half, 3),
            told(c, "corr_all"),
            decimal(c.ceiling_all, 3),
            of_truth(c, "disattenuated"),
            of_truth(c, "explained"),
            of_truth(c, "n_equivalent"),
            decimal(c.mse, 4),
            decimal(c.mae, 3),
            f"{c.n_images:,}",
        ]
        for c in numbers.comparisons
    ]
    names = [
        "",
        "A: the model against a half",
        "A: another half against it (ρ)",
        "A: the difference of the two",
        "A: estimated ceiling of any model (√ρ)",
        "B: the model against everybody",
        "B: estimated ceiling of any model (√R)",
        "Correlation with the true scores (d)",
        "Share of the explainable variance (d²)",
        "Responses per image that predict as well",
        "Mean squared error, against everybody",
        "Mean absolute error, against everybody",
        "Images compared",
    ]
    if not numbers.comparisons:
        return {"label": "Models on both scales", "columns": [], "rows": [], "text": []}
    head, *rows = ([name, *values] for name, *values in zip(names, *columns, strict=True))
    return {"label": "Models on both scales", "columns": head, "rows": rows, "text": [0]}
