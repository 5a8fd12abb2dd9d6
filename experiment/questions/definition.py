"""The tables `[[questions]]` of a study file."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from experiment.errors import StudyError
from experiment.questions.question import DECLINED, KINDS, USES, Question
from experiment.questions.screening import screening_of

ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_TEXT = 5000
MOST_OPTIONS = 300
WHENS = ("before", "after")
# Keys of every question, and those of one kind.
COMMON = ("id", "when", "page", "kind", "use", "label", "hint", "required", "may_decline")
OWN: Mapping[str, tuple[str, ...]] = {
    "choice": ("options", "screen_out"),
    "several": ("options", "least", "most", "screen_out"),
    "number": ("least", "most", "whole", "screen_out"),
    "text": ("longest",),
    "scale": ("least", "most", "least_label", "most_label", "screen_out"),
    "statement": (),
}
OF_USES = ("id", "when", "page", "use", "required", "screen_out")


def parse_questions(tables: object, source: str) -> list[dict[str, Any]]:
    """The questions as the study's definition keeps them, in the order of their pages.

    Raises
    ------
    StudyError
        If a key is unknown, missing or impossible: with the question's id or number.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise StudyError(f"{source}: questions is {tables!r}; begin each one with [[questions]]")
    questions = [read_question(Keys(table, source, n)) for n, table in enumerate(tables, 1)]
    ids = [question.id for question in questions]
    for question_id in ids:
        if ids.count(question_id) > 1:
            raise StudyError(
                f"{source}: two questions have the id {question_id!r}; give each its own"
            )
    for when in WHENS:
        for page in sorted({q.page for q in questions if q.when == when}):
            if all(q.kind == "statement" for q in questions if (q.when, q.page) == (when, page)):
                raise StudyError(
                    f"{source}: page {page} {when} the game has statements only; "
                    "put a question on it, or the words into [texts]"
                )
    ordered = sorted(questions, key=lambda q: (WHENS.index(q.when), q.page))
    return [question.to_dict() for question in ordered]


