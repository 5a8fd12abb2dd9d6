"""Draws that are the same on every machine and Python version.

Python promises that ``Random(int).random()`` keeps its sequence for ever; ``shuffle``, ``sample``
and ``choice`` are outside that promise, so everything here is made of ``random()`` alone.
"""

import hashlib
from collections.abc import Iterable
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def from_seed(seed: str) -> Random:
    """The source of chance that belongs to a stored seed (any text)."""
    return Random(int.from_bytes(hashlib.sha256(seed.encode()).digest()))


def below(rng: Random, n: int) -> int:
    """A whole number from 0 to n − 1, each as likely (n at most 2³², so the bias is below 2⁻²¹)."""
    return int(rng.random() * n)


def shuffled(rng: Random, items: Iterable[Item]) -> list[Item]:
    """The items in random order (Fisher–Yates)."""
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        other = below(rng, last + 1)
        order[last], order[other] = order[other], order[last]
    return order
