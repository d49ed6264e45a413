"""Pictures: only what stands behind their end, where other files are hidden."""

import struct

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report

_SMALLEST = 64
_FILES = (
    b"MZ",
    b"PK\x03\x04",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x7fELF",
    b"%PDF",
    b"<script",
    b"<html",
    b"<?php",
    b"#!/",
)


class Reader(FileReader):
    name = "image"
    title = "Picture"
    types = frozenset({media.JPEG, media.PNG, media.GIF, media.BMP})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        end = _find_end(part.type, part.data)
        rest = bytes(part.data[end:]) if end else b""
        if len(rest.strip(b"\0\r\n ")) < _SMALLEST:
            return
        is_file = rest.lstrip(b"\0\r\n ").lower().startswith(tuple(each.lower() for each in _FILES))
        report.note(
            "image.appended",
            f"{len(rest):,} bytes follow the end of the picture{', which are a file' if is_file else ''}.",
            weight=MODEST if is_file else SLIGHT / 2,
        )
        report.child(rest, name="after-the-picture", relation="follows")


def _find_end(media_type: str, data: memoryview) -> int:
    """Behind the last byte of the picture; 0 where that cannot be told."""
    if media_type == media.PNG:
        return _find_end_of_png(data)
    if media_type == media.BMP and len(data) > 6:
        size = int(struct.unpack_from("<I", data, 2)[0])
        return size if 54 <= size <= len(data) else 0
    raw = bytes(data)
    if media_type == media.JPEG:
        # Cameras put further pictures behind the first: the last end counts.
        return raw.rfind(b"\xff\xd9") + 2 if b"\xff\xd9" in raw else 0
    return raw.rfind(b"\x00\x3b") + 2 if b"\x00\x3b" in raw else 0


def _find_end_of_png(data: memoryview) -> int:
    at = 8
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        at += 12 + size
        if kind == b"IEND":
            return min(at, len(data))
    return 0
