"""Reading and filling PostgreSQL. Everything travels by COPY."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql

from stack.cli.safekeeping.engines.base import PIECE_BYTES
from stack.cli.safekeeping.lines import gather_lines
from stack.cli.safekeeping.places import Place
from stack.cli.safekeeping.tables import Column, Kind, Table

# Long reads and loads must not be ended by what a request is held to.
_SESSION: Final = (
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET statement_timeout = 0; SET lock_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; SET extra_float_digits = 1; SET bytea_output = 'hex'"
)

_COLUMNS: Final = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND a.attnum > 0 AND NOT a.attisdropped
"""
# Of partitioned tables only what is of the whole: the parts follow.
_CONSTRAINTS: Final = """
SELECT c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid), c.contype = 'f'
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.connamespace = current_schema()::regnamespace AND c.contype IN ('p', 'u', 'f', 'x')
AND c.conparentid = 0 AND NOT t.relispartition ORDER BY c.contype = 'f', c.conname
"""
_INDEXES: Final = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
WHERE x.relnamespace = current_schema()::regnamespace AND NOT x.relispartition
AND NOT EXISTS (
    SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
)
"""
_TRIGGERS: Final = """
SELECT g.tgrelid::regclass::text, quote_ident(g.tgname), pg_get_triggerdef(g.oid), g.tgenabled
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE t.relnamespace = current_schema()::regnamespace AND NOT g.tgisinternal AND g.tgparentid = 0
"""
_ENABLED: Final = {"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA", "D": "DISABLE", "O": "ENABLE"}


def connect(place: Place, *, autocommit: bool = False) -> "psycopg.Connection[Any]":
    connection = psycopg.connect(**place.list_parameters(), autocommit=True)
    connection.execute(_SESSION)
    connection.autocommit = autocommit
    return connection


class PostgresSnapshot:
    """A transaction that only reads, of one moment."""

    def __init__(self, place: Place) -> None:
        self._connection = connect(place)
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        self.read("SELECT 1")

    def list_columns(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for table, column in self.read(_COLUMNS):
            found.setdefault(table, set()).add(column)
        return found

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.encode()).fetchall()

    def read_sequences(self, tables: Sequence[Table]) -> dict[str, int]:
        found = {}
        for name, column, sequence in _list_sequences(self._connection, tables):
            [(last, is_called)] = self.read(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608
            [(highest,)] = self._connection.execute(
                sql.SQL("SELECT COALESCE(MAX({}), 0) FROM {}").format(
                    sql.Identifier(column), sql.Identifier(name)
                )
            ).fetchall()
            if last := max(last if is_called else 0, highest):
                found[name] = last
        return found

    def stream(self, table: Table) -> Iterator[bytes]:
        columns = sql.SQL(", ").join(map(_write_column, table.columns))
        kinds = {column.name: column.kind for column in table.columns}
        order = sql.SQL(", ").join(
            sql.SQL('{} COLLATE "C"' if kinds[name] is Kind.TEXT else "{}").format(sql.Identifier(name))
            for name in table.key
        )
        query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
            columns, sql.Identifier(table.name), order
        )
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            yield from gather_lines(map(bytes, copy), size=PIECE_BYTES)

    def close(self) -> None:
        self._connection.close()


def _write_column(column: Column) -> sql.Composable:
    name = sql.Identifier(column.name)
    match column.kind:
        case Kind.TIME:
            return sql.SQL("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')").format(name)
        case Kind.ADDRESS:
            return sql.SQL("host({})").format(name)
    return name


def _list_sequences(
    connection: "psycopg.Connection[Any]", tables: Sequence[Table]
) -> Iterator[tuple[str, str, str]]:
    """Table, column and sequence of each key that the database numbers itself."""
    for table in tables:
        if len(table.key) != 1:
            continue
        row = connection.execute(
            "SELECT pg_get_serial_sequence(quote_ident(%s), %s)", [table.name, table.key[0]]
        ).fetchone()
        if row is not None and row[0] is not None:
            yield table.name, table.key[0], row[0]


class PostgresLoader:
    """Fills the tables of the place's schema in one transaction."""

    def __init__(self, place: Place) -> None:
        self._connection = connect(place)
        self._constraints: list[tuple[str, str, str, bool]] = []
        self._indexes: list[tuple[str, str]] = []
        self._triggers: list[tuple[str, str, str, str]] = []

    def begin(self, tables: Sequence[Table]) -> None:
        run = self._connection.execute
        self._triggers = run(_TRIGGERS).fetchall()
        for table_name, name, _, _ in self._triggers:
            run(f"DROP TRIGGER {name} ON {table_name}".encode())
        for table in tables:
            run(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        # Of what was deleted, constraints are checked before a table may be altered.
        run("SET CONSTRAINTS ALL IMMEDIATE")
        self._constraints = run(_CONSTRAINTS).fetchall()
        self._indexes = run(_INDEXES).fetchall()
        for table_name, name, _, _ in reversed(self._constraints):
            run(f"ALTER TABLE {table_name} DROP CONSTRAINT {name}".encode())
        for name, _ in self._indexes:
            run(f"DROP INDEX {name}".encode())

    def write(self, table: Table, lines: bytes) -> None:
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            copy.write(lines)

    def end(self, tables: Sequence[Table], sequences: Mapping[str, int]) -> None:
        run = self._connection.execute
        run("SET maintenance_work_mem = '256MB'")
        primary = [row for row in self._constraints if not row[3]]
        for table_name, name, definition, _ in primary:
            run(f"ALTER TABLE {table_name} ADD CONSTRAINT {name} {definition}".encode())
        for _, definition in self._indexes:
            run(definition.encode())
        for table_name, name, definition, is_foreign in self._constraints:
            if is_foreign:
                run(f"ALTER TABLE {table_name} ADD CONSTRAINT {name} {definition}".encode())
        for table_name, name, definition, enabled in self._triggers:
            run(definition.encode())
            run(f"ALTER TABLE {table_name} {_ENABLED[enabled]} TRIGGER {name}".encode())
        for name, _, sequence in list(_list_sequences(self._connection, tables)):
            last = sequences.get(name, 0)
            run("SELECT setval(%s::regclass, %s, %s)", [sequence, max(last, 1), last > 0])
        self._connection.commit()
        self._connection.autocommit = True
        for table in tables:
            run(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))

    def close(self) -> None:
        self._connection.close()
