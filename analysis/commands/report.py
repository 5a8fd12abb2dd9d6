"""``hitrate report``: a dataset and predictions to a page."""

from pathlib import Path

import click

from analysis.scores.names import SCORES


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
    help=f"The score that people and models are compared on: {', '.join(SCORES)}, or a score of a "
    "table of scores alone. [default: hit_rate, or the first score of such a table]",
)
@click.option(
    "--training-images",
    "training_images",
    multiple=True,
    metavar="[MODEL=]FILE",
    help="List of the images that a model was trained on (columns sha256, dhash or name). The "
    "report compares again without them. Give it with MODEL= where there are several models.",
)
@click.option(
    "--beside",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Another dataset to test the models on, with its own predictions or rows of "
    "--predictions. May be given several times.",
)
@click.option(
    "--trained-on",
    "trained_on",
    multiple=True,
    metavar="MODEL=NAME",
    help="Name of the data sets that a model was trained on, where hitrate does not know.",
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
@click.option(
    "--figures",
    is_flag=True,
    help="Write every chart as SVG, PDF and PNG, 85 and 180 mm wide, into the folder figures.",
)
def report(
    dataset: Path,
    predictions: Path | None,
    out: Path | None,
    score: str | None,
    training_images: tuple[str, ...],
    beside: tuple[Path, ...],
    trained_on: tuple[str, ...],
    splits: int,
    seed: int,
    figures: bool,
) -> None:
    """Compare people with people and models with people; write the report of DATASET."""
    from tqdm import tqdm

    from analysis.dataset import read_dataset
    from analysis.importers.predictions import match_predictions, read_predictions
    from analysis.report import write_report
    from analysis.report.folder import refuse_foreign_folder
    from analysis.report.numbers import default_score
    from analysis.training_images.overlap import read_training_images

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
    models = [] if table is None else list(dict.fromkeys(map(str, table["model"])))
    training = {
        model: read_training_images(file)
        for model, file in (named_list(one, models) for one in training_images)
    }
    others = [read_dataset(path) for path in beside]
    about = dict(named(one, "--trained-on", "NAME") for one in trained_on)
    with tqdm(desc="Report", bar_format="{desc} [{elapsed}]") as bar:

        def tell(step: str) -> None:
            bar.set_description_str(f"Report: {step}")

        page = write_report(
            found,
            table,
            folder,
            score=score or default_score(found),
            training=training,
            beside=others,
            trained_on=about,
            n_splits=splits,
            seed=seed,
            figures=figures,
            progress=tell,
        )
    click.echo(f"Report: {page}")


def named_list(text: str, models: list[str]) -> tuple[str, str]:
    """The model and the file of a list of training images; the model may be left out if alone."""
    if any(text.startswith(f"{model}=") for model in models):
        return named(text, "--training-images", "FILE")
    if len(models) == 1:
        return models[0], text
    there = ", ".join(models) or "none"
    raise click.UsageError(
        f"--training-images {text}: of which model? Write MODEL=FILE; the models are: {there}"
    )


def named(text: str, option: str, what: str) -> tuple[str, str]:
    """Both sides of MODEL=…"""
    model, sign, rest = text.partition("=")
    if not (model and sign and rest):
        raise click.UsageError(f"{option} {text}: write MODEL={what}")
    return model, rest
