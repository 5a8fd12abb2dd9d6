"""The instance that the running app serves."""

from dataclasses import dataclass

from flask import current_app

from experiment.database import Database
from experiment.recorder import Recorder
from experiment.results.background import Compute, launch
from experiment.settings import Settings


@dataclass(frozen=True, slots=True)
class Instance:
    """What the views need: where things lie, the database, and who writes down responses."""

    settings: Settings
    database: Database
    recorder: Recorder
    compute: Compute = launch  # how statistics are computed that pages do not wait for


def instance() -> Instance:
    """The instance of the app that handles this request."""
    found: Instance = current_app.extensions["hitrate"]
    return found
