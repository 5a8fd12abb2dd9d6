"""How the parts of a paradigm are read from plain values and refuse what cannot be."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from experiment.errors import ParadigmError


def refuse_unless(fine: bool, key: str, value: object, remedy: str) -> None:
    """Refuse a value, saying what was found and what would be right."""
    if not fine:
        found = list(value) if isinstance(value, tuple) else value
        raise ParadigmError(f"paradigm: {key} is {found!r}; {remedy}")


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether it is a whole number between the two."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_number(value: object, least: float, most: float) -> bool:
    """Whether it is a number between the two."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def is_text(value: object) -> bool:
    """Whether it is a text with something in it."""
    return isinstance(value, str) and bool(value.strip())


def known_fields(cls: type, values: object, where: str) -> dict[str, Any]:
    """The values as arguments of a dataclass; lists become tuples, unknown keys are refused."""
    known = [field.name for field in fields(cls)]
    if not isinstance(values, Mapping):
        raise ParadigmError(f"paradigm: {where} is {values!r}; give a table of {', '.join(known)}")
    if unknown := [repr(key) for key in values if key not in known]:
        raise ParadigmError(
            f"paradigm: {where}: unknown key {', '.join(unknown)}; the keys are {', '.join(known)}"
        )
    if missing := [
        field.name for field in fields(cls) if field.default is MISSING and field.name not in values
    ]:
        raise ParadigmError(f"paradigm: {where}: {', '.join(missing)} missing; add it")
    return {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
