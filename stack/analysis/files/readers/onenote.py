"""Sections of OneNote (MS-ONESTORE): the files that are embedded in them, found by the marks around each."""

import struct
from collections.abc import Iterator
from uuid import UUID

from stack.analysis.answers import MODEST, STRONG
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report

_OBJECT = UUID("BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC").bytes_le
_HEADER = 36
_MOST_FILES = 500
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x01\x00\x00\x00", b"BM", b"RIFF")
# As they begin: programs, shortcuts, scripts, pages.
_RUNS = (
    b"MZ",
    b"\x4c\x00\x00\x00\x01\x14\x02",
    b"#@~^",
    b"<job",
    b"<script",
    b"<html",
    b"@echo",
    b"@e",
    b"ITSF",
)


class Reader(FileReader):
    name = "onenote"
    title = "OneNote section"
    types = frozenset({media.ONENOTE})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        count, runs = 0, 0
        for data in _find_files(part.data):
            count += 1
            start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
            is_picture = start.startswith(_PICTURES)
            runs += start.lower().startswith(tuple(each.lower() for each in _RUNS))
            if not is_picture and not report.child(data, name=f"embedded-{count}", relation="embeds"):
                break
            if is_picture:
                continue
        report.fact("Embedded files", count, section="OneNote")
        if runs:
            report.note(
                "onenote.program",
                f"{runs} of {count} embedded files run when they are opened, under a picture as a rule.",
                weight=STRONG,
            )
        text = bytes(part.data).lower()
        if runs == 0 and any(
            word.encode("utf-16-le") in text for word in (".hta", ".vbs", ".wsf", ".cmd", ".ps1")
        ):
            report.note(
                "onenote.name", "The section names an attachment that runs when it is opened.", weight=MODEST
            )


def _find_files(view: memoryview) -> Iterator[bytes]:
    data = bytes(view)
    at = data.find(_OBJECT)
    for _ in range(_MOST_FILES):
        if at < 0 or at + _HEADER > len(data):
            return
        size = struct.unpack_from("<Q", data, at + 16)[0]
        if 0 < size <= len(data) - at - _HEADER:
            yield data[at + _HEADER : at + _HEADER + size]
            at = data.find(_OBJECT, at + _HEADER + size)
        else:
            at = data.find(_OBJECT, at + 16)
