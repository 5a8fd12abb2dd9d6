"""Live results, computed again only when there is something new, and not all the time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from experiment.results.live import LiveResults

SHORTEST = 5.0  # seconds between two computations
SHARE = 20.0  # and at least so many times as long as one took,
LONGEST = 30.0  # but not longer than this


@dataclass(frozen=True, slots=True)
class Kept:
    """One study's results and what they were computed from."""

    version: Any
    results: LiveResults
    computed: float  # on the clock
    cost: float  # seconds


class Cache:
    """Results by key, in the memory of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.locks: dict[Any, threading.Lock] = {}
        self.kept: dict[Any, Kept] = {}

    def get(self, key: Any, version: Any, compute: Callable[[], LiveResults]) -> LiveResults:
        """The results of this version, or somewhat older ones while people play.

        One thread computes; the others get what is kept, and wait only where there is nothing yet.
        """
        lock = self.locks.setdefault(key, threading.Lock())
        kept = self.kept.get(key)
        if kept is None:
            lock.acquire()
        elif not lock.acquire(blocking=False):
            return kept.results
        try:
            now = self.clock()
            kept = self.kept.get(key)
            if kept and (kept.version == version or now - kept.computed < pause_after(kept.cost)):
                return kept.results
            results = compute()
            self.kept[key] = Kept(version, results, now, self.clock() - now)
            return results
        finally:
            lock.release()


def pause_after(cost: float) -> float:
    """How long results stand that took so long to compute, in seconds."""
    return min(LONGEST, max(SHORTEST, SHARE * cost))
