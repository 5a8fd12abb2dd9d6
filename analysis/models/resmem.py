"""ResMem (Needell & Bainbridge 2022), written out again so that only its weights are needed."""

from pathlib import Path

from analysis.models.resnet import ResNet
from analysis.models.two_branches import TwoBranches, read_network


class ResMem(TwoBranches):
    """(n, 3, 227, 227) RGB from 0 to 1, not normalised → (n,) memorability from 0 to 1.

    Its residual branch is a whole ResNet-152 with the 1000-way head, un-normalised input and all.
    """

    def __init__(self) -> None:
        super().__init__(ResNet((3, 8, 36, 3)), n_features=1000)


def load(weights: Path) -> ResMem:
    """The network for scoring: read strictly from its weights, then folded."""
    return read_network(ResMem, weights).fold()
