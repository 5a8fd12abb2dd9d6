"""``hitrate export``: write what a study collected."""

from pathlib import Path

import click

from experiment.commands.db import instance_option

FLAVOURS = ("native", "psych-ds", "bids", "jspsych")


@click.command()
@click.argument("slug", metavar="STUDY")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--flavour",
    type=click.Choice(FLAVOURS),
    default="native",
    show_default=True,
    help="Whose names and folders: hitrate's own, Psych-DS, BIDS, or raw data as jsPsych has them.",
)
@click.option("--include-simulated", is_flag=True, help="Simulated participants too.")
@click.option("--include-preview", is_flag=True, help="Researchers' previews too.")
@click.option("--with-images", is_flag=True, help="Copy the original images into the export.")
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the tables; Parquet in the native flavour only.",
)
@instance_option
def export(
    slug: str,
    out: Path,
    flavour: str,
    include_simulated: bool,
    include_preview: bool,
    with_images: bool,
    table_format: str,
    instance: Path | None,
) -> None:
    """Write everything STUDY collected to the folder OUT, or to one file if OUT ends with .zip.

    Nothing in it identifies a person. The same data give the same files, byte for byte. If it is
    interrupted, the same command goes on where it stopped.
    """
    from contextlib import closing

    from tqdm import tqdm

    from experiment.access import COMMAND
    from experiment.accounts.audit import record
    from experiment.database import Database
    from experiment.export.writing import write_export
    from experiment.runs import find_study
    from experiment.settings import load_settings

    settings = load_settings(instance)
    with (
        closing(Database(settings.database_url)) as database,
        tqdm(desc="Runs", unit="run", delay=1, leave=False) as bar,
    ):

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        summary = write_export(
            database,
            settings.instance,
            slug,
            out,
            flavour=flavour,
            include_simulated=include_simulated,
            include_preview=include_preview,
            with_images=with_images,
            table_format=table_format,
            progress=show,
        )
        with database.write() as session:
            study = find_study(session, slug)
            record(
                session,
                "export.made",
                COMMAND,
                study,
                flavour=flavour,
                sha256=summary.sha256,
                n_trials=summary.n_trials,
            )
    click.echo(
        f"{summary.path}: {summary.n_images} images, {summary.n_participants} participants, "
        f"{summary.n_runs} runs, {summary.n_trials} trials"
    )
    if summary.n_kept:
        click.echo(
            f"Went on with an interrupted export: {summary.n_kept} of {summary.n_parts} parts "
            "were there.",
            err=True,
        )
    if summary.n_trials == 0 and not include_simulated:
        click.echo(
            "Simulated participants are left out; --include-simulated takes them in.", err=True
        )
