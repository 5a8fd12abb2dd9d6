"""Lets writers to SQLite queue fairly and share their commits.

SQLite has one writer at a time, and each commit waits for the disk (``synchronous=FULL``), some
milliseconds. Threads therefore take turns in one transaction, each in a savepoint of its own, and
the last in line commits for all; nobody goes on before that commit. A writer alone commits at once.

Processes queue for a lock on a file beside the database, where the kernel wakes the next one at
once: SQLite's own waiting polls with growing pauses, and under load some would wait for seconds.
"""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Condition, Event

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiment.errors import DatabaseError

PATIENCE_SECONDS = 20.0


class _Group:
    """Writers that are committed together."""

    def __init__(self, engine: Engine, lock: Path) -> None:
        with ExitStack() as stack:
            # Closing the file unlocks it, and so does the end of the process.
            fcntl.flock(stack.enter_context(lock.open("ab")), fcntl.LOCK_EX)
            self.connection = stack.enter_context(engine.connect())
            self._transaction = self.connection.begin()
            self._held = stack.pop_all()
        self.is_over = Event()
        self.error: Exception | None = None

    def commit(self) -> None:
        with self._held:
            try:
                self._transaction.commit()
            except Exception as error:  # told to every writer of the group, each in its own thread
                self.error = error
                # SQLite keeps the transaction open; the connection ends it and is not used again.
                self.connection.invalidate()
            finally:
                self.is_over.set()


class WriteQueue:
    """Write transactions of one process on one SQLite database."""

    def __init__(self, engine: Engine, lock: Path) -> None:
        self._engine = engine
        self._lock = lock
        self._changed = Condition()
        self.n_waiting = 0  # writers who want a turn
        self._is_taken = False  # somebody has it
        self._group: _Group | None = None  # open for the next one

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is one transaction: on disk when this ends, or nothing of it on any error.

        Raises
        ------
        DatabaseError
            If the others take too long, or the shared commit failed.
        """
        group = self._take_turn()
        try:
            with (
                Session(
                    group.connection,
                    expire_on_commit=False,
                    join_transaction_mode="create_savepoint",
                ) as session,
                session.begin(),
            ):
                yield session
        finally:
            self._end_turn(group)
        if group.error is not None:
            raise DatabaseError(f"the changes could not be stored: {group.error}") from group.error

    def _take_turn(self) -> _Group:
        with self._changed:
            self.n_waiting += 1
            try:
                if not self._changed.wait_for(lambda: not self._is_taken, PATIENCE_SECONDS):
                    raise DatabaseError("the database is busy; try again in a moment")
            finally:
                self.n_waiting -= 1
            self._is_taken = True
        if self._group is None:
            try:
                self._group = _Group(self._engine, self._lock)
            except BaseException:
                self._pass_on()
                raise
        return self._group

    def _end_turn(self, group: _Group) -> None:
        """Commit if nobody else is waiting, else leave it to them; return when it is done."""
        with self._changed:
            is_last = self.n_waiting == 0
            if not is_last:  # whoever waits now gets the turn, even at the end of their patience
                self._is_taken = False
                self._changed.notify()
        if is_last:
            self._group = None
            group.commit()
            self._pass_on()
        group.is_over.wait()

    def _pass_on(self) -> None:
        with self._changed:
            self._is_taken = False
            self._changed.notify()
