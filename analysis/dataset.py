"""The dataset: a folder of plain tables, the contract between collecting and analysing.

Everything in ``analysis`` takes its numbers from a :class:`Dataset`; ``docs/codebook.md`` says
what its tables hold, and :func:`read_dataset` holds them to it.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import DatasetError
from analysis.tables.checks import check_tables, is_inside
from analysis.tables.reading import Problem, Problems, Source, parse_table, read_source
from analysis.tables.schema import TABLES, Table

FORMAT = "hitrate-dataset"
FORMAT_VERSION = 1
TABLE_SUFFIXES = {".csv", ".tsv", ".tab", ".parquet", ".xlsx", ".xls", ".ods", ".sav", ".feather"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """One study's tables, checked. A table that is not there is None; ``images`` always is."""

    path: Path
    images: pd.DataFrame
    trials: pd.DataFrame | None = None
    participants: pd.DataFrame | None = None
    runs: pd.DataFrame | None = None
    answers: pd.DataFrame | None = None
    rule_events: pd.DataFrame | None = None
    exclusions: pd.DataFrame | None = None
    flags: pd.DataFrame | None = None
    events: pd.DataFrame | None = None
    predictions: pd.DataFrame | None = None
    image_counts: pd.DataFrame | None = None
    image_scores: pd.DataFrame | None = None
    meta: dict[str, Any] = field(default_factory=dict)  # dataset.json, or empty

    @property
    def name(self) -> str:
        """The study's slug, or the folder's name."""
        return str(self.meta.get("name") or self.path.name)

    @property
    def title(self) -> str:
        """The study's title, or its name."""
        return str(self.meta.get("title") or self.name)

    @property
    def notice(self) -> str | None:
        """What must be told wherever these data are shown."""
        notice = self.meta.get("notice")
        return None if notice is None else str(notice)


def read_dataset(path: Path | str) -> Dataset:
    """Read a dataset and check every promise of the codebook.

    Raises
    ------
    DatasetError
        With up to twenty problems, each with its file, line (or row of a Parquet file) and column.
    """
    dataset, problems = _read(Path(path))
    if dataset is None or problems.total:
        raise problems.error(Path(path))
    return dataset


def check_dataset(path: Path | str) -> tuple[Problem, ...]:
    """Return up to twenty broken promises of the codebook, none if the dataset is right."""
    return tuple(_read(Path(path))[1].shown)


def unread_tables(path: Path | str) -> tuple[str, ...]:
    """Names of files in a dataset's folder that look like tables and are none of the codebook's."""
    ours = {f"{name}{suffix}" for name in TABLES for suffix in (".csv", ".parquet")}
    return tuple(
        sorted(
            file.name
            for file in Path(path).iterdir()
            if file.suffix.lower() in TABLE_SUFFIXES and file.name not in ours and file.is_file()
        )
    )


def _read(path: Path) -> tuple[Dataset | None, Problems]:
    problems = Problems()
    if not path.is_dir():
        raise DatasetError(f"{path}: is not a folder; a dataset is a folder with images.csv in it")
    meta = _read_meta(path, problems)
    _check_files(path, meta, problems)
    sources: dict[str, Source] = {}
    frames: dict[str, pd.DataFrame] = {}
    for name, table in TABLES.items():
        found = [path / f"{name}{suffix}" for suffix in (".csv", ".parquet")]
        found = [file for file in found if file.is_file()]
        if len(found) > 1:
            message = f"there is {name}.parquet as well; keep one of them"
            problems.add(Problem(f"{name}.csv", message))
        source = read_source(found[0], problems) if found else None
        if source is not None:
            sources[name] = source
            frames[name] = parse_table(table, source, problems)
        elif name == "images" and not found:
            message = "is not there; every dataset has a table of its images"
            problems.add(Problem("images.csv", message))
    if "images" not in frames:
        return None, problems
    check_tables(frames, sources, path, problems)
    tables: dict[str, Any] = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    return Dataset(path=path, meta=meta, **tables), problems


