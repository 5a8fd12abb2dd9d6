"""Files written by hand, imported, and read back as a dataset."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dataset import Dataset, write_dataset
from analysis.importers.front import import_table
from analysis.importers.imported import Imported


@dataclass(frozen=True, slots=True)
class Result:
    """What an import said, and the dataset that it made."""

    imported: Imported
    dataset: Dataset

    @property
    def trials(self) -> pd.DataFrame:
        """The table trials."""
        assert self.dataset.trials is not None
        return self.dataset.trials

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of the trials as plain values; what is missing is None."""
        table = self.trials[list(columns)].astype(object)
        plain = table.where(table.notna(), None)
        return list(plain.itertuples(index=False, name=None))

    def said(self, sentence: str) -> bool:
        """Whether what was understood or left out holds a sentence."""
        return any(
            sentence in line for line in (*self.imported.understood, *self.imported.left_out)
        )


def import_files(folder: Path, files: dict[str, str | bytes], **options: Any) -> Result:
    """Write files, import all of them, and read what came of it."""
    source = folder / "source"
    for name, content in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    paths = source if len(files) > 1 else source / next(iter(files))
    return read_back(folder, import_table(paths, **options))


def read_back(folder: Path, imported: Imported) -> Result:
    """The dataset that an import makes, as it is read after it was written."""
    number = len([path for path in folder.iterdir() if path.name.startswith("dataset")])
    out = folder / f"dataset{number}"
    return Result(imported, write_dataset(imported.tables, out, meta=imported.meta))
