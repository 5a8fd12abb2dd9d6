"""``hitrate data``: check datasets, import other people's tables."""

from pathlib import Path

import click


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
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the new dataset."
)
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="WHAT=COLUMN",
    help="What a column is, such as hits=target_hit or filler.hits=filler_hit. May be repeated. "
    "WHAT: image_id, hits, misses, repeats, false_alarms, correct_rejections, firsts, responses, "
    "category, licence.",
)
def import_table(file: Path, out: Path, pairs: tuple[str, ...]) -> None:
    """Make a dataset of FILE, a table with counts of responses per image (CSV or Parquet)."""
    from analysis.dataset import write_dataset
    from analysis.errors import DatasetError
    from analysis.importers.counts import import_counts

    columns = {}
    for pair in pairs:
        what, equals, column = pair.partition("=")
        if not (what and equals and column):
            raise DatasetError(f"--map {pair}: write it as WHAT=COLUMN, such as hits=target_hit")
        columns[what.strip()] = column.strip()
    imported = import_counts(file, columns)
    dataset = write_dataset(imported.tables, out)
    click.echo(f"{file} → {out}")
    click.echo("Understood:")
    for line in imported.understood:
        click.echo(f"  {line}")
    if imported.left_out:
        click.echo("Left out:")
        for line in imported.left_out:
            click.echo(f"  {line}")
    counts = imported.tables["image_counts"]
    click.echo(f"{len(dataset.images)} images")
    for group, rows in counts.groupby("group", sort=False):
        shown = rows[["repeats", "firsts"]].sum()
        click.echo(
            f"  {group}: {int(shown['repeats'])} repeats and {int(shown['firsts'])} first showings "
            f"of {len(rows)} images"
        )
