"""What the store says differently to SQLite."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from stack.store.dialects.choice import Insert, Lock
from stack.store.marks import cut_marks, order_values

# Clustered tables: the row lives in its primary key's tree, so a key or an edge is stored once.
CREATE_TABLES = (
    """CREATE TABLE store_key (
        value TEXT NOT NULL, kind INTEGER NOT NULL, object_id INTEGER NOT NULL, role INTEGER NOT NULL,
        PRIMARY KEY (value, kind, object_id, role)
    ) WITHOUT ROWID""",
    """CREATE TABLE store_edge (
        from_id INTEGER NOT NULL, kind_id INTEGER NOT NULL, to_id INTEGER NOT NULL, via_id INTEGER NOT NULL,
        PRIMARY KEY (from_id, kind_id, to_id, via_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX store_edge_to ON store_edge (to_id, kind_id)",
)

CREATE_ENTRIES = (
    """CREATE TABLE store_entry (
        selection_id INTEGER NOT NULL, added_at INTEGER NOT NULL, face_id INTEGER NOT NULL,
        version_id INTEGER NOT NULL, audience_id INTEGER NOT NULL, type TEXT NOT NULL,
        version INTEGER NOT NULL, is_last INTEGER NOT NULL, is_first INTEGER NOT NULL,
        is_withheld INTEGER NOT NULL, removed_at INTEGER, PRIMARY KEY (selection_id, added_at)
    ) WITHOUT ROWID""",
    "CREATE INDEX store_entry_face ON store_entry (face_id, selection_id)",
    "CREATE INDEX store_entry_type ON store_entry (selection_id, type, added_at)",
    "CREATE INDEX store_entry_removed ON store_entry (selection_id, removed_at) WHERE removed_at IS NOT NULL",
    """CREATE TABLE store_pick (
        selection_id INTEGER NOT NULL, uuid BLOB NOT NULL, type TEXT NOT NULL, is_member INTEGER NOT NULL,
        picked_at INTEGER NOT NULL, PRIMARY KEY (selection_id, uuid, type)
    ) WITHOUT ROWID""",
)

# The audience's byte of the mask: SQLite would build a tree of a list for every statement that it runs.
IS_SEEN = "substr({seen}, COLUMN, 1) = x'01'"

# A text as the bytes that it is kept in: neither decoded nor encoded again.
AS_BYTES = "CAST(COLUMN AS BLOB)"

PARAMETER_LIMIT = 30_000

# Everybody who writes anything waits for the one transaction that is open.
WRITE_TARGET_S = 0.04


def begin_write(connection: BaseDatabaseWrapper, *, beside_others: bool, patience_s: float | None) -> bool:
    """Nothing to do: the transaction began IMMEDIATE, so this writer is always alone."""
    return True


def claim(connection: BaseDatabaseWrapper, uuids: Sequence[bytes]) -> None:
    """Nothing to do for the only writer."""


def hold(connection: BaseDatabaseWrapper, lock: Lock) -> None:
    """Nothing to do for the only writer."""


def take_ids(connection: BaseDatabaseWrapper, table: str, count: int) -> Sequence[int]:
    """The next row ids: the highest so far and on."""
    [(last,)] = _read(connection, f"SELECT COALESCE(MAX(id), 0) FROM {table}", (), (), b"")
    return range(last + 1, last + 1 + count)


def insert_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    _insert(connection, "INSERT", table, columns, rows)


def insert_each(connection: BaseDatabaseWrapper, inserts: Iterable[Insert]) -> None:
    for table, columns, rows in inserts:
        insert_rows(connection, table, columns, rows)


def insert_missing_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Like `insert_rows`, but a row that is there already stays as it is."""
    _insert(connection, "INSERT OR IGNORE", table, columns, rows)


def _insert(
    connection: BaseDatabaseWrapper,
    verb: str,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    # Texts come as bytes; to SQLite they are text all the same.
    marks = ",".join("CAST(? AS TEXT)" if column == "body" else "?" for column in columns)
    connection.connection.executemany(f"{verb} INTO {table} ({','.join(columns)}) VALUES ({marks})", rows)


def change_rows(connection: BaseDatabaseWrapper, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Runs an UPDATE or DELETE once per row of parameters; `sql` uses `%s`."""
    connection.connection.executemany(sql.replace("%s", "?"), rows)


def read_rows(
    connection: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any], mask: bytes
) -> list[tuple[Any, ...]]:
    """All rows of a SELECT with marks, past Django's cursor wrapper: this is the hot path of reads."""
    return _read(connection, sql, (), parameters, mask)


def read_members(
    connection: BaseDatabaseWrapper,
    sql: str,
    members: Sequence[Any],
    parameters: Sequence[Any],
    mask: bytes,
) -> list[tuple[Any, ...]]:
    """Rows of a SELECT whose `{members}` is a list of values; long lists are read in parts."""
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(members), PARAMETER_LIMIT):
        rows += _read(connection, sql, members[start : start + PARAMETER_LIMIT], parameters, mask)
    return rows


def change_members(connection: BaseDatabaseWrapper, sql: str, members: Sequence[Any]) -> None:
    """Runs an UPDATE or DELETE whose `{members}` is a list of values; long lists go in parts."""
    for start in range(0, len(members), PARAMETER_LIMIT):
        part = members[start : start + PARAMETER_LIMIT]
        connection.connection.execute(_fill(*cut_marks(sql), len(part)), part)


def _read(
    connection: BaseDatabaseWrapper,
    sql: str,
    members: Sequence[Any],
    parameters: Sequence[Any],
    mask: bytes,
) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    pieces, marks = cut_marks(sql)
    values = order_values(marks, parameters, members, mask)
    rows: list[tuple[Any, ...]] = connection.connection.execute(
        _fill(pieces, marks, len(members)), values
    ).fetchall()
    return rows


@lru_cache(maxsize=4_096)
def _fill(pieces: tuple[str, ...], marks: tuple[str, ...], members: int) -> str:
    words = {"%s": "?", "{seen}": "?", "{members}": "IN (" + ",".join("?" * members) + ")"}
    return "".join([piece + words[mark] for piece, mark in zip(pieces, marks, strict=False)] + [pieces[-1]])
