"""``hitrate demo``: the whole way once, with simulated participants."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiment.commands.db import instance_option

if TYPE_CHECKING:
    from experiment.demo import Addresses


@click.command()
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Of the server."
)
@click.option(
    "--participants",
    default=60,
    show_default=True,
    type=click.IntRange(min=4),
    help="How many simulated participants there shall be.",
)
@click.option("--no-serve", is_flag=True, help="End when the report is written.")
@instance_option
def demo(port: int, participants: int, no_serve: bool, instance: Path | None) -> None:
    """Demo pictures, ResMem's scores, a study, simulated participants, dataset, report, server.

    The simulated people's memory is generated from ResMem's scores. Run again, it goes on where it
    stood.
    """
    import signal

    from tqdm import tqdm

    from experiment.demo import run_demo
    from experiment.settings import load_settings

    def bar(unit: str) -> Callable[[int, int], object]:
        shown = tqdm(unit=f" {unit}", leave=False, delay=0.5)

        def progress(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)
            if done == total:
                shown.close()

        return progress

    def stay(addresses: "Addresses", report: Path) -> None:
        click.echo(f"The report is in {report}")
        if no_serve:
            return
        click.echo("")
        click.echo(f"Play:                                {addresses.play}")
        click.echo(f"Live results (the link opens once):  {addresses.results}")
        click.echo(f"Report (the link opens once):        {addresses.report}")
        click.echo(f"Researcher's pages:                  {addresses.pages}")
        click.echo("")
        click.echo("Ctrl-C stops the server; 'make demo' or 'hitrate demo' goes on from here.")
        try:
            signal.pause()
        except KeyboardInterrupt:
            click.echo("Stopped.")

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run_demo(
            load_settings(instance),
            port=port,
            n_participants=participants,
            say=click.echo,
            bar=bar,
            stay=stay,
        )
    except KeyboardInterrupt:
        click.echo("Stopped; the next demo goes on from here.")
