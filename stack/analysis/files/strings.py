"""Printable runs in binary content, ASCII and UTF-16, found with numpy: many bytes at a time."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from stack.analysis.files.arrays import set_up_numpy

_MIB: Final = 1024 * 1024
# Long files are read at both ends: code and resources begin them, what was appended ends them.
_HEAD_BYTES, _TAIL_BYTES = 24 * _MIB, 8 * _MIB
_MOST_CHARACTERS: Final = 6 * _MIB
_SHORTEST, _LONGEST = 6, 2_000
_CHUNK: Final = 4 * _MIB


def find_strings(data: memoryview) -> Iterator[str]:
    """ASCII and UTF-16 little endian, piece by piece in order, up to a total; long ones are cut."""
    left = _MOST_CHARACTERS
    for piece in _list_pieces(data):
        for step in (1, 2):
            for begin, end in _find_runs(piece, step):
                text = bytes(piece[begin : min(end, begin + _LONGEST * step) : step]).decode("ascii")
                left -= len(text)
                if left < 0:
                    return
                yield text


def _list_pieces(data: memoryview) -> Iterator[memoryview]:
    is_short = len(data) <= _HEAD_BYTES + _TAIL_BYTES
    for whole in [data] if is_short else [data[:_HEAD_BYTES], data[-_TAIL_BYTES:]]:
        for begin in range(0, len(whole), _CHUNK):
            yield whole[begin : begin + _CHUNK]


def _find_runs(piece: memoryview, step: int) -> list[tuple[int, int]]:
    """Where runs begin and end: of printable bytes, or (step 2) of such that each has a zero behind it."""
    numpy = set_up_numpy()
    source = numpy.frombuffer(piece, dtype=numpy.uint8)
    marks = _printable().take(source)
    if step == 1:
        return _list_runs(marks, 1, 0)
    wide = marks[:-1] & (source[1:] == 0)
    found = _list_runs(wide[::2], 2, 0) + _list_runs(wide[1::2], 2, 1)
    return sorted(found)


def _list_runs(marks: Any, step: int, offset: int) -> list[tuple[int, int]]:
    numpy = set_up_numpy()
    edges = numpy.flatnonzero(numpy.diff(marks.view(numpy.int8), prepend=0, append=0))
    begins, ends = edges[::2], edges[1::2]
    long = ends - begins >= _SHORTEST
    return list(
        zip((begins[long] * step + offset).tolist(), (ends[long] * step + offset).tolist(), strict=True)
    )


@cache
def _printable() -> Any:
    numpy = set_up_numpy()
    table = numpy.zeros(256, dtype=bool)
    table[0x20:0x7F] = True
    table[9] = True
    return table
