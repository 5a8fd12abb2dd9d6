"""Database → native dataset (docs/codebook.md): what analysis reads."""

from pathlib import Path
from typing import Any

from experiment.database import Database
from experiment.export.writing import ExportSummary, write_export

__all__ = ["ExportSummary", "export_study"]


def export_study(
    database: Database, instance: Path, slug: str, out: Path, **options: Any
) -> ExportSummary:
    """Write everything a study collected as a native dataset; the options are those of
    :func:`experiment.export.writing.write_export`."""
    return write_export(database, instance, slug, out, flavour="native", **options)
