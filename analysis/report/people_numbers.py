"""Every number of the report that is about people alone, beyond scores and their consistency."""

from dataclasses import dataclass

from analysis.dataset import Dataset
from analysis.report.progress import Progress


@dataclass(frozen=True, slots=True)
class PeopleNumbers:
    """What follows from the responses; a part is None or empty where the data do not have it."""

    problems: tuple[str, ...] = ()  # what could not be computed, and why


def gather_people(
    dataset: Dataset, score: str, *, n_splits: int, seed: int, progress: Progress
) -> PeopleNumbers:
    """Compute everything about people; the same seed gives the same numbers."""
    return PeopleNumbers()
