"""Scores as places in a sorted table, so that ranks with ties come from counting, not sorting."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]


@dataclass(frozen=True, slots=True)
class Block:
    """Scores of some splits as places in a sorted table; the place after the last is missing."""

    first: Ints  # splits × images
    second: Ints
    values: Floats  # score at each place, ascending


def look_up(table: "np.ndarray[Any, np.dtype[Any]]", indices: Ints) -> Any:
    """Entries of a table, row by row: rows that fit a processor's cache are twice as fast."""
    found = np.empty(indices.shape, dtype=table.dtype)
    for row, some in zip(found, indices, strict=True):
        # Every index is within the table; "clip" only spares a check that copies.
        np.take(table, some.astype(np.intp), out=row, mode="clip")
    return found


def to_block(first: Floats, second: Floats) -> Block:
    """Places by sorting, for scores of any kind."""
    values, places = np.unique(np.stack([first, second]), return_inverse=True)
    places = places.reshape(2, *first.shape)
    return Block(places[0], places[1], values[~np.isnan(values)])


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """Every (numerator, n) up to a largest n, as its place among the sorted ratios."""

    place: Ints  # index: (numerator + shift) * width + n
    values: Floats
    width: int
    shift: int


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
