"""``hitrate researcher``: accounts, from the server's own keyboard."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiment.commands.db import instance_option

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from experiment.models import Researcher
    from experiment.settings import Settings

email_argument = click.argument("email")


@click.group()
def researcher() -> None:
    """Who may sign in: add, list, let in no more, let choose another password."""


@researcher.command()
@email_argument
@click.option("--name", help="What others read; they can change it (default: from EMAIL).")
@click.option("--admin", is_flag=True, help="Adds researchers, and is an owner of every study.")
@click.option("--password-stdin", is_flag=True, help="Read the password instead of making a link.")
@instance_option
def add(
    email: str, name: str | None, admin: bool, password_stdin: bool, instance: Path | None
) -> None:
    """Add a researcher; prints a link that opens once, to choose a password with."""
    from experiment.access import COMMAND
    from experiment.accounts.researchers import add_researcher, choose_password
    from experiment.commands.study import opened

    password = read_password() if password_stdin else None
    with opened(instance) as (settings, database), database.write() as session:
        added = add_researcher(session, COMMAND, email, name=name, is_admin=admin)
        if password is None:
            said = link_said(session, settings, added)
        else:
            choose_password(session, COMMAND, added, password)
            said = f"{added.email} can sign in at {settings.public_url}/sign-in"
    click.echo(said)


@researcher.command("list")
@instance_option
def list_researchers(instance: Path | None) -> None:
    """Everybody: address, account, administrator or not, name."""
    from experiment.accounts.people import account_state
    from experiment.accounts.researchers import all_researchers
    from experiment.commands.study import opened

    with opened(instance) as (_, database), database.read() as session:
        found = all_researchers(session)
    if not found:
        click.echo("There is nobody yet: hitrate researcher add EMAIL --admin", err=True)
    for who in found:
        rank = "administrator" if who.is_admin else "-"
        click.echo(f"{who.email}  {account_state(who):8}  {rank:13}  {who.name}")


@researcher.command()
@email_argument
@instance_option
def disable(email: str, instance: Path | None) -> None:
    """Let a researcher in no more: signed out at once, tokens and links do nothing."""
    from experiment.access import COMMAND
    from experiment.accounts.researchers import disable as verb
    from experiment.accounts.researchers import researcher_at
    from experiment.commands.study import opened

    with opened(instance) as (_, database), database.write() as session:
        verb(session, COMMAND, researcher_at(session, email))
    click.echo(f"{email} can sign in no more; hitrate researcher enable {email} undoes it.")


@researcher.command()
@email_argument
@instance_option
def enable(email: str, instance: Path | None) -> None:
    """Let a researcher in again."""
    from experiment.access import COMMAND
    from experiment.accounts.researchers import enable as verb
    from experiment.accounts.researchers import researcher_at
    from experiment.commands.study import opened

    with opened(instance) as (_, database), database.write() as session:
        verb(session, COMMAND, researcher_at(session, email))
    click.echo(f"{email} can sign in again.")


@researcher.command()
@email_argument
@click.option("--admin/--no-admin", default=None, help="Make them administrator, or no longer.")
@click.option("--name", help="Another name.")
@instance_option
def change(email: str, admin: bool | None, name: str | None, instance: Path | None) -> None:
    """Rename a researcher; make them administrator, or no longer."""
    from experiment.access import COMMAND
    from experiment.accounts.researchers import rename, researcher_at, set_admin
    from experiment.commands.study import opened

    if admin is None and name is None:
        raise click.UsageError("say what to change: --name, --admin or --no-admin")
    with opened(instance) as (_, database), database.write() as session:
        who = researcher_at(session, email)
        if name is not None:
            rename(session, COMMAND, who, name)
        if admin is not None:
            set_admin(session, COMMAND, who, admin)
    click.echo(f"{email} is changed.")


@researcher.command()
@email_argument
@instance_option
def reset(email: str, instance: Path | None) -> None:
    """Print a link with which a researcher can choose another password."""
    from experiment.accounts.researchers import researcher_at
    from experiment.commands.study import opened

    with opened(instance) as (settings, database), database.write() as session:
        said = link_said(session, settings, researcher_at(session, email))
    click.echo(said)


def link_said(session: "Session", settings: "Settings", who: "Researcher") -> str:
    """What is printed of a new link."""
    from experiment.access import COMMAND
    from experiment.accounts.links import LIVES, address_of, link_for

    token, purpose = link_for(session, COMMAND, who)
    hours = LIVES[purpose].total_seconds() / 3600
    return (
        f"{who.email} chooses a password at this address, which opens once, within {hours:.0f} "
        f"hours:\n{address_of(settings, token)}"
    )


def read_password() -> str:
    """The first line of what is piped in."""
    return sys.stdin.readline().rstrip("\r\n")
