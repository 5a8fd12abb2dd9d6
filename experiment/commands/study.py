"""``hitrate study``: studies from an annotated TOML file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiment.commands.db import instance_option

if TYPE_CHECKING:
    from experiment.database import Database
    from experiment.links import Kind
    from experiment.settings import Settings

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
slug_argument = click.argument("slug", metavar="STUDY")


@click.group()
def study() -> None:
    """Studies: create from a TOML file, open, pause, close, link."""


@study.command()
@file_argument
@click.option("--image-set", default="demo", show_default=True, help="Name of an imported set.")
@click.option("--preset", default="lamem2015", show_default=True, help="Published game to follow.")
@click.option("--language", default="en", show_default=True, help="Of the pages and texts.")
def init(file: Path, image_set: str, preset: str, language: str) -> None:
    """Write an annotated study file to fill in; an existing file is left alone."""
    from experiment.errors import StudyError
    from experiment.studies.file import parse_study
    from experiment.studies.template import template

    text = template(file, image_set, preset, language)
    parse_study(text, str(file))
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise StudyError(f"{file} is already there; choose another name or delete it") from None
    except OSError as error:
        raise StudyError(f"{file} cannot be written: {error.strerror}") from None
    click.echo(f"Wrote {file}. Fill it in, then: hitrate study check {file}")


@study.command()
@file_argument
@instance_option
def check(file: Path, instance: Path | None) -> None:
    """Say what a study file will do; changes nothing."""
    from experiment.settings import load_settings
    from experiment.studies.check import explain
    from experiment.studies.file import read_study_file

    definition = read_study_file(file)
    for line in explain(definition, load_settings(instance)):
        click.echo(line)


@study.command()
@file_argument
@click.option("--replace", is_flag=True, help="In place of a study that nobody has played in.")
@click.option("--owner", metavar="EMAIL", help="The researcher whose study it is.")
@instance_option
def create(file: Path, replace: bool, owner: str | None, instance: Path | None) -> None:
    """Put a study into the database, as a draft."""
    from experiment.access import COMMAND
    from experiment.accounts.memberships import share as share_study
    from experiment.studies.file import read_study_file, unwritten
    from experiment.studies.lifecycle import create_study

    definition = read_study_file(file)
    with opened(instance) as (settings, database), database.write() as session:
        created = create_study(session, settings, definition, replace=replace)
        slug = created.slug
        if owner is not None:
            share_study(session, COMMAND, created, owner, "owner")
    for sentence in unwritten(definition.texts):
        click.echo(
            f"Before anybody sees it: {sentence}. Edit {file}, then: "
            f"hitrate study create {file} --replace",
            err=True,
        )
    click.echo(f"Created {slug} as a draft. Look at it: hitrate study link {slug} --preview")
    click.echo(f"Take participants: hitrate study open {slug}")


@study.command()
@slug_argument
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice(["viewer", "editor", "owner"]),
    default="viewer",
    show_default=True,
    help="A viewer looks, an editor runs the study, an owner also says who belongs to it.",
)
@instance_option
def share(slug: str, email: str, role: str, instance: Path | None) -> None:
    """Let a researcher into a study, or give a member another role."""
    from experiment.access import COMMAND
    from experiment.accounts.memberships import share as share_study
    from experiment.runs import find_study

    with opened(instance) as (_, database), database.write() as session:
        share_study(session, COMMAND, find_study(session, slug), email, role)
    click.echo(f"{email} is {role} of {slug}.")


@study.command()
@slug_argument
@instance_option
def file(slug: str, instance: Path | None) -> None:
    """Print the file of a study, as it is now."""
    from experiment.runs import find_study
    from experiment.studies.values import definition_of, study_file

    with opened(instance) as (_, database), database.read() as session:
        click.echo(study_file(definition_of(find_study(session, slug))), nl=False)


@study.command("list")
@instance_option
def list_studies(instance: Path | None) -> None:
    """All studies: slug, state, how participants ended, title."""
    from experiment.studies.listing import study_lines

    with opened(instance) as (_, database), database.read() as session:
        for line in study_lines(session):
            click.echo(line)


@study.command("open")
@slug_argument
@instance_option
def open_(slug: str, instance: Path | None) -> None:
    """Take participants; makes the pictures in the size that is shown first."""
    from tqdm import tqdm

    from experiment.runs import find_study
    from experiment.studies.file import unwritten
    from experiment.studies.lifecycle import make_renditions, open_study, study_images

    with opened(instance) as (settings, database):
        with database.read() as session:
            study = find_study(session, slug)
            images, set_name = study_images(session, study), study.image_set.name
            texts = study.definition["texts"] | {"consent": study.consent_document.text}
        bar = tqdm(images, desc="pictures", unit="picture")
        n_made = make_renditions(settings, set_name, study.paradigm, bar)
        with database.write() as session:
            open_study(session, find_study(session, slug))
        click.echo(f"{slug} is open: {n_made} pictures are ready.")
        for sentence in unwritten(texts):
            click.echo(
                f"Warning: {sentence}, and people see it now. To change it: hitrate study close "
                f"{slug}, edit its file, hitrate study create FILE --replace",
                err=True,
            )
        click.echo(f"Participants play at {settings.public_url}/s/{slug}")


@study.command()
@slug_argument
@instance_option
def pause(slug: str, instance: Path | None) -> None:
    """Take no new participants for a while; runs in progress go on."""
    from experiment.runs import find_study
    from experiment.studies.lifecycle import pause_study

    with opened(instance) as (_, database), database.write() as session:
        pause_study(session, find_study(session, slug))
    click.echo(f"{slug} is paused; hitrate study open {slug} goes on.")


@study.command()
@slug_argument
@instance_option
def close(slug: str, instance: Path | None) -> None:
    """Take no more participants; runs in progress go on."""
    from experiment.runs import find_study
    from experiment.studies.lifecycle import close_study

    with opened(instance) as (_, database), database.write() as session:
        close_study(session, find_study(session, slug))
    click.echo(f"{slug} is closed. Its data: hitrate export {slug} OUT")


@study.command()
@slug_argument
@instance_option
@click.option("--preview", "kind", flag_value="preview", help="To look: counts nowhere.")
@click.option("--simulated", "kind", flag_value="simulated", help="For simulated participants.")
@click.option("--results", "kind", flag_value="results", help="Live results; opens once.")
@click.option("--report", "kind", flag_value="report", help="The report; opens once.")
@click.option("--label", help="For one person of a lab or class, by a label that you choose.")
@click.option(
    "--labels",
    type=click.Path(dir_okay=False, path_type=Path),
    help="For many: a file with a label on each line; prints a CSV table.",
)
@click.option("--sequence", "kind", flag_value="sequence", help="A run's pictures; opens once.")
@click.option("--base-url", help="Where the server is reached (default: $HITRATE_PUBLIC_URL).")
def link(
    slug: str,
    instance: Path | None,
    kind: "Kind | None",
    label: str | None,
    labels: Path | None,
    base_url: str | None,
) -> None:
    """Print a link to a study: for participants, or one of those below."""
    from experiment.links import label_link, label_table, study_link
    from experiment.runs import find_study

    if sum(asked is not None for asked in (kind, label, labels)) > 1:
        raise click.UsageError("ask for one kind of link at a time")
    with opened(instance) as (settings, database), database.write() as session:
        if label is not None:
            click.echo(label_link(session, settings, slug, label, base_url))
        elif labels is not None:
            click.echo(label_table(session, settings, slug, labels, base_url), nl=False)
        else:
            click.echo(study_link(session, settings, slug, kind, base_url))
        state = find_study(session, slug).state
    if kind in (None, "simulated") and state != "open":
        click.echo(f"{slug} is {state}: it takes people after hitrate study open {slug}", err=True)


@study.command()
@slug_argument
@click.option("--simulated", is_flag=True, help="Count simulated participants as well.")
@click.option("--due", is_flag=True, help="Only what is due, and after all else; for the server.")
@instance_option
def compute(slug: str, simulated: bool, due: bool, instance: Path | None) -> None:
    """Compute the scores of the live results again, where anything is new."""
    import os

    from experiment.results.background import NICENESS, compute_in_turn

    if due:
        os.nice(NICENESS)
    with opened(instance) as (settings, database):
        computed = compute_in_turn(
            settings, database, slug, include_simulated=simulated, only_due=due
        )
    click.echo(f"{slug}: {', '.join(computed) or 'nothing is new'}")


@contextmanager
def opened(instance: Path | None) -> "Iterator[tuple[Settings, Database]]":
    """The settings of an instance and its database, which must be migrated; closed at the end."""
    from experiment.database import Database, require_current
    from experiment.settings import load_settings

    settings = load_settings(instance)
    database = Database(settings.database_url)
    try:
        require_current(database.engine)
        yield settings, database
    finally:
        database.close()
