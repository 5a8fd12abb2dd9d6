"""What computed a prediction: everything that could change the number, and its sha256."""

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from analysis.models.registry import ModelCard

# Their text is part of the fingerprint: an edit to how numbers are made misses the cache.
CODE = (
    "analysis.models.two_branches",
    "analysis.models.resnet",
    "analysis.models.preprocessing",
    "analysis.models.as_shown",
    "analysis.models.scorer",
    "stimuli.pixels",
    "stimuli.renditions",
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Facts about a computation, and the sha256 over them that stands beside each prediction."""

    digest: str
    facts: str  # JSON, keys sorted


def fingerprint(card: ModelCard, device: str, dtype: str = "float32") -> Fingerprint:
    """The fingerprint of scoring with this model on this machine.

    Parameters
    ----------
    card
        The model.
    device
        The class of the device: ``cpu``, ``cuda`` or ``mps``.
    dtype
        Number format of the network.
    """
    facts = json.dumps(gather_facts(card, device, dtype), sort_keys=True, ensure_ascii=False)
    return Fingerprint(hashlib.sha256(facts.encode()).hexdigest(), facts)


def gather_facts(card: ModelCard, device: str, dtype: str) -> dict[str, Any]:
    """Everything that could change a number; batch size, order and path do not."""
    import PIL
    import torch
    from PIL import features

    return {
        "model": card.name,
        "weights_sha256": card.weights.sha256,
        "preprocessing": card.preprocessing.describe(),
        "code_sha256": {name: sha256_of_module(name) for name in (card.module, *CODE)},
        "torch": str(torch.__version__),
        "pillow": PIL.__version__,
        "libjpeg": features.version("jpg"),
        "libjpeg_turbo": features.version("libjpeg_turbo"),
        "libwebp": features.version("webp"),
        "dtype": dtype,
        "device": device,
    }


def sha256_of_module(name: str) -> str:
    """sha256 of a module's file, found without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"hitrate's own module {name} is not where it was installed")
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()
