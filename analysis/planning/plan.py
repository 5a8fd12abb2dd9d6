"""From target reliabilities to people, hours and money."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from analysis.planning.design import Design
from analysis.planning.pilot import Pilot
from analysis.planning.responses import (
    PUBLISHED,
    Case,
    half_consistency,
    reliability_of,
    responses_needed,
)

TARGETS = (0.8, 0.9)
N_CURVE = 60  # people counts at which the curve is computed


@dataclass(frozen=True, slots=True)
class Need:
    """What one target reliability takes. People, hours and money are those beyond a pilot."""

    case: str  # where r1 is from
    r1: float  # reliability of one response
    reliability: float  # R aimed at, of everybody's scores
    rho: float  # the split-half consistency that goes with it
    responses_per_image: float  # mean over images, the pilot's included
    n_participants: float  # whole people who must start; infinite where no number is enough
    n_paid: float  # whole people of them who finish and are paid
    hours: float | None  # of those who finish; None where the minutes are not known
    cost: float | None  # with the recruiter's fee; None where the pay is not known
    n_participants_low: float  # at the limits of r1; missing where there are none
    n_participants_high: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What the target reliabilities take, in every case."""

    n_images: int
    design: Design
    cases: tuple[Case, ...]
    needs: tuple[Need, ...]  # case by case, one for each target
    pilot: Pilot | None  # whose responses are part of the study

    def to_frame(self) -> pd.DataFrame:
        """One row for each case and target, a column for each field of a need."""
        return pd.DataFrame([asdict(need) for need in self.needs])

    def curve(self, most: float | None = None) -> pd.DataFrame:
        """Expected R and ρ against the number of people who start, the pilot's included.

        Parameters
        ----------
        most
            Largest number of people; by default a quarter more than the most that are needed.

        Returns
        -------
        case, n_participants, responses_per_image, reliability, rho, and the limits of the two
        (missing where r1 has none).
        """
        start = pilot_people(self.pilot, self.design)
        if most is None:
            ends = [n.n_participants for n in self.needs if math.isfinite(n.n_participants)]
            most = 1.25 * (start + max(ends))
        rows = []
        for case in self.cases:
            for people in most * np.linspace(0, 1, N_CURVE + 1) ** 2:  # denser where it is steep
                responses = responses_of(float(people), self.n_images, self.design, self.pilot)
                rows.append(
                    {
                        "case": case.name,
                        "n_participants": float(people),
                        "responses_per_image": responses,
                        **expected(self.design.worth(responses), case),
                    }
                )
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Everything, the curve included."""
        return {
            "n_images": self.n_images,
            "design": self.design.to_dict(),
            "cases": [case.to_dict() for case in self.cases],
            "needs": [asdict(need) for need in self.needs],
            "pilot": None if self.pilot is None else self.pilot.to_dict(),
            "curve": self.curve().to_dict("records"),
        }


def plan_study(
    n_images: int,
    design: Design,
    *,
    targets: Sequence[float] = TARGETS,
    cases: Sequence[Case] = PUBLISHED,
    pilot: Pilot | None = None,
) -> Plan:
    """Find how many people must start for each target reliability.

    Parameters
    ----------
    n_images
        Targets of the whole study.
    design
        What one participant gives and costs.
    targets
        Reliabilities R, above 0 and below 1.
    cases
        Reliabilities of one response; by default the two published ones.
    pilot
        A pilot with the same images, whose responses count towards the targets.

    Raises
    ------
    AnalysisError
        If a target cannot be reached, or the images are fewer than a participant's targets.
    """
    if not targets or not cases:
        raise AnalysisError("a plan needs at least one target reliability and one case")
    design.check_images(n_images)
    needs = []
    for case in cases:
        for target in targets:
            n = _still_needed(target, case.r1, n_images, design, pilot)
            low, high = (
                _still_needed(target, r1, n_images, design, pilot)
                for r1 in reversed(case.limits() or (math.nan, math.nan))
            )
            needs.append(
                Need(
                    case=case.name,
                    r1=case.r1,
                    reliability=target,
                    rho=half_consistency(target),
                    responses_per_image=design.responses(responses_needed(target, case.r1)),
                    n_participants=n,
                    n_paid=design.finishing(n),
                    hours=design.hours(n),
                    cost=design.cost(n),
                    n_participants_low=low,
                    n_participants_high=high,
                )
            )
    return Plan(n_images, design, tuple(cases), tuple(needs), pilot)


def _still_needed(
    target: float, r1: float, n_images: int, design: Design, pilot: Pilot | None
) -> float:
    """Whole people who must start, beyond the pilot; missing where r1 is."""
    if math.isnan(r1):
        return math.nan
    pairs = design.responses(responses_needed(target, r1)) * n_images
    return design.participants(pairs - (0.0 if pilot is None else pilot.pairs))


def pilot_people(pilot: Pilot | None, design: Design) -> float:
    """People who started the pilot; from counts alone, as many as give its responses."""
    if pilot is None:
        return 0.0
    return pilot.n_started or pilot.pairs / design.pairs_of_starter


def responses_of(people: float, n_images: int, design: Design, pilot: Pilot | None) -> float:
    """Responses per image, mean over images, of so many who start, the pilot's people first."""
    before = pilot_people(pilot, design)
    pairs = max(0.0, people - before) * design.pairs_of_starter
    if pilot is not None:
        pairs += pilot.pairs * min(1.0, people / before)
    return pairs / n_images


def expected(responses: float, case: Case) -> dict[str, float]:
    """R and ρ of scores of so many responses per image, with their limits (missing: none).

    Parameters
    ----------
    responses
        Per image, harmonic mean over images.
    case
        How reliable one response is.
    """
    low, high = case.limits() or (math.nan, math.nan)
    found = {}
    for ending, r1 in (("", case.r1), ("_low", low), ("_high", high)):
        reliability = reliability_of(responses, r1) if r1 == r1 else math.nan
        found[f"reliability{ending}"] = reliability
        found[f"rho{ending}"] = half_consistency(reliability)
    return found
