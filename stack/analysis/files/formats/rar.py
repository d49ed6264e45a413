"""Lists of RAR archives, out of their headers (RAR 4: technote.txt of unrar; RAR 5: rarlab.com/technote.htm).

The compression of RAR may only be undone with the code of its maker, so contents stay unread, but for members
that are stored as they are.
"""

import struct
from collections.abc import Iterator

import msgspec

from stack.analysis.files.formats.members import MOST_LISTED, Member

MARK_4, MARK_5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_MOST_BLOCKS = 100_000
_LONGEST_HEADER = 2 * 1024 * 1024


class RarList(msgspec.Struct):
    """`stored` are the (start, end) in the file of members that are not compressed, by their number."""

    version: int
    members: list[Member] = msgspec.field(default_factory=list)
    stored: dict[int, tuple[int, int]] = msgspec.field(default_factory=dict)
    has_locked_headers: bool = False
    is_damaged: bool = False
    comment: bytes = b""


def list_rar(data: memoryview) -> RarList | None:
    """What the archive in `data` lists, as far as its headers are whole; None where there is none."""
    head = bytes(data[: 1024 * 1024])
    for mark, version, walk in ((MARK_5, 5, _walk_5), (MARK_4, 4, _walk_4)):
        start = head.find(mark)
        if start >= 0:
            found = RarList(version=version)
            try:
                walk(data, start + len(mark), found)
            except (struct.error, IndexError, ValueError):
                found.is_damaged = True
            return found
    return None


def _walk_4(data: memoryview, at: int, found: RarList) -> None:
    for _ in range(_MOST_BLOCKS):
        if at + 7 > len(data) or len(found.members) >= MOST_LISTED:
            return
        _, kind, flags, size = struct.unpack_from("<HBHH", data, at)
        if size < 7:
            found.is_damaged = True
            return
        added = struct.unpack_from("<I", data, at + 7)[0] if flags & 0x8000 and kind != 0x74 else 0
        if kind == 0x73 and flags & 0x80:
            found.has_locked_headers = True
            return
        if kind == 0x74:
            added = _add_file_4(data, at, size, flags, found)
        elif kind == 0x7B:
            return
        at += size + added


def _add_file_4(data: memoryview, at: int, size: int, flags: int, found: RarList) -> int:
    packed, unpacked, _, _, _, _, method, name_size, attributes = struct.unpack_from(
        "<IIBIIBBHI", data, at + 7
    )
    name_at = at + 32
    if flags & 0x100:
        high_packed, high_unpacked = struct.unpack_from("<II", data, name_at)
        packed, unpacked = packed | high_packed << 32, unpacked | high_unpacked << 32
        name_at += 8
    raw = bytes(data[name_at : name_at + name_size])
    name = _decode_name_4(raw) if flags & 0x200 else raw.decode("cp1252", "replace")
    encrypted = bool(flags & 0x04)
    if method == 0x30 and not encrypted:
        found.stored[len(found.members)] = (at + size, at + size + packed)
    is_folder = flags & 0xE0 == 0xE0 or bool(attributes & 0x10 and not packed)
    found.members.append(
        Member(name=name, size=unpacked, packed=packed, is_folder=is_folder, is_encrypted=encrypted)
    )
    return int(packed)


def _decode_name_4(raw: bytes) -> str:
    """The name in Unicode, in a short form of its own, follows the other one, which is taken."""
    plain, _, _ = raw.partition(b"\0")
    return plain.decode("utf-8", "replace")


def _walk_5(data: memoryview, at: int, found: RarList) -> None:
    for _ in range(_MOST_BLOCKS):
        if at + 6 > len(data) or len(found.members) >= MOST_LISTED:
            return
        size, start = _read_number(data, at + 4)
        if not 0 < size <= _LONGEST_HEADER:
            found.is_damaged = True
            return
        end = start + size
        kind, place = _read_number(data, start)
        flags, place = _read_number(data, place)
        if flags & 1:
            _, place = _read_number(data, place)
        packed = 0
        if flags & 2:
            packed, place = _read_number(data, place)
        if kind == 4:
            found.has_locked_headers = True
            return
        if kind == 2:
            _add_file_5(data, (place, end), packed, found)
        if kind == 5:
            return
        at = end + packed


def _add_file_5(data: memoryview, header: tuple[int, int], packed: int, found: RarList) -> None:
    place, end = header
    flags, place = _read_number(data, place)
    size, place = _read_number(data, place)
    _, place = _read_number(data, place)
    place += 4 * bool(flags & 2) + 4 * bool(flags & 4)
    method, place = _read_number(data, place)
    _, place = _read_number(data, place)
    length, place = _read_number(data, place)
    name = bytes(data[place : min(place + length, end)]).decode("utf-8", "replace")
    extras = dict(_list_extras(data, place + length, end))
    encrypted = 1 in extras
    if not method >> 7 & 7 and not encrypted:
        found.stored[len(found.members)] = (end, end + packed)
    found.members.append(
        Member(
            name=name,
            size=0 if flags & 8 else size,
            packed=packed,
            is_folder=bool(flags & 1),
            is_encrypted=encrypted,
            target=_read_link(extras.get(5, b"")),
        )
    )


def _list_extras(data: memoryview, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Records by their kind: 1 encryption, 5 redirection."""
    while at < end:
        size, at = _read_number(data, at)
        kind, body = _read_number(data, at)
        yield kind, bytes(data[body : min(at + size, end)])
        at += max(size, 1)


def _read_link(body: bytes) -> str:
    if not body:
        return ""
    view = memoryview(body)
    _, at = _read_number(view, 0)
    _, at = _read_number(view, at)
    length, at = _read_number(view, at)
    return body[at : at + length].decode("utf-8", "replace")


def _read_number(data: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, least first; and where it ends."""
    number = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return number, at
    raise ValueError("a number is too long")
