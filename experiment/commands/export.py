"""``hitrate export``: write a study's dataset."""

from pathlib import Path

import click

from experiment.commands.db import instance_option


@click.command()
@click.argument("slug", metavar="STUDY")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--include-simulated", is_flag=True, help="Simulated participants too.")
@click.option("--include-preview", is_flag=True, help="Researchers' previews too.")
@click.option("--with-images", is_flag=True, help="Copy the original images into the dataset.")
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the tables.",
)
@instance_option
def export(
    slug: str,
    out: Path,
    include_simulated: bool,
    include_preview: bool,
    with_images: bool,
    table_format: str,
    instance: Path | None,
) -> None:
    """Write everything STUDY collected to the folder OUT, as plain tables with a codebook.

    Nothing in it identifies a person. The same data give the same files, byte for byte.
    """
    from contextlib import closing

    from tqdm import tqdm

    from experiment.database import Database
    from experiment.export.dataset import export_study
    from experiment.settings import load_settings

    settings = load_settings(instance)
    with (
        closing(Database(settings.database_url)) as database,
        tqdm(desc="Runs", unit="run", delay=1, leave=False) as bar,
    ):

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        summary = export_study(
            database,
            settings.instance,
            slug,
            out,
            include_simulated=include_simulated,
            include_preview=include_preview,
            with_images=with_images,
            table_format="parquet" if table_format == "parquet" else "csv",
            progress=show,
        )
    click.echo(
        f"{summary.folder}: {summary.n_images} images, {summary.n_participants} participants, "
        f"{summary.n_runs} runs, {summary.n_trials} trials"
    )
    if summary.n_trials == 0 and not include_simulated:
        click.echo(
            "Simulated participants are left out; --include-simulated takes them in.", err=True
        )
