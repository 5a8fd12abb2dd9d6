"""``hitrate score``: pictures to predictions."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from analysis.models.scoring import Prediction


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--model", default="resmem", show_default=True, help="Which model.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the predictions: a .csv or .parquet file.",
)
@click.option(
    "--device", help="cpu, cuda or mps. [default: a CUDA GPU where there is one, else cpu]"
)
@click.option(
    "--batch-size", type=click.IntRange(min=1), help="Pictures at once. [default: by device]"
)
@click.option("--no-cache", is_flag=True, help="Compute all anew and keep nothing.")
@click.option(
    "--instance",
    envvar="HITRATE_INSTANCE",
    default="instance",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the instance (default: $HITRATE_INSTANCE or ./instance).",
)
def score(
    sources: tuple[str, ...],
    model: str,
    out: Path,
    device: str | None,
    batch_size: int | None,
    no_cache: bool,
    instance: Path,
) -> None:
    """Score pictures with a memorability model.

    A SOURCE is a folder, a file, a glob in quotes, an image set by its folder or its name in the
    instance, or a dataset that was exported with its images. A picture that cannot be read becomes
    a row with the reason; of an animation, the first frame is scored. Run again after an
    interruption, it goes on where it was.
    """
    from contextlib import ExitStack

    from tqdm import tqdm

    from analysis.errors import ModelError
    from analysis.models.cache import PredictionCache, cache_folder
    from analysis.models.output import check_output, write_predictions
    from analysis.models.scorer import Scorer
    from analysis.models.scoring import predict
    from analysis.models.sources import find_pictures

    check_output(out)
    pictures = find_pictures(sources, instance)
    scorer = Scorer(model, device)
    click.echo(f"{scorer.card.title}: {scorer.card.licence}", err=True)
    tally = Tally()
    with ExitStack() as stack:
        cache = None
        if not no_cache:
            cache = stack.enter_context(PredictionCache(cache_folder(), scorer.fingerprint))
        rows = predict(pictures, scorer, cache=cache, batch_size=batch_size)
        bar = tqdm(rows, total=len(pictures), unit="image", smoothing=0.1)
        write_predictions(out, tally.count(bar))
    click.echo(
        f"{out}: {tally.n_predictions:,} predictions of {model} on {scorer.device}, "
        f"{tally.n_errors:,} picture{'' if tally.n_errors == 1 else 's'} with an error"
    )
    if tally.first_error is not None:
        click.echo(f"The first error: {tally.first_error}", err=True)
    if not tally.n_predictions:
        raise ModelError("no picture could be scored; the reasons are in the file")


class Tally:
    """Counts rows on their way to the file."""

    def __init__(self) -> None:
        self.n_predictions = 0
        self.n_errors = 0
        self.first_error: str | None = None

    def count(self, rows: Iterable["Prediction"]) -> Iterator["Prediction"]:
        for row in rows:
            if row.error is None:
                self.n_predictions += 1
            else:
                self.n_errors += 1
                self.first_error = self.first_error or f"{row.image_id}: {row.error}"
            yield row
