"""The dialect of the database that the store is on now, and the connection to it."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from importlib import import_module
from typing import Any, Protocol, cast

from django.db.backends.base.base import BaseDatabaseWrapper

Insert = tuple[str, Sequence[str], Sequence[tuple[Any, ...]]]
"""A table, columns of it, and rows with these."""


class Lock(IntEnum):
    """What one of several writers holds until its transaction ends, in the order in which they are taken.

    WRITER: shared by batches, and held alone by whoever does anything else. NAMES: who adds audiences or
    kinds of edges, so that their ids follow commit order. CHANGES: who appends to the change log. The values
    are any constants.
    """

    WRITER = 0x57AC4
    NAMES = 0x57AC5
    CHANGES = 0x57AC6


class Dialect(Protocol):
    """What `sqlite` and `postgresql` both say, each in its own words."""

    CREATE_TABLES: tuple[str, ...]
    CREATE_ENTRIES: tuple[str, ...]
    WRITE_TARGET_S: float
    IS_SEEN: str
    AS_BYTES: str

    @staticmethod
    def begin_write(
        connection: BaseDatabaseWrapper, *, beside_others: bool, patience_s: float | None
    ) -> bool: ...
    @staticmethod
    def claim(connection: BaseDatabaseWrapper, uuids: Sequence[bytes]) -> None: ...
    @staticmethod
    def hold(connection: BaseDatabaseWrapper, lock: Lock) -> None: ...
    @staticmethod
    def take_ids(connection: BaseDatabaseWrapper, table: str, count: int) -> Sequence[int]: ...
    @staticmethod
    def insert_rows(
        connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> None: ...
    @staticmethod
    def insert_each(connection: BaseDatabaseWrapper, inserts: Iterable[Insert]) -> None: ...
    @staticmethod
    def insert_missing_rows(
        connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> None: ...
    @staticmethod
    def change_rows(connection: BaseDatabaseWrapper, sql: str, rows: Iterable[tuple[Any, ...]]) -> None: ...
    @staticmethod
    def read_rows(
        connection: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any], mask: bytes
    ) -> list[tuple[Any, ...]]: ...
    @staticmethod
    def read_members(
        connection: BaseDatabaseWrapper,
        sql: str,
        members: Sequence[Any],
        parameters: Sequence[Any],
        mask: bytes,
    ) -> list[tuple[Any, ...]]: ...
    @staticmethod
    def change_members(connection: BaseDatabaseWrapper, sql: str, members: Sequence[Any]) -> None: ...


def dialect_of(vendor: str) -> Dialect:
    """The module for a Django database vendor; KeyError for one that Stack does not run on.

    Imported when asked for: PostgreSQL's driver costs 100 ms that a command on SQLite need not pay.
    """
    name = {"sqlite": "sqlite", "postgresql": "postgresql"}[vendor]
    return cast("Dialect", import_module(f"stack.store.dialects.{name}"))
