"""Score tables: LaMem's split files, THINGS, and any table of images and numbers."""

import re
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.images import FACTS, known_names
from analysis.importers.naming import image_column, image_ids, squeeze
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import TableMap
from analysis.importers.trials import Made
from analysis.importers.values import numbers

SPLIT = re.compile(r"(?:train|val|test)_?(\d+)")
HALVES = (
    "LaMem's split files: each score is that of half of the people (Khosla et al. 2015), so that a "
    "model held against one of them is on scale A: its neighbour is the split-half correlation"
)
THINGS = {"image_nr", "image_name", "file_path", "cr"}
NUMBERING = ("imagenr", "imagenumber", "index", "id", "nr", "no", "row", "unnamed0", "column1")
RESPONSES = ("n", "nresp", "nresponses", "responses", "nratings")
TIMES = ("meanresponsetime", "meanrt")


def import_scores(
    parts: list[Rows], table_map: TableMap, notes: Notes, images: pd.DataFrame | None = None
) -> Made:
    """Make image_scores of one table or several, each with names of its own for its scores.

    Raises
    ------
    DatasetError
        If no column names images, none holds numbers, or an image has two values of a score.
    """
    tables, facts, found = [], [], {}
    for rows in parts:
        wide = _lamem(rows) if not rows.has_header else None
        if wide is not None:
            names, scores, attributes = wide
            notes.say(f"{rows.files[0]}: path and score, as LaMem's split files, named {names[1]}")
            column, scored = names[0], {names[1]: scores}
            rows = rows.with_columns({})
        else:
            column, scored, attributes = _columns(rows, table_map, notes)
            found["image_id"] = column
        ids = _ids(rows, column, images, notes)
        for name, source in scored.items():
            tables.append(_scores(rows, ids, name, source, _responses(rows, notes), notes))
        facts.append(
            pd.DataFrame({"image_id": ids, **{k: rows.frame[v] for k, v in attributes.items()}})
        )
    notes.check(parts[0].files[0])
    stacked = pd.concat(tables, ignore_index=True)
    clash = stacked.duplicated(["image_id", "score"])
    if clash.any():
        image, score = stacked.loc[clash, ["image_id", "score"]].iloc[0]
        raise DatasetError(
            f"{', '.join(rows.files[0] for rows in parts)}: image {image!r} has two values of "
            f"{score}; give the score another name in one of the files"
        )
    if images is None:
        known = pd.concat(facts, ignore_index=True)
        images = (
            known[known["image_id"] != ""].groupby("image_id", sort=False).first().reset_index()
        )
        images = images.mask(images == "")
    split = [rows.files[0] for rows in parts if not rows.has_header]
    stems = [PurePosixPath(name).stem for name in split]
    halves = [f"memorability_{stem}" for stem in stems if SPLIT.fullmatch(stem)]
    if halves:
        notes.say(HALVES)
    return Made(
        {"images": images, "image_scores": stacked},
        found,
        {},
        {"scores_of_halves": halves} if halves else {},
    )


def _lamem(rows: Rows) -> "tuple[tuple[str, str], str, dict[str, str]] | None":
    """The path's column with the score's name, the score's column, and no attributes."""
    columns = rows.columns
    if len(columns) != 2:
        raise DatasetError(
            f"{rows.place(0)}: numbers stand where names of columns belong; write a first line "
            "with names (only files of two columns, path and score, go without)"
        )
    score = f"memorability_{PurePosixPath(rows.files[0]).stem}"
    return (columns[0], score), columns[1], {}


