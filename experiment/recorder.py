"""Saving many people's responses at once: whoever waits for the database shares one transaction.

Of the time that one response takes, half is beginning and committing, and there is one writer at a
time. So threads hand in their batches, and the thread whose turn it is writes all that have come
in; each goes on when its own is on the disk.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from experiment.database import Database
from experiment.recording import Batch, Receipt, record_batches

DEADLOCK = "40P01"  # PostgreSQL's SQLSTATE


@dataclass(slots=True)
class Waiting:
    """A batch, and what became of it: stored, or known not to be."""

    batch: Batch
    outcome: Receipt | Exception | None = None


class Recorder:
    """Writes the batches of one process's threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waiting: list[Waiting] = []
        self.handing_in = threading.Lock()
        self.writing = threading.Lock()

    def record(
        self,
        token: str,
        responses: Sequence[dict[str, Any]],
        events: Sequence[dict[str, Any]],
        tab: str | None = None,
    ) -> Receipt:
        """Store responses and events of a run: on the disk when this returns."""
        mine = Waiting(Batch(token, responses, events, tab))
        with self.handing_in:
            self.waiting.append(mine)
        with self.writing:
            if mine.outcome is None:  # else the thread before this one has written it
                with self.handing_in:
                    together, self.waiting = self.waiting, []
                self.write(together)
        if isinstance(mine.outcome, Receipt):
            return mine.outcome
        raise mine.outcome or RuntimeError("a batch was left in the queue")

    def write(self, together: Sequence[Waiting], *, is_second: bool = False) -> None:
        """Store batches in one transaction; where one is to blame for an error, each in its own.

        That is tried once: a run may have been deleted in between, and then is unknown. An error
        that would meet every batch (the database is busy or gone) is told to all at once, so that
        nobody waits for it again and again.
        """
        try:
            with self.database.write() as session:
                outcomes = record_batches(session, [waiting.batch for waiting in together])
        except Exception as error:
            if is_of_one_batch(error) and not is_second:
                for waiting in together:
                    self.write([waiting], is_second=True)
            else:
                for waiting in together:
                    waiting.outcome = error
        else:
            for waiting, outcome in zip(together, outcomes, strict=True):
                waiting.outcome = outcome


def is_of_one_batch(error: Exception) -> bool:
    """Whether a single batch may be to blame: a value that the database refuses, or a deadlock."""
    if isinstance(error, IntegrityError | DataError):
        return True
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") == DEADLOCK
