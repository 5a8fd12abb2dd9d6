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
    return judge_kind(rule, trials_of_kind(rule, outcomes))


def trials_of_kind(rule: AttentionRule, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The trials that the rule's measure is about."""
    is_of_kind, _ = KINDS[rule.measure]
    return [outcome for outcome in outcomes if is_of_kind(outcome)]


def judge_kind(rule: AttentionRule, of_kind: Sequence[Outcome]) -> Judgement | None:
    """`judge`, of trials that are all of the rule's kind."""
    if len(of_kind) < max(rule.n_least, rule.last, 1):
        return None
    judged = of_kind[-rule.last :] if rule.last else of_kind
    _, counts_keys = KINDS[rule.measure]
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
    of_kind = trials_of_kind(rule, outcomes)
    for end, outcome in enumerate(of_kind, start=1):
        if outcome.position < since:
            continue
        judgement = judge_kind(rule, of_kind[:end])
        if judgement is not None and judgement.fires:
            return outcome, judgement
    return None
