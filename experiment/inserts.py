"""INSERT … ON CONFLICT DO NOTHING, the same on SQLite and PostgreSQL."""

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from experiment.models import Base


@cache
def _statement(dialect: str, table: Table, unique: tuple[str, ...]) -> Any:
    if dialect == "postgresql":
        on_postgresql = postgresql.insert(table).on_conflict_do_nothing(index_elements=unique)
        return on_postgresql.returning(*(table.c[name] for name in unique))
    on_sqlite = sqlite.insert(table).on_conflict_do_nothing(index_elements=unique)
    return on_sqlite.returning(*(table.c[name] for name in unique))


def insert_ignoring(
    session: Session, model: type[Base], unique: tuple[str, ...], rows: list[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """Insert rows, leaving alone those whose `unique` columns are there already.

    Returns
    -------
    The `unique` columns of the rows that were new.
    """
    if not rows:
        return []
    connection = session.connection()
    statement = _statement(connection.dialect.name, model.__table__, unique)
    return [tuple(row) for row in connection.execute(statement, rows)]
