"""The mapping file: everything that an importer guesses, said by a person instead (TOML)."""

import dataclasses
import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import DatasetError
from analysis.importers.text_files import Format, decode

KINDS = ("trials", "pairs", "jspsych", "bids", "events", "counts", "scores")
COLUMNS = {  # what a column can be in tables of trials, of pairs and of events
    "participant_id": "who",
    "image_id": "which image",
    "run_id": "which run or session of the person",
    "block": "a part of a run; positions may go on or start again",
    "position": "place of the trial within the run, or its number",
    "phase": "game, study, test or practice",
    "role": "target, filler or vigilance",
    "status": "first showing or repeat; new or old",
    "response": "the key, or the answer",
    "correct": "whether the answer was right",
    "outcome": "hit, miss, false alarm, correct rejection",
    "rt": "reaction time",
    "lag": "repeat position minus first position",
    "n_intervening": "images between the two showings",
    "onset": "when the image appeared",
    "category": "of the image",
    "hit": "in a table of pairs: whether the person recognised the repeat",
    "false_alarm": "in a table of pairs: whether the person answered old at the first showing",
    "event": "in a log: what happened",
    "time": "in a log: when",
    "trial": "in a log: the number of the trial",
}
COUNTS = (
    "hits",
    "misses",
    "repeats",
    "false_alarms",
    "correct_rejections",
    "firsts",
    "responses",
)
FACTS = ("category", "licence", "sha256", "width_px", "height_px")
VALUES = {  # what the values of a column can mean
    "response": ("old", "new", "none"),
    "correct": ("right", "wrong"),
    "status": ("repeat", "first"),
    "outcome": ("hit", "miss", "false_alarm", "correct_rejection"),
    "role": ("target", "filler", "vigilance"),
    "phase": ("game", "study", "test", "practice"),
    "event": ("onset", "offset", "key"),
}
CONSTANTS = ("participant_id", "phase", "role", "status")
UNITS = {"rt": ("ms", "s"), "time": ("ms", "s"), "onset": ("ms", "s")}
FILE = ("separator", "encoding", "decimal", "header")
KEEP = ("error", "first")
NO_ANSWER = ("leave_out", "new")
SECTIONS = ("kind", "keep", "no_answer", "file", "columns", "constants", "values", "units")


@dataclass(frozen=True, slots=True)
class TableMap:
    """What the columns and values of a foreign table mean; what is not said is guessed."""

    kind: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)  # what: column
    constants: Mapping[str, str] = field(default_factory=dict)  # what: value of every row
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)  # what: ms or s
    file: Format = field(default_factory=Format)
    keep: str = "error"  # of contradictory rows: none ("error") or the "first"
    no_answer: str = "leave_out"  # in a test with two answers; or "new"

    def to_dict(self) -> dict[str, Any]:
        """As the mapping file holds it, without what is not said."""
        form = {k: v for k, v in dataclasses.asdict(self.file).items() if v is not None}
        whole = {
            "kind": self.kind,
            "keep": self.keep,
            "no_answer": self.no_answer,
            "file": form,
            "columns": dict(self.columns),
            "constants": dict(self.constants),
            "values": {
                what: {meaning: list(texts) for meaning, texts in meanings.items()}
                for what, meanings in self.values.items()
            },
            "units": dict(self.units),
        }
        return {key: value for key, value in whole.items() if value not in (None, {})}


