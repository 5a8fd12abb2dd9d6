"""What one participant gives and costs."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from analysis.errors import AnalysisError


@dataclass(frozen=True, slots=True)
class Game:
    """The length of a published game, as far as planning needs it."""

    n_targets: int  # images whose second showing is measured
    n_trials: int  # showings
    seconds: float  # of the game alone, without instructions and practice
    unit: str = "run"  # what these numbers are of

    def of_trials(self, n_trials: int) -> "Game":
        """A game of another length with the same share of targets.

        Raises
        ------
        AnalysisError
            If it has no target.
        """
        n_targets = n_trials * self.n_targets // self.n_trials
        if n_targets < 1:
            raise AnalysisError(f"{n_trials} trials have no room for a target; give more trials")
        return Game(n_targets, n_trials, self.seconds * n_trials / self.n_trials, self.unit)


# Khosla 2015; Isola 2014 (the parting of a level is our reading); Goetschalckx 2019; Rim 2025.
GAMES = {
    "lamem2015": Game(66, 186, 186 * 1.4),
    "isola2014": Game(20, 120, 120 * 2.4, "level"),
    "memorygame2019": Game(60, 215, 215 * 1.4),
    "rim2025_example": Game(60, 260, 260 * 1.55),
}


@dataclass(frozen=True, slots=True)
class Design:
    """What one participant gives and costs; checked when it is made.

    Raises
    ------
    AnalysisError
        Naming the value that cannot be.
    """

    pairs: float  # targets seen twice, of a participant whose data count, over all their runs
    counted: float = 1.0  # share of those who start whose data count in the end
    paid: float = 1.0  # share of those who start who are paid
    dispersion: float = 0.0  # variance of responses per image over their mean; 1: by pure chance
    minutes: float | None = None  # of a participant who finishes, over all their runs
    pay: float | None = None  # of a participant who finishes, without the recruiter's fee
    fee: float = 0.0  # of the recruiter, as a share of the pay

    def __post_init__(self) -> None:
        if not (math.isfinite(self.pairs) and self.pairs > 0):
            raise AnalysisError(
                f"a participant gives {self.pairs:g} responses; give at least one target"
            )
        for name in ("counted", "paid"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise AnalysisError(f"{name} is {value:g}; it is a share above 0 and at most 1")
        for name in ("dispersion", "minutes", "pay", "fee"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise AnalysisError(f"{name} is {value:g}; it cannot be below 0")

    @property
    def pairs_of_starter(self) -> float:
        """Pairs that count, mean over all who start."""
        return self.pairs * self.counted

    def worth(self, responses: float) -> float:
        """Harmonic mean of responses per image, which is what counts, from their mean m.

        m²/(m + D), D being the dispersion: to second order, E(1/n) = (1 + var(n)/m²)/m.
        """
        return responses**2 / (responses + self.dispersion) if responses > 0 else 0.0

    def responses(self, worth: float) -> float:
        """Mean of responses per image from their harmonic mean; the inverse of ``worth``."""
        if math.isinf(worth):
            return worth
        return worth / 2 + math.sqrt(worth**2 / 4 + worth * self.dispersion)

    def check_images(self, n_images: int) -> None:
        """Refuse a set that is smaller than what one participant sees.

        Raises
        ------
        AnalysisError
            If there are fewer images than targets.
        """
        if n_images < self.pairs:
            raise AnalysisError(
                f"{n_images:,} images are fewer than the {self.pairs:g} targets of a participant, "
                "who can respond to an image only once; give more images, or fewer targets or runs"
            )

    def participants(self, pairs: float) -> float:
        """Whole people who must start for so many pairs; infinite where pairs are."""
        return ceiling_of(max(0.0, pairs) / self.pairs_of_starter)

    def finishing(self, n_participants: float) -> float:
        """Whole people who finish and are paid, of those who start."""
        return ceiling_of(n_participants * self.paid)

    def hours(self, n_participants: float) -> float | None:
        """Time of those who finish; None where the minutes are not known."""
        return None if self.minutes is None else self.finishing(n_participants) * self.minutes / 60

    def cost(self, n_participants: float) -> float | None:
        """Pay of those who finish and the recruiter's fee; None where the pay is not known."""
        if self.pay is None:
            return None
        return self.finishing(n_participants) * self.pay * (1 + self.fee)

    def within(self, budget: float) -> int:
        """How many may start so that a budget is enough.

        Raises
        ------
        AnalysisError
            If the pay is not known, or the budget does not pay anybody.
        """
        if not self.pay:
            raise AnalysisError(
                "what a budget is enough for follows from the pay; give pay of a participant or "
                "of an hour"
            )
        n_paid = math.floor(budget / (self.pay * (1 + self.fee)) + 1e-9)
        n_participants = math.floor(n_paid / self.paid + 1e-9)
        if n_participants < 1:
            raise AnalysisError(
                f"a budget of {budget:g} does not pay one participant, who costs "
                f"{self.pay * (1 + self.fee):.2f} with the recruiter's fee"
            )
        return n_participants

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)


def ceiling_of(value: float) -> float:
    """The next whole number, past what arithmetic leaves of 1e-9; infinite stays."""
    return float(math.ceil(value - 1e-9)) if math.isfinite(value) else value
