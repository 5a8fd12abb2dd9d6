"""The tables `[paradigm]` and `[display]` of a study file: a published game, or one's own."""

from dataclasses import MISSING, fields
from typing import Any

from experiment.design.attention import AttentionRule
from experiment.design.display import Display
from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.errors import ParadigmError, StudyError
from experiment.studies.table import Table, nearest

KEYS = tuple(
    field.name
    for field in fields(Paradigm)
    if field.name not in ("name", "source", "readings", "display")
)
NEEDED = tuple(
    field.name
    for field in fields(Paradigm)
    if field.name in KEYS and field.default is field.default_factory is MISSING
)


def paradigm_of(table: Table, display: Table, slug: str) -> tuple[str | None, Paradigm]:
    """The preset's name, and the paradigm with the file's own values in it.

    Without a preset the paradigm is the researcher's own: every key without a default must be
    there, and the study's slug is its name.
    """
    if "preset" in table.values:
        preset: str | None = table.text("preset")
        if preset not in PRESETS:
            raise table.error("preset", f"is {preset!r}; {nearest(str(preset), list(PRESETS))}")
        values, more = PRESETS[preset].to_dict(), []
    else:
        preset = None
        values = {"name": slug, "source": "", "display": Display().to_dict()}
        more = ["source"]
    for key, value in table.values.items():
        if key not in (*KEYS, *more):
            raise table.error(key, f"is unknown; {nearest(key, ['preset', *KEYS, *more])}")
        values[key] = value
    if missing := [key for key in NEEDED if key not in values]:
        raise table.error(
            "preset",
            f"is missing; follow a published game ({', '.join(PRESETS)}), or make your own with "
            f"all of its keys: {', '.join(missing)} missing",
        )
    if "attention" in table.values:
        values["attention"] = attention_rules(table)
    values["return_after_hours"] = with_open_end(values.get("return_after_hours", [0]))
    values["display"] |= display.values
    try:
        return preset, Paradigm.from_dict(values)
    except ParadigmError as error:
        problem = str(error).removeprefix("paradigm: ")
        where = "" if problem.startswith("display") else "paradigm."
        raise StudyError(f"{table.source}: {where}{problem}") from None


def attention_rules(table: Table) -> list[dict[str, Any]]:
    """The tables `[[paradigm.attention]]`, each checked by itself; no two have the same name."""
    rules = table.values["attention"]
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise table.error(
            "attention", f"is {rules!r}; begin each rule with a line [[paradigm.attention]]"
        )
    names: list[str] = []
    for number, rule in enumerate(rules, start=1):
        try:
            name = AttentionRule.from_dict(rule).name
        except ParadigmError as error:
            problem = str(error).removeprefix("paradigm: attention").lstrip(".: ")
            raise table.error("attention", f"number {number}: {problem}") from None
        if "\n" in name:
            raise table.error("attention", f"number {number}: write its name on one line")
        if name in names:
            raise table.error("attention", f"has two rules called {name!r}; rename one")
        names.append(name)
    return rules


def with_open_end(hours: object) -> object:
    """[earliest] as [earliest, no latest], as TOML has no word for nothing."""
    return [*hours, None] if isinstance(hours, list) and len(hours) == 1 else hours
