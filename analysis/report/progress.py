"""Who is told what the report is doing, and how a reason is told to its readers."""

from collections.abc import Callable

from analysis.dataset import Dataset
from analysis.errors import AnalysisError

Progress = Callable[[str], None]  # is told the name of each step as it begins


def silent(step: str) -> None:
    """Tell nobody."""


def told(error: AnalysisError, dataset: Dataset) -> str:
    """The error's reason, without the folder that only the writer of the report knows."""
    return str(error).removeprefix(f"{dataset.path}: ").rstrip(".")
