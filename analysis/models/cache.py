"""Predictions that were made before, in one SQLite file, keyed by fingerprint and image."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from platformdirs import user_cache_path

from analysis.errors import ModelError
from analysis.models.fingerprint import Fingerprint

FILE = "predictions.sqlite"
WAIT_S = 60  # for another process to finish writing

SCHEMA = """
CREATE TABLE IF NOT EXISTS fingerprint (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL  -- JSON: everything that could change a number
);
CREATE TABLE IF NOT EXISTS prediction (
  fingerprint_id INTEGER NOT NULL REFERENCES fingerprint (id),
  image_sha256 BLOB NOT NULL CHECK (length(image_sha256) = 32),
  value REAL NOT NULL,
  PRIMARY KEY (fingerprint_id, image_sha256)
) WITHOUT ROWID;
"""


def cache_folder() -> Path:
    """``$HITRATE_CACHE``, or else the user's cache folder."""
    named = os.environ.get("HITRATE_CACHE")
    return Path(named).expanduser() if named else user_cache_path("hitrate")


class PredictionCache:
    """The predictions of one fingerprint; several threads and processes may use the file at once.

    Each ``store`` is one transaction: what it returned from is on disk, what it did not return
    from is absent. A network folder is fine: no memory is shared between processes.
    """

    def __init__(self, folder: Path, fingerprint: Fingerprint) -> None:
        self.path = folder / FILE
        self._lock = threading.Lock()
        with self._told():
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=WAIT_S, isolation_level=None, check_same_thread=False
            )
            self._connection.executescript(SCHEMA)
            self._connection.execute(
                "INSERT INTO fingerprint (digest, facts) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (fingerprint.digest, fingerprint.facts),
            )
            (self._fingerprint_id,) = self._connection.execute(
                "SELECT id FROM fingerprint WHERE digest = ?", (fingerprint.digest,)
            ).fetchone()

    def get(self, sha256: str) -> float | None:
        """The prediction for the image with this sha256, or None."""
        with self._told(), self._lock:
            row = self._connection.execute(
                "SELECT value FROM prediction WHERE fingerprint_id = ? AND image_sha256 = ?",
                (self._fingerprint_id, bytes.fromhex(sha256)),
            ).fetchone()
        return None if row is None else float(row[0])

    def store(self, predictions: Mapping[str, float]) -> None:
        """Keep predictions by the sha256 of their images."""
        rows = [
            (self._fingerprint_id, bytes.fromhex(sha256), value)
            for sha256, value in predictions.items()
        ]
        with self._told(), self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO prediction VALUES (?, ?, ?)", rows
                )
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            raise ModelError(
                f"{self.path}: the cache of predictions cannot be used ({error}); delete the file, "
                "name another folder in HITRATE_CACHE, or leave it out with --no-cache"
            ) from error

    def close(self) -> None:
        """Close the file; the cache cannot be used afterwards."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
