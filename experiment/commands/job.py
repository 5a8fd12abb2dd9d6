"""``hitrate job``: long work that the server starts."""

from pathlib import Path

import click

from experiment.commands.db import instance_option


@click.group()
def job() -> None:
    """Long work that a page or a program started: run it, list what there is."""


@job.command()
@click.argument("public_id", metavar="JOB")
@instance_option
def run(public_id: str, instance: Path | None) -> None:
    """Do a waiting job in this process; the server calls this."""
    from experiment.commands.study import opened
    from experiment.errors import ConflictError
    from experiment.jobs.lifecycle import run_job
    from experiment.logs import log_to_stderr

    log_to_stderr()
    with opened(instance) as (settings, database):
        ended = run_job(settings, database, public_id)
    if ended.state == "failed":
        raise ConflictError(f"{ended.kind} failed: {ended.message}")
    click.echo(f"{ended.kind}: {ended.state}")


@job.command("list")
@instance_option
def list_jobs(instance: Path | None) -> None:
    """The last hundred jobs: id, kind, state, how far."""
    from sqlalchemy import select

    from experiment.commands.study import opened
    from experiment.jobs.lifecycle import mark_lost
    from experiment.models import Job

    with opened(instance) as (_, database), database.write() as session:
        mark_lost(session)
        for found in session.scalars(select(Job).order_by(Job.id.desc()).limit(100)):
            far = f"{found.done} of {found.total} {found.unit}" if found.total else ""
            click.echo(
                f"{found.public_id}  {found.kind:12}  {found.state:8}  {far} {found.message}"
            )
