"""Fixtures of the models' tests: a cache of their own, ResMem loaded once, a quick stand-in."""

import importlib.metadata
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from analysis.models.preprocessing import Pixels
from analysis.models.scorer import Scorer

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder are marked ``models``."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.models)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Predictions of a test are cached in its own folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("HITRATE_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def torch_installed() -> None:
    if find_spec("torch") is None:
        pytest.skip("torch is not installed (pip install 'hitrate[models]')")


@pytest.fixture(scope="session")
def resmem_installed(torch_installed: None) -> None:
    try:
        importlib.metadata.distribution("resmem")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package resmem is not installed (pip install 'hitrate[models]')")


@pytest.fixture(scope="session")
def resmem(resmem_installed: None) -> Scorer:
    """Our ResMem, loaded, on the CPU."""
    scorer = Scorer("resmem", device="cpu")
    scorer.load()
    return scorer


@pytest.fixture(scope="session")
def reference(resmem_installed: None) -> Callable[[Sequence[Image.Image]], npt.NDArray[np.float64]]:
    """The resmem package, used as its README says."""
    import warnings

    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's use of torchvision is deprecated
        from resmem import ResMem, transformer

        model = ResMem(pretrained=True)
    model.eval()

    def score(pictures: Sequence[Image.Image]) -> npt.NDArray[np.float64]:
        with torch.inference_mode():
            return np.array(
                [model(transformer(picture).view(-1, 3, 227, 227)).item() for picture in pictures]
            )

    return score


class MeanRed(Scorer):
    """A stand-in that needs no weights: the mean of the red pixels, from 0 to 1."""

    def __init__(self, device: str | None = "cpu") -> None:
        super().__init__("resmem", device)
        self.batches: list[int] = []

    def load(self) -> None:
        """There is nothing to load."""

    def predict(self, pixels: Pixels) -> npt.NDArray[np.float64]:
        self.batches.append(len(pixels))
        means: npt.NDArray[np.float64] = pixels[..., 0].mean(axis=(1, 2)) / 255
        return means


@pytest.fixture
def mean_red(resmem_installed: None) -> MeanRed:
    return MeanRed()
