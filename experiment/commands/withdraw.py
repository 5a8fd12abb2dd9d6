"""``hitrate withdraw``: delete a participant's data, for who asks the lab to do it."""

from pathlib import Path

import click

from experiment.commands.db import instance_option


@click.command()
@click.argument("code")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@instance_option
def withdraw(code: str, yes: bool, instance: Path | None) -> None:
    """Delete everything that is stored of the participant with this withdrawal CODE."""
    from experiment import withdrawal
    from experiment.commands.study import opened
    from experiment.errors import NotFoundError

    with opened(instance) as (settings, database):
        with database.read() as session:
            person = withdrawal.find_by_code(session, code)
            if person is None:
                raise NotFoundError(
                    "no data have this code; look for a misread letter, or they are deleted already"
                )
            held = withdrawal.holdings(session, person)
            slug, began = person.study.slug, person.created_at
        click.echo(
            f"{slug}, begun {began:%Y-%m-%d %H:%M} UTC: runs {held.n_runs}, "
            f"responses {held.n_responses}, answers {held.n_answers}."
        )
        if not yes:
            click.confirm("Delete all of it? This cannot be undone.", abort=True)
        with database.write() as session:
            still_there = withdrawal.find_by_code(session, code)
            if still_there is not None:
                withdrawal.withdraw(session, still_there, settings.withdrawals)
    click.echo(
        "Deleted, and noted in withdrawals.txt, so that a restored backup deletes it again. "
        "Backups and earlier exports still hold it; see docs/privacy.md."
    )
