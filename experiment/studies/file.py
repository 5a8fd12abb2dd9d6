"""The study file: an annotated TOML file in, a checked definition or one clear sentence out.

A page's form and a program's JSON are the same tables in another coat, and go the same way.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from experiment.design.paradigms import Paradigm
from experiment.errors import StudyError
from experiment.questions.definition import parse_questions
from experiment.recruitment.definition import parse_recruitment
from experiment.studies.defaults import default_texts
from experiment.studies.paradigm_table import paradigm_of
from experiment.studies.table import Pool, Table, clean

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
UNWRITTEN = re.compile(r"\[[A-Z][^a-z\[\]]+\]")  # [LIKE THIS]; links of Markdown have small letters
LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8})*")
SET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
CURRENCY = re.compile(r"[A-Z]{3}")
IDENTITIES_DAYS = 90  # how long what a recruiter called a person is kept, where nobody says

SLUG_RULE = (SLUG, "use a-z, 0-9 and hyphens inside, at most 60 characters")
SET_RULE = (SET_NAME, "write the name that `hitrate stimuli import --name` was given")
CURRENCY_RULE = (CURRENCY, 'write three capital letters such as "EUR"')
RESERVED = ("new", "preview")  # pages at /studies/…
MOST_TRIALS = 6_000  # of a run: more are hours of pictures, and a slip of the pen


@dataclass(frozen=True, slots=True)
class Goal:
    """How much is to be collected, and what one participant is paid."""

    responses_per_image: int
    participants: int | None  # no more are let in; None: as many as come
    pay: float | None  # of one participant, in `currency`
    fee_percent: float  # what the recruiter takes on top of it
    currency: str | None  # ISO 4217


@dataclass(frozen=True, slots=True)
class StudyDefinition:
    """A checked study file."""

    title: str
    slug: str
    image_set: str
    language: str
    notice: str | None
    runs_per_participant: int
    related: tuple[str, ...]  # slugs of studies with which no image is shared for one person
    preset: str | None  # None: a paradigm of one's own
    paradigm: Paradigm
    targets: Pool
    fillers: Pool
    cluster: str | None  # column of the image set: nobody sees two images of one value
    goal: Goal
    recruitment: Mapping[str, Any]
    identities_days: int  # after a participation ended or last moved; 0: no end
    questions: tuple[Mapping[str, Any], ...]
    texts: Mapping[str, str]  # what people read, in their order; Markdown
    source: str = field(compare=False)  # the file's name, for messages

    def to_dict(self) -> dict[str, Any]:
        """Everything that has no column of its own in the table `study`, as JSON."""
        return {
            "language": self.language,
            "notice": self.notice,
            "runs_per_participant": self.runs_per_participant,
            "related": list(self.related),
            "preset": self.preset,
            "images": {
                "targets": self.targets or "all",
                "fillers": self.fillers or "all",
                "cluster": self.cluster,
            },
            "goal": asdict(self.goal),
            "texts": {key: text for key, text in self.texts.items() if key != "consent"},
            "recruitment": dict(self.recruitment),
            "privacy": {"identities_days": self.identities_days},
            "questions": [dict(question) for question in self.questions],
            # As it was written: what people agree to has the minutes in it.
            "consent": self.texts["consent"],
        }


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
    return parse_values(read_toml(text, source), source)


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The tables of a TOML text, not yet checked."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{source}: is not valid TOML: {error}") from None
    except RecursionError:
        raise StudyError(f"{source}: has tables within tables without end") from None


def parse_values(values: Mapping[str, Any], source: str) -> StudyDefinition:
    """Check the tables of a study file, from whichever form they come; `source` is its name in
    messages."""
    top = Table(clean(values, source), source)
    title = top.text("title")
    slug = top.text("slug", longest=60, like=SLUG_RULE)
    if slug in RESERVED:
        raise top.error("slug", f"is {slug!r}, an address of hitrate's own; choose another")
    image_set = top.text("image_set", longest=64, like=SET_RULE)
    language = language_of(top)
    notice = top.optional_text("notice", longest=500)
    runs_per_participant = top.number("runs_per_participant", 1, 1, 100)
    related = related_of(top, slug)
    preset, paradigm = paradigm_of(top.table("paradigm"), top.table("display"), slug)
    if paradigm.n_trials > MOST_TRIALS:
        raise StudyError(
            f"{source}: paradigm gives a run of {paradigm.n_trials:,} trials; make it shorter, "
            f"{MOST_TRIALS:,} at most"
        )
    images = top.table("images")
    questions = parse_questions(top.take("questions", []), source)
    recruitment = parse_recruitment(top.take("recruitment", {"kind": "none"}), source)
    privacy = top.table("privacy")
    definition = StudyDefinition(
        title=title,
        slug=slug,
        image_set=image_set,
        language=language,
        notice=notice,
        runs_per_participant=runs_per_participant,
        related=related,
        preset=preset,
        paradigm=paradigm,
        targets=images.pool("targets"),
        fillers=images.pool("fillers"),
        cluster=images.optional_text("cluster", longest=200),
        goal=goal_of(top.table("goal")),
        recruitment=recruitment,
        identities_days=privacy.number("identities_days", IDENTITIES_DAYS, 0, 36_500),
        questions=tuple(questions),
        texts=texts_of(
            top.table("texts"),
            default_texts(language, paradigm, recruited=recruitment["kind"] != "none"),
        ),
        source=source,
    )
    for table in (images, privacy, top):
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


def related_of(top: Table, slug: str) -> tuple[str, ...]:
    """Slugs of the related studies, none of them this one."""
    related = top.texts("related", longest=60, like=SLUG_RULE)
    if slug in related:
        raise top.error("related", f"has {slug!r}, which is this study; leave it out")
    return tuple(related)


def goal_of(table: Table) -> Goal:
    """How much is to be collected, and what it costs; pay has a currency."""
    pay = table.amount("pay", 1_000_000)
    goal = Goal(
        responses_per_image=table.number("responses_per_image", 40, 1, 100_000),
        participants=table.optional_number("participants", 1, 10_000_000),
        pay=pay,
        fee_percent=table.amount("fee_percent", 1_000) or 0.0,
        currency=table.optional_text("currency", longest=3, like=CURRENCY_RULE),
    )
    table.finish()
    if pay is not None and goal.currency is None:
        raise table.error("currency", 'is missing; say what pay is in, such as "EUR"')
    if pay is None and (goal.fee_percent or goal.currency):
        raise table.error("pay", "is missing; say what one participant gets")
    return goal


def texts_of(table: Table, defaults: Mapping[str, str]) -> dict[str, str]:
    """What people read: the file's words, ours where it has none."""
    if "test_instructions" in table.values and "test_instructions" not in defaults:
        raise table.error(
            "test_instructions", 'is shown by nothing: only phases = "study_test" has a test'
        )
    texts = {name: table.prose(name, text) for name, text in defaults.items()}
    if (debrief := table.optional_prose("debrief")) is not None:
        texts["debrief"] = debrief
    table.finish()
    return texts
