"""How memorable each image is to simulated participants: from a file, or drawn."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import NormalDist

from experiment.simulation.browser import SimulationError

# Mean and spread of real hit rates, as LaMem, MemCat and the like report them.
MEAN, SD = 0.70, 0.12
LOWEST, HIGHEST = 0.05, 0.98


def spread_ranks(scores: Mapping[str, float]) -> dict[str, float]:
    """Memorabilities with the order of the scores and the spread of real hit rates.

    Model scores lie in a narrow range; their ranks are laid on a normal distribution with the mean
    and standard deviation of real hit rates (ties by image_id).
    """
    normal = NormalDist(MEAN, SD)
    ordered = sorted(scores, key=lambda image_id: (scores[image_id], image_id))
    return {
        image_id: min(max(normal.inv_cdf((rank + 0.5) / len(ordered)), LOWEST), HIGHEST)
        for rank, image_id in enumerate(ordered)
    }


def follow_partly(scores: Mapping[str, float], correlation: float, seed: int) -> dict[str, float]:
    """Memorabilities that correlate with the scores to about this degree; the rest is chance.

    They have the spread of real hit rates.
    """
    standard = NormalDist()
    own_weight = (1 - correlation**2) ** 0.5
    ordered = sorted(scores, key=lambda image_id: (scores[image_id], image_id))
    mixed = {
        image_id: correlation * standard.inv_cdf((rank + 0.5) / len(ordered))
        + own_weight * Random(f"{seed}/own/{image_id}").gauss()
        for rank, image_id in enumerate(ordered)
    }
    return spread_ranks(mixed)


def draw_memorability(image_ids: Sequence[str], seed: int) -> dict[str, float]:
    """A memorability for each image, with the mean and spread of real hit rates."""
    return spread_ranks({i: Random(f"{seed}/memorability/{i}").random() for i in image_ids})


def read_memorability(file: Path, image_ids: Sequence[str]) -> dict[str, float]:
    """Memorability of every image from a table.

    Parameters
    ----------
    file
        CSV with ``image_id`` and either ``value`` (probability of a hit, taken as it is) or
        ``prediction`` (of one model: its order, spread like real hit rates).
    image_ids
        Of the study; each needs a row.

    Raises
    ------
    SimulationError
        Naming the line that cannot be used, or the first image that is missing.
    """
    values: dict[str, float] = {}
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        columns = set(reader.fieldnames or ())
        column = "value" if "value" in columns else "prediction"
        if not {"image_id", column} <= columns:
            raise SimulationError(
                f"{file} has the columns {', '.join(sorted(columns)) or '(none)'}; it needs "
                "'image_id' and either 'value' or 'prediction'"
            )
        for row in reader:
            where = f"{file} line {reader.line_num}"
            if column == "prediction" and not row[column]:
                continue  # a prediction that could not be made
            try:
                value = float(row[column])
            except (TypeError, ValueError):
                raise SimulationError(f"{where}: {column} '{row[column]}' is no number") from None
            if not 0.0 <= value <= 1.0 and column == "value":
                raise SimulationError(f"{where}: value {value} is no probability; give 0 to 1")
            if row["image_id"] in values:
                raise SimulationError(f"{where}: a second row for image_id '{row['image_id']}'")
            values[row["image_id"]] = value
    missing = [image_id for image_id in image_ids if image_id not in values]
    if missing:
        raise SimulationError(
            f"{file} has no {column} for {len(missing)} of the study's {len(image_ids)} images, "
            f"for example '{missing[0]}'; give each image one"
        )
    own = {image_id: values[image_id] for image_id in image_ids}
    return own if column == "value" else spread_ranks(own)
