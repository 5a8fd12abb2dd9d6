"""``hitrate people``: what is owed to people, what is held about them, and erasing it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiment.commands.db import instance_option

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from experiment.models import Participant, Study
    from experiment.people.statuses import Import

slug_argument = click.argument("slug", metavar="STUDY")
yes_option = click.option("--yes", is_flag=True, help="Without asking.")
MOST_LINES = 20  # of each list that is printed


@click.group()
def people() -> None:
    """The people of a study: statuses, payment, what is held about somebody, erasing it."""


@people.command()
@slug_argument
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@yes_option
@instance_option
def statuses(slug: str, file: Path, yes: bool, instance: Path | None) -> None:
    """Read in the recruiter's list of submissions (CSV): says what changes, asks, and keeps it."""
    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.people.status_files import read_statuses
    from experiment.people.statuses import apply_statuses, compare_statuses
    from experiment.runs import find_study

    listed = read_statuses(file.read_bytes())
    with opened(instance) as (_, database):
        with database.read() as session:
            found = compare_statuses(session, find_study(session, slug), listed)
        tell(found)
        if not found.changes:
            return
        if not yes:
            click.confirm("Keep these statuses?", abort=True)
        with database.write() as session:
            kept = apply_statuses(session, find_study(session, slug), listed, COMMAND)
    click.echo(f"{len(kept.changes)} statuses were changed.")


def tell(found: "Import") -> None:
    """What a list would change, and where it is at odds."""
    counts: dict[str, int] = {}
    for change in found.changes:
        counts[change.after] = counts.get(change.after, 0) + 1
    told = ", ".join(f"{status} {n}" for status, n in sorted(counts.items())) or "nothing"
    click.echo(f"New: {told}. As known: {found.n_same}.")
    freed = sum(change.frees for change in found.changes)
    if freed:
        click.echo(f"{freed} give back a place or images that are still promised to them.")
    for title, lines in (
        ("At odds", [f"{hint.public_id}: {hint.words}" for hint in found.hints]),
        ("Ids that nobody here has", [line.external_id for line in found.unknown]),
        ("Completed here and not on the list", found.absent),
        ("Not understood", found.not_understood),
    ):
        if lines:
            click.echo(f"{title} ({len(lines)}):")
            for line in lines[:MOST_LINES]:
                click.echo(f"  {line}")
            if len(lines) > MOST_LINES:
                click.echo(f"  and {len(lines) - MOST_LINES} more")


@people.command()
@slug_argument
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--outcomes", default="completed", show_default=True, help="Who, by commas.")
@click.option("--bonus", metavar="AMOUNT", help="A list of bonuses instead (Prolific).")
@click.option("--reject", metavar="OUTCOMES", help="Who is rejected, by commas (MTurk).")
@click.option("--feedback", default="", help="What the rejected are told (MTurk).")
@instance_option
def payments(
    slug: str,
    out: Path | None,
    outcomes: str,
    bonus: str | None,
    reject: str | None,
    feedback: str,
    instance: Path | None,
) -> None:
    """The list of who is to be paid, as the study's recruiter takes it.

    It holds the recruiter's ids: that it was made is recorded. Who returned, timed out or is
    settled is not on it.
    """
    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.errors import ConflictError
    from experiment.people.payments import Asked, payment_list
    from experiment.runs import find_study

    asked = Asked(
        purpose="approve" if bonus is None else "bonus",
        outcomes=tuple(outcomes.split(",")) if outcomes else (),
        rejected=tuple(reject.split(",")) if reject else (),
        feedback=feedback,
        amount=bonus or "",
    )
    with opened(instance) as (settings, database), database.write() as session:
        study = find_study(session, slug)
        made = payment_list(session, settings.secret_key, study, asked, COMMAND)
        if out is not None:
            try:
                with out.open("x", encoding="utf-8") as file:
                    file.write(made.content)
            except OSError as error:
                raise ConflictError(f"{out} cannot be written: {error.strerror}") from None
    if out is None:
        click.echo(made.content, nl=False)
    else:
        click.echo(f"{out}: {made.n} people. Delete it once they are paid.")


