"""Count tables: one row per image, with hits, misses, false alarms and correct rejections.

Columns are recognised by their names (hits, H, target_hit, n_resp, …) or named by the reader.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.images import FACTS, image_facts, known_names
from analysis.importers.imported import Imported
from analysis.importers.naming import count_column, image_column, image_ids, is_rate, squeeze
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import COUNTS
from analysis.importers.text_files import read_table
from analysis.importers.trials import Made
from analysis.tables.checks import check_counts, check_key
from analysis.tables.reading import Problems, parse_column
from analysis.tables.schema import IMAGE_COUNTS, IMAGES, Column

WHOLES = {  # count: what tells of how many it is a part
    "hits": ("misses", "repeats", "responses"),
    "false_alarms": ("correct_rejections", "firsts", "responses"),
}


# Scores that MemCat's table and memoir's give beside their counts; squeezed.
GIVEN = (
    *("memorabilitywofacorrection", "memorabilitywfacorrection"),
    *("memoirmemscoreyfa", "memoirmemscorenfa"),
)


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
    if not path.is_file():
        raise DatasetError(f"{path}: is not a file")
    notes = Notes()
    made = counts_of(read_table(path), columns or {}, notes)
    return Imported(made.tables, tuple(notes.understood), tuple(notes.left_out))


def counts_of(
    rows: Rows,
    columns: Mapping[str, str],
    notes: Notes,
    images: pd.DataFrame | None = None,
) -> Made:
    """The tables images and image_counts of a count table, and image_scores where scores are given.

    Parameters and errors are those of :func:`import_counts`; ``images`` is the table of all images,
    where there is one.
    """
    problems, raw, names = notes.problems, rows.frame, rows.columns
    name = rows.files[0]
    if raw.empty:
        raise DatasetError(f"{name}: has column names and no rows; there are no counts in it")
    chosen = _check_mapping(name, columns, names)
    id_column = chosen.pop("image_id", None) or image_column(names)
    if id_column is None:
        raise DatasetError(
            f"{name}: no column names the images ({', '.join(names)}); "
            "say which one: --map image_id=COLUMN"
        )
    groups = _groups(names, chosen, id_column)
    notes.say(f"{id_column}: names the image")
    twice = raw.duplicated()
    notes.leave_out(rows, raw.index[twice], "the same as an earlier row, field by field")
    rows = rows.take(~twice)
    raw = rows.frame
    written = parse_column(Column("image_id"), raw[id_column], rows, problems)
    if images is None:
        ids, note = image_ids(written.fillna("").astype(str))
        if note:
            notes.say(f"{id_column}: {note}")
    else:
        ids = known_names(written.fillna("").astype(object), images, rows, id_column, notes)
    given = [column for column in names if squeeze(column) in GIVEN]
    taken = {id_column, *_columns_of(groups), *given}
    facts, used = image_facts(raw, ids, chosen, taken, rows, problems)
    check_key(IMAGES, facts, rows, problems)
    tables = [
        _group_table(raw, ids, group, counts, rows, problems, notes.understood)
        for group, counts in groups.items()
    ]
    scores = [_given_scores(rows, ids, column, problems) for column in given]
    notes.check(name)
    notes.understood += [f"{name}: kept as {name_there} of the image" for name, name_there in used]
    notes.understood += [f"{column}: scores as they are given" for column in given]
    taken = {*taken, *(name for name, _ in used)}
    notes.left_out += [_why_not(name) for name in names if name not in taken]
    made = {
        "images": facts if images is None else images,
        "image_counts": pd.concat(tables, ignore_index=True),
    }
    if scores:
        made["image_scores"] = pd.concat(scores, ignore_index=True)
    found = {"image_id": id_column}
    found |= {f"{group}.{what}": c for group, cs in groups.items() for what, c in cs.items()}
    return Made(made, found, {})


def holds_counts(names: list[str], columns: Mapping[str, str]) -> bool:
    """Whether columns called so (or named by the reader) make a rate."""
    counts: dict[str, dict[str, str]] = {}
    for name in names:
        group, what = count_column(name) or ("", "")
        counts.setdefault(group, {})[what] = name
    for key, column in columns.items():
        group, _, what = key.rpartition(".")
        counts.setdefault(group, {})[what] = column
    return any(_is_enough(found) for found in counts.values())


def _given_scores(
    rows: Rows, ids: "pd.Series[Any]", column: str, problems: Problems
) -> pd.DataFrame:
    value = parse_column(Column(column, "number", missing=True), rows.frame[column], rows, problems)
    table = pd.DataFrame({"image_id": ids, "score": column, "value": value})
    return table[table["value"].notna()]


def _check_mapping(name: str, columns: Mapping[str, str], names: list[str]) -> dict[str, str]:
    """The reader's mapping with every group written out, or what is wrong with it."""
    chosen = {}
    for key, column in columns.items():
        group, _, what = key.rpartition(".")
        if what not in (*COUNTS, "image_id", *FACTS.values()):
            known = ", ".join(("image_id", *dict.fromkeys(FACTS.values()), *COUNTS))
            raise DatasetError(f"--map {key}={column}: {what!r} is none of: {known}")
        if column not in names:
            raise DatasetError(f"--map {key}={column}: {name} has {', '.join(names)}")
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
            "Rates and scores without counts are imported with --as scores"
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


def _group_table(
    raw: pd.DataFrame,
    ids: "pd.Series[str]",
    group: str,
    columns: Mapping[str, str],
    source: Rows,
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
