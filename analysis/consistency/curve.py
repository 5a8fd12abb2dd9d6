"""How consistency grows with the number of participants, and how many more are needed.

Random subsamples of the people are split in halves like everybody. Beside them stands what
Spearman–Brown predicts from the whole sample, which also goes on beyond it. A participant is one
whose valid responses are as many as those of the participants seen so far, after exclusions and
drop-out. Sources: Spearman 1910 and Brown 1910 (reliability of a longer test).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.consistency.reliability import Lengths, lengths_of_counts, spearman_brown
from analysis.consistency.split_half import split_half, to_source, to_splits
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses
from analysis.splits.counts import CountSplits
from analysis.splits.halves import PersonSplits
from analysis.splits.pairs import check_method, mean_of_splits, pair_up
from analysis.splits.places import Block, Floats, Ints

N_SIZES = 8  # of a curve whose sizes are not given
N_SPLITS = 4  # of each subsample
FEWEST_PEOPLE = 4  # at which such a curve begins
FEWEST_RESPONSES = 2  # per image, at which such a curve begins: one for each half


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The consistency of some of the participants, mean over random subsamples."""

    n_participants: int
    responses_per_image: float  # of the images that have some in both halves
    rho: float  # half against half, mean over subsamples; missing if fewer than three images
    spread: float  # standard deviation over subsamples: Monte-Carlo spread, not an interval
    reliability: float  # R of these participants' scores, Spearman–Brown
    images_per_split: float = float("nan")  # mean number of images with responses in both halves


@dataclass(frozen=True, slots=True)
class Needed:
    """How many participants a reliability takes."""

    reliability: float  # R that is aimed at
    rho: float  # half against half at which it is reached
    responses_per_image: float  # infinite if the people do not agree at all
    n_participants: float
    n_more: float  # than there are; 0 if there are enough


@dataclass(frozen=True, slots=True)
class ConsistencyCurve:
    """Split-half consistency against the number of participants."""

    score: str  # hit_rate, false_alarm_rate, corrected_recognition or d_prime
    method: str  # spearman, pearson or kendall
    n_participants: int  # with a valid trial; from counts alone, people who each see every image
    n_images: int  # that entered at least one split of everybody
    responses_per_image: float  # of everybody
    rho: float  # half of everybody against the other half
    reliability: float  # R of everybody's scores
    response_reliability: float  # r1: reliability of one response, from R by Spearman–Brown
    points: tuple[CurvePoint, ...]  # observed in subsamples
    needed: tuple[Needed, ...]  # one for each target
    folds: float = 2.0  # how many times longer everybody is than a half
    counts_only: bool = False  # responses were thinned, not people: nobody knows who gave them

    def predicted(self, n_participants: Any) -> tuple[Floats, Floats]:
        """ρ and R of numbers of participants by Spearman–Brown through the whole sample.

        Parameters
        ----------
        n_participants
            Numbers above 0, of any shape; they need not be whole.
        """
        times = np.asarray(n_participants, dtype=np.float64) / self.n_participants
        halves = times / self.folds
        return _longer(self.reliability, halves), _longer(self.reliability, times)

    def to_frame(self) -> pd.DataFrame:
        """A row for each point and each target.

        Columns: kind (observed or needed), n_participants, responses_per_image, rho, spread,
        reliability, images_per_split, rho_predicted, reliability_predicted; spread and images are
        missing of what is needed.
        """
        rows = [{"kind": "observed", **asdict(point)} for point in self.points]
        rows += [
            {
                "kind": "needed",
                "n_participants": one.n_participants,
                "responses_per_image": one.responses_per_image,
                "rho": one.rho,
                "reliability": one.reliability,
            }
            for one in self.needed
        ]
        names = ["kind", *CurvePoint.__dataclass_fields__]
        frame = pd.DataFrame(rows, columns=names)
        frame["n_participants"] = frame["n_participants"].astype(float)
        rho, reliability = self.predicted(frame["n_participants"].to_numpy())
        return frame.assign(rho_predicted=rho, reliability_predicted=reliability)


