"""Every image and every participant, as tables that the page sorts and searches."""

from typing import Any

import pandas as pd

from analysis.comparison.verdict import called
from analysis.report.blocks import LongTable
from analysis.report.numbers import Numbers
from analysis.report.record import jsonable
from analysis.scores.names import SCORE_NAMES, SCORE_TITLES

MOST_ROWS = 2_000  # of a table in the page; the file has them all
COUNTS = {
    "hit_rate": ("hits", "repeats"),
    "false_alarm_rate": ("false_alarms", "firsts"),
    "corrected_recognition": (),
}


def images_table(numbers: Numbers) -> LongTable:
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
    return LongTable(
        id="images",
        label="Images",
        file="image_scores.csv",
        columns=columns,
        rows=rows,
        with_pictures=True,
    )


def participants_table(numbers: Numbers) -> LongTable | None:
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
    return LongTable(
        id="participants",
        label="Participants",
        file="participants.csv",
        columns=columns,
        rows=rows,
    )


def rate(row: "pd.Series[Any]", score: str) -> list[Any]:
    """A score, its interval, and its counts in words."""
    counts = COUNTS.get(score, ())
    told = ""
    if counts and not pd.isna(row[counts[1]]):
        told = f"{row[counts[0]]} of {row[counts[1]]}"
    return [row[score], row.get(f"{score}_low"), row.get(f"{score}_high"), told]
