"""The dataset's folder: whole or not there, and never over what somebody else put there."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiment.errors import ConflictError, ExperimentError

FORMAT = "hitrate-dataset"


def inventory(folder: Path, rows: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Each file of the folder with its sha256 and, for tables, the number of rows."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        found[name] = {"sha256": sha256_of(file)}
        if name in rows:
            found[name]["rows"] = rows[name]
    return found


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def refuse_foreign_files(out: Path, slug: str) -> None:
    """Refuse a folder that holds anything but this study's own earlier export, unchanged.

    Raises
    ------
    ConflictError
        Naming the first file that would be lost.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise ConflictError(f"{out} is a file; name a folder for the dataset.")
    present = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if not p.is_dir()}
    if not present:
        return
    elsewhere = "Nothing was changed. Name another folder, or move that away first."
    try:
        about = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
        ours = about["format"] == FORMAT and about["software"]["name"] == "hitrate"
        known, name = dict(about["files"]), about["name"]
    except (OSError, ValueError, KeyError, TypeError):
        ours, known, name = False, {}, None
    if not ours:
        raise ConflictError(
            f"{out} is not empty and no export wrote it ('{min(present)}' is in it). {elsewhere}"
        )
    if name != slug:
        raise ConflictError(f"{out} holds the dataset of another study, '{name}'. {elsewhere}")
    for file in sorted(present.keys() - {"dataset.json"}):
        if file not in known:
            raise ConflictError(f"{out} also holds '{file}', which no export wrote. {elsewhere}")
        if sha256_of(present[file]) != known[file].get("sha256"):
            raise ConflictError(f"{out / file} was changed after it was exported. {elsewhere}")


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` that takes its place when all went well, and is removed when not.

    Raises
    ------
    ExperimentError
        If the folder cannot be written; what was at ``out`` is there again.
    """
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    former = out.with_name(f".{out.name}.{os.getpid()}.former")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        if out.exists():
            out.rename(former)
        try:
            partial.rename(out)
        except OSError:
            if former.exists():
                former.rename(out)
            raise
    except OSError as error:
        raise ExperimentError(
            f"The dataset cannot be written to {out}: {error.strerror}. Name another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(former, ignore_errors=True)
