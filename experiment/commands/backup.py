"""``hitrate backup`` and ``hitrate restore``: an instance as one file, and back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from experiment.commands.db import instance_option

if TYPE_CHECKING:
    from experiment.backup.manifest import Manifest

file_argument = click.argument("backup", type=click.Path(dir_okay=False, path_type=Path))


class BackupCommands(click.Group):
    """``hitrate backup OUT`` is short for ``hitrate backup make OUT``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(cls=BackupCommands)
def backup() -> None:
    """Write an instance to one file: hitrate backup OUT; check such a file."""


@backup.command()
@click.argument("out", type=click.Path(path_type=Path))
@instance_option
def make(out: Path, instance: Path | None) -> None:
    """Write everything to the file OUT, or under a name of its own to the folder OUT.

    People can play meanwhile. The file holds what identifies people and the key of all links and
    codes: keep it as safe as the server.
    """
    from experiment.backup.making import make_backup
    from experiment.settings import load_settings

    settings = load_settings(instance)
    with shown_bytes() as progress:
        path, manifest = make_backup(
            settings, out, lambda done, total: progress("Copying", done, total)
        )
    click.echo(f"{path}: {described(manifest)}")
    tell_missing(manifest)


@backup.command()
@file_argument
def check(backup: Path) -> None:
    """Read a backup and compare each of its files with its SHA-256."""
    from experiment.backup.archive import check_backup

    size = backup.stat().st_size if backup.is_file() else 0
    done = 0
    with shown_bytes() as progress:

        def count(n_bytes: int) -> None:
            nonlocal done
            done += n_bytes
            progress("Checking", done, size)

        manifest = check_backup(backup, count)
    click.echo(f"{backup} is whole: {described(manifest)}")
    tell_missing(manifest)


@click.command()
@file_argument
@click.option(
    "--withdrawals",
    "lists",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A newer list, such as withdrawals.txt of the instance that is replaced.",
)
@instance_option
def restore(backup: Path, lists: tuple[Path, ...], instance: Path | None) -> None:
    """Put BACKUP into an empty instance and database, and repeat withdrawals.

    Nothing is ever overwritten. The schema is brought up to this version of hitrate.
    """
    from experiment.backup.restoring import Place, restore_backup
    from experiment.settings import find_instance, given_secret_key

    folder, url = find_instance(instance)
    with shown_bytes() as progress:
        done = restore_backup(Place(folder, url, given_secret_key()), backup, lists, progress)
    click.echo(f"Restored {described(done.manifest)}")
    click.echo(f"into {folder}, at schema {done.schema_revision}.")
    click.echo(
        f"Participants who had withdrawn, deleted again: {done.n_withdrawn}; "
        f"identities erased again: {done.n_erased}."
    )
    click.echo(
        f"What came after {done.manifest.made_at:%Y-%m-%d %H:%M} UTC is not there. Whoever withdrew"
        " since, and is in none of the lists, must be deleted again: hitrate withdraw CODE. "
        "Accounts, roles and tokens are as they were: take back again what was taken back since."
    )


def described(manifest: "Manifest") -> str:
    """What a backup holds, in one line."""
    rows = manifest.rows
    size = sum(file.bytes for file in manifest.files.values())
    return (
        f"{rows.get('study', 0)} studies, {rows.get('participant', 0)} participants, "
        f"{rows.get('response', 0)} responses ({manifest.database}, "
        f"schema {manifest.schema_revision}), {len(manifest.files)} files, {size / 1e6:.1f} MB, "
        f"of {manifest.made_at:%Y-%m-%d %H:%M} UTC, hitrate {manifest.hitrate}"
    )


def tell_missing(manifest: "Manifest") -> None:
    """Say if images have no file any more; the backup is as good as the instance was."""
    if manifest.images_without_file:
        click.echo(
            f"Warning: {manifest.images_without_file} images that the database knows have no file "
            "in image_sets; import them again, then make another backup.",
            err=True,
        )


@contextmanager
def shown_bytes() -> Iterator[Callable[[str, int, int], Any]]:
    """A bar of bytes with what is done to them, for what takes longer than a second."""
    from tqdm import tqdm

    bars: dict[str, tqdm[NoReturn]] = {}  # one that counts by itself iterates over nothing

    def show(doing: str, done: int, total: int) -> None:
        if doing not in bars:
            close()
            bars[doing] = tqdm(
                desc=doing, total=total, unit="B", unit_scale=True, delay=1, leave=False
            )
        bars[doing].update(done - bars[doing].n)

    def close() -> None:
        for bar in bars.values():
            bar.close()

    try:
        yield show
    finally:
        close()
