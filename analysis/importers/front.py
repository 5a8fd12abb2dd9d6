"""One way in for other people's tables: find out what they are, import them, say what was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dataset import file_sha256
from analysis.errors import DatasetError
from analysis.importers.bids import add_people, bids_files, import_bids, is_bids_file, read_bids
from analysis.importers.counts import counts_of
from analysis.importers.event_log import import_events
from analysis.importers.images import read_images
from analysis.importers.imported import Imported
from analysis.importers.jspsych import import_jspsych, is_json, read_json
from analysis.importers.kinds import guess_kind
from analysis.importers.pairs import import_pairs
from analysis.importers.people import without_names
from analysis.importers.rows import Notes, Rows, stack
from analysis.importers.scores import import_scores
from analysis.importers.table_map import KINDS, TableMap, one_of
from analysis.importers.text_files import Format, read_table
from analysis.importers.trials import Made, import_trials

TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".parquet", ".json", ".jsonl", ".ndjson")
OTHERS = (".xlsx", ".xls", ".ods", ".sav", ".mat", ".rds", ".rda", ".dta")
MANY_BYTES = 5_000_000  # files from here on take a while
MANY_ROWS = 100_000

Progress = Callable[[str], None]
Importer = Callable[[Rows, TableMap, Notes, pd.DataFrame | None], Made]


def import_table(
    paths: Path | str | Sequence[Path | str],
    *,
    kind: str | None = None,
    mapping: TableMap | None = None,
    images: Path | str | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Make a dataset's tables of somebody's files.

    Parameters
    ----------
    paths
        A file, a folder, or several files of one kind.
    kind
        trials, pairs, jspsych, bids, events, counts or scores; by default the mapping's, else
        guessed.
    mapping
        What columns and values mean, where their names do not say so; see ``read_map``.
    images
        A table of all images (CSV or Parquet), with what is known of them. Then every image of the
        files has to be one of it.
    progress
        Is told what is done, where that takes a while.

    Raises
    ------
    DatasetError
        With up to twenty problems, each with its file and line, and the number of all.
    """
    table_map = mapping or TableMap()
    kind = kind or table_map.kind
    one_of(kind, (None, *KINDS), "kind")
    tell = progress or (lambda _: None)
    notes = Notes()
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    files, kind = _files(given, kind)
    known = None if images is None else read_images(images, notes)
    parts, kind = _read(files, kind, table_map, tell)
    notes.say(f"kind: {kind}" + ("" if len(files) == 1 else f", {len(files)} files"))
    notes.understood += list(dict.fromkeys(text for part in parts for text in part.detected))
    n_rows = sum(len(part.frame) for part in parts)
    if not n_rows:
        raise DatasetError(f"{files[0].name}: has column names and no rows")
    if n_rows >= MANY_ROWS:
        tell(f"importing {n_rows:,} rows")
    made = _import(kind, parts, table_map, notes, known)
    people = _participants_file(given) if kind == "bids" else None
    if people is not None:
        made = add_people(made, people, notes)
    used = _used(kind, parts, made, table_map, notes)
    _tell_unused(kind, parts[0], made, notes)
    return Imported(
        made.tables,
        tuple(notes.understood),
        tuple(notes.left_out),
        meta=made.meta | _meta(files, parts, used, notes, made.replaced),
        mapping=used,
    )


def _files(given: list[Path], kind: str | None) -> tuple[list[Path], str | None]:
    """The files to read, folders opened, and the kind where that alone tells it."""
    if not given:
        raise DatasetError("name a file or a folder to import")
    files: list[Path] = []
    for path in given:
        if path.is_file():
            files.append(path)
            continue
        if not path.is_dir():
            raise DatasetError(f"{path}: is neither a file nor a folder")
        found = bids_files(path) if kind in (None, "bids") else []
        if found:
            kind = "bids"
        else:
            found = sorted(p for p in path.iterdir() if p.suffix.lower() in TABLES and p.is_file())
        if not found:
            odd = sorted(p.name for p in path.iterdir() if p.suffix.lower() in OTHERS)
            more = f"; save {odd[0]} as CSV (UTF-8)" if odd else ""
            raise DatasetError(f"{path}: no file in it is a table ({', '.join(TABLES)}){more}")
        files += found
    if kind is None and all(is_bids_file(path) for path in files):
        kind = "bids"
    if kind == "bids" and not all(is_bids_file(path) for path in files):
        odd_name = next(path.name for path in files if not is_bids_file(path))
        raise DatasetError(
            f"{odd_name}: BIDS calls such files sub-X_task-Y_events.tsv or _beh.tsv; other tables "
            "of trials are imported with --as trials"
        )
    names = [path.name for path in files]
    if len(set(names)) < len(names) and kind != "bids":
        twice = next(name for name in names if names.count(name) > 1)
        raise DatasetError(f"{twice}: two files have this name; the same one twice?")
    return files, kind


