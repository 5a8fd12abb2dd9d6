"""The report: people's scores, their consistency, and models beside people, in one HTML file.

``report.html`` needs nothing else: charts, pictures and the tables to download are inside. Beside
it stand ``report.json`` and the tables.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.importers.predictions import match_predictions, read_predictions
from analysis.report.blocks import Section
from analysis.report.elsewhere import Elsewhere
from analysis.report.figures.paper import figure_files, write_figure
from analysis.report.folder import refuse_foreign_folder, refuse_no_trials
from analysis.report.numbers import gather
from analysis.report.page import FIGURES, render
from analysis.report.progress import Progress, silent
from analysis.report.record import complete
from analysis.report.sections import make_sections
from analysis.training_images.overlap import TrainingImages


def write_report(
    dataset: Dataset,
    predictions: pd.DataFrame | Path | None,
    out: Path,
    *,
    score: str = "hit_rate",
    training: Mapping[str, TrainingImages] | None = None,
    beside: Sequence[Dataset] = (),
    trained_on: Mapping[str, str] | None = None,
    n_splits: int = 1000,
    seed: int = 1,
    figures: bool = False,
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
        hit_rate, false_alarm_rate, corrected_recognition or d_prime; or a score of the table
        image_scores, where there is nothing else.
    training
        Lists of training images by model: those images are told, and the comparison is made again
        without them.
    beside
        Other data sets to test the models on. Each with its own predictions, and, for models that
        it has none of, with the rows of ``predictions`` that are of its images.
    trained_on
        The names of the data sets that a model was trained on, by model, where hitrate does not
        know.
    n_splits, seed
        Of the split halves; the same seed gives the same numbers.
    figures
        Write every chart into the folder ``figures`` as well, as SVG, PDF and PNG, one column (85
        mm) and two columns (180 mm) wide.
    progress
        Is told the name of each step as it begins.

    Returns
    -------
    The path of report.html.

    Raises
    ------
    AnalysisError
        If the predictions cannot be read, a list or a name is of no model of theirs, the dataset
        has no trials or no such score, or the folder holds anything but a report, or cannot be
        written to.
    """
    refuse_foreign_folder(out)
    refuse_no_trials(dataset)
    if isinstance(predictions, Path):
        predictions = read_predictions(predictions).table
    if predictions is None:
        predictions = dataset.predictions
    check_models([*(training or {}), *(trained_on or {})], predictions, beside)
    matched = None if predictions is None else match_predictions(predictions, dataset.images)
    numbers = gather(
        dataset,
        matched,
        score=score,
        elsewhere=Elsewhere(training or {}, tuple(beside), predictions, trained_on or {}),
        n_splits=n_splits,
        seed=seed,
        progress=progress,
    )
    made_at = dt.datetime.now(dt.UTC)
    progress("page")
    sections = make_sections(numbers)
    tables = {
        file.name: (as_csv(file.table), file.what)
        for section in sections
        for file in section.files
        if len(file.table)
    }
    facts = complete(numbers, made_at, {name: content for name, (content, _) in tables.items()})
    held = {"report.json": (as_json(facts), "every number of this report"), **tables}
    page = render(numbers, sections, held, made_at, with_figures=figures).encode()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, (content, _) in held.items():  # report.json first: it says whose folder this is
            (out / name).write_bytes(content)
        (out / "report.html").write_bytes(page)
        remove_figures(out / FIGURES)
    except OSError as error:
        raise AnalysisError(
            f"the report cannot be written to {out}: {error.strerror}; name another folder: --out"
        ) from error
    if figures:
        write_figures(sections, out / FIGURES, progress)
    return out / "report.html"


def check_models(
    named: Sequence[str], predictions: pd.DataFrame | None, beside: Sequence[Dataset]
) -> None:
    """Refuse what is told of a model that nothing is predicted by."""
    tables = [predictions, *(dataset.predictions for dataset in beside)]
    models = sorted({str(m) for table in tables if table is not None for m in table["model"]})
    for name in named:
        if name not in models:
            there = ", ".join(models) or "none"
            raise AnalysisError(f"there are no predictions of a model {name!r}; there is: {there}")


def write_figures(sections: Sequence[Section], folder: Path, progress: Progress) -> None:
    """Every chart of the page at both widths, in every format."""
    folder.mkdir(exist_ok=True)
    for figure in (figure for section in sections for figure in section.figures()):
        progress(f"figure {figure.file_name}")
        for width_mm, names in figure_files(figure.file_name).items():
            for name in names.values():
                write_figure(figure.chart, folder / name, width_mm)


def remove_figures(folder: Path) -> None:
    """Take away the figures of an earlier report, which shows other numbers."""
    for names in figure_files("*").values():
        for pattern in names.values():
            for path in folder.glob(pattern):
                path.unlink()


def as_json(facts: dict[str, Any]) -> bytes:
    """The content of ``report.json``."""
    return json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False).encode()


def as_csv(table: pd.DataFrame) -> bytes:
    """A table's file."""
    return table.to_csv(index=False, lineterminator="\n").encode()
