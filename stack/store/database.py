"""The database that the store is on now: its alias, its connection, its dialect."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from stack.store.dialects.choice import dialect_of
from stack.store.models import StixObject


class Database:
    """One connection of the store with its dialect; rows go in and out as tuples."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.connection: BaseDatabaseWrapper = connections[alias]
        self._dialect = dialect_of(self.connection.vendor)

    @property
    def write_target_s(self) -> float:
        """How long a batch should hold the write lock at most, so that others need not wait long."""
        return self._dialect.WRITE_TARGET_S

    @contextmanager
    def write(self) -> Iterator[None]:
        """A transaction in which this writer is alone: row ids and changes follow commit order."""
        with transaction.atomic(using=self.alias):
            self._dialect.begin_write(self.connection)
            yield

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        self._dialect.insert_rows(self.connection, table, columns, rows)

    def insert_missing(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        self._dialect.insert_missing_rows(self.connection, table, columns, rows)

    def change(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._dialect.change_rows(self.connection, sql, rows)

    def read(self, sql: str, parameters: Sequence[Any] = (), *, mask: bytes = b"") -> list[tuple[Any, ...]]:
        return self._dialect.read_rows(self.connection, sql, parameters, mask)

    def read_members(
        self, sql: str, members: Sequence[Any], parameters: Sequence[Any] = (), *, mask: bytes = b""
    ) -> list[tuple[Any, ...]]:
        """`{members}` in `sql` stands for the membership test; without members there are no rows."""
        if not members:
            return []
        return self._dialect.read_members(self.connection, sql, members, parameters, mask)

    def change_members(self, sql: str, members: Sequence[Any]) -> None:
        """One UPDATE or DELETE over a list of values for which `{members}` stands; any length."""
        if members:
            self._dialect.change_members(self.connection, sql, members)

    def is_seen(self, column: str) -> str:
        """SQL that is true where a column holds an audience of the mask that is bound to `{seen}`."""
        return self._dialect.IS_SEEN.replace("COLUMN", column)

    def last_id(self, table: str, column: str = "id") -> int:
        """The highest id given out so far; only the writer may build on it."""
        [(last,)] = self.read(f"SELECT COALESCE(MAX({column}), 0) FROM {table}")
        return int(last)


def read_database() -> Database:
    return Database(router.db_for_read(StixObject))


def write_database() -> Database:
    return Database(router.db_for_write(StixObject))
