"""ResMem, images per second from JPEG files to numbers: hitrate beside the loop of resmem's README.

    python -m benchmarks.resmem_scoring [--out benchmarks/results/resmem_scoring.txt]

Both score the same files, in 32-bit precision on the CPU with the same number of threads, in
alternating blocks of one process; the ratio is of the medians over blocks. The files are made
beforehand: 1024×768, fractal noise, which compresses about as photographs do.
"""

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from analysis.models.scorer import Scorer
from analysis.models.scoring import predict
from analysis.models.sources import Picture
from benchmarks.machine import machine

SIZE_PX = (1024, 768)
WANTED = 1.5


def main() -> int:
    """Measure, print, and return 0 if the ratio is as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=7, help="of each of the two")
    parser.add_argument("--images", type=int, default=24, help="in a block")
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = make_photographs(Path(folder), arguments.images)
        kilobytes = statistics.mean(file.stat().st_size for file in files) / 1000
        ours, readme = our_scoring(), readme_loop()
        difference = float(np.abs(ours(files) - readme(files)).max())  # also warms both up
        seconds: dict[str, list[float]] = {"readme": [], "hitrate": []}
        for _ in range(arguments.blocks):
            seconds["readme"].append(timed(readme, files))
            seconds["hitrate"].append(timed(ours, files))
    rates = {name: len(files) / np.array(spent) for name, spent in seconds.items()}
    median = {name: float(np.median(rate)) for name, rate in rates.items()}
    ratio = median["hitrate"] / median["readme"]
    by_block = rates["hitrate"] / rates["readme"]
    text = "\n".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, torch {torch.__version__}",
            f"{len(files)} JPEG files of {SIZE_PX[0]}×{SIZE_PX[1]} ({kilobytes:.0f} kB on average) "
            f"to scores, fp32, {torch.get_num_threads()} threads, "
            f"{arguments.blocks} alternating blocks, medians",
            f"resmem's README loop   {median['readme']:6.2f} images/s "
            f"({rates['readme'].min():.2f} to {rates['readme'].max():.2f})",
            f"hitrate                {median['hitrate']:6.2f} images/s "
            f"({rates['hitrate'].min():.2f} to {rates['hitrate'].max():.2f})",
            f"largest difference between their scores  {difference:.1e}",
            f"ratio {ratio:.2f} (by block {by_block.min():.2f} to {by_block.max():.2f}; "
            f"wanted ≥ {WANTED})",
        ]
    )
    print(text)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if ratio >= WANTED else 1


def make_photographs(folder: Path, n: int) -> list[Path]:
    """JPEG files of colour noise that is fainter the finer it is, as in photographs."""
    rng = np.random.default_rng(1)
    width, height = SIZE_PX
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = np.inf
    files = []
    for i in range(n):
        layers = []
        for _ in range(3):
            phase = rng.uniform(0, 2 * np.pi, frequency.shape)
            layer = np.fft.irfft2(np.exp(1j * phase) / frequency**1.1, s=(height, width))
            layers.append(128 + 50 * (layer - layer.mean()) / layer.std())
        pixels = np.stack(layers, axis=-1).clip(0, 255).astype(np.uint8)
        files.append(folder / f"{i:03}.jpg")
        Image.fromarray(pixels).save(files[-1], quality=90)
    return files


def our_scoring() -> Callable[[Sequence[Path]], np.ndarray]:
    """Files to scores by hitrate, without its cache."""
    scorer = Scorer("resmem", device="cpu")
    scorer.load()

    def score(files: Sequence[Path]) -> np.ndarray:
        pictures = [Picture(file.stem, file) for file in files]
        return np.array([row.prediction for row in predict(pictures, scorer)])

    return score


def readme_loop() -> Callable[[Sequence[Path]], np.ndarray]:
    """Files to scores as the README of resmem 1.1.6 does it, line by line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its use of torchvision is deprecated
        from resmem import ResMem, transformer

        model = ResMem(pretrained=True)
    model.eval()

    def score(files: Sequence[Path]) -> np.ndarray:
        predictions = []
        for file in files:
            img: Image.Image = Image.open(file)
            img = img.convert("RGB")
            image_x = transformer(img)
            prediction = model(image_x.view(-1, 3, 227, 227))
            predictions.append(prediction.item())
        return np.array(predictions)

    return score


def timed(score: Callable[[Sequence[Path]], np.ndarray], files: Sequence[Path]) -> float:
    """Seconds that scoring the files takes."""
    start = time.perf_counter()
    score(files)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
