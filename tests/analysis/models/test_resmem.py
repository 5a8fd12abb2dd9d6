"""Our ResMem gives the numbers of the resmem package, and no slip goes unnoticed."""

import csv
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from analysis.errors import ModelError
from analysis.models.preprocessing import Pixels
from analysis.models.scorer import Scorer
from analysis.models.scoring import predict
from analysis.models.sources import Picture
from tests.analysis.models.pictures import RESMEM_SCORES, pattern, save_patterns

torch = pytest.importorskip("torch", reason="torch is not installed (hitrate[models])")

from analysis.models.device import one_thread  # noqa: E402 (it needs torch)
from analysis.models.resmem import ResMem  # noqa: E402 (it needs torch)
from analysis.models.two_branches import read_network  # noqa: E402 (it needs torch)

Reference = Callable[[Sequence[Image.Image]], npt.NDArray[np.float64]]
Inputs = npt.NDArray[np.float32]
PATTERNS = range(len(RESMEM_SCORES))


def agrees(scores: npt.ArrayLike) -> bool:
    """Whether these are ResMem's scores of the five patterns."""
    return float(np.abs(np.asarray(scores) - RESMEM_SCORES).max()) < 1e-5


def scores_of(scorer: Scorer, files: Sequence[Path], batch_size: int) -> npt.NDArray[np.float64]:
    pictures = [Picture(file.stem, file) for file in files]
    return np.array([row.prediction for row in predict(pictures, scorer, batch_size=batch_size)])


def real_photographs(shared_data: Path, n: int) -> list[Path]:
    """Upright opaque photographs, evenly over the manifest's categories."""
    folder = shared_data / "photos"
    if not folder.is_dir():
        pytest.skip(f"the real photographs are not on this machine ({folder})")
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    files = []
    for path in (folder / "images" / name for name in names):
        with Image.open(path) as image:
            if image.mode == "RGB" and image.getexif().get(0x0112, 1) == 1:
                files.append(path)
    return random.Random(1).sample(files, n)


def opened(file: Path) -> Image.Image:
    """A picture as resmem's README opens it."""
    with Image.open(file) as image:
        return image.convert("RGB")


def test_scores_of_made_pictures_are_the_golden_ones(resmem: Scorer, tmp_path: Path) -> None:
    assert agrees(scores_of(resmem, save_patterns(tmp_path), batch_size=8))


def test_the_golden_scores_are_the_packages(reference: Reference) -> None:
    assert agrees(reference([pattern(i) for i in PATTERNS]))


def test_scores_of_100_photographs_equal_the_packages(
    resmem: Scorer, reference: Reference, shared_data: Path
) -> None:
    files = real_photographs(shared_data, 100)
    with one_thread():  # two threads that wait for each other take minutes on a busy machine
        ours = scores_of(resmem, files, batch_size=8)
        theirs = reference([opened(file) for file in files])
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.ptp(theirs) > 0.3  # the photographs differ, so agreement says something


@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_batch_size_and_order_do_not_matter(
    resmem: Scorer, tmp_path: Path, batch_size: int
) -> None:
    files = save_patterns(tmp_path)
    order = [3, 0, 4, 2, 1]
    scores = scores_of(resmem, [files[i] for i in order], batch_size)
    assert agrees(scores[np.argsort(order)])


def whole(picture: Image.Image) -> Inputs:
    """Pixels, (height, width, 3), as numbers from 0 to 1."""
    return np.asarray(picture).astype(np.float32) / np.float32(255)


def centre(picture: Image.Image) -> Image.Image:
    left, top = (round((side - 227) / 2) for side in picture.size)
    return picture.crop((left, top, left + 227, top + 227))


def short_side(picture: Image.Image) -> Image.Image:
    scale = 256 / min(picture.size)
    width, height = (round(side * scale) for side in picture.size)
    return centre(picture.resize((width, height), Image.Resampling.BILINEAR))


def without_antialias(picture: Image.Image) -> Inputs:
    tensor = torch.from_numpy(whole(picture)).permute(2, 0, 1)[None]
    small = torch.nn.functional.interpolate(
        tensor, (256, 256), mode="bilinear", antialias=False, align_corners=False
    )
    result: Inputs = small[0, :, 14:241, 14:241].permute(1, 2, 0).numpy()
    return result


