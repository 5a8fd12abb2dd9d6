"""The table `[recruitment]` of a study file."""

from typing import Any

from experiment.errors import StudyError


def parse_recruitment(table: object, source: str) -> dict[str, Any]:
    """Where people come from, as the study's definition keeps it.

    Raises
    ------
    StudyError
        If it is no table.
    """
    if not isinstance(table, dict):
        raise StudyError(f"{source}: recruitment is {table!r}; write a table [recruitment]")
    return {"kind": "none"} | table
