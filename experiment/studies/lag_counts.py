"""Which lags a paradigm gives: counted over sequences as they are drawn."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiment.design.chance import from_seed
from experiment.design.paradigms import Paradigm
from experiment.design.sequence import PlannedTrial, draw_sequence

N_SEQUENCES = 200
N_TRIALS = 40_000  # fewer sequences are drawn of a long run, this many trials in all
MOST_BARS = 12
BAR_WIDTH = 40  # characters of the longest bar


@dataclass(frozen=True, slots=True)
class LagBar:
    """A stretch of lags, both ends included, and how many repeats fall into it."""

    shortest: int
    longest: int
    n: int

    @property
    def label(self) -> str:
        """The lags in words."""
        if self.shortest == self.longest:
            return str(self.shortest)
        return f"{self.shortest}–{self.longest}"


def draw_many(paradigm: Paradigm) -> list[tuple[PlannedTrial, ...]]:
    """Sequences of the paradigm as participants would get them, always the same ones."""
    n = min(N_SEQUENCES, max(1, N_TRIALS // paradigm.n_trials))
    return [draw_sequence(paradigm, from_seed(f"lags {number}")) for number in range(n)]


def lag_bars(
    sequences: list[tuple[PlannedTrial, ...]], role: str, most: int = MOST_BARS
) -> list[LagBar]:
    """How many repeats of a role have which lag, in stretches of equal width; the last one may be
    narrower."""
    lags = [
        trial.lag
        for sequence in sequences
        for trial in sequence
        if trial.role == role and trial.lag is not None
    ]
    if not lags:
        return []
    shortest, longest = min(lags), max(lags)
    width = -(-(longest - shortest + 1) // most)
    return [
        LagBar(
            begin,
            min(begin + width - 1, longest),
            sum(begin <= lag < begin + width for lag in lags),
        )
        for begin in range(shortest, longest + 1, width)
    ]


def bars_in_text(bars: list[LagBar], n_sequences: int) -> Iterator[str]:
    """A histogram of characters, with the mean number in a run."""
    most = max(bar.n for bar in bars)
    width = max(len(bar.label) for bar in bars)
    for bar in bars:
        length = round(BAR_WIDTH * bar.n / most)
        yield f"{bar.label:>{width}}  {'█' * length:{BAR_WIDTH}}  {bar.n / n_sequences:.1f}"
