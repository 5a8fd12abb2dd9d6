"""What the sections of the page are made of.

A section is a heading and a list of blocks; ``templates/report.html.j2`` has a macro for each kind
of block. Texts are plain text; the template escapes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import altair as alt
import pandas as pd


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs; ``style`` is their CSS class: "", "faint", "hint faint" or "abstract"."""

    kind: ClassVar[str] = "text"
    paragraphs: Sequence[str]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Warnings:
    """Paragraphs that a reader must not miss; nothing where there are none."""

    kind: ClassVar[str] = "warnings"
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """The dataset's own notice, repeated; nothing where it has none."""

    kind: ClassVar[str] = "notice"
    text: str | None


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading within a section."""

    kind: ClassVar[str] = "subheading"
    text: str
    level: int = 3  # 3, or 4 below a 3


@dataclass(frozen=True, slots=True)
class Headlines:
    """A few large numbers, each with what it is: (number, words)."""

    kind: ClassVar[str] = "headlines"
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A short table, its numbers rounded for reading; nothing where it has no rows."""

    kind: ClassVar[str] = "table"
    label: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: Sequence[int] = (0,)  # columns that hold words and stand on the left


@dataclass(frozen=True, slots=True)
class LongTable:
    """A table with many rows that the page's script sorts, searches and turns over.

    A column is ``{"label": …, "kind": …}``; the kinds are ``text``, ``number``, ``count`` and
    ``rate``, whose cells are [value, low, high, counts in words].
    """

    kind: ClassVar[str] = "long_table"
    id: str
    label: str
    file: str  # where all rows are
    columns: Sequence[dict[str, str]]
    rows: Sequence[Sequence[Any]]
    with_pictures: bool = False  # the first column is image_ids


@dataclass(frozen=True, slots=True)
class PointNames:
    """What the numbers of a point are called in the card that shows its picture."""

    x: str
    y: str
    x_digits: int = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart. With ``points`` its marks answer to pointer, touch and arrow keys.

    Such a chart has rows with ``image_id``, ``x`` and ``y``, and a parameter ``chosen``.
    """

    kind: ClassVar[str] = "figure"
    id: str  # of the page's elements; letters, digits and hyphens
    chart: alt.LayerChart  # in the palette PAGE
    label: str  # read out by screen readers
    caption: str
    points: PointNames | None = None
    wanted: Sequence[str] = ()  # image_ids whose pictures it shows, the important ones first


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture with its numbers: (CSS class of people or of a model, text)."""

    image_id: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures in rows."""

    kind: ClassVar[str] = "gallery"
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Strip:
    """Pictures in one long row, under a heading; nothing where the dataset has no pictures."""

    kind: ClassVar[str] = "strip"
    heading: str
    caption: str
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one below the other."""

    kind: ClassVar[str] = "facts"
    items: Sequence[tuple[str, str]]


Block = (
    Text
    | Warnings
    | Notice
    | Subheading
    | Headlines
    | Table
    | LongTable
    | Figure
    | Gallery
    | Strip
    | Facts
)


@dataclass(frozen=True, slots=True)
class File:
    """A table to download, unrounded."""

    name: str  # ends in .csv
    table: pd.DataFrame
    what: str  # it is, in words


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under one heading, and the tables that belong to it."""

    heading: str | None  # the first section has none
    blocks: Sequence[Block]
    files: Sequence[File] = ()

    def figures(self) -> list[Figure]:
        """Its charts, in order."""
        return [block for block in self.blocks if isinstance(block, Figure)]

    def long_tables(self) -> list[LongTable]:
        """Its long tables, in order."""
        return [block for block in self.blocks if isinstance(block, LongTable)]

    def tiles(self) -> list[Tile]:
        """The pictures of its galleries, in order."""
        shown = [block for block in self.blocks if isinstance(block, (Gallery, Strip))]
        return [tile for block in shown for tile in block.tiles]
