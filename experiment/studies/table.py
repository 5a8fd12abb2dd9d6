"""One table of a study file: takes keys out of it, and refuses what cannot be in one sentence."""

import difflib
import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from experiment.errors import StudyError

PLACEHOLDER = re.compile(r"\{(\w+)\}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # but tab and line feed
DEEPEST = 8  # tables within tables

Pool = dict[str, list[str]] | None  # attribute → allowed values; None: all images
Pattern = tuple[re.Pattern[str], str]  # with the words that explain it


class Table:
    """One table of the file: takes keys out of it, and refuses what is left."""

    def __init__(self, values: Mapping[str, Any], source: str, name: str = "") -> None:
        self.values = dict(values)
        self.source = source
        self.name = name
        self.known: list[str] = []

    def error(self, key: str, problem: str) -> StudyError:
        """The sentence that names file, key, what is wrong and what to do."""
        where = f"{self.name}.{key}" if self.name else key
        return StudyError(f"{self.source}: {where} {problem}")

    def take(self, key: str, default: Any) -> Any:
        self.known.append(key)
        return self.values.pop(key, default)

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        longest: int = 200,
        like: Pattern | None = None,
        lines: bool = False,
    ) -> str:
        """A non-empty string, of the pattern `like` (with the words that explain it) if given;
        of several lines only where `lines` says so."""
        value = self.take(key, default)
        if value is None:
            raise self.error(key, "is missing; add it")
        if not isinstance(value, str):
            raise self.error(key, f"is {value!r}; write it in quotes")
        if not value.strip():
            raise self.error(key, "is empty; write something or leave the line out")
        if len(value) > longest:
            raise self.error(key, f"has {len(value)} characters; shorten it to {longest}")
        if "\n" in value and not lines:
            raise self.error(key, "has a line break; write it on one line")
        if like and not like[0].fullmatch(value):
            raise self.error(key, f"is {value!r}; {like[1]}")
        return value

    def prose(self, key: str, default: str) -> str:
        """One of the texts; its only placeholder is {minutes}."""
        value = self.text(key, default, longest=50_000, lines=True)
        for name in PLACEHOLDER.findall(value):
            if name != "minutes":
                raise self.error(key, f"has {{{name}}}; the only placeholder is {{minutes}}")
        return value

    def optional_prose(self, key: str) -> str | None:
        """One of the texts; None where it is absent."""
        if key in self.values:
            return self.prose(key, "")
        self.known.append(key)
        return None

    def optional_text(self, key: str, *, longest: int, like: Pattern | None = None) -> str | None:
        """A string; None where it is absent or empty."""
        if self.values.get(key, "") == "":
            self.take(key, "")
            return None
        return self.text(key, longest=longest, like=like)

    def texts(self, key: str, *, longest: int, like: Pattern) -> list[str]:
        """A list of different strings of the pattern `like`; [] where it is absent."""
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, f'is {value!r}; write a list of texts, like ["one", "another"]')
        for item in value:
            if len(item) > longest or not like[0].fullmatch(item):
                raise self.error(key, f"has {item!r}; {like[1]}")
            if value.count(item) > 1:
                raise self.error(key, f"has {item!r} twice; leave one out")
        return value

    def number(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number between low and high."""
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(key, f"is {value!r}; write a whole number from {low} to {high}")
        if not low <= value <= high:
            raise self.error(key, f"is {value}; choose a whole number from {low} to {high}")
        return value

    def optional_number(self, key: str, low: int, high: int) -> int | None:
        """A whole number between low and high; None where it is absent."""
        if key in self.values:
            return self.number(key, low, low, high)
        self.known.append(key)
        return None

    def amount(self, key: str, high: float) -> float | None:
        """A number from 0 to high, with or without a fraction; None where it is absent."""
        value = self.take(key, None)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= high:
            raise self.error(key, f"is {value!r}; write a number from 0 to {high:g}")
        return float(value)

    def pool(self, key: str) -> Pool:
        """Which images: "all", or a table of attribute and allowed value(s)."""
        value = self.take(key, "all")
        if value == "all":
            return None
        advice = 'write "all" or a table such as { category = ["animals", "food"] }'
        if not isinstance(value, dict) or not value:
            raise self.error(key, f"is {value!r}; {advice}")
        pool: dict[str, list[str]] = {}
        for attribute, allowed in value.items():
            listed = allowed if isinstance(allowed, list) else [allowed]
            if not listed or not all(isinstance(item, str) for item in listed):
                raise self.error(f"{key}.{attribute}", f"is {allowed!r}; {advice}")
            pool[attribute] = listed
        return pool

    def table(self, key: str) -> "Table":
        """A table of the file; an absent one is empty."""
        value = self.take(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"is {value!r}; write a table: a line [{key}] and its keys below")
        return Table(value, self.source, key)

    def finish(self) -> None:
        """Refuse what was not taken."""
        for key in self.values:
            raise self.error(key, f"is unknown; {nearest(key, self.known)}")


def clean(value: Any, source: str, where: str = "") -> Any:
    """The same tables with one kind of line end, and without what no page and no file can show.

    Raises
    ------
    StudyError
        If a text has a control character, a number is none, or tables lie too deep.
    """
    if where.count(".") >= DEEPEST:
        raise StudyError(f"{source}: {where} lies too deep; no table of a study does")
    inside = f"{where}." if where else ""
    match value:
        case str():
            return clean_text(value, source, where)
        case float() if not math.isfinite(value):
            raise StudyError(f"{source}: {where} is {value}; write a number")
        case Mapping():
            names = [clean_text(name, source, f"a key of {where or 'it'}") for name in value]
            return {
                name: clean(item, source, inside + name)
                for name, item in zip(names, value.values(), strict=True)
            }
        case list():
            return [clean(item, source, f"{inside}{n}") for n, item in enumerate(value, start=1)]
    return value


def clean_text(value: str, source: str, where: str) -> str:
    """A text with one kind of line end, or StudyError where it has a control character."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if found := CONTROL.search(value):
        raise StudyError(
            f"{source}: {where} contains the control character U+{ord(found[0]):04X}; remove it"
        )
    return value


def nearest(word: str, known: Collection[str]) -> str:
    """Advice that names the nearest known word, or all of them."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(known)}"
