"""Where a report may be written, and of what none can be made."""

import json
from pathlib import Path

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.report.record import FORMAT


def refuse_foreign_folder(out: Path) -> None:
    """Refuse a folder in which a report would write over what is no report.

    Raises
    ------
    AnalysisError
        If it is a file, a dataset, or holds anything and no report.json of ours.
    """
    elsewhere = "nothing was changed; name another folder: --out"
    try:
        if not out.exists():
            return
        if not out.is_dir():
            raise AnalysisError(f"{out} is a file; {elsewhere}")
        present = sorted(path.name for path in out.iterdir())
    except OSError as error:
        raise AnalysisError(f"{out} cannot be read: {error.strerror}; {elsewhere}") from error
    if any(name in present for name in ("dataset.json", "images.csv", "images.parquet")):
        raise AnalysisError(f"{out} is a dataset, and a report has tables too; {elsewhere}")
    try:
        found = json.loads((out / "report.json").read_text(encoding="utf-8"))
        ours = isinstance(found, dict) and found.get("format") == FORMAT
    except (OSError, ValueError):
        ours = False
    if present and not ours:
        raise AnalysisError(
            f"{out} is not empty and holds no report ('{present[0]}' is in it); {elsewhere}"
        )


def refuse_no_trials(dataset: Dataset) -> None:
    """Refuse a dataset whose table of trials is empty, and say why it may be."""
    if dataset.trials is None or len(dataset.trials):
        return
    includes = dataset.meta.get("includes")
    advice = "nobody played yet"
    if isinstance(includes, dict) and includes.get("simulated") is False:
        advice += ", or only simulated people: hitrate export --include-simulated takes them in"
    raise AnalysisError(f"{dataset.path}: has no trials; {advice}")
