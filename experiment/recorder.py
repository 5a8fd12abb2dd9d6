"""Saving many people's responses at once: whoever waits for the database shares one transaction.

Of the time that one response takes, half is beginning and committing, and there is one writer at a
time. So threads hand in their batches, and the thread whose turn it is writes all that have come
in; each goes on when its own is on the disk.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiment.database import Database
from experiment.recording import Receipt, record_batch


@dataclass(slots=True)
class Batch:
    """What one request brings, and what became of it: stored, or known not to be."""

    token: str
    responses: Sequence[dict[str, Any]]
    events: Sequence[dict[str, Any]]
    outcome: Receipt | Exception | None = None


class Recorder:
    """Writes the batches of one process's threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waiting: list[Batch] = []
        self.handing_in = threading.Lock()
        self.writing = threading.Lock()

    def record(
        self,
        token: str,
        responses: Sequence[dict[str, Any]],
        events: Sequence[dict[str, Any]],
    ) -> Receipt:
        """Store responses and events of a run: as `record_batch`, on the disk when this returns."""
        batch = Batch(token, responses, events)
        with self.handing_in:
            self.waiting.append(batch)
        with self.writing:
            if batch.outcome is None:  # else the thread before this one has written it
                with self.handing_in:
                    batches, self.waiting = self.waiting, []
                self.write(batches)
        if isinstance(batch.outcome, Receipt):
            return batch.outcome
        raise batch.outcome or RuntimeError("a batch was left in the queue")

    def write(self, batches: Sequence[Batch]) -> None:
        """Store batches in one transaction; if any of them cannot be, each in one of its own."""
        try:
            with self.database.write() as session:
                receipts = [
                    record_batch(session, batch.token, batch.responses, batch.events)
                    for batch in batches
                ]
        except Exception as error:
            if len(batches) == 1:
                batches[0].outcome = error
            else:
                for batch in batches:
                    self.write([batch])
        else:
            for batch, receipt in zip(batches, receipts, strict=True):
                batch.outcome = receipt
