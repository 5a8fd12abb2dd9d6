"""Which statistics of a study are computed aside and kept: each says what it depends on."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.models import Study

# Functions that give statistics of a study: (session, study, include_simulated) → [Statistic].
SOURCES = ("experiment.results.scores:statistics", "experiment.predictions.beside:statistics")


@dataclass(frozen=True, slots=True)
class Statistic:
    """Something that takes long to compute."""

    kind: str  # its name in the table `computed`
    version: Callable[[Session, Study], str]  # changes whenever the value may have
    compute: Callable[[Database, Study], dict[str, Any]]  # the value, as JSON has it


def statistics_of(session: Session, study: Study, *, include_simulated: bool) -> list[Statistic]:
    """All of a study's statistics; what computes them is imported when it does."""
    found: list[Statistic] = []
    for source in SOURCES:
        module, _, name = source.partition(":")
        give = getattr(importlib.import_module(module), name)
        found += give(session, study, include_simulated)
    return found