def found(
    session: "Session",
    slug: str,
    participant: str | None,
    code: str | None,
    recruiter_id: str | None,
) -> "tuple[Study, Participant]":
    """Whom one of the three options names."""
    from experiment.people.finding import (
        find_by_recruiter_id,
        find_by_withdrawal_code,
        find_participant,
    )
    from experiment.runs import find_study

    if sum(value is not None for value in (participant, code, recruiter_id)) != 1:
        raise click.UsageError("say who: with --participant, --code or --recruiter-id")
    study = find_study(session, slug)
    if code is not None:
        return study, find_by_withdrawal_code(session, study, code)
    if recruiter_id is not None:
        return study, find_by_recruiter_id(session, study, recruiter_id)
    return study, find_participant(session, study, str(participant))


participant_option = click.option("--participant", metavar="ID", help="By the random id.")
code_option = click.option("--code", help="By the withdrawal code.")
recruiter_option = click.option("--recruiter-id", metavar="ID", help="By the recruiter's id.")


@people.command()
@slug_argument
@participant_option
@code_option
@recruiter_option
@click.option("--with-identity", is_flag=True, help="Also the recruiter's id.")
@instance_option
def held(
    slug: str,
    participant: str | None,
    code: str | None,
    recruiter_id: str | None,
    with_identity: bool,
    instance: Path | None,
) -> None:
    """Everything that is held about one person, as JSON."""
    import json

    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.people.held import report_held

    with opened(instance) as (_, database), database.write() as session:
        study, person = found(session, slug, participant, code, recruiter_id)
        report = report_held(session, study, person, COMMAND, with_identity=with_identity)
    click.echo(json.dumps(report, indent=2, ensure_ascii=False))


@people.command()
@slug_argument
@participant_option
@code_option
@recruiter_option
@click.option("--identity-only", is_flag=True, help="Keep the data; forget who it was.")
@yes_option
@instance_option
def erase(
    slug: str,
    participant: str | None,
    code: str | None,
    recruiter_id: str | None,
    identity_only: bool,
    yes: bool,
    instance: Path | None,
) -> None:
    """Delete everything of one person, or only who they are at the recruiter."""
    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.people.erasing import delete_person, erase_identity, exports_since
    from experiment.withdrawal import holdings

    with opened(instance) as (settings, database):
        with database.read() as session:
            study, person = found(session, slug, participant, code, recruiter_id)
            stored = holdings(session, person)
            n_exports = exports_since(session, study, person)
        click.echo(
            f"{person.public_id}, come {person.created_at:%Y-%m-%d %H:%M} UTC: runs "
            f"{stored.n_runs}, responses {stored.n_responses}, answers {stored.n_answers}. "
            f"Exports made since, which may hold them: {n_exports}."
        )
        if not yes:
            what = "who they are at the recruiter" if identity_only else "all of it"
            click.confirm(f"Delete {what}? This cannot be undone.", abort=True)
        with database.write() as session:
            study, person = found(session, slug, participant, code, recruiter_id)
            if identity_only:
                erase_identity(session, study, person, COMMAND, settings.withdrawals)
            else:
                delete_person(session, study, person, COMMAND, settings.withdrawals)
    click.echo("Erased." if identity_only else "Deleted.")


@people.command("erase-expired")
@instance_option
def erase_expired(instance: Path | None) -> None:
    """Erase the recruiter's ids that studies keep no longer; the server does it daily by itself."""
    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.people import erasing

    with opened(instance) as (_, database), database.write() as session:
        erased = erasing.erase_expired(session, COMMAND)
    for slug, n in erased.items():
        click.echo(f"{slug}: {n} identities erased")
    if not erased:
        click.echo("No identity's time is over.")


@people.command("delete-previews")
@slug_argument
@yes_option
@instance_option
def delete_previews(slug: str, yes: bool, instance: Path | None) -> None:
    """Delete every preview of STUDY; no result changes."""
    from experiment.access import COMMAND
    from experiment.commands.study import opened
    from experiment.people import erasing
    from experiment.runs import find_study

    if not yes:
        click.confirm(f"Delete every preview of {slug}? This cannot be undone.", abort=True)
    with opened(instance) as (_, database), database.write() as session:
        n = erasing.delete_previews(session, find_study(session, slug), COMMAND)
    click.echo(f"Deleted {n} previews.")
