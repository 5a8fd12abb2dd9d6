"""The questions of a study file."""

from typing import Any

from experiment.errors import StudyError


def parse_questions(tables: object, source: str) -> list[dict[str, Any]]:
    """The questions as the study's definition keeps them.

    Raises
    ------
    StudyError
        If they are no list of tables.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise StudyError(f"{source}: questions is {tables!r}; begin each one with [[questions]]")
    return [dict(table) for table in tables]
