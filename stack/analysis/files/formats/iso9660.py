"""Volumes of ISO 9660 with their Joliet names (ECMA-119): a tree that may point back to itself."""

import struct
from collections import deque
from collections.abc import Iterator

import msgspec

from stack.analysis.files.formats.members import MOST_LISTED

_SECTOR = 2048
_FIRST = 16
_MOST_DESCRIPTORS = 64
_MOST_DIRECTORY = 4 * 1024 * 1024
_JOLIET = (b"%/@", b"%/C", b"%/E")


class IsoFile(msgspec.Struct, frozen=True):
    """`start` and `size` in bytes of the image; it may point beyond its end."""

    path: str
    start: int
    size: int
    is_hidden: bool = False


class IsoVolume(msgspec.Struct, frozen=True):
    label: str
    application: str
    created: str
    root: tuple[int, int]
    is_joliet: bool


def find_volumes(data: memoryview) -> list[IsoVolume]:
    """The volume descriptors, that with the long names first."""
    found = []
    for number in range(_FIRST, _FIRST + _MOST_DESCRIPTORS):
        sector = bytes(data[number * _SECTOR : (number + 1) * _SECTOR])
        if sector[1:6] != b"CD001" or sector[0] == 255 or len(sector) < _SECTOR:
            break
        if sector[0] not in (1, 2):
            continue
        joliet = sector[0] == 2 and sector[88:91] in _JOLIET
        encoding = "utf-16-be" if joliet else "ascii"
        start, size = struct.unpack_from("<I4xI", sector, 156 + 2)
        found.append(
            IsoVolume(
                label=_decode(sector[40:72], encoding),
                application=_decode(sector[574:702], encoding),
                created=sector[813:829].decode("ascii", "replace").strip("\0 "),
                root=(start * _SECTOR, size),
                is_joliet=joliet,
            )
        )
    return sorted(found, key=lambda volume: not volume.is_joliet)


def list_files(data: memoryview, volume: IsoVolume) -> Iterator[IsoFile]:
    """Each directory once, however often it is pointed at."""
    seen, waiting, count = {volume.root[0]}, deque([("", volume.root)]), 0
    while waiting:
        path, (start, size) = waiting.popleft()
        for file, is_folder in _read_directory(
            data[start : start + min(size, _MOST_DIRECTORY)], volume, path
        ):
            count += 1
            if count > MOST_LISTED:
                return
            if not is_folder:
                yield file
            elif file.start not in seen:
                seen.add(file.start)
                waiting.append((file.path + "/", (file.start, file.size)))


def _read_directory(data: memoryview, volume: IsoVolume, path: str) -> Iterator[tuple[IsoFile, bool]]:
    at = 0
    while at + 34 <= len(data):
        length = data[at]
        if length < 34:
            # Records do not cross sectors; the rest of one is empty.
            at = (at // _SECTOR + 1) * _SECTOR
            continue
        record = bytes(data[at : at + length])
        at += length
        name = record[33 : 33 + record[32]]
        if name in (b"\0", b"\1"):
            continue
        decoded = _decode(name, "utf-16-be" if volume.is_joliet else "ascii").partition(";")[0]
        start, size = struct.unpack_from("<I4xI", record, 2)
        yield IsoFile(path + decoded, start * _SECTOR, size, bool(record[25] & 1)), bool(record[25] & 2)


def _decode(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "replace").strip("\0 ")
