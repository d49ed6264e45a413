"""The tables of a Windows Installer database: streams of a compound file, whose names are packed.

There is a pool of strings, and tables stored column by column, in numbers of two to four bytes.
"""

import codecs
import struct
from collections.abc import Mapping
from typing import Final

from stack.analysis.files.formats.compound import Compound

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_TABLE = "\u4840"
_MOST_ROWS = 20_000
_MOST_STRINGS = 200_000
_STRING, _NULLABLE = 0x0800, 0x1000
Row = dict[str, "str | int"]


def decode_name(name: str) -> str:
    """`䡀㬿` as `!Property`: two letters of sixty-four in each character; tables begin with a mark."""
    output = []
    for each in name.removeprefix(_TABLE):
        code = ord(each)
        if 0x3800 <= code < 0x4800:
            code -= 0x3800
            output.append(_ALPHABET[code & 0x3F] + _ALPHABET[code >> 6 & 0x3F])
        elif 0x4800 <= code < 0x4840:
            output.append(_ALPHABET[code - 0x4800])
        else:
            output.append(each)
    return ("!" if name.startswith(_TABLE) else "") + "".join(output)


def read_tables(compound: Compound, wanted: tuple[str, ...]) -> dict[str, list[Row]]:
    """Rows of the wanted tables by their name; what is damaged is left out."""
    streams = {decode_name(path[0]): path for path in compound.list_streams() if len(path) == 1}
    load = _Loader(compound, streams)
    strings, wide = _read_strings(load("!_StringPool"), load("!_StringData"))
    columns = _read_columns(load("!_Columns"), strings, wide)
    return {
        table: _read_rows(load(f"!{table}"), columns[table], strings, wide)
        for table in wanted
        if table in columns
    }


class _Loader:
    def __init__(self, compound: Compound, streams: Mapping[str, list[str]]) -> None:
        self._compound, self._streams = compound, streams

    def __call__(self, name: str) -> bytes:
        path = self._streams.get(name)
        return self._compound.read_or_nothing(path) if path else b""


def _read_strings(pool: bytes, data: bytes) -> tuple[list[str], bool]:
    """The strings by their number, and whether references to them take three bytes."""
    if len(pool) < 4:
        return [""], False
    codepage, flags = struct.unpack_from("<HH", pool)
    encoding = "utf-8" if codepage in (0, 65001) else f"cp{codepage}"
    try:
        codecs.lookup(encoding)
    except LookupError:
        encoding = "cp1252"
    strings, at, place = [""], 4, 0
    while at + 4 <= len(pool) and len(strings) < _MOST_STRINGS:
        size, count = struct.unpack_from("<HH", pool, at)
        at += 4
        if size == 0 and count and at + 4 <= len(pool):
            # Longer than 65,535: the rest of the length follows.
            low = struct.unpack_from("<H", pool, at)[0]
            size, at = count << 16 | low, at + 4
        strings.append(data[place : place + size].decode(encoding, "replace"))
        place += size
    return strings, bool(flags & 0x8000)


def _read_columns(data: bytes, strings: list[str], wide: bool) -> dict[str, list[tuple[str, int]]]:
    """(name, type) of each column, by table."""
    width = 3 if wide else 2
    rows = min(len(data) // (2 * width + 4), _MOST_ROWS)
    tables = _read_column(data, 0, rows, width)
    numbers = _read_column(data, rows * width, rows, 2)
    names = _read_column(data, rows * (width + 2), rows, width)
    types = _read_column(data, rows * (2 * width + 2), rows, 2)
    found: dict[str, list[tuple[int, str, int]]] = {}
    for table, number, name, kind in zip(tables, numbers, names, types, strict=True):
        found.setdefault(_get(strings, table), []).append((number, _get(strings, name), kind ^ 0x8000))
    return {table: [(name, kind) for _, name, kind in sorted(each)] for table, each in found.items()}


def _read_rows(data: bytes, columns: list[tuple[str, int]], strings: list[str], wide: bool) -> list[Row]:
    """Tables are stored column by column."""
    widths = [_find_width(kind, wide) for _, kind in columns]
    total = sum(widths)
    if not total:
        return []
    rows = min(len(data) // total, _MOST_ROWS)
    output: list[Row] = [{} for _ in range(rows)]
    at = 0
    for (name, kind), width in zip(columns, widths, strict=True):
        for row, value in zip(output, _read_column(data, at, rows, width), strict=True):
            row[name] = _get(strings, value) if kind & _STRING else value - (0x8000 if width == 2 else 0)
        at += (len(data) // total) * width
    return output


def _find_width(kind: int, wide: bool) -> int:
    if kind & _STRING:
        return 3 if wide else 2
    return 4 if kind & 0xFF == 4 else 2


def _read_column(data: bytes, at: int, rows: int, width: int) -> list[int]:
    return [int.from_bytes(data[at + row * width : at + (row + 1) * width], "little") for row in range(rows)]


def _get(strings: list[str], number: int) -> str:
    return strings[number] if number < len(strings) else ""
