"""Who comes to play: mostly people who try, and some who do not, leave, or sit in a bad network.

Pure: what a player is like follows from the seed and their number alone.
"""

from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["attentive", "always", "never", "random"]  # when they press
CARELESS: tuple[Kind, ...] = ("always", "never", "random")


@dataclass(frozen=True, slots=True)
class Habits:
    """What one player is like, beside their memory."""

    kind: Kind = "attentive"
    leaves_after: float | None = None  # share of a run after which the tab is closed; None: never
    is_flaky: bool = False  # requests and answers get lost, and the page is reloaded in between
    stop_rate: float = 0.1  # chance to stop at each rest that offers it


@dataclass(frozen=True, slots=True)
class Crowd:
    """Shares of players of each kind; the same for the same seed."""

    careless: float = 0.0  # a third each press always, never, or at random
    dropouts: float = 0.0
    flaky: float = 0.0

    def habits(self, seed: int, number: int) -> Habits:
        """What this player is like."""
        rng = Random(f"{seed}/habits/{number}")
        is_careless, leaves, is_flaky = (rng.random() for _ in range(3))
        kind = CARELESS[int(rng.random() * len(CARELESS))]
        leaves_after = rng.random()
        return Habits(
            kind=kind if is_careless < self.careless else "attentive",
            leaves_after=leaves_after if leaves < self.dropouts else None,
            is_flaky=is_flaky < self.flaky,
        )
