"""What an attention rule says of what somebody has done so far."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from experiment.design.attention import AttentionRule


@dataclass(frozen=True, slots=True)
class Outcome:
    """One shown trial: what was right is known here, and never in the browser."""

    position: int
    level: int  # 1-based
    role: str
    is_repeat: bool
    responded: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """A rule's measure, and whether the rule fires on it."""

    value: float  # a rate
    n: int  # trials behind it
    fires: bool


# measure → which trials it looks at, and whether it counts those with a key
KINDS: dict[str, tuple[Callable[[Outcome], bool], bool]] = {
    "vigilance_hit_rate": (lambda o: o.role == "vigilance" and o.is_repeat, True),
    "vigilance_miss_rate": (lambda o: o.role == "vigilance" and o.is_repeat, False),
    "false_alarm_rate": (lambda o: not o.is_repeat, True),
    "filler_false_alarm_rate": (lambda o: o.role == "filler", True),
    "target_hit_rate": (lambda o: o.role == "target" and o.is_repeat, True),
    "response_rate": (lambda _: True, True),
}
COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "below": lambda value, threshold: value < threshold,
    "at_most": lambda value, threshold: value <= threshold,
    "above": lambda value, threshold: value > threshold,
    "at_least": lambda value, threshold: value >= threshold,
}


def judge(rule: AttentionRule, outcomes: Sequence[Outcome]) -> Judgement | None:
    """What the rule says of these trials; None where there are too few of its kind.

    Rates are compared as fractions: 3 of 12 are .25 and not a hair more.

    Parameters
    ----------
    rule
        Its `last` trials of its kind are judged, or all of them.
    outcomes
        By position, of the rule's scope. A trial that is missing is neither a hit nor a miss.
    """
    is_of_kind, counts_keys = KINDS[rule.measure]
    of_kind = [outcome for outcome in outcomes if is_of_kind(outcome)]
    judged = of_kind[-rule.last :] if rule.last else of_kind
    if len(judged) < max(rule.n_least, rule.last, 1):
        return None
    n_counted = sum(outcome.responded == counts_keys for outcome in judged)
    value = Fraction(n_counted, len(judged))
    fires = COMPARE[rule.fires](value, Fraction(str(rule.threshold)))
    return Judgement(float(value), len(judged), fires)


def first_firing(
    rule: AttentionRule, outcomes: Sequence[Outcome], since: int
) -> tuple[Outcome, Judgement] | None:
    """Where the rule first fires from a position on, judged after every trial.

    So it does not matter how many trials arrive together. Returns the trial after which it fires.
    """
    for end, outcome in enumerate(outcomes, start=1):
        if outcome.position < since:
            continue
        judgement = judge(rule, outcomes[:end])
        if judgement is not None and judgement.fires:
            return outcome, judgement
    return None
