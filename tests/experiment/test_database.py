"""Engines and transactions, on both kinds of database."""

from datetime import UTC, datetime

from sqlalchemy import select

from experiment.database import Database
from experiment.models import ImageSet


def test_what_was_written_is_read(database: Database) -> None:
    with database.write() as session:
        session.add(ImageSet(name="photos", created_at=datetime.now(UTC)))
    with database.read() as session:
        assert session.scalars(select(ImageSet.name)).all() == ["photos"]
