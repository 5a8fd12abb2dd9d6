"""Which images somebody's table is about, and what it knows of them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.naming import (
    PICTURES,
    count_column,
    image_column,
    image_ids,
    is_rate,
    squeeze,
    without_suffix,
)
from analysis.importers.rows import Notes, Rows
from analysis.importers.text_files import read_table
from analysis.tables.checks import check_key
from analysis.tables.reading import Origin, Problems, parse_column
from analysis.tables.schema import IMAGES, Column

FACTS = {  # columns of the table images, by what others call them
    "category": "category",
    "licence": "licence",
    "license": "licence",
    "sha256": "sha256",
    "widthpx": "width_px",
    "heightpx": "height_px",
}
SOURCE = r"""<img\b[^>]*?\bsrc\s*=\s*["']?([^"'>\s]+)"""


def stimulus_names(values: "pd.Series[str]") -> "pd.Series[Any]":
    """The image that a stimulus shows: the source of an HTML image, or the path; no address."""
    uniques = pd.Series(pd.unique(values), dtype="str")
    html = uniques.str.contains("<", regex=False)
    sources = uniques.str.extract(SOURCE, flags=re.IGNORECASE)[0]
    names = uniques.mask(html, sources.fillna(""))
    is_address = names.str.match(r"(?:https?:)?//")
    bare = names.str.replace(r"^(?:https?:)?//[^/]*/*", "", regex=True)
    bare = bare.str.replace(r"[?#].*$", "", regex=True)
    names = names.mask(is_address, bare).str.replace(r"^(?:\./)+", "", regex=True)
    return values.map(dict(zip(uniques, names, strict=True))).astype(object)


def bare_names(names: "pd.Series[Any]", column: str, notes: Notes) -> "pd.Series[Any]":
    """Image ids as datasets write them: forward slashes and no picture suffix."""
    uniques = pd.Series(pd.unique(names), dtype=object)
    ids, note = image_ids(uniques)
    if note is None:
        return names
    notes.say(f"{column}: {note}")
    return names.map(dict(zip(uniques, ids, strict=True))).astype(object)


def is_picture(names: "pd.Series[Any]") -> "pd.Series[bool]":
    """Whether a name is that of a picture file."""
    return names.astype(str).str.lower().str.endswith(PICTURES)


def read_images(path: Path | str, notes: Notes) -> pd.DataFrame:
    """A table of images, with what it knows of them; every other column is an attribute.

    Raises
    ------
    DatasetError
        If no column names the images, one is there twice, or a field is wrong.
    """
    path = Path(path)
    rows = read_table(path)
    column = image_column(rows.columns)
    if column is None:
        raise DatasetError(
            f"{path.name}: no column names the images ({', '.join(rows.columns)}); call it image_id"
        )
    problems = notes.problems
    written = parse_column(Column("image_id"), rows.frame[column], rows, problems)
    ids, _ = image_ids(written.fillna("").astype(str))
    facts, _ = image_facts(rows.frame, ids, {}, {column}, rows, problems)
    check_key(IMAGES, facts, rows, problems)
    notes.check(str(path))
    notes.say(f"{path.name}: {len(facts)} images, named by {column}")
    return facts.reset_index(drop=True)


def known_names(
    names: "pd.Series[Any]", images: pd.DataFrame, rows: Rows, column: str, notes: Notes
) -> "pd.Series[Any]":
    """The ids of a table of images for names as another table writes them.

    By id, else id without suffix, else the file's name alone where one image has it. An unknown
    image is told once, with its first row.
    """
    ids = images["image_id"]
    uniques = pd.Series(pd.unique(names), dtype=object).astype(str)
    uniques = uniques[uniques != ""]
    posix = uniques.str.replace("\\", "/", regex=False)
    bare = posix.map(without_suffix)
    found = uniques.where(uniques.isin(ids), None)
    by_bare = _unique(ids.map(without_suffix), ids)
    by_name = _unique(ids.map(_own_name), ids)
    for guess in (
        posix.where(posix.isin(ids)),
        bare.map(by_bare),
        bare.map(_own_name).map(by_name),
    ):
        found = found.where(found.notna(), guess.astype(object))
    table = dict(zip(uniques, found, strict=True))
    matched = names.map(table)
    unknown = names[(names != "") & matched.isna()]
    times = unknown.value_counts()
    told = unknown.drop_duplicates()

    def message(row: int) -> str:
        n = times[told[row]]
        return f"{told[row]!r} is not in the table of images{f' ({n} rows)' if n > 1 else ''}"

    notes.each(rows, told.index, column, message)
    return matched.fillna("")


def _own_name(image_id: str) -> str:
    return without_suffix(image_id).rsplit("/", 1)[-1]


def _unique(keys: "pd.Series[Any]", ids: "pd.Series[Any]") -> "pd.Series[Any]":
    by_key = pd.Series(ids.to_numpy(), index=keys.to_numpy(), dtype=object)
    return by_key[~by_key.index.duplicated(keep=False)]


def table_of_images(
    names: "pd.Series[Any]", category: "pd.Series[Any] | None", notes: Notes
) -> pd.DataFrame:
    """The table images of those that trials show, with the category where each has one."""
    table = pd.DataFrame({"image_id": pd.unique(names)})
    if category is None:
        return table
    known = pd.DataFrame({"image": names, "category": category})
    known = known[known["category"] != ""]
    n_values = known.groupby("image")["category"].nunique()
    if (n_values > 1).any():
        name = n_values.index[n_values > 1][0]
        notes.left_out.append(f"category: image {name!r} has several")
        return table
    table["category"] = table["image_id"].map(
        known.drop_duplicates("image").set_index("image")["category"]
    )
    return table


def image_facts(
    raw: pd.DataFrame,
    ids: "pd.Series[str]",
    chosen: Mapping[str, str],
    taken: set[str],
    source: Origin,
    problems: Problems,
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """The table images: known facts under their own names, all else but rates as attributes."""
    by_column = {column: name for name, column in chosen.items()}
    facts = pd.DataFrame({"image_id": ids}, index=raw.index)
    used = []
    for name in raw.columns:
        if name in taken:
            continue
        there = by_column.get(name) or FACTS.get(squeeze(name))
        if there is None and not (count_column(name) or is_rate(name)):
            there = name
        if there is None or there in facts:
            continue
        column = next((c for c in IMAGES.columns if c.name == there), None)
        if column is not None:
            facts[there] = parse_column(column, raw[name], source, problems)
        else:
            facts[there] = raw[name].mask(raw[name] == "") if source.is_csv else raw[name]
        used.append((name, there if there in FACTS.values() else "an attribute"))
    return facts, used
