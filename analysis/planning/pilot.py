"""What a pilot tells: how reliable one response is, and how much a participant gives."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.consistency.curve import ConsistencyCurve, consistency_curve
from analysis.consistency.reliability import Floats
from analysis.consistency.split_half import SplitHalf, split_half, to_source, to_splits
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.planning.design import Design
from analysis.planning.responses import Case, one_response
from analysis.readable import decimal
from analysis.scores.names import SCORE_NAMES
from analysis.scores.responses import Responses


@dataclass(frozen=True, slots=True)
class Pilot:
    """A pilot's agreement and what its participants gave."""

    name: str
    score: str  # which score the reliability is of
    n_images: int  # with a response that counts
    n_started: int | None  # people who began; None where only counts are known
    n_counted: int | None  # people with a response that counts
    n_paid: int | None  # people who finished a run, or who began where this is not known
    pairs: float  # responses that count
    responses_per_image: float  # mean over images
    harmonic_mean: float  # of responses per image, which is what they are worth
    dispersion: float  # their variance over their mean: 0 all the same, about 1 by pure chance
    case: Case  # reliability of one response, with its limits
    consistency: SplitHalf  # what it follows from
    curve: ConsistencyCurve  # of parts of the pilot's people

    def design(self) -> Design:
        """What one participant gave, if others will be like them.

        Raises
        ------
        AnalysisError
            If only counts are known.
        """
        if self.n_started is None or self.n_counted is None or self.n_paid is None:
            raise AnalysisError(
                f"{self.name} has counts only, which do not tell how many responses a participant "
                "gives; give the targets of a participant or a paradigm as well"
            )
        return Design(
            pairs=self.pairs / self.n_counted,
            counted=self.n_counted / self.n_started,
            paid=self.n_paid / self.n_started,
            dispersion=self.dispersion,
        )

    def observed(self, people: float) -> pd.DataFrame:
        """What was seen in parts of the pilot, if all of it is so many people.

        A part stands where its responses per image are those of all images. In a small part of a
        sparse pilot these are more than the part's people give on average, because an image has to
        have responses in both halves.

        Returns
        -------
        n_participants, reliability, rho; parts whose halves have no correlation are left out.
        """
        each = people / self.responses_per_image
        rows = [(p.responses_per_image * each, p.reliability, p.rho) for p in self.curve.points]
        return pd.DataFrame(rows, columns=["n_participants", "reliability", "rho"]).dropna()

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)


def read_pilot(
    dataset: Dataset,
    *,
    score: str = "hit_rate",
    n_splits: int = 1000,
    n_bootstrap: int = 200,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Pilot:
    """Find the reliability of one response in a pilot, and what a participant gave.

    r1 follows from R of all the pilot's scores by Spearman–Brown, at the harmonic mean of the
    responses to those images that can be split; its limits follow from those of R in the same way.

    Parameters
    ----------
    dataset
        Trials, or counts of responses per image.
    score
        hit_rate, false_alarm_rate, corrected_recognition or d_prime.
    n_splits, n_bootstrap, level, rng
        As in :func:`analysis.consistency.split_half.split_half`.

    Raises
    ------
    AnalysisError
        If the halves of the pilot do not agree, or there is nothing to split.
    """
    source = to_source(dataset)
    splits = to_splits(source, score)
    halves = split_half(
        source, score, n_splits=n_splits, n_bootstrap=n_bootstrap, level=level, rng=rng
    )
    behind = float(stats.hmean(splits.n_responses))
    n = _responses_per_image(source, score)
    if not 0 < halves.reliability < 1:
        raise AnalysisError(
            f"{dataset.name}: random halves of the pilot agree with ρ = {decimal(halves.rho)} "
            f"({SCORE_NAMES[score]}, {len(n)} images, {decimal(float(n.mean()), 1)} responses "
            "each), from which no reliability of one response follows; collect more responses per "
            "image, or plan with a published r1"
        )
    low, high = halves.reliability_low, halves.reliability_high
    case = Case(
        name=f"as in {dataset.name}",
        r1=one_response(halves.reliability, behind),
        r1_low=None if low is None else one_response(low, behind),
        r1_high=None if high is None else one_response(high, behind),
        level=halves.level,
    )
    people = _people(dataset, source) if isinstance(source, Responses) else (None, None, None)
    return Pilot(
        name=dataset.name,
        score=score,
        n_images=len(n),
        n_started=people[0],
        n_counted=people[1],
        n_paid=people[2],
        pairs=float(n.sum()),
        responses_per_image=float(n.mean()),
        harmonic_mean=min(float(stats.hmean(n)), float(n.mean())),
        dispersion=float(n.var() / n.mean()),
        case=case,
        consistency=halves,
        curve=consistency_curve(source, score, n_splits=n_splits, rng=rng),
    )


def _responses_per_image(source: Responses | pd.DataFrame, score: str) -> Floats:
    """Responses behind the score of each image that has one."""
    counts = source.counts() if isinstance(source, Responses) else source
    n = counts["firsts" if score == "false_alarm_rate" else "repeats"].to_numpy(dtype=float)
    return n[n > 0]


def _people(dataset: Dataset, responses: Responses) -> tuple[int, int, int]:
    """People who started, whose data count, and who finished a run."""
    counted = set(responses.row_ids)
    started = set(counted)
    for table in (dataset.trials, dataset.participants):
        if table is not None:
            started |= set(table["participant_id"])
    finished = started
    for table in (dataset.participants, dataset.runs):
        if table is not None and "state" in table and table["state"].notna().any():
            finished = set(table.loc[table["state"] == "finished", "participant_id"])
    return len(started), len(counted), len(finished & started)
