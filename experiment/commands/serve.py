"""``hitrate serve``: the web server."""

from pathlib import Path

import click

from experiment.commands.db import instance_option


@click.command()
@instance_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
def serve(instance: Path | None, host: str, port: int, workers: int, threads: int) -> None:
    """Run the web server until it is stopped (Ctrl-C). Logs go to stderr as JSON lines."""
    from experiment.serve import run_server
    from experiment.settings import load_settings

    run_server(
        load_settings(instance),
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        announce=click.echo,
    )
