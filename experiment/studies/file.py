"""The study file: an annotated TOML file in, a checked definition or one clear sentence out."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.errors import ParadigmError, StudyError
from experiment.studies import defaults

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
UNWRITTEN = re.compile(r"\[[A-Z][^a-z\[\]]+\]")  # [LIKE THIS]; links of Markdown have small letters
LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8})*")
SET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

Pool = dict[str, list[str]] | None  # attribute → allowed values; None: all images


@dataclass(frozen=True, slots=True)
class StudyDefinition:
    """A checked study file."""

    title: str
    slug: str
    image_set: str
    language: str
    notice: str | None
    runs_per_participant: int
    preset: str
    paradigm: Paradigm
    targets: Pool
    fillers: Pool
    responses_per_image: int
    welcome: str  # Markdown, like the other texts
    consent: str
    instructions: str
    thanks: str
    source: str = field(compare=False)  # the file's name, for messages

    def to_dict(self) -> dict[str, Any]:
        """Everything that has no column of its own in the table `study`, as JSON."""
        return {
            "language": self.language,
            "notice": self.notice,
            "runs_per_participant": self.runs_per_participant,
            "preset": self.preset,
            "images": {"targets": self.targets or "all", "fillers": self.fillers or "all"},
            "goal": {"responses_per_image": self.responses_per_image},
            "texts": {key: text for key, text in self.texts.items() if key != "consent"},
        }

    @property
    def texts(self) -> dict[str, str]:
        """What people read, in their order."""
        return {
            "welcome": self.welcome,
            "consent": self.consent,
            "instructions": self.instructions,
            "thanks": self.thanks,
        }


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
        like: tuple[re.Pattern[str], str] | None = None,
    ) -> str:
        """A non-empty string, of the pattern `like` (with the words that explain it) if given."""
        value = self.take(key, default)
        if value is None:
            raise self.error(key, "is missing; add it")
        if not isinstance(value, str):
            raise self.error(key, f"is {value!r}; write it in quotes")
        if not value.strip():
            raise self.error(key, "is empty; write something or leave the line out")
        if len(value) > longest:
            raise self.error(key, f"has {len(value)} characters; shorten it to {longest}")
        if "\0" in value:
            raise self.error(key, "contains a NUL character; remove it")
        if like and not like[0].fullmatch(value):
            raise self.error(key, f"is {value!r}; {like[1]}")
        return value

    def prose(self, key: str, default: str) -> str:
        """One of the texts; its only placeholder is {minutes}."""
        value = self.text(key, default, longest=50_000)
        for name in PLACEHOLDER.findall(value):
            if name != "minutes":
                raise self.error(key, f"has {{{name}}}; the only placeholder is {{minutes}}")
        return value

    def optional_text(self, key: str, *, longest: int) -> str | None:
        """A string; None where it is absent or empty."""
        if self.values.get(key, "") == "":
            self.take(key, "")
            return None
        return self.text(key, longest=longest)

    def number(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number between low and high."""
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(key, f"is {value!r}; write a whole number from {low} to {high}")
        if not low <= value <= high:
            raise self.error(key, f"is {value}; choose a whole number from {low} to {high}")
        return value

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


def nearest(word: str, known: list[str]) -> str:
    """Advice that names the nearest known word, or all of them."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(known)}"


def read_study_file(path: Path) -> StudyDefinition:
    """Read and check a study file.

    Raises
    ------
    StudyError
        If it cannot be read, is not TOML, or a key is unknown, missing or impossible.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(
            f"{path}: there is no such file; `hitrate study init {path}` writes one"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: cannot be read ({error}); it must be a UTF-8 text") from None
    return parse_study(text, str(path))


def parse_study(text: str, source: str) -> StudyDefinition:
    """Check the text of a study file; `source` is its name in messages."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{source}: is not valid TOML: {error}") from None
    top = Table(values, source)
    slug_rule = (SLUG, "use a-z, 0-9 and hyphens inside, at most 60 characters")
    set_rule = (SET_NAME, "write the name that `hitrate stimuli import --name` was given")
    title = top.text("title")
    slug = top.text("slug", longest=60, like=slug_rule)
    image_set = top.text("image_set", longest=64, like=set_rule)
    language = language_of(top)
    notice = top.optional_text("notice", longest=500)
    runs_per_participant = top.number("runs_per_participant", 1, 1, 100)
    preset, paradigm = paradigm_of(top.table("paradigm"), top.table("display"))
    images = top.table("images")
    goal = top.table("goal")
    texts = top.table("texts")
    definition = StudyDefinition(
        title=title,
        slug=slug,
        image_set=image_set,
        language=language,
        notice=notice,
        runs_per_participant=runs_per_participant,
        preset=preset,
        paradigm=paradigm,
        targets=images.pool("targets"),
        fillers=images.pool("fillers"),
        responses_per_image=goal.number("responses_per_image", 40, 1, 100_000),
        welcome=texts.prose("welcome", defaults.WELCOME),
        consent=texts.prose("consent", defaults.CONSENT),
        instructions=texts.prose("instructions", defaults.INSTRUCTIONS),
        thanks=texts.prose("thanks", defaults.THANKS),
        source=source,
    )
    for table in (top, images, goal, texts):
        table.finish()
    return definition


def unwritten(texts: Mapping[str, str]) -> list[str]:
    """Parts in [SQUARE BRACKETS] that still wait for their words, a sentence each."""
    return [
        f"the {name} text still says {' '.join(part.split())}"
        for name, text in texts.items()
        for part in UNWRITTEN.findall(text)
    ]


def language_of(top: Table) -> str:
    """The language code, if Babel knows it."""
    from babel import Locale, UnknownLocaleError

    code = top.text("language", "en", like=(LANGUAGE, 'write a code such as "en" or "pt-BR"'))
    try:
        Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise top.error("language", f"is {code!r}, which is no known language code") from None
    return code.replace("_", "-")


def paradigm_of(table: Table, display: Table) -> tuple[str, Paradigm]:
    """The preset's name, and the paradigm with the file's own values in it."""
    name = table.text("preset")
    if name not in PRESETS:
        raise table.error("preset", f"is {name!r}; {nearest(name, list(PRESETS))}")
    values = PRESETS[name].to_dict()
    changeable = [key for key in values if key not in ("name", "source", "readings", "display")]
    for key, value in table.values.items():
        if key not in changeable:
            raise table.error(key, f"is unknown; {nearest(key, ['preset', *changeable])}")
        values[key] = value
    values["display"] |= display.values
    try:
        return name, Paradigm.from_dict(values)
    except ParadigmError as error:
        problem = str(error).removeprefix("paradigm: ")
        where = "" if problem.startswith("display") else "paradigm."
        raise StudyError(f"{table.source}: {where}{problem}") from None
