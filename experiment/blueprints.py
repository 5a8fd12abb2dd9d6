"""Every blueprint with all its views: whatever the folders of pages and of the API hold."""

import importlib
import pkgutil
from types import ModuleType

from flask import Blueprint

FOLDERS = ("experiment.api", "experiment.participant", "experiment.researcher")


def blueprints() -> list[Blueprint]:
    """The blueprints of these folders, by name; each module adds its views by being imported."""
    found = {
        value.name: value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, Blueprint)
    }
    return [found[name] for name in sorted(found)]


def modules() -> list[ModuleType]:
    """Every module of these folders."""
    return [
        importlib.import_module(f"{folder}.{found.name}")
        for folder in FOLDERS
        for found in pkgutil.iter_modules(importlib.import_module(folder).__path__)
    ]
