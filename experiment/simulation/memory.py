"""How simulated participants remember: a known truth that an analysis should find again.

Pure: no input or output. Every answer follows from (seed, player, image, showing, lag), so that the
same seed gives the same answers whatever order the server draws and however many play at once.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from experiment.simulation.crowd import Kind

# Who does not look presses whatever is shown.
CARELESS_CHANCE: Mapping[Kind, float] = {"always": 1.0, "never": 0.0, "random": 0.5}
LOWEST_CHANCE = 0.005  # memorabilities are kept this far from 0 and 1, where a logit has no value


@dataclass(frozen=True, slots=True)
class Memory:
    """What a population of simulated people has in common.

    A repeat is recognised with probability (1 - lapse_rate) × (1 - (1 - known) × (1 - recent)):
    known = logistic(logit(memorability of the image) + ability of the person - decay × ln(lag /
    reference_lag)), and recent = recent_rate × exp((1 - lag) / recent_lags), as what was just seen
    is known whatever the image. A first showing is taken for a repeat with probability
    logistic(logit(false_alarm_rate) + bias of the person + similarity of the image). Ability, bias
    and similarity are normal around 0. Reaction times are ex-Gaussian (Hohle 1965).
    """

    memorability: Mapping[str, float]  # image_id: probability of a hit at the reference lag
    reference_lag: float = 80.0  # in trials
    ability_sd: float = 0.5  # logits, over persons
    bias_sd: float = 0.4  # logits, over persons
    similarity_sd: float = 0.4  # logits, over images
    decay: float = 0.25  # logits for each unit of ln(lag)
    recent_rate: float = 0.9  # of repeats at lag 1
    recent_lags: float = 6.0  # trials in which that falls to 1/e
    lapse_rate: float = 0.02  # of repeats, missed whatever the image
    false_alarm_rate: float = 0.09  # of the median person and image
    rt_mu_ms: float = 480.0  # of the Gaussian part
    rt_sigma_ms: float = 70.0
    rt_tau_ms: float = 130.0  # mean of the exponential part
    fastest_ms: float = 200.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the player does on one trial."""

    pressed: bool
    rt_ms: float | None  # from onset; None without a key


@dataclass(frozen=True, slots=True)
class Person:
    """One simulated participant."""

    memory: Memory
    seed: int
    number: int  # which of the players
    kind: Kind = "attentive"
    ability: float = field(init=False)
    bias: float = field(init=False)

    def __post_init__(self) -> None:
        rng = Random(f"{self.seed}/person/{self.number}")
        object.__setattr__(self, "ability", rng.gauss(0.0, self.memory.ability_sd))
        object.__setattr__(self, "bias", rng.gauss(0.0, self.memory.bias_sd))

    def chance(self, image_id: str, lag: int | None) -> float:
        """Probability of a key press.

        Parameters
        ----------
        image_id
            What the person sees; of ``memory.memorability``.
        lag
            Trials since they saw it; None if they never did.

        Somebody who is not attentive presses always, never, or half of the time.
        """
        if self.kind in CARELESS_CHANCE:
            return CARELESS_CHANCE[self.kind]
        memory = self.memory
        if lag is None:
            similarity = Random(f"{self.seed}/image/{image_id}").gauss(0.0, memory.similarity_sd)
            return logistic(logit(memory.false_alarm_rate) + self.bias + similarity)
        forgotten = memory.decay * math.log(lag / memory.reference_lag)
        known = logistic(logit(memory.memorability[image_id]) + self.ability - forgotten)
        recent = memory.recent_rate * math.exp((1 - lag) / memory.recent_lags)
        return (1.0 - memory.lapse_rate) * (1.0 - (1.0 - known) * (1.0 - recent))

    def answer(self, image_id: str, lag: int | None, window_ms: float) -> Answer:
        """Press or do not press within ``window_ms`` of the onset; parameters as in ``chance``."""
        showing = "first" if lag is None else "repeat"
        rng = Random(f"{self.seed}/answer/{self.number}/{image_id}/{showing}")
        if rng.random() >= self.chance(image_id, lag):
            return Answer(pressed=False, rt_ms=None)
        memory = self.memory
        rt_ms = rng.gauss(memory.rt_mu_ms, memory.rt_sigma_ms)
        rt_ms += rng.expovariate(1.0 / memory.rt_tau_ms)
        return Answer(pressed=True, rt_ms=min(max(rt_ms, memory.fastest_ms), window_ms - 1.0))


def logit(probability: float) -> float:
    """ln(p / (1 - p)), of a probability kept away from 0 and 1."""
    kept = min(max(probability, LOWEST_CHANCE), 1.0 - LOWEST_CHANCE)
    return math.log(kept / (1.0 - kept))


def logistic(value: float) -> float:
    """The inverse of ``logit``."""
    return 1.0 / (1.0 + math.exp(-value))
