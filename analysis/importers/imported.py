"""What an importer gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.importers.table_map import TableMap


@dataclass(frozen=True, slots=True)
class Imported:
    """Tables for a dataset, and what was made of the files that they come from."""

    tables: dict[str, pd.DataFrame]
    understood: tuple[str, ...]  # a sentence for each thing that is used
    left_out: tuple[str, ...]  # a sentence for each that is not, with the reason
    meta: Mapping[str, Any] = field(default_factory=dict)  # for dataset.json: where it came from
    mapping: TableMap = field(default_factory=TableMap)  # what was understood, as a mapping file
