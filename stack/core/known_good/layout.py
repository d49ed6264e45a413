"""The compact file: what `building` writes and `reading` maps; little-endian, sections at multiples of 8.

    magic, length of the header, header (JSON)
    filter    a bit for each CRC-32 of a text, `FILTER_BITS` bits: most values are in no list, and end here
    texts     sorted uint64: 54 bits of a salted hash of the text, 10 bits that say in which slot
    starts4   sorted uint32: where a range of IPv4 addresses begins; it ends where the next begins
    sets4     uint32 each: which set of slots the range has; 0 is none
    starts6   16 bytes each, big-endian; the same for IPv6
    sets6     uint32 each

A slot is a list, and whether what is below a host name belongs to it too. The hash takes the random salt of
the file, so that nobody makes a name that passes for one of a list.
"""

import sys
from hashlib import blake2b
from typing import Final
from zlib import crc32

import msgspec

# Another number for another layout or hash: files of the one before are built anew.
MAGIC: Final = b"STKKNG02"
SLOT_BITS: Final = 10
MOST_SLOTS: Final = 1 << SLOT_BITS
FILTER_BITS: Final = 1 << 25
FILTER_MASK: Final = FILTER_BITS - 1
SECTIONS: Final = ("filter", "texts", "starts4", "sets4", "starts6", "sets6")
assert sys.byteorder == "little", "the compact file is mapped as it is"


class ListHeader(msgspec.Struct, frozen=True, gc=False):
    name: str
    title: str
    version: int
    category: str
    kinds: list[str]
    entries: int
    is_popular: bool
    is_own: bool
    expressions: list[str]


class Header(msgspec.Struct, frozen=True):
    """`slots` are (number of list, whether below), `sets` of numbers of slots, `sections` of lengths."""

    salt: bytes
    lists: list[ListHeader]
    slots: list[tuple[int, bool]]
    sets: list[list[int]]
    sections: dict[str, int]


def hash_text(text: bytes, salt: bytes) -> int:
    """54 bits, in their place above the bits of the slot."""
    digest = blake2b(text, salt=salt, digest_size=8).digest()
    return int.from_bytes(digest, "little") >> SLOT_BITS << SLOT_BITS


def filter_bit(text: bytes) -> int:
    return crc32(text) & FILTER_MASK


def round_up(length: int) -> int:
    return (length + 7) & ~7
