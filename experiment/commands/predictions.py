"""``hitrate predictions``: what models say of a study's images."""

from pathlib import Path

import click

from experiment.commands.db import instance_option

slug_argument = click.argument("slug", metavar="STUDY")


@click.group()
def predictions() -> None:
    """Predictions of models for a study's images: import, list, delete."""


@predictions.command("import")
@slug_argument
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--model", metavar="NAME", help="What to call the model of a file that has one.")
@click.option("--replace", is_flag=True, help="In place of the model's earlier predictions.")
@instance_option
def import_(slug: str, file: Path, model: str | None, replace: bool, instance: Path | None) -> None:
    """Keep the predictions of FILE, CSV or Parquet: all of it or nothing.

    FILE is what 'hitrate score' writes, or a table with a column that names the image and a column
    of numbers for each model. Images are matched by image_id, sha256 or the name of their file.
    """
    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.predictions.importing import import_predictions
    from experiment.runs import find_study

    with opened(instance) as (_, database), database.write() as session:
        study = find_study(session, slug)
        found = import_predictions(session, study, file, COMMAND, model=model, replace=replace)
    for line in found.understood:
        click.echo(f"{file.name}: {line}")
    for line in found.sentences():
        click.echo(line)


@predictions.command("list")
@slug_argument
@instance_option
def list_(slug: str, instance: Path | None) -> None:
    """The models that STUDY has predictions of, and of how many images."""
    from experiment.commands.study import opened
    from experiment.predictions.storing import stored_models
    from experiment.runs import find_study

    with opened(instance) as (_, database), database.read() as session:
        models = stored_models(session, find_study(session, slug))
    for model in models:
        errors = f", {model.n_errors:,} with an error" if model.n_errors else ""
        made = f"fingerprint {model.fingerprint[:12]}" if model.fingerprint else "no fingerprint"
        click.echo(
            f"{model.name}  {model.n_images:,} of {model.n_of:,} images{errors}  "
            f"{model.stored_at:%Y-%m-%d %H:%M} UTC  {made}"
        )
    if not models:
        click.echo(f"{slug} has no predictions: hitrate predictions import {slug} FILE", err=True)


@predictions.command()
@slug_argument
@click.argument("model")
@click.option("--yes", is_flag=True, help="Do not ask.")
@instance_option
def delete(slug: str, model: str, yes: bool, instance: Path | None) -> None:
    """Delete all predictions of MODEL for STUDY; asks first."""
    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.errors import NotFoundError
    from experiment.predictions.storing import delete_model, stored_models
    from experiment.runs import find_study

    with opened(instance) as (_, database):
        with database.read() as session:
            known = {one.name: one for one in stored_models(session, find_study(session, slug))}
        if model not in known:
            there = ", ".join(known) or "none"
            raise NotFoundError(f"{slug} has no predictions of {model!r}; it has: {there}")
        n = known[model].n_images
        if not yes:
            click.confirm(f"Delete {model}'s predictions of {n:,} images of {slug}?", abort=True)
        with database.write() as session:
            delete_model(session, find_study(session, slug), model, COMMAND)
    click.echo(f"Deleted the predictions of {model}.")
