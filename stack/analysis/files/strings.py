"""Printable runs in binary content, ASCII and UTF-16, and which of them are worth showing."""

import re
from collections.abc import Iterator
from typing import Final

_MIB: Final = 1024 * 1024
# Long files are read at both ends: code and resources begin them, what was appended ends them.
_HEAD_BYTES, _TAIL_BYTES = 24 * _MIB, 8 * _MIB
_MOST_CHARACTERS: Final = 6 * _MIB
_ASCII: Final = re.compile(rb"[\x20-\x7e\t]{6,2000}")
_WIDE: Final = re.compile(rb"(?:[\x20-\x7e\t]\x00){6,1000}")


def find_strings(data: memoryview) -> Iterator[str]:
    """ASCII, then UTF-16 little endian, in order, up to a total."""
    left = _MOST_CHARACTERS
    pieces = [data] if len(data) <= _HEAD_BYTES + _TAIL_BYTES else [data[:_HEAD_BYTES], data[-_TAIL_BYTES:]]
    for expression, encoding in ((_ASCII, "ascii"), (_WIDE, "utf-16-le")):
        for piece in pieces:
            for match in expression.finditer(piece):
                left -= match.end() - match.start()
                if left < 0:
                    return
                yield match[0].decode(encoding)
