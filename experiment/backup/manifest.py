"""What a backup says about itself."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from experiment.errors import ExperimentError

MANIFEST = "manifest.json"  # the last file of a backup: without it, a backup was cut off
SECRET_KEY = "secret_key"  # noqa: S105 (the name of a file)
RESTORING = ".restoring"  # where a restore unpacks, within the instance folder
FORMAT: Literal[1] = 1

DatabaseKind = Literal["sqlite", "postgresql"]
DATABASE_FILES: dict[DatabaseKind, str] = {
    "sqlite": "database.sqlite",
    "postgresql": "database.pgdump",
}


class BackupError(ExperimentError):
    """A backup cannot be made, read or restored."""

    code = "backup_failed"


class KeptFile(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sha256: str
    bytes: int


class Manifest(BaseModel):
    """One instance at one moment."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Literal[1]
    hitrate: str  # the version that made it
    made_at: datetime  # what was stored before this moment is in the database
    database: DatabaseKind
    schema_revision: str
    rows: dict[str, int]  # by table
    images_without_file: int  # known to the database, but absent from the folder
    files: dict[str, KeptFile]  # by their place in the backup, and in an instance folder


def read_manifest(text: bytes, source: str) -> Manifest:
    """A manifest as this version of hitrate understands it.

    Raises
    ------
    BackupError
        If it is another format's.
    """
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BackupError(
            f"{source}: {MANIFEST} is not one that this hitrate can read ({where}); "
            "the backup is of a newer version, or somebody changed it"
        ) from None
