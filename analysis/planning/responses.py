"""How many responses per image give a reliability, and what a number of responses gives.

Everything follows from r1, the reliability of one response to an image: scores of n responses are
as reliable as a test n times as long. Source: Spearman 1910, Brown 1910.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

from analysis.consistency.reliability import spearman_brown
from analysis.errors import AnalysisError


@dataclass(frozen=True, slots=True)
class Case:
    """How reliable one response to an image is, and how that is known."""

    name: str  # where r1 is from, in words
    r1: float  # reliability of a score of one response per image
    r1_low: float | None = None  # confidence limits; None where there are none
    r1_high: float | None = None
    level: float | None = None  # of the limits

    def __post_init__(self) -> None:
        if not 0 < self.r1 < 1:
            raise AnalysisError(
                f"r1 is {self.r1:g}; the reliability of one response is above 0 and below 1, "
                "such as 0.07"
            )

    def limits(self) -> tuple[float, float] | None:
        """The confidence limits of r1, low and high; None where there are none."""
        if self.r1_low is None or self.r1_high is None:
            return None
        return self.r1_low, self.r1_high

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)


PUBLISHED = (Case("like MemCat's hit rates", 0.07), Case("like harder image sets", 0.03))


def check_reliability(reliability: float) -> float:
    """The same number, if scores can have such a reliability and responses can reach it.

    Raises
    ------
    AnalysisError
        If it is not above 0 and below 1.
    """
    if 0 < reliability < 1:
        return reliability
    raise AnalysisError(
        f"reliability is {reliability:g}; a target is above 0 and below 1, such as 0.8, since no "
        "number of responses makes scores free of noise"
    )


def responses_needed(reliability: float, r1: float) -> float:
    """Responses per image for a reliability R, n = R(1−r1) / (r1(1−R)).

    Where images differ in their numbers of responses, n is their harmonic mean.

    Parameters
    ----------
    reliability
        R of everybody's scores, above 0 and below 1.
    r1
        Reliability of one response. Where it is 0, no number is enough: infinite.

    Raises
    ------
    AnalysisError
        If no number of responses has this reliability.
    """
    check_reliability(reliability)
    if r1 <= 0:
        return math.inf
    return reliability * (1 - r1) / (r1 * (1 - reliability))


def reliability_of(responses: float, r1: float) -> float:
    """Reliability R of scores of so many responses per image (Spearman–Brown)."""
    return spearman_brown(r1, responses)


def one_response(reliability: float, responses: float) -> float:
    """Reliability r1 of one response from R of scores of so many; the inverse."""
    return spearman_brown(reliability, 1 / responses)


def half_consistency(reliability: float) -> float:
    """Split-half consistency ρ of scores whose reliability is R, ρ = R/(2−R)."""
    return spearman_brown(reliability, 0.5)
