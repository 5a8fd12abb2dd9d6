"""What a job may do: each kind is a function that takes a `Work` and returns the job's result."""

import importlib
from collections.abc import Callable
from typing import Any

from experiment.jobs.work import Work

# kind: module:function
KINDS: dict[str, str] = {
    "open_study": "experiment.studies.opening:open_in_job",
    "export": "experiment.export.kept:make_export",
    "report": "experiment.predictions.reporting:report_study",
    "score": "experiment.predictions.scoring:score_study",
    "import_images": "experiment.uploads.importing:import_upload",
}


def function_of(kind: str) -> Callable[[Work], dict[str, Any]]:
    """The function of a kind; its module is imported now."""
    module, _, name = KINDS[kind].partition(":")
    found: Callable[[Work], dict[str, Any]] = getattr(importlib.import_module(module), name)
    return found
