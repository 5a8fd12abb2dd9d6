"""Which trials are left out of the scores, for formats that have no table of exclusions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.export.rows import ExportedRun
from experiment.models import Exclusion, Participant


@dataclass(frozen=True, slots=True)
class Excluded:
    """What of one run is left out."""

    everything: bool
    levels: frozenset[int]

    def has(self, level: int) -> bool:
        """Whether trials of this level are left out."""
        return self.everything or level in self.levels


def excluded_of(session: Session, runs: Sequence[ExportedRun]) -> Mapping[int, Excluded]:
    """By Run.id, for each of these runs."""
    found = [
        (person, run, level)
        for person, run, level in session.execute(
            select(Participant.public_id, Exclusion.run_id, Exclusion.level)
            .join(Participant, Participant.id == Exclusion.participant_id)
            .where(Participant.public_id.in_({run.participant_id for run in runs}))
        )
    ]
    return {
        run.key: Excluded(
            everything=any(
                (key == run.key and level is None) or (key is None and person == run.participant_id)
                for person, key, level in found
            ),
            levels=frozenset(
                level for _, key, level in found if key == run.key and level is not None
            ),
        )
        for run in runs
    }
