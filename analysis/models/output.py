"""Predictions as a file, row by row: the codebook's ``predictions`` as CSV or Parquet."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from pathlib import Path

from analysis.errors import ModelError
from analysis.models.scoring import COLUMNS, Prediction

SUFFIXES = (".csv", ".parquet")
ROWS_AT_ONCE = 4096  # of a Parquet file


def check_output(path: Path) -> None:
    """Raise ModelError if predictions cannot be written there."""
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(f"{path}: predictions are written as .csv or .parquet; name such a file")
    if path.is_dir():
        raise ModelError(f"{path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise ModelError(f"{path}: the folder {path.parent} does not exist; make it first")


def write_predictions(path: Path, rows: Iterable[Prediction]) -> None:
    """Write rows as they come to ``PATH.part``, which becomes PATH when all are there.

    Raises
    ------
    ModelError
        If the file cannot be written.
    """
    check_output(path)
    part = path.with_name(f"{path.name}.part")
    try:
        if path.suffix.lower() == ".csv":
            write_csv(part, rows)
        else:
            write_parquet(part, rows)
        part.replace(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error}); name another place") from error


def write_csv(path: Path, rows: Iterable[Prediction]) -> None:
    """UTF-8, comma, newline; missing is an empty field."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow(astuple(row))


def write_parquet(path: Path, rows: Iterable[Prediction]) -> None:
    """Text columns and one of double-precision numbers; missing is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [(name, pa.float64() if name == "prediction" else pa.string()) for name in COLUMNS]
    )
    with pq.ParquetWriter(path, schema) as writer:
        for chunk in chunks(rows, ROWS_AT_ONCE):
            columns = zip(*map(astuple, chunk), strict=True)
            writer.write_table(pa.table(list(map(list, columns)), schema=schema))


def chunks(rows: Iterable[Prediction], size: int) -> Iterator[list[Prediction]]:
    """Lists of at most ``size`` rows."""
    chunk: list[Prediction] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
