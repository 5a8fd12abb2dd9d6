"""ResMem (Needell & Bainbridge 2022), written out again so that only its weights are needed.

A ResNet-152 with its 1000-way head and an AlexNet-like branch see the same picture; seven dense
layers read both and end in one number between 0 and 1. Layers carry the names of the published
state, so that it loads strictly. No layer has a training mode: dropout is left out, and batch
normalisation always uses its stored statistics, then is folded into the convolutions before it.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.errors import ModelError

STAGES = ((64, 3, 1), (128, 8, 2), (256, 36, 2), (512, 3, 2))  # width, blocks, stride of ResNet-152
EXPANSION = 4  # a block's output has four times its width
DENSE = (9216 + 1000, 4096, 4096, 2048, 1024, 512, 256, 1)


class FrozenBatchNorm(nn.Module):
    """Batch normalisation by stored statistics only, shape (n, channels, height, width)."""

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        for name in ("weight", "bias", "running_mean", "running_var"):
            self.register_buffer(name, torch.empty(channels))
        self.register_buffer("num_batches_tracked", torch.empty((), dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        return functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )

    def scale_and_shift(self) -> tuple[Tensor, Tensor]:
        """The same as x · scale + shift, each of shape (channels,), in double precision."""
        scale = self.weight.double() / torch.sqrt(self.running_var.double() + self.eps)
        return scale, self.bias.double() - self.running_mean.double() * scale


class Bottleneck(nn.Module):
    """Three convolutions beside a short cut; the middle one has the stride (ResNet "v1.5")."""

    def __init__(self, channels_in: int, width: int, stride: int, has_projection: bool) -> None:
        super().__init__()
        channels_out = width * EXPANSION
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.bn1: nn.Module = FrozenBatchNorm(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2: nn.Module = FrozenBatchNorm(width)
        self.conv3 = nn.Conv2d(width, channels_out, 1, bias=False)
        self.bn3: nn.Module = FrozenBatchNorm(channels_out)
        self.downsample = (
            nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False),
                FrozenBatchNorm(channels_out),
            )
            if has_projection
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        out = functional.relu(self.bn2(self.conv2(out)), inplace=True)
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return functional.relu(out, inplace=True)

    def convolutions(self) -> Iterator[tuple[nn.Module, str, str]]:
        """(owner, name of a convolution, name of the normalisation after it)."""
        for i in (1, 2, 3):
            yield self, f"conv{i}", f"bn{i}"
        if self.downsample is not None:
            yield self.downsample, "0", "1"


class ResNet152(nn.Module):
    """(n, 3, height, width) → (n, 1000) class scores, before any softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1: nn.Module = FrozenBatchNorm(64)
        channels = 64
        for i, (width, n_blocks, stride) in enumerate(STAGES, start=1):
            blocks = []
            for block in range(n_blocks):
                blocks.append(Bottleneck(channels, width, stride if block == 0 else 1, block == 0))
                channels = width * EXPANSION
            self.add_module(f"layer{i}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        x = functional.max_pool2d(x, 3, stride=2, padding=1)
        for i in range(1, len(STAGES) + 1):
            x = self.get_submodule(f"layer{i}")(x)
        return torch.as_tensor(self.fc(x.mean((2, 3))))

    def convolutions(self) -> Iterator[tuple[nn.Module, str, str]]:
        """(owner, name of a convolution, name of the normalisation after it), in order."""
        yield self, "conv1", "bn1"
        for module in self.modules():
            if isinstance(module, Bottleneck):
                yield from module.convolutions()


class ResMem(nn.Module):
    """(n, 3, 227, 227) RGB from 0 to 1, not normalised → (n,) memorability from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.features = ResNet152()
        self.conv1 = nn.Conv2d(3, 48, 11, stride=4)
        self.conv2 = nn.Conv2d(48, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1, groups=2)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        for i, (n_in, n_out) in enumerate(pairwise(DENSE), start=6):
            self.add_module(f"fc{i}", nn.Linear(n_in, n_out))
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Self:
        """Refuse: in training mode one picture's .891 becomes .567, and .829 ever after."""
        if mode:
            raise ModelError(
                "ResMem has no training mode here: training mode would change its scores and "
                "spoil its stored statistics; use it as it is, it is always in evaluation mode"
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
        """Put each batch normalisation into the convolution before it, weights channels last.

        The same function of the picture up to rounding (1e-6 in the score), computed faster.
        """
        for owner, convolution_name, norm_name in self.features.convolutions():
            convolution = owner.get_submodule(convolution_name)
            norm = owner.get_submodule(norm_name)
            if not (isinstance(convolution, nn.Conv2d) and isinstance(norm, FrozenBatchNorm)):
                continue  # folded before
            scale, shift = norm.scale_and_shift()
            weight = torch.empty_like(convolution.weight, memory_format=torch.channels_last)
            torch.mul(convolution.weight, scale.to(weight.dtype)[:, None, None, None], out=weight)
            convolution.weight = nn.Parameter(weight, requires_grad=False)
            convolution.bias = nn.Parameter(shift.to(weight.dtype), requires_grad=False)
            setattr(owner, norm_name, nn.Identity())
        return self.to(memory_format=torch.channels_last)


def read_resmem(weights: Path) -> ResMem:
    """The published network as it was published, batch normalisation not folded.

    ``weights`` is the ``model.pt`` of the ``resmem`` distribution. Its tensors stay in the file
    and are read as they are used.
    """
    with torch.device("meta"):
        network = ResMem()
    state = torch.load(weights, map_location="cpu", mmap=True, weights_only=True)
    network.load_state_dict(state, strict=True, assign=True)
    return network.requires_grad_(False)


def load(weights: Path) -> ResMem:
    """The network for scoring: read strictly from its weights, then folded."""
    return read_resmem(weights).fold()
