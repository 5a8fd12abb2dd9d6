"""How fast one run may send: far faster than any game, slower than a program gone wild."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from experiment.errors import TooManyRequestsError

REMEMBERED = 10_000  # runs


class Pace:
    """A bucket of requests for each run, in the memory of this process."""

    def __init__(
        self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.burst = burst
        self.per_second = per_second
        self.clock = clock
        self.lock = threading.Lock()
        self.left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # token → (left, when)

    def count(self, token: str) -> None:
        """Take one request out of the run's bucket.

        Raises
        ------
        TooManyRequestsError
            If it is empty.
        """
        now = self.clock()
        with self.lock:
            left, when = self.left.pop(token, (float(self.burst), now))
            left = min(self.burst, left + (now - when) * self.per_second)
            self.left[token] = (max(left - 1, 0), now)
            if len(self.left) > REMEMBERED:
                self.left.popitem(last=False)
        if left < 1:
            raise TooManyRequestsError("this run sends too fast; wait a second and send it again")