def _read(
    files: list[Path], kind: str | None, table_map: TableMap, tell: Progress
) -> tuple[list[Rows], str]:
    for path in files:
        if path.stat().st_size > MANY_BYTES:
            tell(f"reading {path.name} ({path.stat().st_size / 1e6:,.0f} MB)")
    if kind == "bids":
        return [read_bids(files, table_map.file)], kind
    json_files = [path for path in files if is_json(path) or _starts_like_json(path)]
    if json_files and len(json_files) < len(files):
        odd = next(path.name for path in files if path not in json_files)
        raise DatasetError(f"{odd}: is no JSON, and {json_files[0].name} is; import them apart")
    if json_files:
        return [read_json(path) for path in files], kind or "jspsych"
    form = table_map.file
    if kind == "scores" and form.header is None:
        return [read_table(path, form) for path in files], kind
    parts = [read_table(path, form) for path in files]
    return parts, kind or guess_kind(parts, table_map)


def _starts_like_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    return start.startswith((b"[{", b"[[", b'{"')) or start in (b"[", b"{")


def _import(
    kind: str, parts: list[Rows], table_map: TableMap, notes: Notes, images: pd.DataFrame | None
) -> Made:
    if kind == "scores":
        return import_scores(parts, table_map, notes, images)
    for part in parts:
        if not part.has_header:
            raise DatasetError(
                f"{part.files[0]}: its first line holds numbers where column names belong; write "
                "a first line with names"
            )
    rows = stack(parts)
    if kind == "counts":
        return counts_of(rows, table_map.columns, notes, images)
    importers: dict[str, Importer] = {
        "trials": _import_trials,
        "pairs": import_pairs,
        "jspsych": import_jspsych,
        "bids": import_bids,
        "events": import_events,
    }
    return importers[kind](rows, table_map, notes, images)


def _import_trials(
    rows: Rows, table_map: TableMap, notes: Notes, images: pd.DataFrame | None
) -> Made:
    return import_trials(rows, table_map, notes, images=images)


def _participants_file(given: list[Path]) -> Path | None:
    """participants.tsv of the folder, or of the dataset that a file is in."""
    for path in given:
        folders = [path] if path.is_dir() else list(path.resolve().parents)[:4]
        for folder in folders:
            if (folder / "participants.tsv").is_file():
                return folder / "participants.tsv"
    return None


def _used(kind: str, parts: list[Rows], made: Made, table_map: TableMap, notes: Notes) -> TableMap:
    """What was understood, as a mapping that says it."""
    there = {name for part in parts for name in part.columns}
    columns = {w: c for w, c in made.found.items() if c in there and not c.startswith("(")}
    if kind in ("counts", "scores"):
        columns = {**table_map.columns, **columns}
        if kind == "counts":
            columns = {w: c for w, c in columns.items() if "." in w or f"target.{w}" not in columns}
    values = {
        what: {meaning: tuple(texts) for meaning, texts in meanings.items()}
        for what, meanings in notes.values.items()
        if what in columns and meanings
    }
    form = parts[0].form
    file = Format(
        table_map.file.separator or form.get("separator"),
        table_map.file.encoding or form.get("encoding"),
        table_map.file.decimal or form.get("decimal"),
        table_map.file.header if kind != "scores" or not form else parts[0].has_header,
    )
    units = {what: unit for what, unit in notes.units.items() if what in columns}
    return replace(
        table_map,
        kind=kind,
        columns=columns,
        values={**values, **table_map.values},
        units=units,
        file=file,
    )


def _tell_unused(kind: str, rows: Rows, made: Made, notes: Notes) -> None:
    """Name the columns that nothing was made of."""
    if kind in ("counts", "scores"):
        return
    unused = [c for c in rows.columns if c not in made.found.values() and not c.startswith("(")]
    if unused:
        notes.left_out.append(
            f"columns that nothing was made of: {', '.join(unused)} (--map WHAT=COLUMN says what "
            "one is)"
        )


def _meta(
    files: list[Path], parts: list[Rows], used: TableMap, notes: Notes, replaced: dict[str, str]
) -> dict[str, Any]:
    """For dataset.json: where the tables come from, without what tells who people are."""
    from hitrate import __version__

    def plain(text: str) -> str:
        return without_names(text, replaced)

    said = used.to_dict()
    if "participant_id" in used.constants:
        said["constants"] = {
            k: plain(v) for k, v in said["constants"].items() if k != "participant_id"
        }
    one_each = len(files) == len(parts)
    sources = [
        {
            "name": plain(path.name),
            "sha256": file_sha256(path),
            **({"rows": len(parts[i].frame)} if one_each else {}),
        }
        for i, path in enumerate(files)
    ]
    facts: Mapping[str, Any] = {
        "kind": used.kind,
        "sources": sources,
        "mapping": said,
        "understood": [plain(line) for line in notes.understood],
        "left_out": [plain(line) for line in notes.left_out],
    }
    return {"software": {"name": "hitrate", "version": __version__}, "import": facts}