def read_map(path: Path | str) -> TableMap:
    """Read a mapping file.

    Raises
    ------
    DatasetError
        If it is no TOML, or says something that no importer knows, with the nearest name.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        said = tomllib.loads(decode(path.name, content, "utf-8")[0].replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise DatasetError(f"{path.name}: is not a mapping file (TOML): {error}") from None
    return to_map(said, path.name)


def to_map(said: Mapping[str, Any], name: str = "mapping") -> TableMap:
    """A TableMap of what a mapping file says; see :func:`read_map` for the errors."""
    _known(said, SECTIONS, name)
    for section in ("file", "columns", "constants", "values", "units"):
        if not isinstance(said.get(section, {}), Mapping):
            raise DatasetError(f"{name}: {section} is a table: write [{section}] above its lines")
    one_of(said.get("kind"), (None, *KINDS), f"{name}: kind")
    one_of(said.get("keep", "error"), KEEP, f"{name}: keep")
    one_of(said.get("no_answer", "leave_out"), NO_ANSWER, f"{name}: no_answer")
    columns = {str(key): _text(value, name, key) for key, value in said.get("columns", {}).items()}
    for what in columns:
        check_what(what, f"{name}: [columns] ")
    constants = said.get("constants", {})
    _known(constants, CONSTANTS, f"{name}: [constants]")
    for what in constants:
        if what in VALUES:
            one_of(constants[what], VALUES[what], f"{name}: [constants] {what}")
    units = said.get("units", {})
    _known(units, UNITS, f"{name}: [units]")
    for what, unit in units.items():
        one_of(unit, UNITS[what], f"{name}: [units] {what}")
    return TableMap(
        kind=said.get("kind"),
        columns=columns,
        constants={what: _text(value, name, what) for what, value in constants.items()},
        values=_values(said.get("values", {}), name),
        units=dict(units),
        file=_format(said.get("file", {}), name),
        keep=said.get("keep", "error"),
        no_answer=said.get("no_answer", "leave_out"),
    )


def check_what(what: str, before: str = "") -> None:
    """Raise if no column can be ``what``; counts may have a group: ``filler.hits``."""
    group, dot, last = what.rpartition(".")
    known = {*COUNTS} if dot else {*COLUMNS, *COUNTS, *FACTS}
    if last in known and not (dot and not group):
        return
    ordered = list(dict.fromkeys((*COLUMNS, *COUNTS, *FACTS)))
    raise DatasetError(f"{before}{what!r} is none of: {', '.join(ordered)}{nearest(what, ordered)}")


def nearest(wrong: object, known: Iterable[object]) -> str:
    """A question about the name that was perhaps meant."""
    near = difflib.get_close_matches(str(wrong), [str(k) for k in known if k], 1, 0.5)
    return f"; is it {near[0]!r}?" if near else ""


def one_of(value: object, known: Iterable[object], where: str) -> None:
    """Raise if a value is not a known one."""
    choices = list(known)
    if value not in choices:
        listed = ", ".join(str(k) for k in choices if k is not None)
        raise DatasetError(f"{where}: {value!r} is none of: {listed}{nearest(value, choices)}")


def _known(said: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in said:
        one_of(key, known, where)


def _text(value: object, name: str, key: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise DatasetError(f"{name}: {key} = {value!r}; write it as text in quotes")
    return str(value)


def _values(said: Mapping[str, Any], name: str) -> dict[str, dict[str, tuple[str, ...]]]:
    _known(said, VALUES, f"{name}: [values]")
    values = {}
    for what, meanings in said.items():
        if not isinstance(meanings, Mapping):
            raise DatasetError(f"{name}: write [values.{what}] above its lines")
        _known(meanings, VALUES[what], f"{name}: [values.{what}]")
        found: dict[str, str] = {}
        for meaning, texts in meanings.items():
            for text in texts if isinstance(texts, list) else [texts]:
                if isinstance(text, list | Mapping):
                    raise DatasetError(f"{name}: [values.{what}] {meaning}: a list of texts")
                plain = value_key(text)
                if found.setdefault(plain, meaning) != meaning:
                    raise DatasetError(
                        f"{name}: [values.{what}] {text!r} means {found[plain]} and {meaning}"
                    )
        values[what] = {
            meaning: tuple(text for text, m in found.items() if m == meaning)
            for meaning in meanings
        }
    return values


def value_key(text: object) -> str:
    """A value as values are compared: small letters, no spaces around, 1 for 1.0."""
    plain = str(text).strip().lower() or "space" * (text == " ")
    return plain[:-2] if plain.endswith(".0") and plain[:-2].isdigit() else plain


def _format(said: Mapping[str, Any], name: str) -> Format:
    _known(said, FILE, f"{name}: [file]")
    separator, decimal, header = (said.get(key) for key in ("separator", "decimal", "header"))
    if separator is not None and (not isinstance(separator, str) or len(separator) != 1):
        raise DatasetError(f"{name}: [file] separator is one character, not {separator!r}")
    if separator in ('"', "\n", "\r"):
        raise DatasetError(f"{name}: [file] separator cannot be {separator!r}")
    one_of(decimal, (None, ".", ","), f"{name}: [file] decimal")
    one_of(header, (None, True, False), f"{name}: [file] header")
    encoding = said.get("encoding")
    if encoding is not None and not isinstance(encoding, str):
        raise DatasetError(f"{name}: [file] encoding is a name, not {encoding!r}")
    return Format(separator, encoding, decimal, header)


def map_text(table_map: TableMap, comments: Iterable[str] = ()) -> str:
    """A mapping file that says what ``table_map`` does, with comments at its head."""
    said = table_map.to_dict()
    lines = [
        "# What hitrate understood. Change what is wrong and import again with --map-file.",
        *(f"# {' '.join(comment.split())}" for comment in comments),
        "",
    ]
    lines += [f"{key} = {_toml(said[key])}" for key in ("kind", "keep", "no_answer") if key in said]
    for section in ("file", "columns", "constants", "units"):
        if said.get(section):
            lines += ["", f"[{section}]"]
            lines += [
                f"{_key(key)} = {_toml(value)}" + _comment(section, key)
                for key, value in said[section].items()
            ]
    for what, meanings in said.get("values", {}).items():
        lines += ["", f"[values.{what}]"]
        lines += [f"{meaning} = {_toml(texts)}" for meaning, texts in meanings.items()]
    return "\n".join(lines) + "\n"


def _comment(section: str, key: str) -> str:
    return f"  # {COLUMNS[key]}" if section == "columns" and key in COLUMNS else ""


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key)


def _toml(value: object) -> str:
    """A value as TOML writes it; its strings are JSON's."""
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
