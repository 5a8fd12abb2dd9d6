"""Which lags a paradigm gives: counted over sequences as they are drawn."""

from collections.abc import Iterator, Sequence
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

    @property
    def per_lag(self) -> float:
        """Mean number of repeats of one lag of the stretch."""
        return self.n / (self.longest - self.shortest + 1)


def draw_many(paradigm: Paradigm, n_trials: int = N_TRIALS) -> list[tuple[PlannedTrial, ...]]:
    """Sequences of the paradigm as participants would get them, always the same ones; about so
    many trials in all."""
    n = min(N_SEQUENCES, max(1, n_trials // paradigm.n_trials))
    return [draw_sequence(paradigm, from_seed(f"lags {number}")) for number in range(n)]


def lags_of(sequences: list[tuple[PlannedTrial, ...]], role: str) -> list[int]:
    """The lags of all repeats of a role."""
    trials = (trial for sequence in sequences for trial in sequence)
    return [trial.lag for trial in trials if trial.role == role and trial.lag is not None]


def lag_bars(lags: Sequence[int]) -> list[LagBar]:
    """How many repeats have which lag, in a few stretches of equal width; the last one may be
    narrower."""
    if not lags:
        return []
    shortest, longest = min(lags), max(lags)
    width = -(-(longest - shortest + 1) // MOST_BARS)
    bars = []
    for begin in range(shortest, longest + 1, width):
        end = min(begin + width - 1, longest)
        bars.append(LagBar(begin, end, sum(begin <= lag <= end for lag in lags)))
    return bars


def bars_in_text(bars: list[LagBar], n_sequences: int) -> Iterator[str]:
    """A histogram of characters: a bar is as long as each of its lags is frequent; the number is
    the mean number of repeats in a run."""
    most = max(bar.per_lag for bar in bars)
    width = max(len(bar.label) for bar in bars)
    for bar in bars:
        length = round(BAR_WIDTH * bar.per_lag / most)
        yield f"{bar.label:>{width}}  {'█' * length:{BAR_WIDTH}}  {bar.n / n_sequences:.1f}"
