"""What the store says differently to PostgreSQL."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Cursor

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

# Only other ingests wait for a transaction of the store.
WRITE_TARGET_S = 0.2

# Any constant: it names the lock that makes a writer of the store the only one, so that row ids and the
# change sequence follow commit order.
_WRITER_LOCK = 0x57AC4

# One array, in binary: as text, bytes cost several times as much on both sides.
_WORDS = {"%s": "%s", "{members}": "= ANY(%b)", "{seen}": "%b"}

# The audience's byte of the mask.
IS_SEEN = r"substr({seen}::bytea, COLUMN::integer, 1) = '\x01'::bytea"

# Tables of nothing but whole numbers that are never null.
_NUMBER_TABLES = frozenset({"store_edge", "stage_store_edge", "store_change"})


def begin_write(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITER_LOCK])


def insert_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor() as cursor:
        _copy_rows(cursor, table, columns, rows)


def _copy_rows(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} ({','.join(columns)}) FROM STDIN") as copy:
        if table in _NUMBER_TABLES:
            # Numbers need no escaping: formatting them here takes a quarter of the driver's time a row.
            line = "\t".join(["%d"] * len(columns)) + "\n"
            copy.write("".join([line % row for row in rows]))
            return
        for row in rows:
            copy.write_row(row)


def insert_missing_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Like `insert_rows`, but a row that is there already stays as it is."""
    names = ",".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS stage_{table} (LIKE {table}) ON COMMIT DELETE ROWS")
        cursor.execute(f"TRUNCATE stage_{table}")
        _copy_rows(cursor, f"stage_{table}", columns, rows)
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM stage_{table} ORDER BY 1 "
            "ON CONFLICT DO NOTHING"
        )


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
    values = order_values(marks, parameters, [list(members)], mask)
    with _open_cursor(connection) as cursor:
        return cursor.execute(_fill(pieces, marks), values).fetchall()


def change_members(connection: BaseDatabaseWrapper, sql: str, members: Sequence[Any]) -> None:
    """Runs an UPDATE or DELETE whose `{members}` is a list of values."""
    with _open_cursor(connection) as cursor:
        cursor.execute(_fill(*cut_marks(sql)), [list(members)])


@lru_cache(maxsize=4_096)
def _fill(pieces: tuple[str, ...], marks: tuple[str, ...]) -> bytes:
    filled = [piece + _WORDS[mark] for piece, mark in zip(pieces, marks, strict=False)]
    return "".join([*filled, pieces[-1]]).encode()


def _open_cursor(connection: BaseDatabaseWrapper) -> Cursor[tuple[Any, ...]]:
    """The driver's own cursor: Django's writes the values into the text of the query, arrays and all."""
    connection.ensure_connection()
    return Cursor(connection.connection)
