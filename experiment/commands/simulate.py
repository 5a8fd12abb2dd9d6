"""``hitrate simulate``: let simulated participants play a study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from experiment.commands.db import instance_option


@click.command()
@click.argument("slug", metavar="STUDY")
@click.option("--participants", "n", type=click.IntRange(min=1), required=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same answers.")
@click.option(
    "--memorability",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with image_id and value (probability of a hit), or predictions of a model, whose "
    "order is kept. Default: drawn from the seed.",
)
@click.option(
    "--server", default="http://127.0.0.1:8000", show_default=True, help="Where hitrate serves."
)
@instance_option
def simulate(
    slug: str, n: int, seed: int, memorability: Path | None, server: str, instance: Path | None
) -> None:
    """Let simulated participants play STUDY over HTTP, as browsers do, with a known memory.

    They are marked as simulated for ever and left out of exports unless they are asked for. Images
    are recognised with the instance folder that the server uses.
    """
    from contextlib import closing

    from tqdm import tqdm

    from experiment.database import Database
    from experiment.settings import load_settings
    from experiment.simulation.browser import SimulationError
    from experiment.simulation.memorability import draw_memorability, read_memorability
    from experiment.simulation.play import simulate_study

    def memory_of(image_ids: Sequence[str]) -> Mapping[str, float]:
        if memorability is None:
            return draw_memorability(image_ids, seed)
        return read_memorability(memorability, image_ids)

    settings = load_settings(instance)
    with (
        closing(Database(settings.database_url)) as database,
        tqdm(total=n, desc="Participants", unit="participant") as bar,
    ):
        summary = simulate_study(
            settings,
            database,
            slug,
            server.rstrip("/"),
            memory_of,
            range(1, n + 1),
            seed=seed,
            progress=lambda done, _: bar.update(done - bar.n),
        )
    click.echo(f"{summary.n_finished} of {n} finished, {summary.n_responses} responses.")
    for failure in summary.failures:
        click.echo(f"Participant {failure.player} failed: {failure.reason}", err=True)
    if summary.failures:
        raise SimulationError(f"{len(summary.failures)} of {n} participants did not finish.")