class Keys:
    """One table [[questions]]: takes keys out of it, and refuses what cannot be in one sentence."""

    def __init__(self, values: Mapping[str, Any], source: str, number: int) -> None:
        self.values = dict(values)
        self.source = source
        name = values.get("id")
        self.name = f"question {name!r}" if isinstance(name, str) else f"question {number}"

    def error(self, key: str, problem: str) -> StudyError:
        """The sentence that names file, question, key, what is wrong and what to do."""
        return StudyError(f"{self.source}: {self.name}: {key} {problem}")

    def allow(self, known: Collection[str], what: str) -> None:
        """Refuse every key that this kind of question does not have."""
        for key in self.values:
            if key not in known:
                raise self.error(key, f"is unknown for {what}; known are: {', '.join(known)}")

    def word(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """One of some words."""
        value = self.values.get(key, default)
        if value is None:
            raise self.error(key, f"is missing; write one of: {', '.join(known)}")
        if value not in known:
            raise self.error(key, f"is {value!r}; write one of: {', '.join(known)}")
        return str(value)

    def text(
        self, key: str, *, longest: int, default: str | None = None, lines: bool = False
    ) -> str:
        """A text; one that is absent is the default, or refused where there is none. It has
        several lines only where `lines` says so."""
        value = self.values.get(key, default)
        if value is None:
            raise self.error(key, "is missing; add it")
        if not isinstance(value, str) or (not value.strip() and value != default):
            raise self.error(key, f"is {value!r}; write some words in quotes")
        if len(value) > longest or "\0" in value:
            raise self.error(key, f"has more than {longest} characters or a NUL; shorten it")
        if "\n" in value and not lines:
            raise self.error(key, "has a line break; write it on one line")
        return value

    def yes(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"is {value!r}; write true or false")
        return value

    def whole(self, key: str, default: int | None, low: int, high: int) -> int | None:
        """A whole number between low and high."""
        value = self.values.get(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(key, f"is {value!r}; write a whole number from {low} to {high}")
        return value

    def number(self, key: str) -> float | None:
        """A number with or without a fraction; None where it is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not abs(value) <= 1e12:
            raise self.error(key, f"is {value!r}; write a number")
        return value  # type: ignore[no-any-return] # looked at above


def read_question(keys: Keys) -> Question:
    """One checked question."""
    use = keys.word("use", USES) if "use" in keys.values else None
    if use is not None:
        keys.allow(OF_USES, f'use = "{use}", which comes with its words')
        kind = USES[use]
    else:
        kind = keys.word("kind", KINDS)
        keys.allow((*COMMON, *OWN[kind]), f"a question of kind {kind}")
    question_id = keys.text("id", longest=40, default=use)
    if not ID.fullmatch(question_id):
        raise keys.error("id", f"is {question_id!r}; use a-z, 0-9 and _, beginning with a letter")
    when = keys.word("when", WHENS)
    least, most = limits_of(keys, kind)
    question = Question(
        id=question_id,
        when=when,
        page=keys.whole("page", 1, 1, 50) or 1,
        kind=kind,
        use=use,
        label="" if use else keys.text("label", longest=2000, lines=True),
        hint="" if use else keys.text("hint", longest=1000, default="", lines=True),
        required=keys.yes("required", default=kind != "text" or use is not None),
        may_decline=use == "age" or keys.yes("may_decline", default=False),
        options=options_of(keys, kind) if use is None else (),
        least=least,
        most=most,
        whole=keys.yes("whole", default=True),
        longest=keys.whole("longest", 500, 1, LONGEST_TEXT) or 1,
        least_label=keys.text("least_label", longest=100, default=""),
        most_label=keys.text("most_label", longest=100, default=""),
        screen_out=None,
    )
    screen_out = keys.values.get("screen_out")
    if screen_out is None:
        return question
    if when == "after":
        raise keys.error(
            "screen_out", 'ends a participation before the game; write when = "before"'
        )
    return question.screening(screening_of(question, screen_out, keys.error))


def limits_of(keys: Keys, kind: str) -> tuple[float | None, float | None]:
    """The least and the most: of a number, of a scale's points, or of ticked boxes."""
    if keys.values.get("use") == "age":
        return 1, 120
    least: float | None
    most: float | None
    if kind == "scale":
        least, most = keys.whole("least", 1, -10, 10), keys.whole("most", 7, -10, 10)
    elif kind == "several":
        n = len(keys.values.get("options") or ())
        least, most = (
            keys.whole("least", None, 1, max(n, 1)),
            keys.whole("most", None, 1, max(n, 1)),
        )
    elif kind == "number":
        least, most = keys.number("least"), keys.number("most")
    else:
        return None, None
    if least is not None and most is not None and least > most - (kind == "scale"):
        raise keys.error("least", f"is {least}, but most is {most}; choose a smaller least")
    return least, most


def options_of(keys: Keys, kind: str) -> tuple[tuple[str, str], ...]:
    """(value, label) of what may be chosen."""
    if kind not in ("choice", "several"):
        return ()
    listed = keys.values.get("options")
    advice = 'write options = ["one", "another"] or [{ value = "1", label = "one" }, …]'
    if not isinstance(listed, list) or not 2 <= len(listed) <= MOST_OPTIONS:
        raise keys.error("options", f"must be a list of 2 to {MOST_OPTIONS}; {advice}")
    options = []
    for item in listed:
        pair = {"value": item, "label": item} if isinstance(item, str) else item
        if not isinstance(pair, dict) or set(pair) != {"value", "label"}:
            raise keys.error("options", f"has {item!r}; {advice}")
        value, label = pair["value"], pair["label"]
        for part in (value, label):
            if not isinstance(part, str) or not part.strip() or len(part) > 300 or "\0" in part:
                raise keys.error("options", f"has {item!r}; {advice}, each of 1 to 300 characters")
        if "\n" in label:
            raise keys.error("options", f"has {label!r}; write it on one line")
        if value != value.strip() or "\n" in value or value == DECLINED:
            raise keys.error(
                "options",
                f"has the value {value!r}; write it on one line, without spaces around "
                f"it, and not {DECLINED!r}, which may_decline = true offers",
            )
        options.append((value, label))
    values = [value for value, _ in options]
    for value in values:
        if values.count(value) > 1:
            raise keys.error("options", f"has the value {value!r} twice; leave one out")
    return tuple(options)
