"""Changes files as one seed says: bits, cuts, splices, numbers, words of the formats."""

import random
import struct
from collections.abc import Callable, Sequence
from typing import Final

_LARGEST = 512 * 1024
_NUMBERS: Final = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFE,
    0xFFFFFFFF,
)
_WORDS: Final = (
    *(
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"MZ",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%PDF-1.7",
        b"7z\xbc\xaf\x27\x1c",
    ),
    *(
        b"Rar!\x1a\x07\x00",
        b"MSCF",
        b"{\\rtf",
        b"\\objdata ",
        b"\\bin99999999 ",
        b"{\\*\\",
        b"CD001",
        b"\x1f\x8b\x08",
    ),
    *(
        b"stream\n",
        b"endstream",
        b"obj",
        b"/ObjStm",
        b"/Filter",
        b"/FlateDecode",
        b"/Length 4294967295",
        b"/Prev 0",
        b"<<",
        b">>",
    ),
    *(
        b"<script>",
        b"<!ENTITY",
        b"&a;",
        b"<!--",
        b"]]>",
        b"data:a;base64,",
        b"Chr(65) & ",
        b"[char]65+",
        b"'+'",
        b"%u4141",
        b"\\x41",
    ),
    *(
        b"..\\",
        b"../",
        b"\x00",
        b"\xff\xff\xff\xff",
        b"\x00\x01Attribut",
        b"Content-Type: multipart/mixed; boundary=a\r\n",
        b"--a\r\n",
    ),
    *("\u202e".encode(), "\ud83d\ude00".encode("utf-16", "surrogatepass"), b"\xed\xa0\x80"),
)


def mutate(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """One to eight changes; `others` are what pieces are taken from."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        if not changed:
            break
        chance.choice(_CHANGES)(changed, others, chance)
    return bytes(changed[:_LARGEST])


def _flip(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4, 16))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 4, 64, 4096, len(data)))]


def _repeat(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((1, 8, 64, 512))]
    data[start:start] = piece * chance.choice((1, 3, 200))


def _splice(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    other = chance.choice(others)
    if other:
        start = chance.randrange(len(other))
        at = chance.randrange(len(data))
        data[at : at + chance.choice((0, 64))] = other[start : start + chance.choice((16, 256, 4096))]


def _set_number(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    """Where lengths and offsets stand."""
    at, size = chance.randrange(len(data)), chance.choice(("<H", "<I", ">H", ">I", "<Q"))
    packed = struct.pack(size, chance.choice(_NUMBERS) & (1 << 8 * struct.calcsize(size)) - 1)
    data[at : at + len(packed)] = packed


def _insert_word(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.choice(_WORDS)


_CHANGES: Final[tuple[Callable[[bytearray, Sequence[bytes], random.Random], None], ...]] = (
    _flip,
    _flip,
    _cut,
    _repeat,
    _splice,
    _set_number,
    _set_number,
    _insert_word,
)
