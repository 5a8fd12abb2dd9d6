"""How much of the differences between responses comes from images, people, and neither.

Each response is 0 or 1: y = μ + image + person + rest, images and people crossed, both random. The
variances are estimated by fitting constants (Henderson 1953, Biometrics 9:226, method 3; Searle,
Casella and McCulloch 1992, Variance Components, section 5.4): the sum of squares of one factor
after the other was fitted does not depend on the other's effects, whoever saw what. It is unbiased
for any unbalanced and sparse design, needs no distribution, and is the analysis of variance where
everybody saw everything. What people make of single images (interaction) is in the rest, since
nobody is asked twice.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse import linalg as sparse_linalg

from analysis.consistency.split_half import to_source
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.scores.responses import Responses
from analysis.splits.halves import counts_of
from analysis.splits.places import Floats


@dataclass(frozen=True, slots=True)
class VarianceComponents:
    """Variances of images, people and the rest, of responses of 0 or 1."""

    score: str  # hit_rate or false_alarm_rate: the mean of these responses
    mean: float  # of all responses
    images: float  # variance, as estimated: it may come out below 0
    participants: float
    residual: float
    share_images: float  # of the sum of the three, those below 0 taken as 0
    share_participants: float
    share_residual: float
    truncated: tuple[str, ...]  # components that came out below 0
    response_reliability: float  # r1 of one response, every image seen by other people
    reliability: float  # R of all the responses, in the design that they came from
    responses_per_image: float
    n_images: int
    n_participants: int
    n_responses: int

    def reliability_of(self, n_responses: Any, *, same_people: bool = False) -> Floats:
        """Reliability of an image's mean of n responses, each of another person.

        σ²(images) / (σ²(images) + noise/n). The noise is that of people and the rest; where the
        same people see all images, it is the rest alone, since a person who presses often does so
        for all of them.

        Parameters
        ----------
        n_responses
            Numbers of any shape.
        same_people
            Whether all images are seen by the same n people.
        """
        images, people, residual = self._at_least_0()
        noise = residual if same_people else people + residual
        total = images + noise / np.asarray(n_responses, dtype=np.float64)
        return np.where(total > 0, images / np.where(total > 0, total, 1.0), np.nan)

    def _at_least_0(self) -> tuple[float, float, float]:
        return max(0.0, self.images), max(0.0, self.participants), max(0.0, self.residual)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """A row for each component: component, variance, share, is_truncated."""
        names = ("images", "participants", "residual")
        return pd.DataFrame(
            {
                "component": names,
                "variance": [getattr(self, name) for name in names],
                "share": [getattr(self, f"share_{name}") for name in names],
                "is_truncated": [name in self.truncated for name in names],
            }
        )


def variance_components(
    source: Dataset | Responses, score: str = "hit_rate", *, role: str = "target"
) -> VarianceComponents:
    """Part the variance of single responses into images, people and the rest.

    Parameters
    ----------
    source
        A dataset with trials, or the responses of people to images.
    score
        hit_rate (responses to repeats) or false_alarm_rate (responses to first showings).
    role
        Whose showings count.

    Raises
    ------
    AnalysisError
        If only counts are known, the score is no rate, or the responses are too few to part: each
        component needs images that share people, and people who share images.
    """
    pairs = counts_of(score)
    if len(pairs) > 1:
        raise AnalysisError(
            f"{score} is no mean of single responses; variance components are those of hit_rate "
            "or false_alarm_rate"
        )
    chosen = to_source(source, role)
    if not isinstance(chosen, Responses):
        raise AnalysisError(
            "only counts are known, not who gave which response, so images and people cannot be "
            "told apart; variance components need trials"
        )
    part, whole = (getattr(chosen, name).T.tocsr().astype(np.float64) for name in pairs[0])
    seen = np.asarray(whole.sum(axis=1)).ravel() > 0
    present = np.asarray(whole.sum(axis=0)).ravel() > 0
    return _fitted(score, part[seen][:, present], whole[seen][:, present])


def _fitted(score: str, sums: sparse.csr_array, n: sparse.csr_array) -> VarianceComponents:
    """Henderson's method 3 from sums and numbers of responses, images × people."""
    design = _Design(sums, n)
    total = float(n.sum())
    rank = n.shape[0] + n.shape[1] - _n_parts(n)
    for_images = total - float((n.power(2).sum(axis=0) / design.by_person).sum())
    for_people = total - float((n.power(2).sum(axis=1) / design.by_image).sum())
    free = (total - rank, rank - n.shape[1], rank - n.shape[0])
    if min(free) <= 0:
        raise AnalysisError(
            f"{total:.0f} responses of {n.shape[1]} participants to {n.shape[0]} images are too "
            "few to part into images, people and the rest"
        )
    of_images = float((design.image_sums**2 / design.by_image).sum())
    of_people = float((design.person_sums**2 / design.by_person).sum())
    of_both = design.explained()
    # A response of 0 or 1 is its own square, so the sum of squares is the sum.
    residual = (float(sums.sum()) - of_both) / free[0]
    images = (of_both - of_people - free[1] * residual) / for_images
    people = (of_both - of_images - free[2] * residual) / for_people
    found = {"images": images, "participants": people, "residual": residual}
    kept = {name: max(0.0, value) for name, value in found.items()}
    whole = sum(kept.values())
    shares = {f"share_{name}": v / whole if whole else float("nan") for name, v in kept.items()}
    noise = kept["participants"] + kept["residual"]
    in_design = kept["participants"] * design.spread_of_people() + kept["residual"] * float(
        (1 / design.by_image).mean()
    )
    return VarianceComponents(
        score=score,
        mean=float(sums.sum()) / total,
        **found,
        **shares,
        truncated=tuple(name for name, value in found.items() if value < 0),
        response_reliability=_share(kept["images"], noise),
        reliability=_share(kept["images"], in_design),
        responses_per_image=total / n.shape[0],
        n_images=n.shape[0],
        n_participants=n.shape[1],
        n_responses=round(total),
    )


