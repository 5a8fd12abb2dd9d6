"""``hitrate db``: the schema of the database."""

from pathlib import Path

import click

instance_option = click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the instance (default: $HITRATE_INSTANCE or ./instance).",
)


@click.group()
def db() -> None:
    """The database: upgrade, downgrade, check."""


@db.command()
@click.argument("revision", default="head")
@instance_option
def upgrade(revision: str, instance: Path | None) -> None:
    """Make the tables, or bring them up to this version of hitrate (or to REVISION)."""
    from experiment import database
    from experiment.settings import load_settings

    url = load_settings(instance).database_url
    database.upgrade(url, revision)
    click.echo(f"{_hide_password(url)} is at schema {_revision(url)}.")


@db.command()
@click.argument("revision")
@instance_option
@click.confirmation_option(
    "--yes", prompt="Going back deletes what the earlier schema has no place for. Go on?"
)
def downgrade(revision: str, instance: Path | None) -> None:
    """Take the tables back to REVISION ('-1': one step; 'base': no tables at all)."""
    from experiment import database
    from experiment.settings import load_settings

    url = load_settings(instance).database_url
    database.downgrade(url, revision)
    click.echo(f"{_hide_password(url)} is at schema {_revision(url)}.")


@db.command()
@instance_option
def check(instance: Path | None) -> None:
    """Say whether the tables are what this version of hitrate expects; exit status 1 if not."""
    from experiment import database
    from experiment.settings import load_settings

    url = load_settings(instance).database_url
    differences = database.check(url)
    for difference in differences:
        click.echo(difference)
    if differences:
        raise SystemExit(1)
    click.echo(f"{_hide_password(url)} is at schema {_revision(url)}, as it should be.")


def _hide_password(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)


def _revision(url: str) -> str:
    from experiment.database import current_revision, make_engine

    engine = make_engine(url)
    try:
        return current_revision(engine) or "none (no tables)"
    finally:
        engine.dispose()
