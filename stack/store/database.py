"""The database that the store is on now: its alias, its connection, its dialect."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from stack.store.dialects.choice import Insert, Lock, dialect_of
from stack.store.models import StixObject


@dataclass(slots=True)
class _Turn:
    """What a connection's transaction may write: alone everything, else what it claimed."""

    is_alone: bool
    claimed: set[bytes] = field(default_factory=set)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A part of the transaction that may be undone by itself: its claims go with it."""
        before = set(self.claimed)
        try:
            yield
        except BaseException:
            self.claimed = before
            raise


_turns: WeakKeyDictionary[BaseDatabaseWrapper, _Turn] = WeakKeyDictionary()


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
    def write(self, *, beside_others: bool = False, patience_s: float | None = None) -> Iterator[None]:
        """A transaction of a writer of the store, in the caller's where there is one (docs/decisions/0010).

        It is the only writer, unless it says that it can work `beside_others`: then it is bound to `claim`
        what it writes, once, before it reads that. Within somebody's transaction it is always the only one:
        what else is done there is not known.

        `patience_s` is how long it waits where it meets others (`OperationalError`). On SQLite it waits: all
        writers queue there for turns of milliseconds.
        """
        turn = _turns.get(self.connection)
        if turn is not None and not turn.is_alone and not beside_others:
            raise RuntimeError("who began to write beside others cannot become the only writer")
        may_share = beside_others and not self.connection.in_atomic_block
        with transaction.atomic(using=self.alias):
            if turn is not None:
                with turn.kept():
                    yield
                return
            is_alone = self._dialect.begin_write(
                self.connection, beside_others=may_share, patience_s=patience_s
            )
            _turns[self.connection] = _Turn(is_alone)
            try:
                yield
            finally:
                del _turns[self.connection]

    @property
    def is_writing(self) -> bool:
        """Whether what is read here may hold what is not committed."""
        return self.connection in _turns

    @property
    def is_alone(self) -> bool:
        """Whether this writer is the only one now."""
        return _turns[self.connection].is_alone

    def claim(self, uuids: Iterable[bytes]) -> None:
        """Waits until no other batch writes what has one of these UUIDs; others then wait for this one.

        Whatever is read after this is what the others left. A batch claims all at once: with a second claim
        two batches could wait for each other.
        """
        turn = _turns[self.connection]
        wanted = sorted(set(uuids) - turn.claimed)
        if turn.is_alone or not wanted:
            return
        if turn.claimed:
            raise RuntimeError("a batch claims all that it writes at once")
        self._dialect.claim(self.connection, wanted)
        turn.claimed.update(wanted)

    def hold(self, lock: Lock) -> None:
        """Waits for a lock that only writers beside others need, and keeps it until the transaction ends."""
        if not self.is_alone:
            self._dialect.hold(self.connection, lock)

    def take_ids(self, table: str, count: int) -> Sequence[int]:
        """New row ids, rising; higher than those of all rows with the same claim. Taken after the claim."""
        return self._dialect.take_ids(self.connection, table, count) if count else ()

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """The text of a version is given as bytes (`store_text.body`)."""
        if rows:
            self._dialect.insert_rows(self.connection, table, columns, rows)

    def insert_each(self, inserts: Iterable[Insert]) -> None:
        """Rows of several tables, made while the ones before are written: what makes them must not use the
        database."""
        self._dialect.insert_each(self.connection, inserts)

    def insert_missing(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._dialect.insert_missing_rows(self.connection, table, columns, rows)

    def change(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
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

    def as_bytes(self, column: str) -> str:
        """SQL for a text that is wanted as its UTF-8 bytes; `str` where this database gives that faster."""
        return self._dialect.AS_BYTES.replace("COLUMN", column)

    def last_id(self, table: str, column: str = "id") -> int:
        """The highest id given out so far; only the writer may build on it."""
        [(last,)] = self.read(f"SELECT COALESCE(MAX({column}), 0) FROM {table}")
        return int(last)


def read_database() -> Database:
    return Database(router.db_for_read(StixObject))


def write_database() -> Database:
    return Database(router.db_for_write(StixObject))
