"""Django's SQLite with a queue at the door: who wants to write waits in the kernel and not by polling.

SQLite's own waiting sleeps up to 100 ms between two tries, so beside an ingest that takes the lock again at
once a small write could miss every gap. Each transaction first takes an exclusive `flock` on a file beside
the database, which the kernel hands on the moment it is free, even when its holder was killed. It is taken
through a turnstile: whoever waits at the door holds the turnstile, so that nobody who comes later, and least
of all the one who just left, goes in first. A single statement that writes is a transaction of its own.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.utils import CursorWrapper

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class QueueingCursor(CursorWrapper):
    """Queues for a statement that writes outside a transaction; the seams are Django's own again."""

    db: "DatabaseWrapper"

    def _execute(self, sql: str, params: Any, *ignored: Any) -> Any:
        with self.db.queue_for(sql):
            return super()._execute(sql, params, *ignored)  # type: ignore[misc]

    def _executemany(self, sql: str, param_list: Any, *ignored: Any) -> Any:
        with self.db.queue_for(sql):
            return super()._executemany(sql, param_list, *ignored)  # type: ignore[misc]


class DatabaseWrapper(base.DatabaseWrapper):
    """The four methods that begin and end a transaction are Django's own seams, which its stubs leave out."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turnstile: int | None = None
        self._door: int | None = None
        self._is_inside = False

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return QueueingCursor(cursor, self)

    @contextmanager
    def queue_for(self, sql: str) -> Iterator[None]:
        """Holds the door while one statement runs, where it writes and no transaction holds it already."""
        if self._is_inside or not sql.lstrip()[:7].upper().startswith(_WRITES):
            yield
            return
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            # A commit that failed leaves the transaction open; Django rolls it back next.
            if self.connection is None or not self.connection.in_transaction:
                self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()
            for file in (self._turnstile, self._door):
                if file is not None:
                    os.close(file)
            self._turnstile = self._door = None

    def _enter(self) -> None:
        if self.is_in_memory_db():
            return
        if self._turnstile is None:
            self._turnstile = self._open_beside("turnstile")
        if self._door is None:
            self._door = self._open_beside("door")
        fcntl.flock(self._turnstile, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._door, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._turnstile, fcntl.LOCK_UN)
        self._is_inside = True

    def _leave(self) -> None:
        if self._is_inside and self._door is not None:
            fcntl.flock(self._door, fcntl.LOCK_UN)
        self._is_inside = False

    def _open_beside(self, name: str) -> int:
        path = f"{self.settings_dict['NAME']}-{name}"
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
