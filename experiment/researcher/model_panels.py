"""A model beside the people as its panel draws it: rows with their marks, and the surprises."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from experiment.current import instance
from experiment.models import Study
from experiment.predictions.beside import KeptBeside, kept_beside
from experiment.predictions.comparing import Beside, Estimate, OnScore, Surprise

WIDTH = 240  # of the drawing of one row, in its own units

Kind = Literal["model", "people", "ceiling"]
Drawn = tuple[Kind, str, Estimate]


@dataclass(frozen=True, slots=True)
class Row:
    """One correlation: what it is, its value in words, and its mark on the track."""

    kind: Kind
    label: str
    value: str
    interval: str
    x: float | None
    from_x: float | None = None
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class ScoreRows:
    """A model on both scales of one score."""

    on: OnScore
    half: tuple[Row, ...]
    everybody: tuple[Row, ...]
    zero_x: float  # where a correlation of 0 is

    @property
    def name(self) -> str:
        """The score in words."""
        return self.on.score.replace("_", " ").replace("false alarm", "false-alarm")


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that is shown of one model beside the people."""

    scores: tuple[ScoreRows, ...]
    better: tuple[Surprise, ...]  # remembered better than the model expects
    worse: tuple[Surprise, ...]


@dataclass(frozen=True, slots=True)
class ShownModel:
    """A model on a page, beside the people as far as that is known."""

    name: str
    title: str
    kept: KeptBeside
    panel: Panel | None  # None: nobody played, or it is being computed


def shown_models(study: Study, names: Sequence[str]) -> list[ShownModel]:
    """Models of a study as a page shows them that does not hide scores."""
    from analysis.comparison.verdict import called

    shown = []
    for name in names:
        kept, title = kept_beside(instance(), study, name), called(name)
        panel = None if kept.beside is None else panel_of(kept.beside, title)
        shown.append(ShownModel(name, title, kept, panel))
    return shown


def panel_of(beside: Beside, title: str) -> Panel:
    """What is drawn of a comparison; `title` is what the model is called."""
    return Panel(
        scores=tuple(score_rows(on, title) for on in beside.scores),
        better=tuple(beside.better),
        worse=tuple(beside.worse),
    )


def score_rows(on: OnScore, title: str) -> ScoreRows:
    """Both scales; the tracks of one score run from the same lowest number to 1."""
    half, everybody = on.against_half, on.against_all
    if half is None or everybody is None:
        return ScoreRows(on, (), (), 0.0)
    of_half: list[Drawn] = [
        ("people", "Another half of the people, ρ", half.another_half),
        ("model", title, half.model),
    ]
    of_all: list[Drawn] = [
        ("ceiling", "Estimated ceiling of any model, √R", everybody.ceiling),
        ("model", title, everybody.model),
    ]
    low = lowest([estimate for _, _, estimate in (*of_half, *of_all)])
    return ScoreRows(
        on,
        half=tuple(row(*drawn, low) for drawn in of_half),
        everybody=tuple(row(*drawn, low) for drawn in of_all),
        zero_x=place(0.0, low),
    )


def lowest(estimates: Sequence[Estimate]) -> float:
    """Where the tracks begin: 0, or the tenth below the lowest number."""
    numbers = [n for one in estimates for n in (one.value, one.low) if n is not None]
    return min(0.0, math.floor(min(numbers, default=0.0) * 10) / 10)


def row(kind: Kind, label: str, estimate: Estimate, low: float) -> Row:
    """One correlation on a track that begins at `low`."""
    from analysis.readable import decimal, limits

    mark = Row(
        kind=kind,
        label=label,
        value=decimal(estimate.value),
        interval=limits(estimate.low, estimate.high),
        x=None if estimate.value is None else place(estimate.value, low),
    )
    if estimate.low is None or estimate.high is None:
        return mark
    from_x = place(estimate.low, low)
    return Row(
        kind=kind,
        label=label,
        value=mark.value,
        interval=mark.interval,
        x=mark.x,
        from_x=from_x,
        width=round(place(estimate.high, low) - from_x, 1),
    )


def place(value: float, low: float) -> float:
    """Where a correlation is on a track from `low` to 1."""
    return round(WIDTH * (min(max(value, low), 1.0) - low) / (1.0 - low), 1)