def right(picture: Image.Image) -> Inputs:
    return whole(centre(picture.resize((256, 256), Image.Resampling.BILINEAR)))


def bicubic(picture: Image.Image) -> Inputs:
    return whole(centre(picture.resize((256, 256), Image.Resampling.BICUBIC)))


def uncropped(picture: Image.Image) -> Inputs:
    return whole(picture.resize((227, 227), Image.Resampling.BILINEAR))


def normalised(picture: Image.Image) -> Inputs:
    """With the mean and spread of ImageNet, as most networks want it and ResMem does not."""
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    standard: Inputs = ((right(picture) - mean) / spread).astype(np.float32)
    return standard


SLIPS: dict[str, Callable[[Image.Image], Inputs]] = {
    "blue and red swapped": lambda picture: right(picture)[..., ::-1].copy(),
    "no antialias": without_antialias,
    "short side to 256": lambda picture: whole(short_side(picture)),
    "bicubic": bicubic,
    "no crop": uncropped,
    "ImageNet normalisation": normalised,
    "0 to 255": lambda picture: right(picture) * 255,
}


def run_network(scorer: Scorer, inputs: Sequence[Inputs]) -> list[float]:
    """The bare network over inputs of shape (227, 227, 3)."""
    with torch.inference_mode():
        batch = torch.from_numpy(np.stack(inputs)).permute(0, 3, 1, 2)
        scores: list[float] = scorer.network()(batch).tolist()
    return scores


def test_the_slips_apparatus_itself_gives_the_golden_scores(resmem: Scorer) -> None:
    assert agrees(run_network(resmem, [right(pattern(i)) for i in PATTERNS]))


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_preprocessing_is_caught(resmem: Scorer, slip: str) -> None:
    scores = run_network(resmem, [SLIPS[slip](pattern(i)) for i in PATTERNS])
    assert not agrees(scores)
    if slip == "0 to 255":  # the network saturates: every score is 1.0
        assert scores == pytest.approx([1.0] * len(scores), abs=1e-4)


def test_the_network_is_as_published_before_it_is_folded(resmem: Scorer) -> None:
    network = read_network(ResMem, resmem.card.weights.locate())
    inputs = torch.from_numpy(right(pattern(1))).permute(2, 0, 1)[None]
    with torch.inference_mode():
        before = network(inputs).item()
        after = network.fold()(inputs).item()
    assert before == pytest.approx(RESMEM_SCORES[1], abs=1e-6)
    assert after == pytest.approx(RESMEM_SCORES[1], abs=1e-6)


def test_training_mode_is_refused(resmem: Scorer) -> None:
    network = resmem.network()
    with pytest.raises(ModelError, match="no training mode"):
        network.train()
    with pytest.raises(ModelError, match="no training mode"):
        network.train(True)
    assert network.train(False) is network
    assert network.eval() is network


@pytest.mark.parametrize("folded", [True, False])
def test_a_network_forced_into_training_mode_still_gives_the_same_scores(
    resmem: Scorer, folded: bool
) -> None:
    network = read_network(ResMem, resmem.card.weights.locate())
    if folded:
        network.fold()
    for module in network.modules():
        module.training = True  # past train(), which refuses
    inputs = torch.from_numpy(np.stack([right(pattern(i)) for i in (1, 3)])).permute(0, 3, 1, 2)
    with torch.inference_mode():
        first, second = network(inputs).tolist(), network(inputs).tolist()
    assert first == second
    assert first == pytest.approx([RESMEM_SCORES[1], RESMEM_SCORES[3]], abs=1e-5)


def test_nothing_of_the_network_can_learn(resmem: Scorer) -> None:
    assert not any(parameter.requires_grad for parameter in resmem.network().parameters())


def test_the_package_is_not_imported_and_its_warnings_not_seen() -> None:
    code = (
        "import sys; from analysis.models.scorer import Scorer; Scorer('resmem', 'cpu').load(); "
        "assert 'torch' in sys.modules; "
        "print([m for m in ('resmem', 'torchvision') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_the_callers_precision_settings_neither_matter_nor_change(resmem: Scorer) -> None:
    pixels: Pixels = np.stack([resmem.card.preprocessing(pattern(i)) for i in PATTERNS])
    torch.set_float32_matmul_precision("medium")
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = resmem.predict(pixels)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert agrees(scores)
