"""Scores as places in a sorted table, so that ranks with ties come from counting, not sorting."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """Every (numerator, n) up to a largest n, as its place among the sorted ratios."""

    place: Ints  # index: (numerator + shift) * width + n
    values: Floats
    width: int
    shift: int

    @property
    def code_type(self) -> "np.dtype[Any]":
        """The smallest type that holds every code; small types multiply faster."""
        return np.dtype(np.int16 if len(self.place) < 2**15 else np.int32)


def place_table(largest: int, *, signed: bool = False) -> PlaceTable:
    """Build the table of all numerator/n with n ≤ largest and |numerator| ≤ n.

    Equal ratios are equal floating-point numbers, because division is correctly rounded, so that
    ties are exact.
    """
    width = largest + 1
    shift = largest if signed else 0
    numerator, n = np.divmod(np.arange((largest + shift + 1) * width), width)
    numerator = numerator - shift
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(numerator) <= n, numerator / n, np.nan)
    values = np.unique(ratio[~np.isnan(ratio)])
    place = np.where(np.isnan(ratio), len(values), np.searchsorted(values, ratio))
    return PlaceTable(place.astype(np.intp), values, width, shift)
