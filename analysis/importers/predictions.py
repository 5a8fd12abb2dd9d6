"""Predictions of a model: the codebook's table, or a plain one such as ``image_name,resmem``."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.naming import image_column, squeeze, without_suffix
from analysis.tables.checks import check_key, check_predictions
from analysis.tables.reading import Problems, Source, parse_column, parse_table, read_source
from analysis.tables.schema import PREDICTIONS, Column

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

    def by_model(self) -> "dict[str, pd.Series[float]]":
        """Each model's predictions by image_id, as comparisons take them."""
        return by_model(self.table)


def by_model(predictions: pd.DataFrame) -> "dict[str, pd.Series[float]]":
    """Each model's predictions by image_id, from the codebook's table and in its order."""
    return {
        str(model): rows.dropna(subset=["prediction"]).set_index("image_id")["prediction"]
        for model, rows in predictions.groupby("model", sort=False)
    }


@dataclass(frozen=True, slots=True)
class Matched:
    """Predictions under the image ids of a dataset, and those that cannot be held against it."""

    table: pd.DataFrame  # the codebook's columns; image_id is the dataset's
    other_picture: pd.DataFrame  # the sha256 says that another picture was scored
    unknown: pd.DataFrame  # of images that the dataset does not have

    def notes(self) -> tuple[str, ...]:
        """What did not go together, in a sentence each."""
        n = len(self.table) + len(self.other_picture) + len(self.unknown)
        notes = []
        if len(self.unknown):
            notes.append(
                f"{n - len(self.unknown)} of {n} predictions are of the dataset's images; it has "
                f"no {_examples(self.unknown['image_id'])}"
            )
        if len(self.other_picture):
            notes.append(
                f"{len(self.other_picture)} of {n} predictions set aside: their sha256 says that "
                f"another picture was scored ({_examples(self.other_picture['image_id'])})"
            )
        return tuple(notes)


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
    if source.rows().empty:
        raise DatasetError(f"{path}: has column names and no rows; there are no predictions in it")
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
    if id_column is None and (number := next(filter(_is_numeral, names), None)):
        raise DatasetError(
            f"{path} line 1: '{number}' stands where a column's name belongs; write a first line "
            "with names, such as image_id,resmem"
        )
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


def _is_numeral(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def match_predictions(predictions: pd.DataFrame, images: pd.DataFrame) -> Matched:
    """Give predictions a dataset's image ids.

    By image_id, else sha256, else id without suffix, else the file's name alone, where only one
    prediction of the model and only one image have it. A prediction whose image_id is known, but
    whose sha256 is not the image's, is of another picture and is set aside.

    Parameters
    ----------
    predictions, images
        The codebook's tables.

    Raises
    ------
    DatasetError
        If no prediction is of any image, or two of one model are of the same.
    """
    ids = images["image_id"]
    by_sha256 = _unique(images["sha256"], ids)
    by_bare_id = _unique(ids.map(without_suffix), ids)
    named = predictions["image_id"].astype(object)
    found = named.where(named.isin(ids), other=None)
    for guess in (predictions["sha256"].map(by_sha256), named.map(without_suffix).map(by_bare_id)):
        found = found.where(found.notna(), guess.astype(object))
    own_name = named.map(_file_name)
    alone = ~pd.DataFrame({"name": own_name, "model": predictions["model"]}).duplicated(keep=False)
    guess = own_name.where(alone).map(_unique(ids.map(_file_name), ids)).astype(object)
    taken = set(zip(found, predictions["model"], strict=True))
    free = [pair not in taken for pair in zip(guess, predictions["model"], strict=True)]
    found = found.where(found.notna(), guess.where(np.array(free)))
    if len(predictions) and found.isna().all():
        raise DatasetError(
            f"no prediction is of an image of the dataset: they are of {_examples(named)}; the "
            f"dataset has {_examples(ids)}; give both the same names"
        )
    table = predictions.assign(image_id=found)
    expected = found.map(images.set_index("image_id")["sha256"])
    other = expected.notna() & table["sha256"].notna() & (expected != table["sha256"])
    good = table[found.notna() & ~other]
    twice = good[good.duplicated(["image_id", "model"])]
    if len(twice):
        image_id, model = twice.iloc[0][["image_id", "model"]]
        raise DatasetError(f"image {image_id!r} has two predictions of {model}; keep one")
    return Matched(
        good.reset_index(drop=True),
        predictions[other].reset_index(drop=True),
        predictions[found.isna()].reset_index(drop=True),
    )


def _file_name(image_id: str) -> str:
    """The last part of a path, without a picture's suffix."""
    return PurePosixPath(without_suffix(image_id.replace("\\", "/"))).name


def _examples(image_ids: "pd.Series[str]") -> str:
    """Up to three of the ids, in quotes."""
    shown = [f"'{image_id}'" for image_id in image_ids.drop_duplicates()]
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")


def _unique(keys: "pd.Series[str]", ids: "pd.Series[str]") -> "pd.Series[str]":
    """Ids by key, of those keys that only one id has."""
    by_key = pd.Series(ids.to_numpy(), index=keys.to_numpy(), dtype=object)
    return by_key[by_key.index.notna() & ~by_key.index.duplicated(keep=False)]
