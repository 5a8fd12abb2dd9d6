"""``hitrate stimuli``: import, list, check and describe sets of images."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stimuli.errors import StimuliError

if TYPE_CHECKING:
    from stimuli.importers import ImportSummary

SHOWN = 10  # refused files of each kind that are listed

instance_option = click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="HITRATE_INSTANCE",
    default="instance",
    help="Folder of the instance (default: $HITRATE_INSTANCE or ./instance).",
)


@click.group()
def stimuli() -> None:
    """Sets of images: import, check, describe."""


@stimuli.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The image set to make or to add to.")
@click.option("--first-frame", is_flag=True, help="Import the first frame of animations.")
@click.option("--all", "show_all", is_flag=True, help="List every refused file.")
@instance_option
def import_command(
    source: Path, name: str, first_frame: bool, show_all: bool, instance: Path
) -> None:
    """Import SOURCE: a folder, a CSV manifest or a zip file of images.

    An image's id is its path without extension, its category the first folder in that path. A CSV
    manifest has a column 'file' with paths relative to its own folder, and may have columns
    'image_id', 'category' and 'licence'; all others are kept. Files that cannot be used are
    refused with the reason, and the rest is imported. Importing again adds what is new.
    """
    from tqdm import tqdm

    from stimuli.importers import import_images

    with tqdm(desc="Importing", unit=" files", smoothing=0, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        summary = import_images(
            source, instance / "image_sets", name, first_frame=first_frame, progress=progress
        )
    tell(summary, show_all=show_all)
    if not summary.added and not summary.unchanged:
        raise StimuliError(f"no image of {source} could be imported; the reasons stand above")
    click.echo(f"Image set {name!r} has {summary.total:,} images. It lies in {summary.folder}.")


def tell(summary: "ImportSummary", *, show_all: bool) -> None:
    """Print what an import did."""
    for note in summary.notes:
        click.echo(f"Note: {note}.")
    for kind, count in sorted(summary.refusals.items()):
        click.echo(f"Refused, {kind}: {count}")
        lines = [f"  {file}: {why}" for file, refused, why in summary.refused if refused == kind]
        for line in lines if show_all else lines[:SHOWN]:
            click.echo(line)
        if not show_all and count > SHOWN:
            click.echo(f"  … and {count - SHOWN} more; --all lists them")
    for what, count in sorted(summary.skipped.items()):
        click.echo(f"Passed over, {what}: {count}")
    click.echo(
        f"Images: {summary.added:,} added, {summary.unchanged:,} there before, "
        f"{len(summary.refused):,} refused."
    )


@stimuli.command("list")
@instance_option
def list_command(instance: Path) -> None:
    """List the image sets and how many images each has."""
    from stimuli.image_set import image_set_names, read_image_set

    names = image_set_names(instance / "image_sets")
    if not names:
        click.echo(f"No image set in {instance}: 'hitrate stimuli import' makes one.")
    for name in names:
        count = len(read_image_set(instance / "image_sets" / name).images)
        click.echo(f"{name}\t{count:,} images")


@stimuli.command("check")
@click.argument("name")
@instance_option
def check_command(name: str, instance: Path) -> None:
    """Check that every file of the image set NAME is there and unchanged."""
    from stimuli.checks import check_image_set
    from stimuli.image_set import find_image_set

    image_set = find_image_set(instance / "image_sets", name)
    problems = check_image_set(image_set)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(1)
    click.echo(f"All {len(image_set.images):,} images of {name!r} are there and unchanged.")


@stimuli.command("describe")
@click.argument("name")
@instance_option
def describe_command(name: str, instance: Path) -> None:
    """Describe the image set NAME: sizes, categories, licences, columns, notice."""
    from stimuli.image_set import find_image_set

    image_set = find_image_set(instance / "image_sets", name)
    images = image_set.images
    click.echo(f"{name}: {len(images):,} images in {image_set.folder}")
    for side, sizes in (
        ("Width", sorted(image.width_px for image in images)),
        ("Height", sorted(image.height_px for image in images)),
    ):
        middle = sizes[len(sizes) // 2]
        click.echo(f"{side}: {sizes[0]} to {sizes[-1]} px, median {middle}")
    columns = Counter(name for image in images for name in image.attributes)
    for title, counts in (
        ("Formats", Counter(image.path.suffix[1:].upper() for image in images)),
        ("Categories", Counter(image.category or "none" for image in images)),
        ("Licences", Counter(image.licence or "none given" for image in images)),
        ("Other columns", columns),
    ):
        if counts:
            listed = ", ".join(f"{value} ({count:,})" for value, count in counts.most_common(40))
            click.echo(f"{title}: {listed}")
    if image_set.notice is not None:
        click.echo(f"\n{image_set.notice}")
