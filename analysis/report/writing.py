"""The report: people's scores, their consistency, and models beside people, in one HTML file.

``report.html`` needs nothing else: charts, pictures and the tables to download are inside. Beside
it stand ``report.json`` and the tables.
"""

import datetime as dt
import json
from pathlib import Path

import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.importers.predictions import match_predictions, read_predictions
from analysis.report.folder import refuse_foreign_folder, refuse_no_trials
from analysis.report.numbers import Numbers, Progress, gather, silent
from analysis.report.page import render
from analysis.report.record import complete
from analysis.report.sections import make_sections


def write_report(
    dataset: Dataset,
    predictions: pd.DataFrame | Path | None,
    out: Path,
    *,
    score: str = "hit_rate",
    n_splits: int = 1000,
    seed: int = 1,
    progress: Progress = silent,
) -> Path:
    """Write the report of a dataset.

    Parameters
    ----------
    dataset
        With trials, image_counts or image_scores.
    predictions
        The codebook's table of predictions, its file, or None for the dataset's own; without any
        the report is about people only. It may hold several models.
    out
        Folder for ``report.html``, ``report.json`` and the tables; made if absent. An earlier
        report there is replaced.
    score
        hit_rate, false_alarm_rate or corrected_recognition.
    n_splits, seed
        Of the split halves; the same seed gives the same numbers.
    progress
        Is told the name of each step as it begins.

    Returns
    -------
    The path of report.html.

    Raises
    ------
    AnalysisError
        If the predictions cannot be read, the dataset has no trials or no such score, or the folder
        holds anything but a report, or cannot be written to.
    """
    refuse_foreign_folder(out)
    refuse_no_trials(dataset)
    if isinstance(predictions, Path):
        predictions = read_predictions(predictions).table
    if predictions is None:
        predictions = dataset.predictions
    matched = None if predictions is None else match_predictions(predictions, dataset.images)
    numbers = gather(
        dataset,
        matched,
        score=score,
        n_splits=n_splits,
        seed=seed,
        progress=progress,
    )
    made_at = dt.datetime.now(dt.UTC)
    progress("page")
    sections = make_sections(numbers)
    held = {"report.json": (as_json(numbers, made_at), "every number of this report")}
    for file in (file for section in sections for file in section.files if len(file.table)):
        held[file.name] = (as_csv(file.table), file.what)
    page = render(numbers, sections, held, made_at).encode()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, (content, _) in held.items():  # report.json first: it says whose folder this is
            (out / name).write_bytes(content)
        (out / "report.html").write_bytes(page)
    except OSError as error:
        raise AnalysisError(
            f"the report cannot be written to {out}: {error.strerror}; name another folder: --out"
        ) from error
    return out / "report.html"


def as_json(numbers: Numbers, made_at: dt.datetime) -> bytes:
    """The content of ``report.json``."""
    facts = complete(numbers, made_at)
    return json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False).encode()


def as_csv(table: pd.DataFrame) -> bytes:
    """A table's file."""
    return table.to_csv(index=False, lineterminator="\n").encode()
