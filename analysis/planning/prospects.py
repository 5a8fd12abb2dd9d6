"""From people or money to the reliability, and to the images, that they are enough for."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analysis.errors import AnalysisError
from analysis.planning.design import Design
from analysis.planning.pilot import Pilot
from analysis.planning.plan import TARGETS, expected, pilot_people, responses_of
from analysis.planning.responses import PUBLISHED, Case, half_consistency, responses_needed


@dataclass(frozen=True, slots=True)
class Expected:
    """What a number of people lets one expect of the scores."""

    case: str  # where r1 is from
    r1: float  # reliability of one response
    responses_per_image: float  # mean over images, the pilot's included
    reliability: float  # R of everybody's scores
    rho: float  # split-half consistency
    reliability_low: float  # at the limits of r1; missing where there are none
    reliability_high: float
    rho_low: float
    rho_high: float


@dataclass(frozen=True, slots=True)
class Affordable:
    """How many images a number of people is enough for; a pilot's responses are not counted."""

    case: str  # where r1 is from
    r1: float  # reliability of one response
    reliability: float  # R aimed at
    rho: float  # the split-half consistency that goes with it
    responses_per_image: float  # mean over images
    n_images: int  # at most; 0 where they would be fewer than the targets of a participant
    n_images_low: int | None  # at the limits of r1; None where there are none
    n_images_high: int | None


@dataclass(frozen=True, slots=True)
class Prospects:
    """What a number of people is enough for."""

    n_participants: int  # who start; with a pilot, beyond its own
    n_images: int | None  # None where only the affordable number was asked for
    design: Design
    n_paid: float  # whole people who finish and are paid
    hours: float | None  # of those who finish; None where the minutes are not known
    cost: float | None  # with the recruiter's fee; None where the pay is not known
    expected: tuple[Expected, ...]  # one for each case; none without a number of images
    affordable: tuple[Affordable, ...]  # case by case, one for each target

    def to_frame(self) -> pd.DataFrame:
        """One row for each case: what to expect; without images one for each case and target."""
        return pd.DataFrame([asdict(row) for row in self.expected or self.affordable])

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)


def study_prospects(
    n_participants: int,
    design: Design,
    *,
    n_images: int | None = None,
    targets: Sequence[float] = TARGETS,
    cases: Sequence[Case] = PUBLISHED,
    pilot: Pilot | None = None,
) -> Prospects:
    """Say which reliability to expect of so many people, and how many images they are enough for.

    Parameters
    ----------
    n_participants
        Who start; with a pilot, beyond its own. :meth:`Design.within` finds them from a budget.
    design
        What one participant gives and costs.
    n_images
        Targets of the study; None to ask only for the affordable number.
    targets, cases
        Reliabilities R aimed at; reliabilities of one response.
    pilot
        A pilot with the same images, whose responses count.

    Raises
    ------
    AnalysisError
        If there is nobody, or the images are fewer than a participant's targets.
    """
    if n_participants < 1:
        raise AnalysisError(f"{n_participants} participants: give at least one")
    found = []
    if n_images is not None:
        design.check_images(n_images)
        people = pilot_people(pilot, design) + n_participants
        responses = responses_of(people, n_images, design, pilot)
        found = [
            Expected(
                case=case.name,
                r1=case.r1,
                responses_per_image=responses,
                **expected(design.worth(responses), case),
            )
            for case in cases
        ]
    return Prospects(
        n_participants=n_participants,
        n_images=n_images,
        design=design,
        n_paid=design.finishing(n_participants),
        hours=design.hours(n_participants),
        cost=design.cost(n_participants),
        expected=tuple(found),
        affordable=tuple(
            _affordable(n_participants, design, case, target)
            for case in cases
            for target in targets
        ),
    )


def _affordable(n_participants: int, design: Design, case: Case, target: float) -> Affordable:
    """How many images for one case and target."""

    def images(r1: float | None) -> int | None:
        if r1 is None or r1 >= 1:  # one response without noise would be enough: no limit
            return None
        pairs = n_participants * design.pairs_of_starter
        n = math.floor(pairs / design.responses(responses_needed(target, r1)) + 1e-9)
        return n if n >= design.pairs else 0

    return Affordable(
        case=case.name,
        r1=case.r1,
        reliability=target,
        rho=half_consistency(target),
        responses_per_image=design.responses(responses_needed(target, case.r1)),
        n_images=images(case.r1) or 0,
        n_images_low=images(case.r1_low),
        n_images_high=images(case.r1_high),
    )
