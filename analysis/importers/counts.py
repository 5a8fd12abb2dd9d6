"""Count tables: one row per image, with hits, misses, false alarms and correct rejections.

Columns are recognised by their names (hits, H, target_hit, n_resp, …) or named by the reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.naming import count_column, image_column, image_ids, is_rate, squeeze
from analysis.tables.checks import check_counts, check_key
from analysis.tables.reading import Problems, Source, parse_column, read_source
from analysis.tables.schema import IMAGE_COUNTS, IMAGES, Column

COUNTS = (
    "hits",
    "misses",
    "repeats",
    "false_alarms",
    "correct_rejections",
    "firsts",
    "responses",
)
WHOLES = {  # count: what tells of how many it is a part
    "hits": ("misses", "repeats", "responses"),
    "false_alarms": ("correct_rejections", "firsts", "responses"),
}
FACTS = {  # columns of the table images, by what others call them
    "category": "category",
    "licence": "licence",
    "license": "licence",
    "sha256": "sha256",
    "widthpx": "width_px",
    "heightpx": "height_px",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """Tables for a dataset, and what was made of the columns that they come from."""

    tables: dict[str, pd.DataFrame]
    understood: tuple[str, ...]  # a sentence for each column that is used
    left_out: tuple[str, ...]  # a sentence for each column that is not, with the reason


def import_counts(path: Path | str, columns: Mapping[str, str] | None = None) -> Imported:
    """Read a count table (CSV or Parquet).

    Parameters
    ----------
    path
        The file.
    columns
        What a column is, where its name does not say so: ``{"hits": "target_hit"}``, or
        ``{"filler.hits": "filler_hit"}`` for a group of its own. Keys are image_id, category,
        licence, hits, misses, repeats, false_alarms, correct_rejections, firsts, and responses
        (as many repeats as first showings); the group is target where none is named. What is not
        named here is guessed.

    Raises
    ------
    DatasetError
        If no column names the images or none holds counts, or fields are wrong, with their lines.
    """
    path = Path(path)
    problems = Problems()
    source = _read(path, problems)
    names = list(source.frame.columns)
    if source.rows().empty:
        raise DatasetError(f"{path}: has column names and no rows; there are no counts in it")
    chosen = _check_mapping(path, columns or {}, names)
    id_column = chosen.pop("image_id", None) or image_column(names)
    if id_column is None:
        raise DatasetError(
            f"{path}: no column names the images ({', '.join(names)}); "
            "say which one: --map image_id=COLUMN"
        )
    groups = _groups(names, chosen, id_column)
    understood = [f"{id_column}: names the image"]
    raw = source.rows()
    written = parse_column(Column("image_id"), raw[id_column], source, problems)
    ids, note = image_ids(written.astype(str))
    if note:
        understood.append(f"{id_column}: {note}")
    facts, used = _facts(raw, ids, chosen, {id_column, *_columns_of(groups)}, source, problems)
    check_key(IMAGES, facts, source, problems)
    tables = [
        _group_table(raw, ids, group, counts, source, problems, understood)
        for group, counts in groups.items()
    ]
    if problems.total:
        raise problems.error(path)
    understood += [f"{name}: kept as {name_there} of the image" for name, name_there in used]
    taken = {id_column, *_columns_of(groups), *(name for name, _ in used)}
    return Imported(
        tables={"images": facts, "image_counts": pd.concat(tables, ignore_index=True)},
        understood=tuple(understood),
        left_out=tuple(_why_not(name) for name in names if name not in taken),
    )


def _read(path: Path, problems: Problems) -> Source:
    if not path.is_file():
        raise DatasetError(f"{path}: is not a file")
    source = read_source(path, problems)
    if source is None:
        raise problems.error(path)
    return source


def _check_mapping(path: Path, columns: Mapping[str, str], names: list[str]) -> dict[str, str]:
    """The reader's mapping with every group written out, or what is wrong with it."""
    chosen = {}
    for key, column in columns.items():
        group, _, what = key.rpartition(".")
        if what not in (*COUNTS, "image_id", *FACTS.values()):
            known = ", ".join(("image_id", *dict.fromkeys(FACTS.values()), *COUNTS))
            raise DatasetError(f"--map {key}={column}: {what!r} is none of: {known}")
        if column not in names:
            raise DatasetError(f"--map {key}={column}: {path.name} has {', '.join(names)}")
        chosen[f"{group or 'target'}.{what}" if what in COUNTS else what] = column
    return chosen


