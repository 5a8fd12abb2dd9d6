"""What came back from a form: an answer for each question, or what is wrong with it."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import ngettext

from experiment.questions.question import DECLINED, Question


class Form(Protocol):
    """The fields of a posted form."""

    def getlist(self, key: str) -> list[str]:
        """All values of a field."""


class WrongAnswerError(ValueError):
    """An answer cannot be taken: the message is for the participant."""


def read_answer(question: Question, form: Form) -> list[Any]:
    """The value of a worded question: [] where it was left open.

    Raises
    ------
    WrongAnswerError
        If something is missing or impossible.
    """
    given = [text for text in form.getlist(question.field) if text.strip()]
    if question.may_decline and form.getlist(f"{question.field}-declined"):
        return [DECLINED]
    if not given:
        if question.required:
            raise WrongAnswerError(missing(question))
        return []
    match question.kind:
        case "choice":
            return [chosen(question, given[0])]
        case "several":
            return ticked(question, given)
        case "text":
            return [typed(question, given[0])]
        case "scale":
            return [point(question, given[0])]
    return [number(question, given[0])]


def missing(question: Question) -> str:
    """What to do about a question that was left open."""
    words: dict[str, str] = {
        "number": _("Please write a number."),
        "several": _("Please choose at least one."),
        "text": _("Please write something."),
    }
    return words.get(question.kind, str(_("Please choose one.")))


def chosen(question: Question, value: str) -> str:
    """One of the options."""
    if value not in [known for known, _label in question.options]:
        raise WrongAnswerError(_("Please choose one of the answers."))
    return value


def ticked(question: Question, values: Sequence[str]) -> list[str]:
    """Some of the options, in their own order."""
    for value in values:
        chosen(question, value)
    ordered = [value for value, _label in question.options if value in values]
    if question.least is not None and len(ordered) < question.least:
        n = int(question.least)
        raise WrongAnswerError(
            ngettext("Please choose at least %(num)s.", "Please choose at least %(num)s.", n)
        )
    if question.most is not None and len(ordered) > question.most:
        n = int(question.most)
        raise WrongAnswerError(
            ngettext("Please choose only %(num)s.", "Please choose at most %(num)s.", n)
        )
    return ordered


def typed(question: Question, text: str) -> str:
    """A text, as it was typed; browsers count a line break as two characters."""
    text = text.replace("\r\n", "\n")
    if len(text) > question.longest:
        raise WrongAnswerError(
            _(
                "Please shorten this to %(longest)s characters; it has %(n)s.",
                longest=question.longest,
                n=len(text),
            )
        )
    if "\0" in text:
        raise WrongAnswerError(_("Please remove the characters that cannot be seen."))
    return text


def point(question: Question, text: str) -> int:
    """A point of a scale."""
    if text not in [str(value) for value in points(question)]:
        raise WrongAnswerError(_("Please choose one of the answers."))
    return int(text)


def points(question: Question) -> range:
    """All points of a scale."""
    return range(int(question.least or 0), int(question.most or 0) + 1)


def number(question: Question, text: str) -> int | float:
    """A number within the limits; a comma is a decimal point."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        raise WrongAnswerError(_("Please write a number, in digits.")) from None
    if not math.isfinite(value):
        raise WrongAnswerError(_("Please write a number, in digits."))
    if question.whole and value != int(value):
        raise WrongAnswerError(_("Please write a whole number."))
    if question.least is not None and value < question.least:
        raise WrongAnswerError(_("The least possible is %(least)s.", least=f"{question.least:g}"))
    if question.most is not None and value > question.most:
        raise WrongAnswerError(_("The most possible is %(most)s.", most=f"{question.most:g}"))
    return int(value) if question.whole else value
