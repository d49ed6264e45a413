"""What the store says differently to PostgreSQL."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Cursor
from psycopg.adapt import Dumper
from psycopg.pq import Format

from stack.store.dialects.choice import Insert, Lock
from stack.store.dialects.postgresql_copy import encode_rows
from stack.store.marks import cut_marks, order_values

CREATE_TABLES = (
    """CREATE TABLE store_key (
        value TEXT COLLATE "C" NOT NULL, kind SMALLINT NOT NULL,
        object_id BIGINT NOT NULL, role SMALLINT NOT NULL,
        PRIMARY KEY (value, kind, object_id, role)
    )""",
    """CREATE TABLE store_edge (
        from_id BIGINT NOT NULL, kind_id INTEGER NOT NULL, to_id BIGINT NOT NULL, via_id BIGINT NOT NULL,
        PRIMARY KEY (from_id, kind_id, to_id, via_id)
    )""",
    "CREATE INDEX store_edge_to ON store_edge (to_id, kind_id, from_id, via_id)",
)

CREATE_ENTRIES = (
    """CREATE TABLE store_entry (
        selection_id BIGINT NOT NULL, added_at BIGINT NOT NULL, face_id BIGINT NOT NULL,
        version_id BIGINT NOT NULL, audience_id BIGINT NOT NULL, type TEXT COLLATE "C" NOT NULL,
        version BIGINT NOT NULL, is_last SMALLINT NOT NULL, is_first SMALLINT NOT NULL,
        is_withheld SMALLINT NOT NULL, removed_at BIGINT, PRIMARY KEY (selection_id, added_at)
    )""",
    "CREATE INDEX store_entry_face ON store_entry (face_id, selection_id)",
    "CREATE INDEX store_entry_type ON store_entry (selection_id, type, added_at)",
    "CREATE INDEX store_entry_removed ON store_entry (selection_id, removed_at) WHERE removed_at IS NOT NULL",
    """CREATE TABLE store_pick (
        selection_id BIGINT NOT NULL, uuid BYTEA NOT NULL, type TEXT COLLATE "C" NOT NULL,
        is_member SMALLINT NOT NULL, picked_at BIGINT NOT NULL, PRIMARY KEY (selection_id, uuid, type)
    )""",
)

# Nobody waits for a batch but who needs the store alone or states the same.
WRITE_TARGET_S = 0.5

_COMPANY_S = 10.0

# Members of a list for which any plan is as good.
_FEW = 100

# One array, in binary: as text, bytes cost several times as much on both sides.
_WORDS = {"%s": "%s", "{members}": "= ANY(%b)", "{seen}": "%b"}

# The audience's byte of the mask.
IS_SEEN = r"substr({seen}::bytea, COLUMN::integer, 1) = '\x01'::bytea"

# Its driver would take bytes as twice as many digits.
AS_BYTES = "COLUMN"

# Of the tables whose rows may be there already.
_COLUMN_TYPES = {
    "store_key": ("text", "smallint", "bigint", "smallint"),
    "store_edge": ("bigint", "integer", "bigint", "bigint"),
}


@dataclass(slots=True)
class Company:
    """Until when (monotonic seconds) this process takes it that there are other writers."""

    until: float = 0.0


company = Company()


def begin_write(connection: BaseDatabaseWrapper, *, beside_others: bool, patience_s: float | None) -> bool:
    """Waits for its turn; whether the writer is the only one then.

    Who could work beside others is alone where nobody else writes, and need not claim anything: that is a
    tenth faster. Whoever has met another writer shares from then on, so that nobody has to wait for it.
    """
    with _open_cursor(connection) as cursor:
        if beside_others and not _try_alone(cursor):
            if patience_s is not None:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{patience_s:g}s"])
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s::bigint)", [int(Lock.WRITER)])
            return False
        if not beside_others:
            cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [int(Lock.WRITER)])
    return True


def _try_alone(cursor: Cursor[tuple[Any, ...]]) -> bool:
    if time.monotonic() < company.until:
        return False
    rows = cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [int(Lock.WRITER)]).fetchall()
    if not rows[0][0]:
        company.until = time.monotonic() + _COMPANY_S
    return bool(rows[0][0])


def hold(connection: BaseDatabaseWrapper, lock: Lock) -> None:
    """Waits for the lock and keeps it until the end of the transaction."""
    with _open_cursor(connection) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [int(lock)])


def claim(connection: BaseDatabaseWrapper, uuids: Sequence[bytes]) -> None:
    """Waits for whoever has claimed one of these; they must be sorted, so that no two wait for each other.

    A claim is a row of a unique index: who inserts the same one waits for the end of the transaction that
    did. It may go at once, because others go on seeing that it was inserted by whom they wait for. Advisory
    locks would fill the server's table of locks.
    """
    with _open_cursor(connection) as cursor:
        cursor.execute("INSERT INTO store_claim SELECT unnest(%b::bytea[])", [_pack_members(uuids)])
        cursor.execute("DELETE FROM store_claim WHERE uuid = ANY(%b::bytea[])", [_pack_members(uuids)])


def take_ids(connection: BaseDatabaseWrapper, table: str, count: int) -> Sequence[int]:
    """Row ids that nobody else gets, each higher than all that were given out before."""
    ids, last = _draw_ids(connection, table, count)
    if ids[0] <= last:
        # Rows were copied in with their ids, by a restore or a move. Whoever else finds out waits here.
        hold(connection, Lock.NAMES)
        ids, last = _draw_ids(connection, table, count)
    if ids[0] <= last:
        with _open_cursor(connection) as cursor:
            cursor.execute("SELECT setval(%s::regclass, %s::bigint)", [f"{table}_ids", last])
        ids, _ = _draw_ids(connection, table, count)
    return ids


def _draw_ids(connection: BaseDatabaseWrapper, table: str, count: int) -> tuple[list[int], int]:
    """Ids from the sequence, and the highest that the table had before they were drawn."""
    sql = (
        f"SELECT array_agg(nextval('{table}_ids')), (SELECT COALESCE(MAX(id), 0) FROM {table}) "
        "FROM generate_series(1, %s::integer)"
    )
    with _open_cursor(connection) as cursor:
        [(ids, last)] = cursor.execute(sql.encode(), [count]).fetchall()
    return ids, last


def insert_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    insert_each(connection, [(table, columns, rows)])


def insert_each(connection: BaseDatabaseWrapper, inserts: Iterable[Insert]) -> None:
    """While the server works off the rows of one table, those of the next are made."""
    with _open_cursor(connection) as cursor, ExitStack() as under_way:
        for table, columns, rows in inserts:
            data = encode_rows(table, columns, rows)
            under_way.close()
            if not rows:
                continue
            names = ",".join(columns)
            if data is not None:
                sql = f"COPY {table} ({names}) FROM STDIN WITH (FORMAT binary)"
                under_way.enter_context(cursor.copy(sql.encode())).write(data)
                continue
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)


def insert_missing_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Like `insert_rows`, but a row that is there already stays as it is."""
    names = ",".join(columns)
    arrays = ",".join(f"%b::{kind}[]" for kind in _COLUMN_TYPES[table])
    sql = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"
    with _open_cursor(connection) as cursor:
        cursor.execute(sql.encode(), [list(column) for column in zip(*rows, strict=True)])


