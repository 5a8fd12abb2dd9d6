"""What a participant of a study would be shown from a seed, for the researcher alone."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.models import Image, Participant, Study
from experiment.plan import plan_trials
from experiment.studies.lag_counts import LagBar, lag_bars

# The lag chart, in units of its own drawing; small, so that its words can be read on a phone.
CHART_WIDTH = 340
ROW_HEIGHT = 18
LABEL_WIDTH = 62
NUMBER_WIDTH = 30


@dataclass(frozen=True, slots=True)
class Showing:
    """One trial of the strip."""

    position: int
    image_id: str
    sha256: str
    role: str
    is_repeat: bool
    lag: int | None
    other: int | None  # position of the image's other showing; None: it has none in this run


@dataclass(frozen=True, slots=True)
class Part:
    """A level, or a phase of a game in two parts."""

    level: int
    phase: str
    showings: tuple[Showing, ...]


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A row of the lag chart."""

    bar: LagBar
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class LagChart:
    """How often the repeats of a role have which lags."""

    role: str
    rows: tuple[DrawnBar, ...]

    @property
    def height(self) -> int:
        """Of the drawing."""
        return ROW_HEIGHT * len(self.rows)

    @property
    def in_words(self) -> str:
        """The same for those who do not see it."""
        return ", ".join(f"{row.bar.label}: {row.bar.n}" for row in self.rows)


@dataclass(frozen=True, slots=True)
class DrawnSequence:
    """A whole run as it would be planned now."""

    seed: str
    parts: tuple[Part, ...]
    charts: tuple[LagChart, ...]
    n_by_role: dict[str, int]  # showings

    @property
    def n_trials(self) -> int:
        """Showings in all."""
        return sum(self.n_by_role.values())


def drawn_sequence(session: Session, study: Study, seed: str) -> DrawnSequence:
    """The run that somebody new would get now from this seed; nothing is stored.

    Raises
    ------
    AllocationError
        If the study has too few images.
    """
    trials = plan_trials(session, study, nobody(study), seed)
    trials.sort(key=lambda trial: trial["position"])
    wanted = {trial["image_id"] for trial in trials}
    in_set = Image.image_set_id == study.image_set_id
    rows = session.execute(select(Image.id, Image.image_id, Image.sha256).where(in_set))
    images = {row.id: row for row in rows if row.id in wanted}
    places: dict[int, list[int]] = {}
    for trial in trials:
        places.setdefault(trial["image_id"], []).append(trial["position"])

    def showing(trial: dict[str, Any]) -> Showing:
        image, position = images[trial["image_id"]], trial["position"]
        others = [place for place in places[trial["image_id"]] if place != position]
        return Showing(
            position=position,
            image_id=image.image_id,
            sha256=image.sha256,
            role=trial["role"],
            is_repeat=trial["is_repeat"],
            lag=trial["lag"],
            other=others[0] if others else None,
        )

    parts = tuple(
        Part(level, phase, tuple(map(showing, group)))
        for (level, phase), group in groupby(trials, key=lambda t: (t["level"], t["phase"]))
    )
    roles = list(dict.fromkeys(trial["role"] for trial in trials))
    return DrawnSequence(
        seed=seed,
        parts=parts,
        charts=tuple(lag_charts(trials)),
        n_by_role={role: sum(trial["role"] == role for trial in trials) for role in roles},
    )


def nobody(study: Study) -> Participant:
    """Somebody new, who is in no database."""
    return Participant(study_id=study.id, person=secrets.token_hex(16), is_preview=True)


def lag_charts(trials: list[dict[str, Any]]) -> Iterator[LagChart]:
    """A chart for each role that returns."""
    for role in ("target", "vigilance"):
        lags = [t["lag"] for t in trials if t["role"] == role and t["lag"] is not None]
        if bars := lag_bars(lags):
            most = max(bar.per_lag for bar in bars)
            longest = CHART_WIDTH - LABEL_WIDTH - NUMBER_WIDTH
            yield LagChart(
                role,
                tuple(
                    DrawnBar(bar, ROW_HEIGHT * number, round(longest * bar.per_lag / most, 1))
                    for number, bar in enumerate(bars)
                ),
            )
