"""``hitrate data``: check datasets, import other people's tables."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from analysis.dataset import Dataset


@click.group()
def data() -> None:
    """Datasets: check one, import other people's tables."""


@data.command()
@click.argument("dataset", type=click.Path(path_type=Path))
def check(dataset: Path) -> None:
    """Check DATASET against every promise of the codebook."""
    from analysis.dataset import read_dataset, unread_tables
    from analysis.tables.schema import TABLES

    if dataset.is_dir() and (unread := unread_tables(dataset)):
        click.echo(
            f"Not read, as the codebook has no such table: {', '.join(unread)}; tables are CSV or "
            "Parquet files with the codebook's names",
            err=True,
        )
    found = read_dataset(dataset)
    click.echo(f"{dataset}: {found.title}")
    if found.notice:
        click.echo(f"  Notice: {found.notice}")
    for name in TABLES:
        table = getattr(found, name)
        if table is not None:
            click.echo(f"  {name}: {len(table)} row{'' if len(table) == 1 else 's'}")
    click.echo("No problems: everything is as the codebook says.")


@data.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the new dataset."
)
@click.option(
    "--as",
    "kind",
    metavar="KIND",
    help="What the files are, where hitrate guesses wrong: trials, pairs, jspsych, bids, events, "
    "counts or scores.",
)
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="WHAT=COLUMN",
    help="What a column is, such as image_id=picture, status=oldnew or filler.hits=filler_hit. May "
    "be repeated.",
)
@click.option(
    "--map-file",
    type=click.Path(path_type=Path),
    metavar="MAP.toml",
    help="A file that says what columns and values mean.",
)
@click.option(
    "--images",
    type=click.Path(path_type=Path),
    metavar="IMAGES.csv",
    help="A table of all images, with category, sha256 and the like; other images are refused.",
)
@click.option(
    "--write-map",
    type=click.Path(path_type=Path),
    metavar="MAP.toml",
    help="Write what was understood as a file for --map-file, to be changed by hand.",
)
@click.option(
    "--keep",
    type=click.Choice(["first"]),
    help="Of rows that contradict each other keep the first, instead of refusing them.",
)
def import_files(
    files: tuple[Path, ...],
    out: Path,
    kind: str | None,
    pairs: tuple[str, ...],
    map_file: Path | None,
    images: Path | None,
    write_map: Path | None,
    keep: str | None,
) -> None:
    """Make a dataset of other people's tables: FILE is one file, several, or a folder.

    Tables of trials or of pairs of showings, jsPsych's JSON and CSV, BIDS, event logs, counts and
    scores per image. docs/importing.md shows an example of each.
    """
    from dataclasses import replace

    from analysis.dataset import write_dataset
    from analysis.errors import DatasetError
    from analysis.importers.front import MANY_ROWS, import_table
    from analysis.importers.table_map import TableMap, map_text, read_map

    table_map = read_map(map_file) if map_file else TableMap()
    columns = dict(table_map.columns)
    for pair in pairs:
        what, equals, column = pair.partition("=")
        if not (what and equals and column):
            raise DatasetError(f"--map {pair}: write it as WHAT=COLUMN, such as hits=target_hit")
        columns[what.strip()] = column.strip()
    table_map = replace(table_map, columns=columns, keep=keep or table_map.keep)
    if write_map is not None and write_map.exists():
        raise DatasetError(f"{write_map}: is already there; name a new file")

    def say(sentence: str) -> None:
        click.echo(f"… {sentence}", err=True)

    imported = import_table(files, kind=kind, mapping=table_map, images=images, progress=say)
    if write_map is not None:
        text = map_text(imported.mapping, imported.understood)
        write_map.write_text(text, encoding="utf-8")
    if len(imported.tables.get("trials", ())) >= MANY_ROWS:
        say("writing and checking the dataset")
    dataset = write_dataset(imported.tables, out, meta=imported.meta)
    click.echo(f"{', '.join(str(file) for file in files)} → {out}")
    click.echo("Understood:")
    for line in imported.understood:
        click.echo(f"  {line}")
    if imported.left_out:
        click.echo("Left out:")
        for line in imported.left_out:
            click.echo(f"  {line}")
    _tell_size(dataset)
    if write_map is not None:
        click.echo(f"Mapping: {write_map}")


def _tell_size(dataset: "Dataset") -> None:
    """How much there is in the new dataset."""
    click.echo(f"{len(dataset.images)} images")
    if dataset.trials is not None:
        trials = dataset.trials
        repeats = int(trials["is_repeat"].sum())
        click.echo(
            f"  participants: {trials['participant_id'].nunique()}, runs: "
            f"{trials['run_id'].nunique()}, repeats: {repeats}, first showings: "
            f"{len(trials) - repeats}"
        )
    if dataset.image_counts is not None:
        for group, rows in dataset.image_counts.groupby("group", sort=False):
            shown = rows[["repeats", "firsts"]].sum()
            click.echo(
                f"  {group}: {int(shown['repeats'])} repeats and {int(shown['firsts'])} first "
                f"showings of {len(rows)} images"
            )
    if dataset.image_scores is not None:
        for score, rows in dataset.image_scores.groupby("score", sort=False):
            click.echo(f"  {score}: scores of {len(rows)} images")