def change_rows(connection: BaseDatabaseWrapper, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Runs an UPDATE or DELETE once per row of parameters, pipelined by the driver; `sql` uses `%s`."""
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(rows))


def read_rows(
    connection: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any], mask: bytes
) -> list[tuple[Any, ...]]:
    """All rows of a SELECT with marks."""
    return read_members(connection, sql, (), parameters, mask)


def read_members(
    connection: BaseDatabaseWrapper,
    sql: str,
    members: Sequence[Any],
    parameters: Sequence[Any],
    mask: bytes,
) -> list[tuple[Any, ...]]:
    """Rows of a SELECT whose `{members}` is a list of values, sent as one array."""
    pieces, marks = cut_marks(sql)
    values = order_values(marks, parameters, [_pack_members(members)], mask)
    with _open_cursor(connection) as cursor:
        # Of a long list the server must know how long it is, to choose how to go through it.
        prepare = None if len(members) <= _FEW else False
        return cursor.execute(_fill(pieces, marks), values, prepare=prepare).fetchall()


def change_members(connection: BaseDatabaseWrapper, sql: str, members: Sequence[Any]) -> None:
    """Runs an UPDATE or DELETE whose `{members}` is a list of values."""
    with _open_cursor(connection) as cursor:
        cursor.execute(_fill(*cut_marks(sql)), [_pack_members(members)])


@lru_cache(maxsize=4_096)
def _fill(pieces: tuple[str, ...], marks: tuple[str, ...]) -> bytes:
    filled = [piece + _WORDS[mark] for piece, mark in zip(pieces, marks, strict=False)]
    return "".join([*filled, pieces[-1]]).encode()


class _UuidArray(bytes):
    """UUIDs as one array, in the binary form that PostgreSQL takes."""


class _UuidArrayDumper(Dumper):
    format = Format.BINARY
    oid = 1001  # bytea[]

    def dump(self, obj: bytes) -> bytes:
        return obj


# One dimension, no nulls, elements of the type bytea; their number; numbered from 1.
_ARRAY = Struct("!iiiii").pack
_UUID_BYTES = 16
_UUID_LENGTH = _UUID_BYTES.to_bytes(4, "big")


def _pack_members(members: Sequence[Any]) -> object:
    """A list as one parameter. Most are of UUIDs, thousands of them, which the driver takes one by one."""
    if not members or {type(each) is bytes and len(each) for each in members} != {_UUID_BYTES}:
        return list(members)
    head = _ARRAY(1, 0, 17, len(members), 1)
    return _UuidArray(head + _UUID_LENGTH + _UUID_LENGTH.join(members))


@contextmanager
def _open_cursor(connection: BaseDatabaseWrapper) -> Iterator[Cursor[tuple[Any, ...]]]:
    """The driver's own cursor: Django's writes the values into the text of the query, arrays and all."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = Cursor(connection.connection)
        cursor.adapters.register_dumper(_UuidArray, _UuidArrayDumper)
        yield cursor
