"""Where the raw errors of a model mean something: what is known of the game it was trained for."""

from collections.abc import Mapping
from typing import Any

from analysis.comparison.scored_images import RATES
from analysis.comparison.verdict import called
from analysis.readable import count
from analysis.scores.names import SCORE_NAMES
from analysis.splits.places import Floats
from analysis.training_images.known import TRAINED_ON

# model: the score that its predictions are of
PREDICTED_SCORES = {
    "resmem": "hit_rate",
    "memnet": "hit_rate",
    "falseresmem": "false_alarm_rate",
}
# LaMem's game (Khosla et al. 2015), as the fields of a paradigm. MemCat's is not known to us.
LAMEM_GAME = {"stimulus_ms": 600, "gap_ms": 800, "target_lags": [36, 151]}
RAW_ERRORS = (
    "Raw errors (MSE, MAE, bias) mean something only where timing, lag and score are those that a "
    "model was trained for; the MSE after recalibration does not depend on that."
)
IN_SD = ("d_prime", "criterion")  # scores in standard deviations, not shares of responses


def are_in_one_unit(model: str, score: str, predictions: Floats) -> bool:
    """Whether a prediction less a score is a number that means anything.

    A rate is no d′: where the score is in standard deviations, predictions of a model that is known
    to predict rates, and any that are all from 0 to 1, are not in its unit.
    """
    if score not in IN_SD:
        return True
    of_rates = PREDICTED_SCORES.get(model.lower()) in RATES
    return not of_rates and bool(((predictions < 0) | (predictions > 1)).any())


def raw_error_statement(model: str, score: str, paradigm: Mapping[str, Any] | None) -> str:
    """Whether a model's raw errors mean something on these data, in sentences.

    Parameters
    ----------
    model, score
        The model's name; the score that its predictions are held against.
    paradigm
        The game that gave the scores, as in dataset.json, or None where it is not recorded.
    """
    name, own = called(model), PREDICTED_SCORES.get(model.lower())
    if own is None:
        return f"{RAW_ERRORS} What {name} was trained for is not known to hitrate."
    if own != score:
        label = SCORE_NAMES.get(score, score)
        return f"{RAW_ERRORS} {name} predicts the {SCORE_NAMES[own]}, not the {label}."
    if "lamem" not in TRAINED_ON.get(model.lower(), ()):
        return f"{RAW_ERRORS} In which game {name} was trained is not known to hitrate."
    if paradigm is None:
        return f"{RAW_ERRORS} How these scores were collected is not recorded."
    differing = [
        f"{field} {_written(paradigm.get(field))} instead of {_written(value)}"
        for field, value in LAMEM_GAME.items()
        if _written(paradigm.get(field)) != _written(value)
    ]
    if not differing:
        return f"{RAW_ERRORS} Timing and lag are those of LaMem, which {name} was trained on."
    n = count(len(differing), "thing")
    return (
        f"{RAW_ERRORS} {name} was trained on LaMem, whose game differs from this one in {n}: "
        f"{', '.join(differing)}."
    )


def _written(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "–".join(f"{part:g}" for part in value)
    return f"{value:g}" if isinstance(value, (int, float)) else "unknown"
