"""Residual networks (He et al. 2016) that cannot be trained: only their weights are to come."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

EXPANSION = 4  # a block's output has four times its width
WIDTHS = (64, 128, 256, 512)  # of the four stages


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


def stem() -> list[nn.Module]:
    """What comes before the stages: (n, 3, height, width) → (n, 64, height / 4, width / 4)."""
    return [
        nn.Conv2d(3, WIDTHS[0], 7, stride=2, padding=3, bias=False),
        FrozenBatchNorm(WIDTHS[0]),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, padding=1),
    ]


def stages(n_blocks: tuple[int, int, int, int]) -> list[nn.Sequential]:
    """Four stages of that many blocks; each but the first halves height and width."""
    made = []
    channels = WIDTHS[0]
    for stage, (width, n) in enumerate(zip(WIDTHS, n_blocks, strict=True)):
        blocks = []
        for block in range(n):
            stride = 2 if stage > 0 and block == 0 else 1
            blocks.append(Bottleneck(channels, width, stride, has_projection=block == 0))
            channels = width * EXPANSION
        made.append(nn.Sequential(*blocks))
    return made


class ResNet(nn.Module):
    """(n, 3, height, width) → (n, 1000) class scores, before any softmax; layers by name."""

    def __init__(self, n_blocks: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.conv1, self.bn1, self.relu, self.maxpool = stem()
        self.layer1, self.layer2, self.layer3, self.layer4 = stages(n_blocks)
        self.fc = nn.Linear(WIDTHS[-1] * EXPANSION, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return torch.as_tensor(self.fc(x.mean((2, 3))))


class ResNetTrunk(nn.Sequential):
    """(n, 3, height, width) → (n, 2048) means over height and width; layers by number."""

    def __init__(self, n_blocks: tuple[int, int, int, int]) -> None:
        super().__init__(*stem(), *stages(n_blocks), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def fold_batch_norm(network: nn.Module) -> None:
    """Put each batch normalisation into the convolution before it, weights channels last.

    The same function of the picture up to rounding (1e-6 in a score), computed faster. Every
    module here lists a convolution right before its normalisation.
    """
    for owner in list(network.modules()):
        for (_, convolution), (name, norm) in pairwise(list(owner.named_children())):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, FrozenBatchNorm):
                scale, shift = norm.scale_and_shift()
                weight = torch.empty_like(convolution.weight, memory_format=torch.channels_last)
                by_channel = scale.to(weight.dtype)[:, None, None, None]
                torch.mul(convolution.weight, by_channel, out=weight)
                convolution.weight = nn.Parameter(weight, requires_grad=False)
                convolution.bias = nn.Parameter(shift.to(weight.dtype), requires_grad=False)
                owner.add_module(name, nn.Identity())
