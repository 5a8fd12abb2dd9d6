"""Where a study's paradigm differs from the published one that it follows, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiment.design.paradigms import Paradigm
from experiment.studies.attention_words import rule_in_words


def deviation_sentences(paradigm: Paradigm, preset: Paradigm) -> Iterator[str]:
    """One sentence for each difference, those of display and attention rules too."""
    yield from paradigm.deviations(preset)
    where = f"in {preset.name} it is"
    yield from differences("display.", paradigm.display.to_dict(), preset.display.to_dict(), where)
    ours = {rule.name: rule for rule in paradigm.attention}
    theirs = {rule.name: rule for rule in preset.attention}
    for name, rule in ours.items():
        if name not in theirs:
            yield f"an attention rule that {preset.name} has not: {rule_in_words(rule)}"
        else:
            yield from differences(
                f"attention rule {name}: ", rule.to_dict(), theirs[name].to_dict(), where
            )
    for name, rule in theirs.items():
        if name not in ours:
            yield f"an attention rule of {preset.name} is left out: {rule_in_words(rule)}"


def differences(
    what: str, ours: Mapping[str, Any], theirs: Mapping[str, Any], where: str
) -> Iterator[str]:
    """One sentence for each key whose value differs."""
    for key, value in ours.items():
        if value != theirs[key]:
            yield f"{what}{key} is {in_words(value)}; {where} {in_words(theirs[key])}"


def in_words(value: object) -> str:
    """A value as a sentence has it."""
    if value is None:
        return "not given"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
