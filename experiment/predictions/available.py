"""Which models can score images here, and what is missing where one cannot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scorable:
    """A model that hitrate knows."""

    name: str
    title: str
    predicts: str
    licence: str
    reason: str | None  # why it cannot score here, with the command that helps; None: it can


def scorable_models() -> list[Scorable]:
    """Every model of the registry; nothing is loaded."""
    from analysis.errors import ModelError
    from analysis.models.registry import MODELS, require_packages

    models = []
    for card in MODELS.values():
        reason = None
        try:
            require_packages(card)
            card.weights.locate()
        except ModelError as error:
            reason = str(error)
        models.append(Scorable(card.name, card.title, card.predicts, card.licence, reason))
    return models
