"""Psych-DS 1.5.0: tables under `data/` with keyword names, each explained column by column in
`dataset_description.json` and in a file of its own beside it."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from experiment.export.citation import references
from experiment.export.dictionary import codebook, meaning_of, unit_of
from experiment.export.facts import Facts
from experiment.export.folder import write_json
from experiment.export.images import copy_pictures
from experiment.export.methods import method_paragraphs
from experiment.export.native_tables import (
    RUN_TABLES,
    Progress,
    RunTable,
    SmallTable,
    file_names,
    small_tables,
    write_run_tables,
    write_small_tables,
)
from experiment.export.readme import changes, readme
from experiment.export.snapshot import Snapshot
from experiment.export.tables import CSV, iso, spreadsheet_safe
from experiment.export.workplace import Workplace

VERSION = "Psych-DS 1.5.0"
THUMBNAILS = "materials/thumbnails"
CONTENTS = (
    "A Psych-DS dataset (https://psych-ds.github.io): the tables are in `data/`, what each column "
    "holds is in `dataset_description.json` and beside each table, `documentation/codebook.md` "
    "says more, pictures of the images are in `materials/`, and `export.json` lists every file."
)
# Files of ours that the specification has no place for, for its validator.
IGNORED = ("export.json",)


def write_psych_ds(
    snapshot: Snapshot, work: Workplace, facts: Facts, progress: Progress | None
) -> dict[str, int]:
    """Write the dataset but for its manifest; returns the rows of each table's file."""
    small = small_tables(snapshot, THUMBNAILS)
    tables: list[SmallTable | RunTable] = [*small, *RUN_TABLES]
    slug = snapshot.study.slug
    names = file_names(tables, lambda table: f"data/{file_name(slug, table)}.csv")
    columns = {table.name: header(table) for table in tables}
    rows = write_small_tables(work, small, names, CSV)
    rows |= write_run_tables(snapshot, work, RUN_TABLES, names, CSV, progress)
    for table, file in names.items():
        measured = [variable(name, [table]) for name in columns[table]]
        sidecar = {"variableMeasured": measured, "description": table_description(table)}
        write_json(work.file(file.removesuffix(".csv") + ".json"), sidecar)
    write_json(work.file("dataset_description.json"), description(snapshot, facts, columns))
    copy_pictures(
        work,
        snapshot.images,
        snapshot.image_set,
        "materials/",
        with_images=snapshot.options.with_images,
    )
    shutil.copyfile(codebook(), work.file("documentation/codebook.md"))
    texts = {
        "README.md": readme(snapshot, facts, CONTENTS),
        "CHANGES.md": changes(facts),
        ".psychds-ignore": "".join(f"{name}\n" for name in IGNORED),
    }
    for name, text in texts.items():
        work.file(name).write_text(text, encoding="utf-8")
    return rows


def file_name(slug: str, table: str) -> str:
    """Keywords and values, such as ``study-kitchens_task-memory_description-ruleEvents_data``."""
    study = "".join(character for character in slug if character.isalnum())
    first, *others = table.split("_")
    return f"study-{study}_task-memory_description-{first}{''.join(map(str.title, others))}_data"


def header(table: SmallTable | RunTable) -> list[str]:
    """The names of the columns as the file has them."""
    return [spreadsheet_safe(name) for name in table.columns]


def description(
    snapshot: Snapshot, facts: Facts, columns: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """What the dataset is, in the words of schema.org."""
    licence = snapshot.study.definition.get("licence")
    method = " ".join(method_paragraphs(snapshot.study, facts, snapshot.options).values())
    tables = {
        name: [t for t in columns if name in columns[t]] for t in columns for name in columns[t]
    }
    about: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": snapshot.title,
        "description": method,
        "schemaVersion": VERSION,
        "version": "1.0.0",
        "keywords": ["memory", "image memorability", "continuous recognition"],
        "citation": " ".join(references(snapshot.study, facts).values()),
        "measurementTechnique": "memory game in the browser",
        "variableMeasured": [variable(name, where) for name, where in tables.items()],
    }
    if facts.first_at is not None and facts.last_at is not None:
        about["temporalCoverage"] = f"{iso(facts.first_at)}/{iso(facts.last_at)}"
    if licence:
        about["license"] = licence
    return about


def variable(name: str, tables: Iterable[str]) -> dict[str, Any]:
    """A column as a PropertyValue; where tables differ in its meaning, each one's."""
    by_meaning: dict[str, list[str]] = {}
    for table in tables:
        by_meaning.setdefault(meaning_of(table, name), []).append(table)
    texts = (
        list(by_meaning)
        if len(by_meaning) == 1
        else [f"In {', '.join(where)}: {text}" for text, where in by_meaning.items()]
    )
    unit = unit_of(name)
    return {
        "@type": "PropertyValue",
        "name": name,
        "description": " ".join(texts),
        **({"unitText": unit} if unit else {}),
    }


def table_description(table: str) -> str:
    """What a table's rows are."""
    return {
        "images": "One row per image.",
        "participants": "One row per participant.",
        "answers": "What participants answered to the questions before and after the game.",
        "exclusions": "Who or what is left out of scores.",
        "flags": "Something odd that somebody should look at.",
        "predictions": "What models say of the images, one row per image and model.",
        "trials": "One row per shown trial.",
        "runs": "One row per run: one sequence as one participant plays it.",
        "rule_events": "Attention rules that fired, with the numbers they judged.",
        "events": "What disturbed the runs, as the browser and the server noticed it.",
    }[table]