def consistency_curve(
    source: Dataset | Responses | pd.DataFrame,
    score: str = "hit_rate",
    *,
    method: str = "spearman",
    sizes: Sequence[int] | None = None,
    n_samples: int = 50,
    role: str = "target",
    targets: Sequence[float] = (0.8, 0.9),
    n_splits: int = 1000,
    rng: np.random.Generator,
) -> ConsistencyCurve:
    """Split-half consistency of more and more participants, and how many a reliability takes.

    In sparse designs few people leave many images with a response in one half only, or in none;
    these do not enter, so each point says how many responses per image it rests on.

    Parameters
    ----------
    source, score, method, role
        As in :func:`analysis.consistency.split_half.split_half`. From counts alone, each image's
        responses are thinned, and a participant is one who would respond once to every image.
    sizes
        Numbers of participants, from 2 to all. Without, about eight, evenly spread from those who
        give two responses per image up to all.
    n_samples
        Random subsamples behind each point, each split four times. The point of all participants
        is the mean over ``n_splits`` instead.
    targets
        Reliabilities R to reach, between 0 and 1.
    n_splits, rng
        Splits of all participants; the only source of chance.

    Raises
    ------
    AnalysisError
        If there is nothing to split, or a size or target is out of range.
    """
    check_method(method)
    source = to_source(source, role)
    whole = split_half(source, score, n_splits=n_splits, method=method, n_bootstrap=0, rng=rng)
    per_image = 2 * whole.responses_per_half
    if per_image == 0:
        raise AnalysisError(
            f"in none of {n_splits} splits had an image responses in both halves; there are too "
            "few responses for a curve"
        )
    n_all = whole.n_participants or max(1, round(per_image))
    _check_targets(targets)
    chosen = _sizes(n_all, per_image) if sizes is None else _checked_sizes(sizes, n_all)
    splits = to_splits(source, score)
    points = []
    for size in chosen:
        if size == n_all:
            images = whole.images_per_split
            point = CurvePoint(n_all, per_image, whole.rho, whole.spread, whole.reliability, images)
        else:
            point = _point(splits, size, n_all, method, n_samples, rng)
        points.append(point)
    return ConsistencyCurve(
        score=score,
        method=method,
        n_participants=n_all,
        n_images=whole.n_images,
        responses_per_image=per_image,
        rho=whole.rho,
        reliability=whole.reliability,
        response_reliability=float(_longer(whole.reliability, 1 / splits.lengths.everybody)),
        points=tuple(points),
        folds=splits.lengths.folds,
        needed=tuple(needed(target, whole.reliability, n_all, per_image) for target in targets),
        counts_only=whole.counts_only,
    )


def _check_targets(targets: Sequence[float]) -> None:
    for target in targets:
        if not 0 < target < 1:
            raise AnalysisError(f"a reliability of {target} cannot be aimed at: give one in (0, 1)")


def _checked_sizes(sizes: Sequence[int], n_all: int) -> list[int]:
    for size in sizes:
        if size != int(size) or not 2 <= size <= n_all:
            raise AnalysisError(
                f"a curve cannot have a point at {size} participants: give whole numbers from 2 "
                f"to {n_all}, which is all there are"
            )
    return sorted({int(size) for size in sizes})


def _sizes(n_all: int, per_image: float) -> list[int]:
    """Evenly spread from where images have a response in each half, up to all."""
    least = max(FEWEST_PEOPLE, FEWEST_RESPONSES * n_all / per_image, n_all / N_SIZES)
    return sorted({round(size) for size in np.linspace(min(least, n_all), n_all, N_SIZES)})


def _point(
    splits: PersonSplits | CountSplits,
    size: int,
    n_all: int,
    method: str,
    n_samples: int,
    rng: np.random.Generator,
) -> CurvePoint:
    """The mean over random subsamples of one size."""
    rhos, folds, behind, n_valid = [], [], 0.0, 0
    for _ in range(n_samples):
        block, n_responses, lengths = _subsample(splits, size, n_all, rng)
        folds.append(lengths.folds)
        pairs = pair_up(block)
        rhos.append(mean_of_splits(pairs.correlate(method))[0])
        behind += float((pairs.valid * n_responses).sum())
        n_valid += int(pairs.valid.sum())
    rho, spread, _ = mean_of_splits(np.array(rhos))
    return CurvePoint(
        n_participants=size,
        responses_per_image=behind / n_valid if n_valid else 0.0,
        rho=rho,
        spread=spread,
        reliability=spearman_brown(rho, float(np.nanmean(folds))),
        images_per_split=n_valid / (n_samples * N_SPLITS),
    )


def _subsample(
    splits: PersonSplits | CountSplits, size: int, n_all: int, rng: np.random.Generator
) -> tuple[Block, Floats | Ints, Lengths]:
    """Halves of some of the people, or of a share of the responses; responses behind the scores."""
    if isinstance(splits, PersonSplits):
        drawn = np.zeros(n_all, dtype=np.int64)
        drawn[rng.choice(n_all, size, replace=False)] = 1
        block = splits.resampled(drawn, N_SPLITS, rng)
        return block, splits.responses_of(drawn), splits.lengths_of(drawn)
    block, n_responses = splits.thinned(size / n_all, N_SPLITS, rng)
    return block, n_responses, lengths_of_counts(n_responses[n_responses >= 2])


def _longer(reliability: float, times: Any) -> Floats:
    """Reliabilities of measurements some times as long, by Spearman–Brown."""
    longer = [spearman_brown(reliability, float(k)) for k in np.ravel(times)]
    return np.array(longer, dtype=np.float64).reshape(np.shape(times))


def needed(
    target: float, reliability: float, n_participants: int, responses_per_image: float
) -> Needed:
    """What a reliability takes: R(1−r)/(r(1−R)) times as much as there is, by Spearman–Brown.

    Parameters
    ----------
    target, reliability
        R that is aimed at, between 0 and 1, and r that there is.
    n_participants, responses_per_image
        That r comes from.
    """
    if reliability > 0:
        times = max(0.0, target * (1 - reliability) / (reliability * (1 - target)))
    else:
        times = float("inf") if reliability <= 0 else float("nan")
    n_more = (times - 1) * n_participants
    return Needed(
        reliability=target,
        rho=spearman_brown(target, 0.5),
        responses_per_image=times * responses_per_image,
        n_participants=times * n_participants,
        n_more=0.0 if n_more < 0 else n_more,
    )
