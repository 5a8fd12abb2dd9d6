"""The commands of experiment; the module of each is imported when it is asked for."""

import importlib
from typing import Any

COMMANDS = {
    "db": "experiment.cli_db",
    "demo": "experiment.cli_demo",
    "export": "experiment.cli_export",
    "serve": "experiment.cli_serve",
    "simulate": "experiment.cli_simulate",
    "study": "experiment.cli_study",
}


def __getattr__(name: str) -> Any:
    if name not in COMMANDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(COMMANDS[name]), name)
