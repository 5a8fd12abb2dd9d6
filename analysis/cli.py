"""``hitrate data``, ``hitrate report`` and, from the models, ``hitrate score``."""

from pathlib import Path

import click

from analysis.models.cli_score import score
from analysis.score_names import SCORES

__all__ = ["data", "report", "score"]


@click.group()
def data() -> None:
    """Datasets: check one, import other people's tables."""


@data.command()
@click.argument("dataset", type=click.Path(path_type=Path))
def check(dataset: Path) -> None:
    """Check DATASET against every promise of the codebook."""
    from analysis.dataset import read_dataset, unread_tables
    from analysis.schema import TABLES

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


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    help="Of a model or several. [default: the dataset's own table predictions]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write to; an earlier report there is replaced. [default: DATASET-report]",
)
@click.option(
    "--score",
    type=click.Choice(SCORES),
    default="hit_rate",
    show_default=True,
    help="The score that people and models are compared on.",
)
@click.option(
    "--splits", default=1000, show_default=True, type=click.IntRange(min=1), help="Random splits."
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(min=0),
    help="Of everything random.",
)
def report(
    dataset: Path, predictions: Path | None, out: Path | None, score: str, splits: int, seed: int
) -> None:
    """Compare people with people and models with people; write the report of DATASET."""
    from tqdm import tqdm

    from analysis.dataset import read_dataset
    from analysis.importers.predictions import match_predictions, read_predictions
    from analysis.report import write_report
    from analysis.report.writing import refuse_foreign_folder

    place = dataset if dataset.name not in ("", "..") else dataset.resolve()
    folder = out or Path(f"{place}-report")
    refuse_foreign_folder(folder)
    found = read_dataset(dataset)
    table = None
    if predictions is not None:
        read = read_predictions(predictions)
        for line in (*read.understood, *(f"left out: {line}" for line in read.left_out)):
            click.echo(f"{predictions.name}: {line}")
        table = read.table
    if table is None:
        table = found.predictions
    if table is not None:
        for note in match_predictions(table, found.images).notes():
            click.echo(f"Predictions: {note}")
    with tqdm(desc="Report", bar_format="{desc} [{elapsed}]") as bar:

        def tell(step: str) -> None:
            bar.set_description_str(f"Report: {step}")

        page = write_report(
            found,
            table,
            folder,
            score=score,
            n_splits=splits,
            seed=seed,
            progress=tell,
        )
    click.echo(f"Report: {page}")
