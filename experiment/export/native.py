"""The native flavour: the dataset of docs/codebook.md, which analysis reads."""

import shutil

from experiment.export.dictionary import codebook
from experiment.export.facts import Facts
from experiment.export.images import copy_pictures
from experiment.export.native_tables import (
    RUN_TABLES,
    Progress,
    file_names,
    small_tables,
    write_run_tables,
    write_small_tables,
)
from experiment.export.readme import readme
from experiment.export.snapshot import Snapshot
from experiment.export.tables import CSV, PARQUET
from experiment.export.workplace import Workplace

CONTENTS = (
    "A native dataset of hitrate: plain tables, which `codebook.md` explains column by column. "
    "`hitrate data check` holds them to it, `hitrate report` evaluates them, and `dataset.json` "
    "lists every file."
)


def write_native(
    snapshot: Snapshot, work: Workplace, facts: Facts, progress: Progress | None
) -> dict[str, int]:
    """Write the dataset but for its manifest; returns the rows of each table's file."""
    form = PARQUET if snapshot.options.table_format == "parquet" else CSV
    small = small_tables(snapshot)
    names = file_names([*small, *RUN_TABLES], lambda table: f"{table}.{form.suffix}")
    rows = write_small_tables(work, small, names, form)
    rows |= write_run_tables(snapshot, work, RUN_TABLES, names, form, progress)
    copy_pictures(
        work,
        snapshot.images,
        snapshot.image_set,
        "",
        with_images=snapshot.options.with_images,
    )
    shutil.copyfile(codebook(), work.file("codebook.md"))
    work.file("README.md").write_text(readme(snapshot, facts, CONTENTS), encoding="utf-8")
    return rows
