"""Answers that end a participation before the game."""

from collections.abc import Callable, Mapping
from typing import Any

from experiment.errors import StudyError
from experiment.questions.question import DECLINED, Question
from experiment.questions.ready_made import VALUES


def screening_of(
    question: Question, given: Any, error: Callable[[str, str], StudyError]
) -> dict[str, Any]:
    """`values`, or `below` and `above`, of the key screen_out; an error of the caller's making."""
    if question.kind in ("number", "scale"):
        is_range = isinstance(given, dict) and given and not set(given) - {"below", "above"}
        if not is_range or not all(is_number(limit) for limit in given.values()):
            raise error(
                "screen_out", f"is {given!r}; write {{ below = 18 }}, {{ above = 99 }} or both"
            )
        return dict(given)
    allowed = VALUES[question.use] if question.use else [value for value, _ in question.options]
    known = [*allowed, DECLINED] if question.may_decline or question.use else allowed
    if not isinstance(given, list) or not given or not all(item in known for item in given):
        raise error("screen_out", f"is {given!r}; write a list of some of: {', '.join(known)}")
    return {"values": list(given)}


def is_number(value: Any) -> bool:
    """Whether this is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def screens_out(question: Question, value: list[Any]) -> bool:
    """Whether this answer ends the participation. What was left open or declined never leaves a
    range; a declined answer counts where it is named."""
    rule: Mapping[str, Any] | None = question.screen_out
    if rule is None:
        return False
    if "values" in rule:
        return any(item in rule["values"] for item in value)
    below, above = rule.get("below"), rule.get("above")
    return any(
        (below is not None and item < below) or (above is not None and item > above)
        for item in value
        if is_number(item)
    )
