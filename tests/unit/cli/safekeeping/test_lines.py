"""The format of rows: whatever a column holds comes back as it was, from either engine's words."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stack.cli.safekeeping.engines.sqlite import SqliteLoader, SqliteSnapshot
from stack.cli.safekeeping.lines import (
    TableDigest,
    escape,
    gather_lines,
    make_row_reader,
    settle_value,
    unescape,
)
from stack.cli.safekeeping.tables import Column, Kind, Table

_TABLE = Table(
    "kept",
    (
        Column("id", Kind.INTEGER),
        Column("text", Kind.TEXT),
        Column("bytes", Kind.BYTES),
        Column("flag", Kind.BOOLEAN),
        Column("rate", Kind.FLOAT),
        Column("at", Kind.TIME),
    ),
    ("id",),
)
_CREATE = (
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB, flag bool, rate real, at datetime)"
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_ROWS = st.tuples(
    st.none() | _TEXTS,
    st.none() | st.binary(),
    st.none() | st.booleans().map(int),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [None, "2026-11-23 10:00:00", "2026-11-23 10:00:00.120000", "1970-01-01 00:00:00.000001"]
    ),
)


def fill(path: Path, rows: list[tuple[Any, ...]]) -> None:
    connection = sqlite3.connect(path)
    connection.execute(_CREATE)
    connection.execute("CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    connection.executemany(
        "INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?)", [(n, *row) for n, row in enumerate(rows)]
    )
    connection.commit()
    connection.close()


def read(path: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT *, typeof(text), typeof(bytes) FROM kept ORDER BY id").fetchall()
    connection.close()
    return rows


@settings(deadline=None)  # it waits for the disk
@given(st.lists(_ROWS, max_size=6))
def test_what_sqlite_holds_comes_back_in_another_file(
    tmp_path_factory: Any, rows: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    before, after = folder / "before", folder / "after"
    fill(before, rows)
    fill(after, [("to be gone", None, None, None, None)])
    snapshot = SqliteSnapshot(before)
    loader = SqliteLoader(after)
    loader.begin([_TABLE])
    for lines in snapshot.stream(_TABLE):
        loader.write(_TABLE, lines)
    loader.end([_TABLE], {"counted": 9})
    loader.close()
    snapshot.close()
    assert read(after) == read(before)
    connection = sqlite3.connect(after)
    connection.execute("INSERT INTO counted DEFAULT VALUES")
    assert connection.execute("SELECT id FROM counted").fetchall() == [(10,)]
    connection.close()


@given(st.binary())
def test_escaping_is_undone_and_leaves_no_end_of_a_field_or_line(value: bytes) -> None:
    escaped = escape(value)
    assert unescape(escaped) == value
    assert b"\n" not in escaped
    assert b"\t" not in escaped
    assert escaped != rb"\N"


def test_a_null_is_no_empty_text_and_no_backslash_n() -> None:
    read_rows = make_row_reader([Column("id", Kind.INTEGER), Column("text", Kind.TEXT)])
    assert read_rows(b"1\t\\N\n2\t\n3\t\\\\N\n") == [[1, None], [2, ""], [3, r"\N"]]
    assert read_rows("4\ta\x85\u2028b\x1c\n".encode()) == [["4", "a\x85\u2028b\x1c"]]


def test_pieces_hold_whole_rows_and_as_many_as_fit() -> None:
    rows = [b"%d\n" % number for number in range(100)]
    pieces = list(gather_lines(iter(rows), size=50))
    assert b"".join(pieces) == b"".join(rows)
    assert len(pieces) > 3
    assert all(piece.endswith(b"\n") for piece in pieces)


def test_the_digest_of_values_is_the_same_for_json_from_either_database() -> None:
    table = Table("kept", (Column("id", Kind.INTEGER), Column("json", Kind.JSON)), ("id",))

    def digest(text: str) -> TableDigest:
        found = TableDigest(table)
        found.add(b"1\t" + escape(text.encode()) + b"\n2\t\\N\n")
        return found

    first = digest('{"b": [1, 2.0], "a": "\\u00e9\\n"}')
    second = digest('{"a":"é\\n","b":[1,2]}')
    assert first.values_sha256 == second.values_sha256
    assert first.sha256 != second.sha256
    assert first.rows == 2
    assert digest('{"a":"é","b":[1,2]}').values_sha256 != first.values_sha256
    assert digest('{"a":"é\\n","b":[2,1]}').values_sha256 != first.values_sha256


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_json_is_one_number_however_it_is_written(number: float) -> None:
    first = settle_value(json.dumps([number]).encode(), Kind.JSON)
    assert first == settle_value(f"[{number!r}]".encode(), Kind.JSON)
    assert json.loads(first) == [number]
