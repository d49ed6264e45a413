"""The compact file of a set of known hashes: what `set_building` writes and `sets` maps.

    magic, length of the header (8 bytes, little-endian), header (JSON, filled up to a multiple of 8),
    then for each length of hash the sorted keys, uint64, little-endian

A key is 8 bytes of BLAKE2b of the hash, under the random salt of the file: nobody can look for a file whose
hash has the key of a known one without having the salt.
"""

import mmap
import sys
from bisect import bisect_left
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

MAGIC: Final = b"STKHSH01"
assert sys.byteorder == "little", "the compact file is mapped as it is"


class Header(msgspec.Struct, frozen=True):
    """`counts` is the number of keys by the length of the hash in bytes; `made_at` in microseconds is when
    the operator's file was last written."""

    name: str
    salt: bytes
    made_at: int
    counts: dict[int, int]


def make_key(raw: bytes, salt: bytes) -> int:
    return int.from_bytes(blake2b(raw, digest_size=8, salt=salt).digest(), "little")


def write_header(header: Header) -> bytes:
    text = msgspec.json.encode(header)
    text += b" " * (-len(text) % 8)
    return MAGIC + len(text).to_bytes(8, "little") + text


class HashSet:
    """A mapped compact file. ValueError where it is none."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[:8] != MAGIC:
            raise ValueError(f"{path.name} is no compact file of hashes")
        start = 16 + int.from_bytes(self._map[8:16], "little")
        self.header = msgspec.json.decode(self._map[16:start], type=Header)
        self._keys: dict[int, memoryview] = {}
        whole = memoryview(self._map)
        for length, count in self.header.counts.items():
            self._keys[length] = whole[start : start + 8 * count].cast("Q")
            start += 8 * count
        if start != len(self._map):
            raise ValueError(f"{path.name} is cut short")

    def __contains__(self, raw: bytes) -> bool:
        keys = self._keys.get(len(raw))
        if keys is None:
            return False
        key = make_key(raw, self.header.salt)
        place = bisect_left(keys, key)
        return place < len(keys) and keys[place] == key
