"""The table of files that an import did not take."""

import csv
import io
from pathlib import Path

from experiment.export.tables import spreadsheet_safe
from stimuli.importers import ImportSummary

REFUSED = "refused.csv"
COLUMNS = ("file", "kind", "reason")


def write_refused(folder: Path, summary: ImportSummary) -> None:
    """Write the table into an upload's folder, whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([spreadsheet_safe(str(cell)) for cell in row] for row in summary.refused)
    aside = folder / f".{REFUSED}"
    aside.write_text(text.getvalue(), encoding="utf-8", newline="")
    aside.replace(folder / REFUSED)


def read_refused(folder: Path) -> list[dict[str, str]]:
    """The rows of an upload's table; none where it refused nothing, or is not over."""
    try:
        text = (folder / REFUSED).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return list(csv.DictReader(io.StringIO(text, newline="")))
