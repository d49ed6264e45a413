"""The bundled file of networks: who announces an address, and in which country it is registered.

    magic, length of the header (4 bytes, little-endian), header (JSON), each section as a Zstandard frame

A table of ranges is two sections. `starts` has the differences of the sorted beginnings: of IPv4 addresses,
or of the upper 64 bits of IPv6 addresses. `values` has for each beginning the number of a text, 0 for
nothing known. A range ends where the next begins. Numbers are stored byte plane by byte plane, which
compresses to half of what they take otherwise.
"""

import sys
from array import array
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

import msgspec
import zstandard

MAGIC: Final = b"STKNET01"
_LEVEL: Final = 19
assert sys.byteorder == "little", "the planes are laid out for little-endian machines"


class Header(msgspec.Struct, frozen=True):
    """`as_of` is the day of the data (ISO 8601), `sources` who is to be named with it, `sections` lengths."""

    as_of: str
    sources: list[str]
    sections: dict[str, int]


def pack_numbers(numbers: Iterable[int], *, code: str) -> bytes:
    """`code` is that of `array`: "I" for 4 bytes, "Q" for 8."""
    raw = array(code, numbers).tobytes()
    width = array(code).itemsize
    return zstandard.compress(b"".join(raw[plane::width] for plane in range(width)), _LEVEL)


def unpack_numbers(packed: bytes, *, code: str) -> "array[int]":
    planes = zstandard.decompress(packed)
    width = array(code).itemsize
    raw = bytearray(len(planes))
    count = len(planes) // width
    for plane in range(width):
        raw[plane::width] = planes[plane * count : (plane + 1) * count]
    return array(code, bytes(raw))


def pack_starts(starts: list[int], *, code: str) -> bytes:
    return pack_numbers(
        (after - before for before, after in zip([0, *starts], starts, strict=False)), code=code
    )


def unpack_starts(packed: bytes, *, code: str) -> "array[int]":
    return array(code, accumulate(unpack_numbers(packed, code=code)))


def pack_texts(texts: list[str]) -> bytes:
    return zstandard.compress("\n".join(texts).encode(), _LEVEL)


def unpack_texts(packed: bytes) -> list[str]:
    return zstandard.decompress(packed).decode().split("\n")


def write_file(header: Header, sections: Iterable[bytes]) -> bytes:
    text = msgspec.json.encode(header)
    return b"".join((MAGIC, len(text).to_bytes(4, "little"), text, *sections))


def read_file(data: bytes) -> tuple[Header, dict[str, bytes]]:
    """The header and the packed sections; ValueError where it is another file, or cut short."""
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("this is no file of networks")
    start = len(MAGIC) + 4
    end = start + int.from_bytes(data[len(MAGIC) : start], "little")
    header = msgspec.json.decode(data[start:end], type=Header)
    sections = {}
    for name, length in header.sections.items():
        sections[name] = data[end : end + length]
        end += length
    if end != len(data):
        raise ValueError("the file of networks is cut short")
    return header, sections
