"""Cabinets of Microsoft (MS-CAB): members, stored or packed with MSZIP. LZX and Quantum stay packed."""

import struct
import zlib

import msgspec

from stack.analysis.files.formats.members import MOST_LISTED, MOST_MEMBER, Member

MARK = b"MSCF"
_STORED, _MSZIP = 0, 1
METHODS = {0: "stored", 1: "MSZIP", 2: "Quantum", 3: "LZX"}
_BLOCK = 32_768


class CabinetFolder(msgspec.Struct, frozen=True):
    """Members of a folder share one stream; `at` is where its blocks begin."""

    at: int
    blocks: int
    method: int


class CabinetMember(msgspec.Struct, frozen=True):
    member: Member
    folder: int
    start: int


class Cabinet(msgspec.Struct):
    folders: list[CabinetFolder] = msgspec.field(default_factory=list)
    members: list[CabinetMember] = msgspec.field(default_factory=list)
    block_extra: int = 0
    is_damaged: bool = False


def list_cabinet(data: memoryview) -> Cabinet:
    """As far as its headers are whole. Raises `struct.error` where not even the first is."""
    files_at, folders, files, flags = struct.unpack_from("<16xI6xHHH", data, 0)
    at, cabinet, folder_extra = 36, Cabinet(), 0
    if flags & 4:
        header_extra, folder_extra, cabinet.block_extra = struct.unpack_from("<HBB", data, at)
        at += 4 + header_extra
    for bit in (1, 1, 2, 2):
        if flags & bit:
            at = _find_end(data, at)
    try:
        for _ in range(folders):
            start, blocks, method = struct.unpack_from("<IHH", data, at)
            cabinet.folders.append(CabinetFolder(start, blocks, method & 0xF))
            at += 8 + folder_extra
        _list_members(data, files_at, files, cabinet)
    except (struct.error, ValueError):
        cabinet.is_damaged = True
    return cabinet


def _list_members(data: memoryview, at: int, count: int, cabinet: Cabinet) -> None:
    for _ in range(min(count, MOST_LISTED)):
        size, start, folder, _, _, attributes = struct.unpack_from("<IIHHHH", data, at)
        end = _find_end(data, at + 16)
        name = bytes(data[at + 16 : end - 1]).decode("utf-8" if attributes & 0x80 else "cp1252", "replace")
        cabinet.members.append(CabinetMember(Member(name=name, size=size), folder, start))
        at = end


def _find_end(data: memoryview, at: int) -> int:
    """Behind the null that ends a text."""
    return bytes(data[at : at + 1024]).index(b"\0") + at + 1


def unpack_folder(data: memoryview, cabinet: Cabinet, number: int) -> bytes:
    """The stream of a folder, at most `MOST_MEMBER` bytes; as much as is whole, none of unknown methods."""
    folder = cabinet.folders[number]
    if folder.method not in (_STORED, _MSZIP):
        return b""
    output, at = bytearray(), folder.at
    for _ in range(folder.blocks):
        if at + 8 > len(data) or len(output) >= MOST_MEMBER:
            break
        _, packed, unpacked = struct.unpack_from("<IHH", data, at)
        at += 8 + cabinet.block_extra
        block = bytes(data[at : at + packed])
        at += packed
        if folder.method == _STORED:
            output += block[:unpacked]
            continue
        if block[:2] != b"CK":
            break
        # Each block goes on with what the last one left as its dictionary.
        machine = zlib.decompressobj(-15, zdict=bytes(output[-_BLOCK:]))
        try:
            output += machine.decompress(block[2:], _BLOCK)
        except zlib.error:
            break
    return bytes(output)
