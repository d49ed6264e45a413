r"""How rows are written: PostgreSQL's text format of COPY, the same from either database.

A row is a line, a tab between its columns in the order of the manifest. NULL is `\N`; a backslash and the
characters 8 to 13 inside a text are written `\\ \b \t \n \v \f \r`. Whole numbers are decimal, Booleans `t`
or `f`, bytes `\\x` with hexadecimal digits, times `2026-11-23 10:00:00.000000` in UTC, UUIDs with their
dashes, floating-point numbers the shortest text that reads back the same, JSON the text that the database
gives. All is UTF-8.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from stack.cli.safekeeping.tables import Column, Kind, Table

NULL: Final = rb"\N"
_LETTERS: Final = {b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_TO_ESCAPE: Final = re.compile(rb"[\\\x08-\x0d]")
_ESCAPES: Final = {b"\\": rb"\\"} | {byte: b"\\" + letter for letter, byte in _LETTERS.items()}
# Kinds whose text may differ between the databases though the value is the same.
_VARIED: Final = {Kind.JSON, Kind.FLOAT}


def unescape(field: bytes) -> bytes:
    if b"\\" not in field:
        return field
    return _ESCAPED.sub(lambda found: _LETTERS.get(found[1], found[1]), field)


def escape(value: bytes) -> bytes:
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], value)


class TableDigest:
    """Counts and digests of a table's rows as they pass.

    `sha256` is of the bytes, `values_sha256` of the values: the same from either database, whatever spaces
    and order of members it gives JSON.
    """

    def __init__(self, table: Table) -> None:
        self.rows = 0
        self.size = 0
        self._bytes = sha256()
        varied = [(n, column.kind) for n, column in enumerate(table.columns) if column.kind in _VARIED]
        self._values = sha256() if varied else None
        self._varied = varied

    def add(self, lines: bytes) -> None:
        """`lines` are whole ones."""
        self.rows += lines.count(b"\n")
        self.size += len(lines)
        self._bytes.update(lines)
        if self._values is not None:
            for line in lines.splitlines():
                self._values.update(self._settle(line))

    @property
    def sha256(self) -> str:
        return self._bytes.hexdigest()

    @property
    def values_sha256(self) -> str:
        return self.sha256 if self._values is None else self._values.hexdigest()

    def _settle(self, line: bytes) -> bytes:
        fields = line.split(b"\t")
        for number, kind in self._varied:
            if fields[number] != NULL:
                fields[number] = settle_value(unescape(fields[number]), kind)
        return b"\t".join(fields) + b"\n"


def settle_value(text: bytes, kind: Kind) -> bytes:
    """One text for all texts of a value: JSON with sorted members and without spaces, shortest floats.

    PostgreSQL's `jsonb` writes the number 1.0e16 as a whole one, so a number that is whole is written so.
    """
    if kind is Kind.FLOAT:
        return repr(float(text)).encode()
    return json.dumps(_settle_numbers(json.loads(text)), sort_keys=True, separators=(",", ":")).encode()


def _settle_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _settle_numbers(inner) for name, inner in value.items()}
    return [_settle_numbers(inner) for inner in value] if isinstance(value, list) else value


def gather_lines(rows: Iterable[bytes], *, size: int) -> Iterator[bytes]:
    """Rows, each with its line feed, in pieces of about `size` bytes."""
    held: list[bytes] = []
    count = 0
    for row in rows:
        held.append(row)
        count += len(row)
        if count >= size:
            yield b"".join(held)
            held, count = [], 0
    if held:
        yield b"".join(held)


Reader = Callable[[str], Any]


def make_row_reader(columns: Sequence[Column]) -> Callable[[bytes], list[Sequence[Any]]]:
    """A function that gives the values of whole lines, as SQLite's driver takes them."""
    readers = [_READERS[column.kind] for column in columns]
    plain = all(column.kind in {Kind.INTEGER, Kind.TEXT, Kind.JSON, Kind.ADDRESS} for column in columns)

    def read_rows(lines: bytes) -> list[Sequence[Any]]:
        # Only a line feed ends a row: `splitlines` of a text knows many more ends of a line.
        found = lines.decode("utf-8").split("\n")
        found.pop()
        # Without a backslash there is no NULL and nothing escaped; SQLite itself reads whole numbers.
        if plain and b"\\" not in lines:
            return [line.split("\t") for line in found]
        return [
            [
                None if field == r"\N" else read(field)
                for read, field in zip(readers, line.split("\t"), strict=True)
            ]
            for line in found
        ]

    return read_rows


_TEXT_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_TEXT_LETTERS: Final = {letter.decode(): byte.decode() for letter, byte in _LETTERS.items()}


def _read_text(field: str) -> str:
    if "\\" not in field:
        return field
    return _TEXT_ESCAPED.sub(lambda found: _TEXT_LETTERS.get(found[1], found[1]), field)


_READERS: Final[dict[Kind, Reader]] = {
    Kind.INTEGER: int,
    Kind.BOOLEAN: lambda field: field == "t",
    Kind.FLOAT: float,
    Kind.TEXT: _read_text,
    Kind.ADDRESS: _read_text,
    Kind.BYTES: lambda field: bytes.fromhex(field[3:]),
    Kind.JSON: _read_text,
    # Django writes no fraction where there is none, and compares these texts.
    Kind.TIME: lambda field: field.removesuffix(".000000"),
    Kind.UUID: lambda field: field.replace("-", ""),
}