def _columns(
    rows: Rows, table_map: TableMap, notes: Notes
) -> tuple[str, dict[str, str], dict[str, str]]:
    """The column of images, score: column, and attribute: column; the rest is noted."""
    names = rows.columns
    column = table_map.columns.get("image_id") or image_column(names)
    texts = [name for name in names if not _is_numeric(rows.frame[name])]
    if column is None and len(texts) == 1:
        column = texts[0]
    if column is None or column not in names:
        raise DatasetError(
            f"{rows.files[0]}: no column names the images ({', '.join(names)}); "
            "say which one: --map image_id=COLUMN"
        )
    notes.say(f"{column}: names the image")
    scored, attributes = {}, {}
    is_things = set(names) >= THINGS
    by_fact = {column: what for what, column in table_map.columns.items() if what != "image_id"}
    for name in names:
        plain = squeeze(name)
        if name == column:
            continue
        fact = by_fact.get(name) or FACTS.get(plain)
        if fact in ("category", "licence"):
            attributes[fact] = name
            notes.say(f"{name}: {fact} of the image")
        elif plain in RESPONSES:
            notes.say(f"{name}: responses behind the scores")
        elif plain in NUMBERING:
            notes.left_out.append(f"{name}: numbers the rows")
        elif name in texts and image_column([name]) is not None:
            notes.left_out.append(f"{name}: another name of the image")
        elif name in texts and _share_of_numbers(rows.frame[name]) < 0.5:
            notes.left_out.append(f"{name}: holds no numbers")
        else:
            score = "corrected_recognition" if is_things and name == "cr" else name
            scored[score] = name
            said = f", named {score}" if score != name else ""
            notes.say(f"{name}: scores{said}")
    if not scored:
        raise DatasetError(
            f"{rows.files[0]}: no column holds scores ({', '.join(names)}); scores are numbers, "
            "one for each image"
        )
    return column, scored, attributes


def _is_numeric(values: "pd.Series[str]") -> bool:
    return _share_of_numbers(values) == 1


def _share_of_numbers(values: "pd.Series[str]") -> float:
    known = values[values != ""]
    if known.empty:
        return 0.0
    return float(pd.to_numeric(known, errors="coerce").notna().mean())


def _ids(rows: Rows, column: str, images: pd.DataFrame | None, notes: Notes) -> "pd.Series[Any]":
    written = rows.frame[column]
    notes.wrong(rows, written.index[written == ""], column, "is empty; which image is it?")
    if images is not None:
        return known_names(written.astype(object), images, rows, column, notes)
    ids, note = image_ids(written.astype(object))
    if note and f"{column}: {note}" not in notes.understood:
        notes.say(f"{column}: {note}")
    return ids


def _responses(rows: Rows, notes: Notes) -> "pd.Series[Any]":
    column = next((name for name in rows.columns if squeeze(name) in RESPONSES), None)
    if column is None:
        return pd.Series(pd.NA, index=rows.frame.index, dtype="Int64")
    n = numbers("responses", column, rows, notes, low=0)
    broken = n.notna() & (n % 1 != 0)
    notes.wrong(rows, n.index[broken], column, "{} is not a whole number")
    return n.where(~broken).astype("Int64")


def _scores(
    rows: Rows,
    ids: "pd.Series[Any]",
    name: str,
    column: str,
    n: "pd.Series[Any]",
    notes: Notes,
) -> pd.DataFrame:
    """image_scores of one column; rows without a value are left out."""
    value = numbers("score", column, rows, notes)
    table = pd.DataFrame({"image_id": ids, "score": name, "value": value, "n": n})
    empty = rows.frame[column] == ""
    notes.leave_out(rows, rows.frame.index[empty], f"no value in {column}")
    table = table[~empty & (ids != "")]
    same = table.duplicated(["image_id", "value", "n"])
    notes.leave_out(rows, table.index[same], f"the same image and value in {column} as above")
    table = table[~same]
    twice = table.index[table.duplicated("image_id")]
    lines = pd.Series(np.arange(len(rows.frame)), index=rows.frame.index).loc[table.index]
    first = lines.groupby(table["image_id"]).transform("first")
    notes.each(
        rows,
        twice,
        column,
        lambda row: f"'{ids[row]}' is also on {rows.place(int(first[row]))} with another value",
    )
    return table
