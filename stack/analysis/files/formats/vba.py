"""Macros of Office (MS-OVBA): the modules of a project, with source; signs that it was tampered with."""

import codecs
import re
import struct
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

import msgspec

from stack.analysis.files.formats.compound import Compound

_CHUNK = 4096
_MOST_SOURCE: Final = 8 * 1024 * 1024
_MOST_MODULES = 500
_START = re.compile(rb"\x01[\s\S]{2}\x00Attribut")
# Records of the dir stream (MS-OVBA 2.3.4.2).
_CODEPAGE, _NAME, _STREAM, _OFFSET, _PROJECT_VERSION = 0x0003, 0x0019, 0x001A, 0x0031, 0x0009
_PROJECT_NAME = 0x0004
_CODEPAGES = {65001: "utf-8", 1200: "utf-16-le", 10000: "mac_roman"}


class VbaModule(msgspec.Struct, frozen=True):
    """`compiled` is the size in bytes of the compiled code (p-code) that stands before the source."""

    name: str
    source: str
    compiled: int = 0


class VbaProject(msgspec.Struct):
    name: str = ""
    modules: list[VbaModule] = msgspec.field(default_factory=list)
    has_directory: bool = True


def find_projects(compound: Compound) -> list[list[str]]:
    """Paths of the storages that hold a project: those with a `VBA` storage and its `dir` stream."""
    return [
        path[:-2]
        for path in compound.list_streams()
        if len(path) >= 2 and path[-1].lower() == "dir" and path[-2].lower() == "vba"
    ]


def read_project(compound: Compound, root: list[str], *, go_on: Callable[[], bool]) -> VbaProject:
    """The modules, by the dir stream; where it says too little, whatever looks like source in any stream."""
    vba = _find_path(compound, root, "VBA")
    project = VbaProject()
    try:
        _read_listed(compound, vba, project, go_on)
    except (struct.error, ValueError, LookupError, OSError):
        project.has_directory = False
    if not project.modules:
        project.has_directory = False
        for path in compound.list_streams():
            if len(project.modules) >= _MOST_MODULES or not go_on():
                break
            if path[: len(vba)] == vba:
                project.modules += search_source(compound.read(path), path[-1])
    return project


def _find_path(compound: Compound, root: list[str], name: str) -> list[str]:
    for path in compound.list_streams():
        if path[: len(root)] == root and len(path) > len(root) and path[len(root)].lower() == name.lower():
            return list(path[: len(root) + 1])
    return [*root, name]


def _read_listed(compound: Compound, vba: list[str], project: VbaProject, go_on: Callable[[], bool]) -> None:
    listed, encoding, project.name = _read_directory(decompress(compound.read([*vba, "dir"])))
    room = _MOST_SOURCE
    for name, stream, offset in listed[:_MOST_MODULES]:
        if room <= 0 or not go_on():
            return
        data = compound.read([*vba, stream])
        source = decompress(data[offset:]).decode(encoding, "replace")
        room -= len(source)
        project.modules.append(VbaModule(name, source, min(offset, len(data))))


def _read_directory(data: bytes) -> tuple[list[tuple[str, str, int]], str, str]:
    """(module, stream, offset of its source) in order, the encoding of the texts, the name of the project."""
    at, encoding, project = 0, "cp1252", ""
    modules: list[list[Any]] = []
    while at + 6 <= len(data):
        record, size = struct.unpack_from("<HI", data, at)
        # The size of this one is that of another field: the record is six bytes longer than it says.
        size = 6 if record == _PROJECT_VERSION else size
        body = data[at + 6 : at + 6 + size]
        at += 6 + size
        if record == _CODEPAGE and len(body) >= 2:
            number = struct.unpack_from("<H", body)[0]
            encoding = _CODEPAGES.get(number, f"cp{number}")
            try:
                codecs.lookup(encoding)
            except LookupError:
                encoding = "cp1252"
        elif record == _PROJECT_NAME:
            project = body.decode(encoding, "replace")
        elif record == _NAME:
            modules.append([body.decode(encoding, "replace"), "", 0])
        elif record == _STREAM and modules:
            modules[-1][1] = body.decode(encoding, "replace")
        elif record == _OFFSET and modules and len(body) >= 4:
            modules[-1][2] = struct.unpack_from("<I", body)[0]
    return [(name, stream or name, offset) for name, stream, offset in modules], encoding, project


def _read_identifiers(compound: Compound, vba: list[str]) -> list[str]:
    """Names that the compiled code uses, out of `_VBA_PROJECT`; they stay when the source is taken away."""
    try:
        data = compound.read([*vba, "_VBA_PROJECT"], 1024 * 1024)
    except OSError:
        return []
    return list(dict.fromkeys(each.decode("ascii") for each in re.findall(rb"[A-Za-z_]\w{3,40}", data)))[
        :5_000
    ]


def read_identifiers(compound: Compound, root: list[str]) -> list[str]:
    """Names in the compiled part of a project, for telling what it did where its source is gone."""
    return _read_identifiers(compound, _find_path(compound, root, "VBA"))


def search_source(data: bytes, name: str) -> list[VbaModule]:
    """Modules that begin anywhere in the bytes, as compressed source does: with `Attribut`."""
    found: list[VbaModule] = []
    for match in islice(_START.finditer(data), _MOST_MODULES):
        if sum(len(module.source) for module in found) > _MOST_SOURCE:
            break
        source = decompress(data[match.start() :]).decode("cp1252", "replace")
        if source.startswith("Attribut"):
            found.append(VbaModule(name, source, match.start()))
    return found


def decompress(data: bytes) -> bytes:
    """A compressed container (MS-OVBA 2.4.1), as far as it is whole; ValueError where it is none."""
    if not data or data[0] != 1:
        raise ValueError("no compressed container")
    output, at = bytearray(), 1
    while at + 2 <= len(data) and len(output) < _MOST_SOURCE:
        header = data[at] | data[at + 1] << 8
        end = min(at + (header & 0x0FFF) + 3, len(data))
        if header >> 12 & 7 != 3:
            break
        if header & 0x8000:
            _unpack_chunk(data, at + 2, end, output)
        else:
            output += data[at + 2 : at + 2 + _CHUNK]
        at = end
    return bytes(output)


def _unpack_chunk(data: bytes, at: int, end: int, output: bytearray) -> None:
    start = len(output)
    while at < end:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= end or len(output) - start >= _CHUNK:
                return
            if not flags >> bit & 1:
                output.append(data[at])
                at += 1
                continue
            if at + 2 > end:
                return
            token = data[at] | data[at + 1] << 8
            at += 2
            # The nearer to the start, the fewer bits the distance needs.
            bits = max((len(output) - start - 1).bit_length(), 4)
            length, distance = (token & (0xFFFF >> bits)) + 3, (token >> (16 - bits)) + 1
            if distance > len(output) - start:
                return
            for _ in range(length):
                output.append(output[-distance])
