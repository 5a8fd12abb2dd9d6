"""Predictions of a model: the codebook's table, or a plain one such as ``image_name,resmem``."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.checks import check_key, check_predictions
from analysis.errors import DatasetError
from analysis.importers.naming import image_column, squeeze, without_suffix
from analysis.schema import PREDICTIONS, Column
from analysis.tables import Problems, Source, parse_column, parse_table, read_source

# A column that is called so holds predictions of a model that the file's name names.
PLAIN_NAMES = ("prediction", "predicted", "score", "memorability", "value", "pred")


@dataclass(frozen=True, slots=True)
class Predictions:
    """The codebook's table ``predictions``, and what was understood of the file it came from."""

    table: pd.DataFrame
    understood: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The models' names, in the order of the table."""
        return tuple(self.table["model"].unique())


@dataclass(frozen=True, slots=True)
class Matched:
    """One model's predictions of a dataset's images."""

    values: "pd.Series[float]"  # by image_id of the dataset; only those with a prediction
    how: str  # by what they were matched, in words
    n_unmatched: int  # predictions of images that the dataset does not have
    n_failed: int  # images that the model could not score


def read_predictions(path: Path | str) -> Predictions:
    """Read predictions, CSV or Parquet.

    A table with the columns image_id, model and prediction is the codebook's and is checked as
    such. In any other, one column names the images and every column of numbers is a model's.

    Raises
    ------
    DatasetError
        With the line and column of what is wrong, or the columns if none can be understood.
    """
    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{path}: is not a file")
    problems = Problems()
    source = read_source(path, problems)
    if source is None:
        raise problems.error(path)
    if {"image_id", "model", "prediction"} <= set(source.frame.columns):
        table = parse_table(PREDICTIONS, source, problems)
        check_predictions(table, source, problems)
        result = Predictions(table, ("the columns are those of the codebook",), ())
    else:
        result = _plain(path, source, problems)
    check_key(PREDICTIONS, result.table, source, problems)
    if problems.total:
        raise problems.error(path)
    return Predictions(result.table.reset_index(drop=True), result.understood, result.left_out)


def _plain(path: Path, source: Source, problems: Problems) -> Predictions:
    raw = source.rows()
    names = list(raw.columns)
    id_column = image_column(names)
    if id_column is None:
        texts = [name for name in names if not _is_number(raw[name])]
        id_column = texts[0] if len(texts) == 1 else None
    numbers = [name for name in names if name != id_column and _is_number(raw[name])]
    if id_column is None or not numbers:
        raise DatasetError(
            f"{path}: has the columns {', '.join(names)}; predictions need one that names the "
            "image (image_id) and one with numbers, called after the model"
        )
    understood = [f"{id_column}: names the image"]
    ids = parse_column(Column("image_id"), raw[id_column], source, problems)
    tables = []
    for name in numbers:
        model = path.stem if squeeze(name) in PLAIN_NAMES and len(numbers) == 1 else name
        understood.append(f"{name}: predictions of the model {model}")
        column = Column(name, "number", missing=True)
        values = parse_column(column, raw[name], source, problems)
        table = pd.DataFrame({"image_id": ids, "sha256": None, "model": model}, index=raw.index)
        table["prediction"], table["fingerprint"] = values, None
        table["error"] = pd.Series("no value in the file", index=raw.index).where(values.isna())
        tables.append(table)
    left_out = [
        f"{name}: neither names the image nor holds numbers only"
        for name in names
        if name != id_column and name not in numbers
    ]
    return Predictions(pd.concat(tables), tuple(understood), tuple(left_out))


def _is_number(column: "pd.Series[str]") -> bool:
    """Whether a column holds at least one field and nothing but numbers."""
    known = column[column.notna() & (column.astype(str) != "")]
    return len(known) > 0 and bool(pd.to_numeric(known, errors="coerce").notna().all())


def match_predictions(predictions: pd.DataFrame, images: pd.DataFrame, model: str) -> Matched:
    """One model's predictions by the dataset's image ids.

    Images are matched by image_id, by sha256, or by image_id without a picture's suffix: the
    first of these that matches most images.

    Raises
    ------
    DatasetError
        If the model has no predictions, or none of them is of an image of the dataset.
    """
    mine = predictions[predictions["model"] == model]
    if mine.empty:
        models = ", ".join(predictions["model"].unique())
        raise DatasetError(f"there are no predictions of {model!r}; there are of {models}")
    ids = images["image_id"]
    keys = {
        "image_id": (mine["image_id"], ids),
        "sha256": (mine["sha256"], images["sha256"]),
        "image_id without suffix": (
            mine["image_id"].map(without_suffix),
            ids.map(without_suffix),
        ),
    }
    best, how, of_image = 0, "image_id", pd.Series(pd.NA, index=mine.index, dtype=object)
    for name, (theirs, ours) in keys.items():
        known = pd.Series(ids.to_numpy(), index=ours.to_numpy())
        known = known[known.index.notna() & ~known.index.duplicated(keep=False)]
        found = theirs.map(known)
        if int(found.notna().sum()) > best:
            best, how, of_image = int(found.notna().sum()), name, found
    if not best:
        raise DatasetError(
            f"none of the {len(mine)} predictions of {model} is of an image of the dataset: "
            f"image_id is {mine['image_id'].iloc[0]!r} there and {ids.iloc[0]!r} here"
        )
    of_dataset = of_image.notna()
    twice = of_image[of_dataset & of_image.duplicated()]
    if len(twice):
        raise DatasetError(f"image {twice.iloc[0]!r} has two predictions of {model}; keep one")
    values = pd.Series(mine["prediction"].to_numpy(dtype=float), index=of_image)[
        of_dataset.to_numpy()
    ]
    values.index.name = "image_id"
    return Matched(
        values=values.dropna().rename(model),
        how=how,
        n_unmatched=int((~of_dataset).sum()),
        n_failed=int(values.isna().sum()),
    )
