"""Fields of a form in rows, on lines, and as numbers."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Fields = dict[str, str]

YES = "yes"
NUMBER = re.compile(r"[+-]?[0-9]{1,40}([.,][0-9]{1,40})?(e[+-]?[0-9]{1,3})?")
ROWS = (
    *("paradigm.target_lags", "paradigm.vigilance_lags", "attention", "questions"),
    *("images.targets", "images.fillers"),
)
NEW_ROWS: Mapping[str, Fields] = {
    "attention": {
        "measure": "vigilance_hit_rate",
        "fires": "below",
        "threshold": "0.5",
        "last": "0",
        "n_least": "1",
        "scope": "run",
        "when": "run_end",
        "action": "leave_out",
        "discards": "run",
    },
    "questions": {"type": "choice", "when": "before", "page": "1", "required": YES, "whole": YES},
    "paradigm.target_lags": {"share": "1"},
    "paradigm.vigilance_lags": {"share": "1"},
}


def act(fields: Mapping[str, str], do: str) -> Fields:
    """The fields after a button of the form: `add:ROWS`, `remove:ROWS:2` or `up:ROWS:2`."""
    verb, _, rest = do.partition(":")
    rows_name, _, place = rest.partition(":")
    if rows_name not in ROWS:
        return dict(fields)
    rows = rows_of(fields, rows_name)
    n = int(place) if place.isdecimal() and len(place) < 6 else len(rows)
    if verb == "add":
        rows.append(dict(NEW_ROWS.get(rows_name, {})))
    elif verb == "remove" and n < len(rows):
        del rows[n]
    elif verb == "up" and 0 < n < len(rows):
        rows[n - 1 : n + 1] = [rows[n], rows[n - 1]]
    return without_rows(fields, rows_name) | rows_in(rows_name, rows)


def rows_in(name: str, rows: Iterable[Mapping[str, str]]) -> Fields:
    """Rows as fields; a row without any field has its number only."""
    fields: Fields = {}
    for n, row in enumerate(rows):
        fields[f"{name}.{n}"] = ""
        fields |= {f"{name}.{n}.{key}": text for key, text in row.items()}
    return fields


def rows_of(fields: Mapping[str, str], name: str) -> list[Fields]:
    """The rows of this name, in the order of their numbers."""
    pattern = re.compile(rf"{re.escape(name)}\.(\d{{1,5}})(?:\.(\w+))?")
    rows: dict[int, Fields] = {}
    for key, text in fields.items():
        if found := pattern.fullmatch(key):
            row = rows.setdefault(int(found[1]), {})
            if found[2]:
                row[found[2]] = text
    return [rows[n] for n in sorted(rows)]


def without_rows(fields: Mapping[str, str], name: str) -> Fields:
    """The fields without the rows of this name."""
    return {key: text for key, text in fields.items() if not key.startswith(f"{name}.")}


def filled(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table without the keys for which nothing was filled in."""
    return {key: value for key, value in table.items() if value not in (None, "")}


def ticked(boxes: Mapping[str, bool]) -> Fields:
    """The fields of the boxes that are ticked; others are not sent."""
    return {name: YES for name, is_ticked in boxes.items() if is_ticked}


def shown(value: object) -> str:
    """A value in a field; nothing is an empty one."""
    return "" if value is None else str(value)


def whole(text: str) -> int | str | None:
    """A whole number; what is none stays a text, to be refused with its name."""
    stripped = text.strip()
    if re.fullmatch(r"[+-]?[0-9]{1,18}", stripped):
        return int(stripped)
    return stripped or None


def number(text: str) -> float | str | None:
    """A number, with a point or a comma; what is none stays a text."""
    read = whole(text)
    if isinstance(read, str) and NUMBER.fullmatch(read):
        return float(read.replace(",", "."))
    return read


def lines(text: str) -> list[str]:
    """What stands on the lines of a text; empty lines are left out."""
    return [line for line in text.split("\n") if line.strip()]


def line_of(*parts: str) -> str:
    """One or two texts on one line, `value | label`; as JSON where that would be read otherwise."""
    plain = " | ".join(dict.fromkeys(parts))
    return plain if parts_of(plain, len(parts)) == parts else json.dumps(parts, ensure_ascii=False)


def parts_of(line: str, n: int) -> tuple[str, ...]:
    """The inverse of `line_of`, for so many texts."""
    if line.startswith("["):
        try:
            read = json.loads(line)
        except ValueError:
            read = None
        if isinstance(read, list) and len(read) == n and all(isinstance(p, str) for p in read):
            return tuple(read)
    if n == 1:
        return (line.strip(),)
    value, bar, label = line.partition(" | ")
    return (value.strip(), label.strip() if bar else value.strip())


def only(line: str) -> str:
    """The text of a line that has one."""
    return parts_of(line, 1)[0]


def option_of(line: str) -> dict[str, str]:
    """The value and the label of a line of options."""
    value, label = parts_of(line, 2)
    return {"value": value, "label": label}