def _n_parts(n: sparse.csr_array) -> int:
    """In how many parts the design falls that share neither images nor people."""
    image, person = n.nonzero()
    size = sum(n.shape)
    links = sparse.coo_array((np.ones(len(image)), (image, person + n.shape[0])), (size, size))
    return int(csgraph.connected_components(links, directed=False)[0])


def _share(true: float, noise: float) -> float:
    return true / (true + noise) if true + noise > 0 else float("nan")


class _Design:
    """Who responded to what, and the fit of both factors to it."""

    def __init__(self, sums: sparse.csr_array, n: sparse.csr_array) -> None:
        self.n = n
        self.by_image, self.by_person = (np.asarray(n.sum(axis=a)).ravel() for a in (1, 0))
        self.image_sums, self.person_sums = (np.asarray(sums.sum(axis=a)).ravel() for a in (1, 0))

    def explained(self) -> float:
        """Sum of squares that images and people explain together, the mean included.

        The effects of the people are eliminated from the normal equations, or those of the images
        if these are fewer, and the rest is solved by conjugate gradients, which reach a solution
        although one constant is free.
        """
        n, by_image, by_person = self.n, self.by_image, self.by_person
        image_sums, person_sums = self.image_sums, self.person_sums
        if len(by_image) > len(by_person):
            n, by_image, by_person = n.T.tocsr(), by_person, by_image
            image_sums, person_sums = person_sums, image_sums
        across = n.T.tocsr()

        def reduced(effects: Floats) -> Floats:
            return np.asarray(by_image * effects - n @ ((across @ effects) / by_person))

        size = len(by_image)
        matrix = sparse_linalg.LinearOperator((size, size), matvec=reduced, dtype=np.float64)
        scale = sparse.diags_array(1 / by_image)
        wanted = image_sums - n @ (person_sums / by_person)
        effects, failed = sparse_linalg.cg(matrix, wanted, rtol=1e-10, maxiter=10_000, M=scale)
        if failed:
            raise AnalysisError("the effects of images and people could not be parted")
        others = (person_sums - across @ effects) / by_person
        return float(effects @ image_sums + others @ person_sums)

    def spread_of_people(self) -> float:
        """Variance between images' means, per unit of variance between people.

        0 where all images were seen by the same people, 1/n where each by n others.
        """
        weights = sparse.diags_array(1 / self.by_image) @ self.n
        size = len(self.by_image)
        mean = np.asarray(weights.sum(axis=0)).ravel() / size
        squares = float(weights.power(2).sum()) / size
        return max(0.0, squares - float((mean**2).sum())) * size / (size - 1)
