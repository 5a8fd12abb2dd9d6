"""``hitrate simulate``: let simulated participants play a study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from experiment.commands.db import instance_option

share = click.FloatRange(0, 1)


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
@click.option("--runs", type=click.IntRange(min=1), default=1, help="Runs of each, at most.")
@click.option(
    "--careless",
    type=share,
    default=0.0,
    help="Share who press always, never or at random, a third each.",
)
@click.option("--dropouts", type=share, default=0.0, help="Share who close the tab in between.")
@click.option(
    "--flaky", type=share, default=0.0, help="Share on a network that loses requests and answers."
)
@click.option(
    "--stagger",
    type=click.FloatRange(min=0),
    default=0.0,
    help="Seconds from one participant's start to the next one's.",
)
@click.option("--real-time", is_flag=True, help="Answer when people would; a run takes minutes.")
@click.option(
    "--false-alarm-rate", type=share, help="Bias: how often a first showing gets a key. [0.09]"
)
@click.option("--lapse-rate", type=share, help="Repeats missed whatever the image. [0.02]")
@click.option(
    "--decay",
    type=click.FloatRange(min=0),
    help="Logits lost for each unit of ln(lag). [0.25]",
)
@click.option(
    "--server", default="http://127.0.0.1:8000", show_default=True, help="Where hitrate serves."
)
@instance_option
def simulate(
    slug: str,
    n: int,
    seed: int,
    memorability: Path | None,
    runs: int,
    careless: float,
    dropouts: float,
    flaky: float,
    stagger: float,
    real_time: bool,
    server: str,
    instance: Path | None,
    **memory_values: float | None,
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
    from experiment.simulation.crowd import Crowd
    from experiment.simulation.memorability import draw_memorability, read_memorability
    from experiment.simulation.play import Conditions, simulate_study

    def memory_of(image_ids: Sequence[str]) -> Mapping[str, float]:
        if memorability is None:
            return draw_memorability(image_ids, seed)
        return read_memorability(memorability, image_ids)

    conditions = Conditions(
        crowd=Crowd(careless=careless, dropouts=dropouts, flaky=flaky),
        n_runs=runs,
        stagger_s=stagger,
        is_real_time=real_time,
    )
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
            conditions=conditions,
            memory_values={name: v for name, v in memory_values.items() if v is not None},
            progress=lambda done, _: bar.update(done - bar.n),
        )
    click.echo(f"Of {n} participants {summary.sentence()}")
    for failure in summary.failures:
        click.echo(f"Participant {failure.player} failed: {failure.reason}", err=True)
    if summary.failures:
        raise SimulationError(f"{len(summary.failures)} of {n} participants failed.")
