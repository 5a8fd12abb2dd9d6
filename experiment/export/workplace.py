"""Where an export grows: whole or not there, and kept when something stops it halfway.

Beside the target lies a hidden folder, ``.NAME.partial``: ``whole/`` becomes the target at the end;
``parts/`` holds pieces of tables; ``journal.jsonl`` lists each finished part with the state of the
data that it was written from and the sha256 of its files. An export of the same kind that is run
again keeps the parts whose state is still the data's and whose files still have these bytes.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiment.errors import ConflictError, ExperimentError
from experiment.export.folder import sha256_of

Write = Callable[[Mapping[str, Path]], Mapping[str, int]]  # files by name → rows by name


@dataclass(slots=True)
class Workplace:
    """One export at work."""

    folder: Path
    known: dict[str, dict[str, Any]]  # of an export that was stopped: state → its line
    files: set[str] = field(default_factory=set)  # what belongs into the export
    n_kept: int = 0  # parts that an earlier attempt had written
    n_parts: int = 0

    @property
    def whole(self) -> Path:
        """The folder that becomes the export."""
        return self.folder / "whole"

    def file(self, name: str) -> Path:
        """Where to write a file of the export, by its path within it."""
        path = self.whole / name
        if not path.resolve().is_relative_to(self.whole.resolve()):
            raise ExperimentError(f"'{name}' leads out of the export; rename that image")
        self.files.add(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def piece(self, state: str, table: str) -> Path:
        """Where to write a piece of a table."""
        return self.folder / "parts" / f"{state[:32]}-{table}"

    def part(self, state: str, files: Mapping[str, Path], write: Write) -> Mapping[str, int]:
        """Write these files, unless an earlier attempt did so from the same state of the data.

        Returns
        -------
        The rows of each, as `write` counted them.
        """
        self.n_parts += 1
        line = self.known.get(state)
        if line is not None and line["files"] == {
            name: sha256_of(path) if path.is_file() else "" for name, path in files.items()
        }:
            self.n_kept += 1
            rows: Mapping[str, int] = line["rows"]
            return rows
        rows = write(files)
        line = {
            "state": state,
            "files": {name: sha256_of(path) for name, path in files.items()},
            "rows": dict(rows),
        }
        with (self.folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
            journal.write("\n" + json.dumps(line))  # the last line may have been cut off
        return rows

    def remove_strays(self) -> None:
        """Delete what an earlier attempt left in the export and this one has not written."""
        for path in sorted(self.whole.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self.whole).as_posix() not in self.files:
                path.unlink()


@contextmanager
def workplace(out: Path, identity: Mapping[str, Any]) -> Iterator[Workplace]:
    """The place for an export to `out`: goes on with what an earlier attempt of the same identity
    left there, and begins anew where there is none.

    It is removed when the export is done, and when it is refused. It stays when the process is
    killed, is interrupted by the keyboard or loses its database.

    Raises
    ------
    ConflictError
        If another process exports to the same place.
    ExperimentError
        If it cannot be written.
    """
    folder = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = claim(folder, out)
        try:
            yield Workplace(folder, begin(folder, out, identity))
            shutil.rmtree(folder, ignore_errors=True)
        except (ExperimentError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            os.close(lock)
    except OSError as error:
        raise ExperimentError(
            f"The export cannot be written to {out}: {error.strerror}. Name another folder."
        ) from error


def claim(folder: Path, out: Path) -> int:
    """Make the folder and lock it; the lock ends with the process at the latest."""
    while True:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise ConflictError(
                f"Another export to {out} is at work; wait for it, or name another place."
            ) from None
        if folder.exists() and folder.stat().st_ino == os.fstat(lock).st_ino:
            return lock
        os.close(lock)  # the other one has just finished and removed it


def begin(folder: Path, out: Path, identity: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Prepare the folder; the parts that are there already, by the state of their data."""
    former = folder / "former"
    if former.exists() and not out.exists():
        former.rename(out)
    mark = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    try:
        is_same = (folder / "identity").read_text(encoding="utf-8") == mark
    except (OSError, UnicodeDecodeError):
        is_same = False
    if not is_same:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in ("whole", "parts"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "identity").write_text(mark, encoding="utf-8")
    return read_journal(folder / "journal.jsonl")


def read_journal(file: Path) -> dict[str, dict[str, Any]]:
    """The lines that are whole; the last one may have been cut off."""
    lines: dict[str, dict[str, Any]] = {}
    if not file.is_file():
        return lines
    for text in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
            lines[line["state"]] = {"files": line["files"], "rows": line["rows"]}
        except (ValueError, KeyError, TypeError):
            continue
    return lines


def put_in_place(finished: Path, out: Path, folder: Path) -> None:
    """Move the finished file or folder to its place; what was there goes, or comes back."""
    former = folder / "former"
    if out.exists():
        out.rename(former)
    try:
        finished.rename(out)
    except OSError:
        if former.exists():
            former.rename(out)
        raise
