"""Reading and filling an SQLite file."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stack.cli.safekeeping.engines.base import PIECE_BYTES, quote
from stack.cli.safekeeping.lines import gather_lines, make_row_reader
from stack.cli.safekeeping.tables import Column, Kind, Table
from stack.core.errors import Conflict

_BATCH_ROWS: Final = 2_000
_ESCAPED: Final = {"\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r"}


def connect(path: Path) -> sqlite3.Connection:
    """Without Django: its connections begin every transaction as a writer."""
    return sqlite3.connect(path, timeout=30, isolation_level=None)


class SqliteSnapshot:
    """A read transaction: in write-ahead mode it sees one moment, and writers go on beside it."""

    def __init__(self, path: Path, *, alone: bool = False) -> None:
        """`alone` keeps every other process out of the file until it is closed."""
        self._connection = connect(path)
        self._connection.text_factory = bytes
        self._connection.create_function("exact", 1, repr, deterministic=True)
        self._connection.execute("PRAGMA mmap_size=268435456")
        self._connection.execute("BEGIN EXCLUSIVE" if alone else "BEGIN")
        # The transaction begins with the first read.
        self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()

    def list_columns(self) -> dict[str, set[str]]:
        names = [name for (name,) in self.read("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: {row[1] for row in self.read(f"PRAGMA table_info({quote(name)})")}
            for name in names
            if not name.startswith("sqlite_")
        }

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        rows = self._connection.execute(sql).fetchall()
        return [tuple(v.decode() if isinstance(v, bytes) else v for v in row) for row in rows]

    def read_sequences(self, tables: Sequence[Table]) -> dict[str, int]:
        names = {table.name for table in tables}
        return {
            name: seq for name, seq in self.read("SELECT name, seq FROM sqlite_sequence") if name in names
        }

    def stream(self, table: Table) -> Iterator[bytes]:
        written = " || char(9) || ".join(_write_column(column) for column in table.columns)
        order = ", ".join(quote(name) for name in table.key)
        cursor = self._connection.execute(
            f"SELECT {written} || char(10) FROM {quote(table.name)} ORDER BY {order}"  # noqa: S608
        )

        def rows() -> Iterator[bytes]:
            while batch := cursor.fetchmany(_BATCH_ROWS):
                for (row,) in batch:
                    yield row

        return gather_lines(rows(), size=PIECE_BYTES)

    def close(self) -> None:
        self._connection.close()


def _write_column(column: Column) -> str:
    name = quote(column.name)
    match column.kind:
        case Kind.INTEGER:
            text = f"CAST({name} AS TEXT)"
        case Kind.BOOLEAN:
            text = f"CASE {name} WHEN 1 THEN 't' WHEN 0 THEN 'f' END"
        case Kind.FLOAT:
            text = f"exact({name})"
        case Kind.BYTES:
            text = rf"'\\x' || lower(hex({name}))"
        case Kind.TIME:
            text = f"substr({name} || CASE WHEN instr({name}, '.') THEN '' ELSE '.' END || '000000', 1, 26)"
        case Kind.UUID:
            parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
            text = " || '-' || ".join(f"substr({name}, {start}, {length})" for start, length in parts)
        case _:
            text = name
            for plain, written in _ESCAPED.items():
                text = f"replace({text}, char({ord(plain)}), '{written}')"
    if column.kind in {Kind.FLOAT, Kind.BYTES}:
        # These functions make a text of NULL.
        return rf"CASE WHEN {name} IS NULL THEN '\N' ELSE {text} END"
    return rf"coalesce({text}, '\N')"


class SqliteLoader:
    """Fills a file that nothing else has open, and that counts for nothing until it is closed.

    It is not protected against a crash while it is filled: whoever restores begins with a new one.
    """

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-262144"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._taken: list[str] = []
        self._statements: dict[str, tuple[str, Any]] = {}

    def begin(self, tables: Sequence[Table]) -> None:
        found = self._connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, sql in found:
            self._connection.execute(f"DROP {kind} {quote(name)}")
            self._taken.append(sql)
        self._connection.execute("BEGIN")
        for table in tables:
            self._connection.execute(f"DELETE FROM {quote(table.name)}")  # noqa: S608
            names = ", ".join(quote(column.name) for column in table.columns)
            marks = ", ".join("?" * len(table.columns))
            sql = f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})"  # noqa: S608
            self._statements[table.name] = (sql, make_row_reader(table.columns))

    def write(self, table: Table, lines: bytes) -> None:
        sql, read_rows = self._statements[table.name]
        self._connection.executemany(sql, read_rows(lines))

    def end(self, tables: Sequence[Table], sequences: Mapping[str, int]) -> None:
        for name, last in sequences.items():
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", [name])
            self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [name, last])
        for sql in self._taken:
            self._connection.execute(sql)
        self._connection.execute("COMMIT")
        broken = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise Conflict(f"A row of the table {broken[0]} refers to one of {broken[2]} that is not there")

    def close(self) -> None:
        self._connection.close()


def leave_alone(path: Path) -> bool:
    """Folds the write-ahead log into the file, which succeeds only where nobody else has it open."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        [mode] = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return bool(mode == "delete")
