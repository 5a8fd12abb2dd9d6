"""Ready-made questions (`use = "…"`), in the language of the study."""

from collections.abc import Mapping
from dataclasses import replace

from flask_babel import gettext as _

from experiment.questions.question import DECLINED, Question

VALUES: Mapping[str, tuple[str, ...]] = {
    "age": (),
    "gender": ("woman", "man", "non_binary", "another"),
    "colour_vision": ("typical", "colour_blind", "not_known"),
}


def worded(question: Question) -> Question:
    """The question with all its words and options, those of hitrate's own included."""
    if question.use is not None:
        label, hint = words_of(question.use)
        labels = option_labels()
        options = tuple((value, labels[value]) for value in VALUES[question.use])
        question = replace(question, label=label, hint=hint, options=options, may_decline=True)
    if question.may_decline and question.kind == "choice":
        declined = (DECLINED, option_labels()[DECLINED])
        question = replace(question, options=(*question.options, declined))
    return question


def words_of(use: str) -> tuple[str, str]:
    """Label and hint of a ready-made question."""
    return {
        "age": (_("How old are you?"), _("In whole years.")),
        "gender": (_("What is your gender?"), ""),
        "colour_vision": (
            _("Can you tell colours apart?"),
            _("Some people see little or no difference between red and green, for instance."),
        ),
    }[use]


def option_labels() -> dict[str, str]:
    """Words of the options of all ready-made questions."""
    return {
        "woman": _("Woman"),
        "man": _("Man"),
        "non_binary": _("Non-binary"),
        "another": _("Another gender"),
        "typical": _("Yes, like most people"),
        "colour_blind": _("No, some or all colours look alike to me"),
        "not_known": _("I do not know"),
        DECLINED: _("I prefer not to say"),
    }
