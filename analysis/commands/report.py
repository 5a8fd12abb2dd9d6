"""``hitrate report``: a dataset and predictions to a page."""

from pathlib import Path

import click

from analysis.score_names import SCORES


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
    from analysis.report.folder import refuse_foreign_folder

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
