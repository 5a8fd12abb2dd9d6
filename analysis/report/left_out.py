"""Who and what does not enter the scores, counted, with the reason in words."""

from dataclasses import dataclass

import pandas as pd

from analysis.dataset import Dataset
from analysis.importers.predictions import Matched
from analysis.scores.responses import select_trials


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One reason, and how many of what it left out."""

    what: str
    count: int
    reason: str


def left_out(
    dataset: Dataset, scores: pd.Series, score_label: str, matched: Matched | None
) -> tuple[LeftOut, ...]:
    """Count everything that the report's scores leave out.

    Parameters
    ----------
    dataset
        The people's data.
    scores
        The report's score by ``image_id``; missing where an image has none.
    score_label
        Its name in words.
    matched
        The predictions of the dataset's images and those of other ones, or None.

    Returns
    -------
    Reasons that left out something: people, then trials, images and predictions.
    """
    found = [*people(dataset), *trials(dataset)]
    known, scored = set(scores.index), set(scores.index[scores.notna()])
    reason = f"no valid response behind a {score_label}"
    found.append(LeftOut("images", len(known - scored), reason))
    if matched is not None:
        for model, rows in matched.table.groupby("model", sort=False):
            failed = int(rows["prediction"].isna().sum())
            without = len(scored - set(rows["image_id"]))
            found += [
                LeftOut("predictions", failed, f"{model} could not score the picture"),
                LeftOut("images", without, f"not in the predictions of {model}"),
            ]
        other, unknown = len(matched.other_picture), len(matched.unknown)
        found.append(LeftOut("predictions", other, "of another picture than people saw"))
        found.append(LeftOut("predictions", unknown, "of images that this dataset does not have"))
    return tuple(reason for reason in found if reason.count)


def people(dataset: Dataset) -> list[LeftOut]:
    """Exclusions by rule and scope, and people who saw no image."""
    found = []
    if dataset.exclusions is not None and len(dataset.exclusions):
        table = dataset.exclusions.assign(what="participants")
        table.loc[table["run_id"].notna(), "what"] = "runs"
        table.loc[table["level"].notna(), "what"] = "levels"
        keys = ["participant_id", "run_id", "level"]
        for (rule, what), rows in table.groupby(["rule", "what"], sort=False):
            count = len(rows.drop_duplicates(keys))
            found.append(LeftOut(str(what), count, f"excluded by the rule {rule}"))
    if dataset.participants is not None and dataset.trials is not None:
        played = set(dataset.trials["participant_id"])
        idle = int((~dataset.participants["participant_id"].isin(played)).sum())
        found.append(LeftOut("participants", idle, "agreed to take part but saw no image"))
    return found


def trials(dataset: Dataset) -> list[LeftOut]:
    """Trials that do not count for the targets' scores, and trials that were lost."""
    found = []
    if dataset.trials is not None:
        parts = select_trials(dataset).left_out
        found += [LeftOut("trials", part.n_trials, part.reason) for part in parts]
    if dataset.runs is not None and "n_lost" in dataset.runs:
        lost = int(dataset.runs["n_lost"].fillna(0).sum())
        found.append(LeftOut("trials", lost, "their responses were lost before they were stored"))
    return found
