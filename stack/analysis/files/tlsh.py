"""TLSH (Oliver, Cheng, Chen 2013), 128 buckets and one byte of checksum, computed with numpy; exact as 4.12.

Six choices of three out of five bytes go through Pearson's table, and what comes out is counted. All of one
choice are looked up at once: two of the three bytes in a table of pairs, which several choices share.
"""

import operator
from bisect import bisect_left
from functools import cache, reduce
from typing import Any, Final

from stack.analysis.files.arrays import set_up_numpy
from stack.analysis.files.tlsh_tables import LENGTHS, PEARSON

_LEAST: Final = 50
_BUCKETS: Final = 128
_CHUNK: Final = 1 << 17
# The salts, already looked up, of the choices: by the second byte of the pair (1, 2 or 3 back), the others.
_CHOICES: Final = {1: ((49, 2), (12, 3), (84, 4)), 2: ((178, 3), (166, 4)), 3: ((230, 4),)}
_CHECKSUM_SALT: Final = 1


def hash_tlsh(data: memoryview) -> str:
    """The hash with its version ("T1…"); empty for what is too short or too uniform."""
    if len(data) < _LEAST:
        return ""
    numpy = set_up_numpy()
    counts = _count(data)[:_BUCKETS]
    ordered = numpy.sort(counts)
    first, second, third = (int(ordered[place]) for place in (31, 63, 95))
    if not third or int((counts > 0).sum()) <= _BUCKETS // 2:
        return ""
    codes = (counts > first).astype(numpy.uint8) + (counts > second) + (counts > third)
    body = (codes.reshape(-1, 4) << numpy.array((0, 2, 4, 6), dtype=numpy.uint8)).sum(
        axis=1, dtype=numpy.uint8
    )
    ratios = first * 100 // third % 16 << 4 | second * 100 // third % 16
    length = bisect_left(LENGTHS, len(data)) & 0xFF
    head = f"{_swap(_sum(data)):02X}{_swap(length):02X}{ratios:02X}"
    return f"T1{head}{bytes(body[::-1]).hex().upper()}"


def _swap(byte: int) -> int:
    return (byte & 15) << 4 | byte >> 4


def _count(data: memoryview) -> Any:
    """How often each bucket is met: before the last look-up, which only changes their order."""
    numpy = set_up_numpy()
    counts = numpy.zeros(256, dtype=numpy.int64)
    tables = _pair_tables()
    for begin in range(0, len(data) - 4, _CHUNK):
        chunk = numpy.frombuffer(data[begin : begin + _CHUNK + 4], dtype=numpy.uint8)
        size = len(chunk) - 4
        newest = chunk[4:].astype(numpy.intp) << 8
        met = []
        for back, choices in _CHOICES.items():
            pairs = newest | chunk[4 - back : 4 - back + size]
            for table, (_, other) in zip(tables[back], choices, strict=True):
                met.append(table.take(pairs) ^ chunk[4 - other : 4 - other + size])
        for one, two in zip(met[::2], met[1::2], strict=True):
            both = numpy.bincount(one.astype(numpy.uint16) << numpy.uint16(8) | two, minlength=65_536)
            square = both.reshape(256, 256)
            counts += square.sum(axis=0) + square.sum(axis=1)
    result = numpy.zeros(256, dtype=numpy.int64)
    result[numpy.frombuffer(PEARSON, dtype=numpy.uint8)] = counts
    return result


@cache
def _pair_tables() -> dict[int, list[Any]]:
    return {back: [_make_pairs(salt) for salt, _ in choices] for back, choices in _CHOICES.items()}


def _make_pairs(salt: int) -> Any:
    """What two bytes come to, at (first << 8 | second)."""
    numpy = set_up_numpy()
    table = numpy.frombuffer(PEARSON, dtype=numpy.uint8)
    places = numpy.arange(65_536, dtype=numpy.uint32)
    return table[table[(places >> 8) ^ salt] ^ (places & 0xFF).astype(numpy.uint8)]


def _sum(data: memoryview) -> int:
    """The checksum goes from byte to byte: a walk through rows that lead to each other, without leaving C."""
    numpy = set_up_numpy()
    pairs, rows = _make_pairs(_CHECKSUM_SALT), _walk_rows()
    row: list[Any] = rows[0]
    for begin in range(0, len(data) - 4, _CHUNK):
        chunk = numpy.frombuffer(data[begin + 3 : begin + _CHUNK + 4], dtype=numpy.uint8)
        steps = pairs.take(chunk[1:].astype(numpy.intp) << 8 | chunk[:-1])
        row = reduce(operator.getitem, steps.tobytes(), row)
    return next(place for place, each in enumerate(rows) if each is row)


@cache
def _walk_rows() -> list[list[Any]]:
    rows: list[list[Any]] = [[] for _ in range(256)]
    for place, row in enumerate(rows):
        row.extend(rows[PEARSON[step ^ place]] for step in range(256))
    return rows
