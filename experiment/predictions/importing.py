"""Predictions from a file: read as `hitrate report` reads them, matched, and kept whole or not."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError, InvalidError
from experiment.models import Prediction, Study
from experiment.predictions.storing import (
    NewPrediction,
    already_there,
    check_name,
    image_frame,
    shown_pictures,
    store_predictions,
)
from experiment.settings import MEGABYTE

if TYPE_CHECKING:
    import pandas as pd

LARGEST_FILE = 64 * MEGABYTE  # of 100,000 images with their hashes it takes about 20
LONGEST_FILE_NAME = 50  # characters
EXAMPLES = 5  # image ids told one by one


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """What a file brought of one model."""

    model: str
    n_images: int  # of the study's, that have a prediction now
    n_of: int  # images that the study shows
    n_errors: int  # of the study's, that the file has no value of
    n_missing: int  # of the study's, that the file does not have
    missing: tuple[str, ...]  # some of these
    n_replaced: int  # older predictions that these took the place of


@dataclass(frozen=True, slots=True)
class Imported:
    """What was understood of a file, what matched and what did not."""

    models: tuple[ImportedModel, ...]
    understood: tuple[str, ...]
    left_out: tuple[str, ...]  # columns that are no predictions, and why
    unmatched: tuple[str, ...]  # predictions that are of no image of the study, in sentences

    def sentences(self) -> list[str]:
        """All of it for a person, the result first."""
        told = [sentence_of(one) for one in self.models]
        return [*told, *self.unmatched, *(f"Left out: {line}." for line in self.left_out)]


def sentence_of(one: ImportedModel) -> str:
    """What came of one model."""
    text = f"{one.model}: predictions of {one.n_images:,} of {one.n_of:,} images."
    if one.n_errors:
        text += f" The file has no value for {one.n_errors:,}."
    if one.missing:
        shown = ", ".join(one.missing) + (", …" if one.n_missing > len(one.missing) else "")
        text += f" It does not have {one.n_missing:,}: {shown}."
    if one.n_replaced:
        text += f" They took the place of {one.n_replaced:,} older ones."
    return text


def import_predictions(
    session: Session,
    study: Study,
    path: Path,
    by: Actor,
    *,
    model: str | None = None,
    replace: bool = False,
) -> Imported:
    """Keep the predictions of a file, CSV or Parquet, of one model or several; recorded.

    Parameters
    ----------
    path
        The codebook's table `predictions`, or a plain one such as ``image_name,resmem``. Its rows
        are matched by image_id, else by sha256, else by the name of the image's file.
    model
        What to call the model of a file that has one.
    replace
        Whether these take the place of predictions that the models have already.

    Raises
    ------
    InvalidError
        If the file cannot be read, nothing in it is of the study's images, two predictions of a
        model are of one image, or `model` is given and the file has several.
    ConflictError
        If a model has predictions already and they are not to be replaced. Nothing is kept then.
    """
    from analysis.errors import AnalysisError
    from analysis.importers.predictions import match_predictions, read_predictions

    images = image_frame(session, study)
    try:
        read = read_predictions(path)
        table = with_hashes(named(read.table, model, path.name))
        matched = match_predictions(table, images)
    except AnalysisError as error:
        raise InvalidError(of_study(str(error).replace(str(path), path.name))) from None
    refuse_taken(session, study, list(matched.table["model"].unique()), replace=replace)
    by_id = images.set_index("image_id")["sha256"]
    shown = shown_pictures(session, study)
    models = []
    for name, rows in matched.table.groupby("model", sort=False):
        new = new_predictions(rows, by_id)
        n_replaced = store_predictions(session, study, str(name), new, replace=replace)
        models.append(imported_model(str(name), new, images, shown, n_replaced))
    result = Imported(
        models=tuple(models),
        understood=read.understood,
        left_out=read.left_out,
        unmatched=tuple(map(of_study, matched.notes())),
    )
    record(
        session,
        "predictions.imported",
        by,
        study,
        models={one.model: one.n_images for one in models},
        replaced=sum(one.n_replaced for one in models),
    )
    return result


def new_predictions(rows: "pd.DataFrame", by_id: "pd.Series[str]") -> list[NewPrediction]:
    """Matched rows as they are kept, each with the hash of the study's own image."""
    columns = ("image_id", "prediction", "fingerprint", "error")
    known = rows[[*columns]].astype(object).where(rows[[*columns]].notna(), other=None)
    return [
        NewPrediction(
            sha256=str(by_id[image_id]),
            value=None if value is None else float(value),
            fingerprint=None if fingerprint is None else str(fingerprint),
            error=None if error is None else str(error),
        )
        for image_id, value, fingerprint, error in known.to_numpy().tolist()
    ]


def of_study(text: str) -> str:
    """What is said of a dataset, said of a study."""
    return text.replace("the dataset", "the study")


def imported_model(
    name: str,
    new: Sequence[NewPrediction],
    images: "pd.DataFrame",
    shown: set[str],
    n_replaced: int,
) -> ImportedModel:
    """Count what a model has now of the study's images."""
    ours = [row for row in new if row.sha256 in shown]
    n_errors = sum(row.value is None for row in ours)
    known = {row.sha256 for row in ours}
    of_study = images[images["sha256"].isin(shown)]
    missing = of_study.loc[~of_study["sha256"].isin(known), "image_id"]
    return ImportedModel(
        model=name,
        n_images=len(ours) - n_errors,
        n_of=len(shown),
        n_errors=n_errors,
        n_missing=len(missing),
        missing=tuple(missing.iloc[:EXAMPLES]),
        n_replaced=n_replaced,
    )


def named(table: "pd.DataFrame", model: str | None, file: str) -> "pd.DataFrame":
    """The table with the model's name that was asked for."""
    found = list(table["model"].unique())
    if model is not None:
        if len(found) > 1:
            raise InvalidError(
                f"{file} has predictions of several models ({', '.join(found)}), so they cannot "
                f"all be called {model!r}; leave the name out"
            )
        table = table.assign(model=model)
        found = [model]
    for name in found:
        check_name(name)
    return table


def with_hashes(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with a sha256 where a picture is named by nothing else."""
    is_hash = table["image_id"].str.fullmatch("[0-9a-f]{64}")
    return table.assign(sha256=table["sha256"].where(~is_hash, table["image_id"]))


def refuse_taken(session: Session, study: Study, models: list[str], *, replace: bool) -> None:
    """Refuse models that have predictions already, all of them at once.

    Raises
    ------
    ConflictError
        Naming them, unless they are to be replaced.
    """
    taken = session.scalars(
        select(Prediction.model)
        .where(Prediction.study_id == study.id, Prediction.model.in_(models))
        .distinct()
    )
    if (names := sorted(taken)) and not replace:
        raise ConflictError(already_there(study, names))


@contextmanager
def kept_aside(content: bytes, file_name: str) -> Iterator[Path]:
    """A file that was sent, in a temporary folder under its own name, within the block."""
    plain = PurePosixPath(file_name.replace("\\", "/")).name.replace("\0", "").lstrip(".")
    with tempfile.TemporaryDirectory(prefix="hitrate-predictions-") as folder:
        path = Path(folder) / (plain[-LONGEST_FILE_NAME:] or "predictions.csv")
        path.write_bytes(content)
        yield path
