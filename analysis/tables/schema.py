"""The tables of the native dataset, as ``docs/codebook.md`` promises them to people.

A test holds the two together: same tables, same columns, same types.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "sha256", "whole", "number", "boolean", "time", "choice"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what its fields may hold, and what it means that the column is absent."""

    name: str
    kind: Kind = "text"
    missing: bool = False  # fields may be empty, and the whole column may be absent
    low: float | None = None  # smallest value allowed
    above: float | None = None  # every value is larger than this
    choices: tuple[str, ...] = ()
    unique: bool = False
    if_absent: str | None = None  # the value of every row where the column is absent

    def type_text(self) -> str:
        """The type as the codebook words it."""
        words = {
            "text": "text",
            "sha256": "sha256",
            "whole": "whole number",
            "number": "number",
            "boolean": "boolean",
            "time": "time",
            "choice": ", ".join(f"`{choice}`" for choice in self.choices),
        }[self.kind]
        if self.low is not None:
            words += f" ≥ {self.low:g}"
        if self.above is not None:
            words += f" > {self.above:g}"
        if self.unique:
            words += ", unique"
        if self.missing:
            words += " or missing"
        if self.if_absent is not None:
            words += f"; `{self.if_absent}` if absent"
        return words


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, and the columns that together name a row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _whole(
    name: str, low: int = 0, *, missing: bool = False, if_absent: str | None = None
) -> Column:
    return Column(name, "whole", missing=missing, low=low, if_absent=if_absent)


def _number(name: str, *, low: float | None = None, above: float | None = None) -> Column:
    return Column(name, "number", missing=True, low=low, above=above)


OUTCOMES = ("completed", "attention", "stopped", "screened_out", "no_consent", "full")
ACTIONS = ("warn", "end_level", "end_participation", "leave_out")

IMAGES = Table(
    "images",
    (
        Column("image_id", unique=True),
        Column("sha256", "sha256", missing=True),
        _whole("width_px", 1, missing=True),
        _whole("height_px", 1, missing=True),
        Column("category", missing=True),
        Column("licence", missing=True),
        Column("thumbnail", missing=True),
    ),
    ("image_id",),
)
TRIALS = Table(
    "trials",
    (
        Column("participant_id"),
        Column("run_id"),
        _whole("run", 1, if_absent="1"),
        _whole("level", 1, if_absent="1"),
        _whole("position"),
        Column("is_position_known", "boolean", if_absent="true"),
        Column("image_id"),
        Column("phase", "choice", choices=("game", "study", "test"), if_absent="game"),
        Column("role", "choice", choices=("target", "filler", "vigilance", "lure")),
        Column("is_repeat", "boolean"),
        _whole("lag", 1, missing=True),
        _whole("n_intervening", 0, missing=True),
        Column("responded", "boolean"),
        Column("key", missing=True),
        _number("rt_ms", low=0),
        Column("is_early", "boolean", missing=True),
        _number("onset_ms"),
        _number("offset_ms"),
        _number("frame_ms", above=0),
        _whole("dropped_frames", 0, missing=True),
        _number("feedback_onset_ms"),
        Column("is_interrupted", "boolean", if_absent="false"),
        Column("had_focus", "boolean", missing=True),
        Column("first_run_id", missing=True),
        _number("delay_s", low=0),
    ),
    ("run_id", "position"),
)
PARTICIPANTS = Table(
    "participants",
    (
        Column("participant_id", unique=True),
        Column("state", "choice", missing=True, choices=("consented", "in_progress", "finished")),
        Column("created_at", "time", missing=True),
        Column("is_preview", "boolean", if_absent="false"),
        Column("is_simulated", "boolean", if_absent="false"),
        Column("outcome", "choice", missing=True, choices=OUTCOMES),
        Column("ended_at", "time", missing=True),
    ),
    ("participant_id",),
)
RUNS = Table(
    "runs",
    (
        Column("run_id", unique=True),
        Column("participant_id"),
        _whole("run", 1, if_absent="1"),
        Column("state", "choice", missing=True, choices=("created", "in_progress", "finished")),
        Column("created_at", "time", missing=True),
        Column("started_at", "time", missing=True),
        Column("finished_at", "time", missing=True),
        Column("device_class", "choice", missing=True, choices=("desktop", "phone", "tablet")),
        _whole("n_trials", 0, missing=True),
        _whole("n_lost", 0, missing=True),
        _whole("n_interruptions", 0, missing=True),
        _whole("n_conflicts", 0, missing=True),
        Column("is_preview", "boolean", if_absent="false"),
        Column("is_simulated", "boolean", if_absent="false"),
        Column("outcome", "choice", missing=True, choices=("whole", "attention", "stopped")),
        _whole("end_position", 0, missing=True),
    ),
    ("run_id",),
)
ANSWERS = Table(
    "answers",
    (
        Column("participant_id"),
        Column("question"),
        Column("value", missing=True),
        Column("answered_at", "time", missing=True),
    ),
    ("participant_id", "question", "value"),
)
RULE_EVENTS = Table(
    "rule_events",
    (
        Column("run_id"),
        _whole("level", 1),
        Column("rule"),
        Column("measure"),
        Column("value", "number"),
        _whole("n", 1),
        Column("threshold", "number"),
        Column("action", "choice", choices=ACTIONS),
        _whole("position"),
        Column("fired_at", "time", missing=True),
    ),
    ("run_id", "level", "rule"),
)
EXCLUSIONS = Table(
    "exclusions",
    (
        Column("participant_id"),
        Column("run_id", missing=True),
        _whole("level", 1, missing=True),
        Column("rule"),
        _number("number"),
        Column("decided_by"),
    ),
)
FLAGS = Table(
    "flags",
    (
        Column("participant_id"),
        Column("run_id", missing=True),
        Column("kind"),
        Column("detail", missing=True),
        Column("raised_at", "time", missing=True),
    ),
    ("participant_id", "run_id", "kind"),
)
EVENTS = Table(
    "events",
    (
        Column("run_id"),
        _whole("position", 0, missing=True),
        Column("event"),
        _number("at_ms"),
    ),
)
PREDICTIONS = Table(
    "predictions",
    (
        Column("image_id"),
        Column("sha256", "sha256", missing=True),
        Column("model"),
        _number("prediction"),
        Column("fingerprint", missing=True),
        Column("error", missing=True),
    ),
    ("image_id", "model"),
)
IMAGE_COUNTS = Table(
    "image_counts",
    (
        Column("image_id"),
        _whole("hits", 0, missing=True),
        _whole("repeats", 0, missing=True),
        _whole("false_alarms", 0, missing=True),
        _whole("firsts", 0, missing=True),
        Column("group", if_absent="target"),
    ),
    ("image_id", "group"),
)
IMAGE_SCORES = Table(
    "image_scores",
    (
        Column("image_id"),
        Column("score"),
        Column("value", "number"),
        _whole("n", 0, missing=True),
    ),
    ("image_id", "score"),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        IMAGES,
        TRIALS,
        PARTICIPANTS,
        RUNS,
        ANSWERS,
        RULE_EVENTS,
        EXCLUSIONS,
        FLAGS,
        EVENTS,
        PREDICTIONS,
        IMAGE_COUNTS,
        IMAGE_SCORES,
    )
}