def _groups(names: list[str], chosen: dict[str, str], id_column: str) -> dict[str, dict[str, str]]:
    """Group → count → column, as the reader says or else as the names say."""
    groups: dict[str, dict[str, str]] = {}
    for key in [key for key in chosen if "." in key]:
        group, _, what = key.rpartition(".")
        groups.setdefault(group, {})[what] = chosen.pop(key)
    named = {group: set(counts) for group, counts in groups.items()}
    taken = {id_column, *chosen.values(), *_columns_of(groups)}
    for name in names:
        guess = count_column(name)
        if guess is None or name in taken:
            continue
        group, what = guess[0] or "target", guess[1]
        if what not in _replaced(named.get(group, set())):
            groups.setdefault(group, {}).setdefault(what, name)
    for group, counts in groups.items():
        for part, others in WHOLES.items():
            if part in named.get(group, ()) and not any(other in counts for other in others):
                raise DatasetError(
                    f"--map {group}.{part}={counts[part]}: what are they a part of? "
                    f"Name one of {', '.join(f'{group}.{other}' for other in others)} as well"
                )
    whole = {group: counts for group, counts in groups.items() if _is_enough(counts)}
    if not whole:
        raise DatasetError(
            "no columns hold counts of hits with misses (or repeats), or of false alarms with "
            f"correct rejections (or firsts): {', '.join(names)}; say which do: --map hits=COLUMN. "
            "Rates and scores without counts make a dataset as its table image_scores, which the "
            "codebook describes"
        )
    return whole


def _replaced(named: set[str]) -> set[str]:
    """Counts that need no guess, as the reader named another that says of how many."""
    return {
        other
        for others in WHOLES.values()
        if named.intersection(others)
        for other in others
        if other not in named and other != "responses"  # which may serve the other rate
    }


def _is_enough(counts: Mapping[str, str]) -> bool:
    """Whether these make a rate: a part, and what it is a part of."""
    return any(
        part in counts and any(other in counts for other in others)
        for part, others in WHOLES.items()
    )


def _columns_of(groups: Mapping[str, Mapping[str, str]]) -> set[str]:
    return {column for counts in groups.values() for column in counts.values()}


def _facts(
    raw: pd.DataFrame,
    ids: "pd.Series[str]",
    chosen: Mapping[str, str],
    taken: set[str],
    source: Source,
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


def _group_table(
    raw: pd.DataFrame,
    ids: "pd.Series[str]",
    group: str,
    columns: Mapping[str, str],
    source: Source,
    problems: Problems,
    understood: list[str],
) -> pd.DataFrame:
    """image_counts of one group; what each column was taken for is added to ``understood``."""
    counts = {
        what: parse_column(
            Column(column, "whole", missing=True, low=0), raw[column], source, problems
        ).astype("Int64")
        for what, column in columns.items()
    }
    for what, column in columns.items():
        meaning = what.replace("_", " ")
        if what == "responses":
            meaning = "repeats and first showings alike, one number for both"
        understood.append(f"{column}: {meaning} (group {group})")
    table = pd.DataFrame({"image_id": ids}, index=raw.index)
    for part, rest, whole in (
        ("hits", "misses", "repeats"),
        ("false_alarms", "correct_rejections", "firsts"),
    ):
        table[part] = counts.get(part, pd.Series(pd.NA, index=raw.index, dtype="Int64"))
        total = counts.get(whole, counts.get("responses"))
        if part in counts and rest in counts:
            summed = counts[part] + counts[rest]
            if whole in counts:
                differs = (summed != counts[whole]).fillna(False).to_numpy(dtype=bool)
                for row in raw.index[differs]:
                    message = f"is not {columns[part]} + {columns[rest]}"
                    problems.add(source.problem(int(row), columns[whole], message))
            total = summed
        if total is None or part not in counts:
            table[part] = pd.NA
            total = pd.Series(pd.NA, index=raw.index, dtype="Int64")
        table[whole] = total.astype("Int64")
        table[part] = table[part].astype("Int64")
    table["group"] = group
    check_counts(table, source, problems)
    return table[[column.name for column in IMAGE_COUNTS.columns]]


def _why_not(name: str) -> str:
    if count_column(name):
        return f"{name}: called like a count, but what it is a part of is not there"
    if is_rate(name):
        return f"{name}: a rate or score, which is computed again from the counts"
    return f"{name}: another column of the image is kept under that name"