def _read_meta(path: Path, problems: Problems) -> dict[str, Any]:
    file = path / "dataset.json"
    if not file.is_file():
        return {}
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        problems.add(Problem(file.name, f"is not JSON: {error}"))
        return {}
    if not isinstance(meta, dict):
        problems.add(Problem(file.name, "holds no object"))
        return {}
    if meta.get("format") != FORMAT:
        message = f"format is {meta.get('format')!r}; it must be {FORMAT!r}"
        problems.add(Problem(file.name, message))
    if meta.get("format_version") != FORMAT_VERSION:
        message = f"format_version is {meta.get('format_version')!r}; this hitrate reads 1"
        problems.add(Problem(file.name, message))
    return meta


def _check_files(path: Path, meta: Mapping[str, Any], problems: Problems) -> None:
    """Every file that dataset.json lists is there, with the bytes it lists."""
    files = meta.get("files", {})
    if not isinstance(files, dict):
        problems.add(Problem("dataset.json", "files is not an object"))
        return
    for name, facts in files.items():
        file = path / name
        if not is_inside(name):
            problems.add(Problem("dataset.json", f"files: '{name}' leaves the dataset's folder"))
        elif not file.is_file():
            problems.add(Problem(name, "is listed in dataset.json but is not there"))
        elif not isinstance(facts, dict) or "sha256" not in facts:
            problems.add(Problem("dataset.json", f"files: '{name}' has no sha256"))
        elif file_sha256(file) != facts["sha256"]:
            message = "its sha256 is not the one in dataset.json: the file was changed"
            problems.add(Problem(name, message))


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_dataset(
    tables: Mapping[str, pd.DataFrame],
    path: Path | str,
    *,
    name: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Dataset:
    """Write tables as a native dataset (CSV), check it, and return it as it reads.

    The folder appears whole or not at all: it is written beside its place and moved there.

    Parameters
    ----------
    tables
        Name of the codebook to frame; columns that the codebook does not name are kept.
    path
        A folder that is not there yet, or is empty.
    name, meta
        The study's name, and other fields of dataset.json (title, licence, notice, …).

    Raises
    ------
    DatasetError
        If the folder has something in it, or the tables break a promise of the codebook.
    """
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DatasetError(f"{path}: is already there; name a new folder")
    unknown = sorted(set(tables) - set(TABLES))
    if unknown:
        raise DatasetError(f"a dataset has no table {unknown[0]!r}; it has {', '.join(TABLES)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        files: dict[str, dict[str, Any]] = {}
        for table_name, frame in tables.items():
            file = draft / f"{table_name}.csv"
            _in_order(TABLES[table_name], frame).to_csv(file, index=False, lineterminator="\n")
            files[file.name] = {"sha256": file_sha256(file), "rows": len(frame)}
        facts = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "name": name or path.name,
            "title": name or path.name,
            "notice": None,
            "paradigm": None,
            "study": None,
            "includes": {"simulated": False, "preview": False},
            "licence": None,
            **(meta or {}),
            "files": files,
        }
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        (draft / "dataset.json").write_text(text, encoding="utf-8")
        dataset = read_dataset(draft)
        draft.chmod(0o777 & ~_umask())
        if path.exists():
            path.rmdir()
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Dataset(
        path=path,
        meta=dataset.meta,
        **{table: getattr(dataset, table) for table in TABLES},
    )


def _in_order(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The codebook's columns first, in its order; booleans as the codebook writes them."""
    ours = [column.name for column in table.columns if column.name in frame.columns]
    others = [name for name in frame.columns if name not in ours]
    ordered = frame[[*ours, *others]].copy()
    for column in ordered.columns:
        if pd.api.types.is_bool_dtype(ordered[column]):
            ordered[column] = ordered[column].map({True: "true", False: "false"})
    return ordered


def _umask() -> int:
    """The process's file mode mask, which only setting it tells."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
